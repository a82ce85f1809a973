/* SPDX-License-Identifier: BSD-2-Clause */
/* The program: descriptors, signals, options in, answer out. */
#include "engine.h"
#include "options.h"
#include "sanitized.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#define EXIT_UNKNOWN 3
#define WRITE_PATIENCE (G_USEC_PER_SEC / 2)

static sigset_t usual_signals; /* the mask that we were started with */

/* A descriptor of ours must never become somebody's standard output. */
static void
open_standard_fds (void)
{
  int fd;

  do
    fd = open ("/dev/null", O_RDWR);
  while (fd >= 0 && fd <= STDERR_FILENO);
  if (fd > STDERR_FILENO)
    close (fd);
}

/* Writes all, in pieces that a pipe takes at once as soon as it has room for
 * one, so that a reader who has gone to sleep cannot hold us up: not beyond
 * `end` on the monotonic clock.  FALSE when the other end is full or gone. */
static gboolean
write_text (int fd, const char *text, gint64 end)
{
  gsize length = strlen (text);

  while (length) {
    struct pollfd room = { fd, POLLOUT, 0 };
    gint64 left = (end - g_get_monotonic_time ()) / 1000;
    ssize_t n = poll (&room, 1, (int)CLAMP (left, 0, G_MAXINT));

    if (n > 0)
      n = write (fd, text, MIN (length, PIPE_BUF));
    if (n < 0 && (errno == EINTR || (errno == EAGAIN && left > 0)))
      continue;
    if (n <= 0)
      return FALSE;
    text += n;
    length -= (gsize)n;
  }
  return TRUE;
}

static void
say (const char *line)
{
  g_autofree char *text = g_strconcat ("check_delivery: ", line, "\n", NULL);

  write_text (STDERR_FILENO, text, 0);
}

/* ---- Signals ----------------------------------------------------------- */

static int
open_stop_fd (void)
{
  sigset_t stops;

  signal (SIGPIPE, SIG_IGN);
  signal (SIGXFSZ, SIG_IGN);
  sigemptyset (&stops);
  sigaddset (&stops, SIGTERM);
  sigaddset (&stops, SIGINT);
  sigaddset (&stops, SIGHUP);
  sigaddset (&stops, SIGALRM); /* an alarm of who started us outlives exec */
  sigprocmask (SIG_BLOCK, &stops, &usual_signals);
  return signalfd (-1, &stops, SFD_NONBLOCK | SFD_CLOEXEC);
}

static gboolean
next_stop (int stop_fd)
{
  struct signalfd_siginfo info;

  return read (stop_fd, &info, sizeof info) == (ssize_t)sizeof info;
}

static void
enter_worker (void)
{
  sigprocmask (SIG_SETMASK, &usual_signals, NULL);
}

/* Secrets are no food for core dumps and tracers. */
static void
keep_memory_private (void)
{
  struct rlimit none = { 0, 0 };

  setrlimit (RLIMIT_CORE, &none);
  if (!SANITIZED)
    prctl (PR_SET_DUMPABLE, 0);
}

/* ---- The way through --------------------------------------------------- */

static void
answer (struct options *options, struct engine_answer *answer)
{
  struct pool_host host = { .stop_fd = open_stop_fd (),
                            .next_stop = next_stop,
                            .enter_worker = enter_worker,
                            .say = say,
                            .verbosity = options->verbosity };

  delivery_engine_answer (&options->request, &host, answer);
  close (host.stop_fd);
}

/* Returns until when the answer may be written: people may read help and
 * documentation page by page, but a monitoring system waits for a check. */
static gint64
run_program (char **arguments, struct engine_answer *out)
{
  struct options options = { 0 };
  g_autoptr (GError) error = NULL;
  gint64 until;
  gboolean ok;

  options.request.started = g_get_monotonic_time ();
  ok = options_read (arguments, &options, &error);
  if (options.help) {
    out->text = options_help ();
    out->status = EXIT_UNKNOWN;
  } else if (options.version) {
    out->text = g_strconcat (delivery_engine_version (), "\n", NULL);
    out->status = EXIT_UNKNOWN;
  } else if (!ok) {
    delivery_engine_refuse (&options.request, error->message, out);
  } else {
    answer (&options, out);
  }
  until = options.help || options.request.task != ENGINE_PLAY
              ? G_MAXINT64
              : g_get_monotonic_time () + WRITE_PATIENCE;
  options_clear (&options);
  return until;
}

int
main (int argc, char **argv)
{
  struct engine_answer out = { NULL, EXIT_UNKNOWN };
  gint64 until;
  g_auto (GStrv) arguments = NULL;

  open_standard_fds ();
  if (getauxval (AT_SECURE)) {
    write_text (
        STDOUT_FILENO,
        "UNKNOWN - config - check_delivery does not run setuid, setgid "
        "or with capabilities\n",
        g_get_monotonic_time () + WRITE_PATIENCE);
    return EXIT_UNKNOWN;
  }
  keep_memory_private ();
  arguments = argc > 0 ? g_strdupv (argv) : g_new0 (char *, 1);
  options_hide_secrets (argc, argv);
  until = run_program (arguments, &out);
  for (char **argument = arguments; *argument; argument++)
    explicit_bzero (*argument, strlen (*argument));
  if (!write_text (STDOUT_FILENO, out.text, until))
    out.status = EXIT_UNKNOWN;
  g_free (out.text);
  return out.status;
}
