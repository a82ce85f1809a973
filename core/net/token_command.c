/* SPDX-License-Identifier: BSD-2-Clause */
#include "token_command.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Tokens have some 2 KiB at most. */
#define OUTPUT_MAX 16384

/* How often to look whether the command has ended, once its pipes are
 * closed. */
#define REAP_INTERVAL (5 * 1000)

extern char **environ;

struct command {
  struct delivery_endpoint *ep;
  pid_t pid;
  int fds[2];                   /* its standard output and error */
  char text[2][OUTPUT_MAX + 1]; /* what it said there */
  gsize length[2];
};

int
token_command_check (struct delivery_endpoint *ep, const char *command)
{
  g_auto (GStrv) words = NULL;
  g_autoptr (GError) error = NULL;

  if (g_shell_parse_argv (command, NULL, &words, &error))
    return DELIVERY_OK;
  return delivery_fail (ep, DELIVERY_CONFIG, "token_command=: %s",
                        error->message);
}

/* ---- Starting ---------------------------------------------------------- */

static void
close_fd (int *fd)
{
  if (*fd >= 0)
    close (*fd);
  *fd = -1;
}

/* It has the environment that the check was started with, but for the
 * variables that held secrets, which are gone; what hands out tokens wants
 * HOME, XDG_RUNTIME_DIR, https_proxy and more.  It stays in the process group
 * of the run, with which it ends, whatever it leaves in the background.  The
 * signals are as usual: this process ignores SIGPIPE. */
static int
spawn (struct command *command, char **words, const int pipes[2])
{
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  sigset_t usual, none;
  int error;

  sigemptyset (&none);
  sigemptyset (&usual);
  sigaddset (&usual, SIGPIPE);
  posix_spawn_file_actions_init (&actions);
  posix_spawn_file_actions_addopen (&actions, STDIN_FILENO, "/dev/null",
                                    O_RDONLY, 0);
  posix_spawn_file_actions_adddup2 (&actions, pipes[0], STDOUT_FILENO);
  posix_spawn_file_actions_adddup2 (&actions, pipes[1], STDERR_FILENO);
  posix_spawnattr_init (&attributes);
  posix_spawnattr_setflags (&attributes,
                            POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
  posix_spawnattr_setsigdefault (&attributes, &usual);
  posix_spawnattr_setsigmask (&attributes, &none);
  error = posix_spawnp (&command->pid, words[0], &actions, &attributes, words,
                        environ);
  posix_spawn_file_actions_destroy (&actions);
  posix_spawnattr_destroy (&attributes);
  return error;
}

static int
open_pipe (struct command *command, int which, int *end)
{
  int fds[2];

  if (pipe2 (fds, O_CLOEXEC) < 0)
    return -1;
  command->fds[which] = fds[0];
  *end = fds[1];
  return fcntl (fds[0], F_SETFL, O_NONBLOCK);
}

static int
start (struct command *command, const char *line)
{
  g_auto (GStrv) words = NULL;
  int ends[2] = { -1, -1 };
  int error;

  if (!g_shell_parse_argv (line, NULL, &words, NULL))
    return token_command_check (command->ep, line);
  if (open_pipe (command, 0, &ends[0]) < 0
      || open_pipe (command, 1, &ends[1]) < 0)
    error = errno;
  else
    error = spawn (command, words, ends);
  close_fd (&ends[0]);
  close_fd (&ends[1]);
  if (error)
    return delivery_fail (command->ep, DELIVERY_CONFIG,
                          "token_command: %s: %s", words[0],
                          g_strerror (error));
  return DELIVERY_OK;
}

/* ---- What it says ------------------------------------------------------ */

static void
read_some (struct command *command, int which)
{
  gsize length = command->length[which];
  ssize_t n = read (command->fds[which], command->text[which] + length,
                    OUTPUT_MAX - length);

  if (n > 0)
    command->length[which] += (gsize)n;
  else if (n == 0 || (errno != EAGAIN && errno != EINTR))
    close_fd (&command->fds[which]);
}

/* A line is all that is wanted: what else it does is its own affair. */
static gboolean
has_line (const struct command *command)
{
  return memchr (command->text[0], '\n', command->length[0]) != NULL
         || command->length[0] == OUTPUT_MAX
         || command->length[1] == OUTPUT_MAX;
}

static gboolean
listen_to (struct command *command)
{
  while ((command->fds[0] >= 0 || command->fds[1] >= 0)
         && !has_line (command)) {
    struct delivery_pollfd fds[2] = {
      { command->fds[0], DELIVERY_READ, 0 },
      { command->fds[1], DELIVERY_READ, 0 },
    };

    if (delivery_poll_many (command->ep, fds, 2, INT64_MAX) <= 0)
      return FALSE;
    for (int i = 0; i < 2; i++)
      if (fds[i].ready)
        read_some (command, i);
  }
  return TRUE;
}

/* ---- Its end ----------------------------------------------------------- */

/* Its exit status, or -1 when the time is over. */
static int
reap (struct command *command)
{
  int status;

  while (waitpid (command->pid, &status, WNOHANG) == 0) {
    if (!delivery_remaining_ms (command->ep))
      return -1;
    delivery_poll_many (command->ep, NULL, 0, delivery_now () + REAP_INTERVAL);
  }
  command->pid = 0;
  return status;
}

static void
end (struct command *command)
{
  close_fd (&command->fds[0]);
  close_fd (&command->fds[1]);
  if (command->pid <= 0)
    return;
  kill (command->pid, SIGKILL);
  waitpid (command->pid, NULL, 0);
}

/* The first line of what it said, without white space around it. */
static char *
first_line (struct command *command, int which)
{
  char *text = command->text[which];

  text[command->length[which]] = '\0';
  text[strcspn (text, "\r\n")] = '\0';
  return g_strstrip (text);
}

static int
fail_status (struct command *command, int status)
{
  const char *why = first_line (command, 1);
  int code = WIFEXITED (status) ? WEXITSTATUS (status) : WTERMSIG (status);

  return delivery_fail (command->ep, DELIVERY_AUTH,
                        "token_command failed (%s %d)%s%s",
                        WIFEXITED (status) ? "exit code" : "signal", code,
                        *why ? ": " : "", why);
}

static int
take_token (struct command *command, char **token)
{
  const char *line = first_line (command, 0);

  for (const char *c = line; *c; c++)
    if (!g_ascii_isgraph (*c))
      line = "";
  if (!*line)
    return delivery_fail (command->ep, DELIVERY_AUTH,
                          "token_command printed no token: one word of "
                          "printable ASCII in its first line");
  *token = g_strdup (line);
  return DELIVERY_OK;
}

static int
converse (struct command *command, char **token)
{
  int status;

  if (!listen_to (command) || (status = reap (command)) < 0)
    return delivery_fail (command->ep, DELIVERY_TIMEOUT,
                          "token_command did not end");
  if (status)
    return fail_status (command, status);
  return take_token (command, token);
}

int
token_command_run (struct delivery_endpoint *ep, const char *line,
                   char **token)
{
  struct command command = { .ep = ep, .fds = { -1, -1 } };
  int result = start (&command, line);

  *token = NULL;
  if (result == DELIVERY_OK)
    result = converse (&command, token);
  end (&command);
  explicit_bzero (command.text, sizeof command.text);
  return result;
}
