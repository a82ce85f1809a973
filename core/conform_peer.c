/* SPDX-License-Identifier: BSD-2-Clause */
#include "conform_peer.h"

#include "reason.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* How long a client may take to say something, in milliseconds. */
#define FIRST_WORD_MAX 300

/* What PEER_BABBLING says in all: more than any reader should take. */
#define BABBLE_MAX (64 * 1024 * 1024)

/* ---- In the process of the servers ------------------------------------- */

static void
hear_and_close (int fd)
{
  struct pollfd one = { fd, POLLIN, 0 };
  char bytes[4096];

  if (poll (&one, 1, FIRST_WORD_MAX) > 0)
    (void)!read (fd, bytes, sizeof bytes);
}

/* No line ends, NUL, bytes that are no UTF-8, and lines of all kinds. */
static void
babble (int fd)
{
  static const char nonsense[] = "+OK 220 * OK \0\xff\xfe\x1b[2J%s%n\r\n-\r\n";
  char bytes[8192];
  gsize said = 0;

  for (gsize i = 0; i < sizeof bytes; i++)
    bytes[i] = (char)(i < 4096 ? 'x' : nonsense[i % (sizeof nonsense - 1)]);
  while (said < BABBLE_MAX) {
    struct pollfd one = { fd, POLLOUT, 0 };
    ssize_t n
        = poll (&one, 1, FIRST_WORD_MAX) > 0
              ? send (fd, bytes, sizeof bytes, MSG_NOSIGNAL | MSG_DONTWAIT)
              : -1;

    if (n <= 0)
      return;
    said += (gsize)n;
  }
}

static void
attend (int listener, void (*play) (int))
{
  int fd = accept (listener, NULL, NULL);

  if (fd < 0)
    return;
  play (fd);
  close (fd);
}

/* PEER_SILENT is played by the kernel, which takes connections by itself. */
static void
play_all (const int *listeners)
{
  struct pollfd fds[] = { { listeners[PEER_CLOSING], POLLIN, 0 },
                          { listeners[PEER_BABBLING], POLLIN, 0 } };

  while (poll (fds, G_N_ELEMENTS (fds), -1) > 0 || errno == EINTR) {
    if (fds[0].revents)
      attend (listeners[PEER_CLOSING], hear_and_close);
    if (fds[1].revents)
      attend (listeners[PEER_BABBLING], babble);
  }
}

/* ---- Starting and stopping --------------------------------------------- */

static int
listen_somewhere (guint *port)
{
  struct sockaddr_in address
      = { .sin_family = AF_INET, .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
  socklen_t length = sizeof address;
  int fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

  if (fd >= 0 && bind (fd, (struct sockaddr *)&address, sizeof address) == 0
      && listen (fd, 16) == 0
      && getsockname (fd, (struct sockaddr *)&address, &length) == 0) {
    *port = ntohs (address.sin_port);
    return fd;
  }
  if (fd >= 0)
    close (fd);
  return -1;
}

static void
close_all (const int *listeners)
{
  for (guint i = 0; i <= PEER_BABBLING; i++)
    if (listeners[i] >= 0)
      close (listeners[i]);
}

static int
fork_player (const int *listeners)
{
  int parent = getpid (), pid = fork ();

  if (pid != 0)
    return pid;
  prctl (PR_SET_PDEATHSIG, SIGKILL);
  if (getppid () == parent)
    play_all (listeners);
  _exit (0);
}

gboolean
peers_start (struct peers *peers, GError **error)
{
  int listeners[PEER_BABBLING + 1];
  gboolean ok = TRUE;

  for (guint i = 0; i <= PEER_BABBLING; i++) {
    listeners[i] = listen_somewhere (&peers->ports[i]);
    ok &= listeners[i] >= 0;
  }
  if (listeners[PEER_NONE] >= 0)
    close (listeners[PEER_NONE]);
  listeners[PEER_NONE] = -1;
  peers->pid = ok ? fork_player (listeners) : -1;
  if (peers->pid < 0)
    g_set_error (error, CORE_ERROR, DELIVERY_INTERNAL,
                 "cannot play servers on 127.0.0.1: %s", g_strerror (errno));
  close_all (listeners);
  return peers->pid >= 0;
}

void
peers_stop (struct peers *peers)
{
  kill (peers->pid, SIGKILL);
  while (waitpid (peers->pid, NULL, 0) < 0 && errno == EINTR)
    continue;
}
