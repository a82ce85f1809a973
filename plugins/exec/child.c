/* SPDX-License-Identifier: BSD-2-Clause */
#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* How often to look whether the child has ended, in microseconds, where no
 * descriptor tells. */
#define REAP_INTERVAL (5 * 1000)

/* How much is read of what is still in a pipe when the child has ended:
 * somebody else may be writing there for ever. */
#define REST_MAX (4 * CHILD_OUTPUT_MAX)

/* The child's descriptors: the usual three, and one that tells of a failure
 * to start. */
#define N_FDS 4
#define FAILURE_FD 3

static void
close_fd (int *fd)
{
  if (*fd >= 0)
    close (*fd);
  *fd = -1;
}

/* ---- Starting ---------------------------------------------------------- */

static void
reset_signals (void)
{
  sigset_t none;

  for (int number = 1; number < NSIG; number++)
    signal (number, SIG_DFL);
  sigemptyset (&none);
  sigprocmask (SIG_SETMASK, &none, NULL);
}

/* They are first lifted above their places, so that none is overwritten by
 * another. */
static int
arrange_fds (int fds[N_FDS])
{
  for (int i = 0; i < N_FDS; i++) {
    fds[i] = fcntl (fds[i], F_DUPFD_CLOEXEC, N_FDS);
    if (fds[i] < 0)
      return -1;
  }
  for (int i = 0; i < N_FDS; i++)
    if (dup2 (fds[i], i) < 0)
      return -1;
  closefrom (N_FDS);
  return fcntl (FAILURE_FD, F_SETFD, FD_CLOEXEC);
}

static void
become (const struct child_order *order, int fds[N_FDS], pid_t parent)
{
  unsigned char error;
  int failure = fds[FAILURE_FD];

  setpgid (0, 0);
  prctl (PR_SET_PDEATHSIG, SIGKILL);
  if (getppid () == parent && arrange_fds (fds) == 0 && chdir ("/") == 0) {
    failure = FAILURE_FD;
    reset_signals ();
    execve (order->path, order->arguments, order->environment);
  }
  error = (unsigned char)errno;
  while (write (failure, &error, 1) < 0 && errno == EINTR)
    ;
  _exit (127);
}

/* One pipe for each of the child's descriptors. */
static int
open_pipes (int ours[N_FDS], int theirs[N_FDS])
{
  for (int i = 0; i < N_FDS; i++) {
    int ends[2];

    if (pipe2 (ends, O_CLOEXEC) < 0)
      return -1;
    ours[i] = ends[i == STDIN_FILENO];
    theirs[i] = ends[i != STDIN_FILENO];
    if (i != FAILURE_FD && fcntl (ours[i], F_SETFL, O_NONBLOCK) < 0)
      return -1;
  }
  return 0;
}

static int
failure_to_start (struct child *child, int fd)
{
  unsigned char error;
  ssize_t n;

  do
    n = read (fd, &error, 1);
  while (n < 0 && errno == EINTR);
  if (n != 1)
    return 0;
  waitpid (child->pid, NULL, 0);
  child->pid = 0;
  return error;
}

static int
fork_child (struct child *child, const struct child_order *order,
            int ours[N_FDS], int theirs[N_FDS])
{
  pid_t parent = getpid ();

  child->pid = fork ();
  if (child->pid == 0)
    become (order, theirs, parent);
  if (child->pid < 0) {
    child->pid = 0;
    return errno;
  }
  setpgid (child->pid, child->pid);
  for (int i = 0; i < N_FDS; i++)
    close_fd (&theirs[i]);
  return failure_to_start (child, ours[FAILURE_FD]);
}

static void
free_input (struct child *child)
{
  if (child->input)
    explicit_bzero (child->input, strlen (child->input));
  free (child->input);
  child->input = NULL;
}

int
child_start (struct child *child, const struct child_order *order)
{
  int ours[N_FDS] = { -1, -1, -1, -1 }, theirs[N_FDS] = { -1, -1, -1, -1 };
  int error;

  child_forget (child);
  child->input = order->input;
  child->written = 0;
  error = open_pipes (ours, theirs) < 0
              ? errno
              : fork_child (child, order, ours, theirs);
  close_fd (&ours[FAILURE_FD]);
  for (int i = 0; i < 3; i++)
    child->fds[i] = ours[i];
  for (int i = 0; error && i < N_FDS; i++) {
    close_fd (&ours[i]);
    close_fd (&theirs[i]);
  }
  if (error)
    free_input (child);
  child->pidfd
      = error ? -1 : (int)syscall (SYS_pidfd_open, (long)child->pid, 0L);
  return error;
}

/* ---- Talking ----------------------------------------------------------- */

static void
feed (struct child *child)
{
  const char *rest = child->input + child->written;
  size_t length = strnlen (rest, PIPE_BUF);
  ssize_t n = write (child->fds[STDIN_FILENO], rest, length);

  if (n > 0)
    child->written += (size_t)n;
  if (!child->input[child->written]
      || (n < 0 && errno != EAGAIN && errno != EINTR)) {
    close_fd (&child->fds[STDIN_FILENO]);
    free_input (child);
  }
}

/* Reads a piece of an output (0 or 1).  Returns its size; 0 when there is no
 * more for now. */
static size_t
hear (struct child *child, int which)
{
  struct child_output *output = &child->said[which];
  int *fd = &child->fds[which + 1];
  size_t room = CHILD_OUTPUT_MAX - output->length;
  char rest[4096];
  ssize_t n;

  do
    n = room ? read (*fd, output->text + output->length, room)
             : read (*fd, rest, sizeof rest);
  while (n < 0 && errno == EINTR);
  if (n > 0 && room)
    output->length += (size_t)n;
  else if (n > 0)
    output->is_cut = 1;
  else if (n == 0 || errno != EAGAIN)
    close_fd (fd);
  return n > 0 ? (size_t)n : 0;
}

/* What an output has left behind. */
static void
hear_rest (struct child *child, int which)
{
  size_t heard = 0, n;

  while (child->fds[which + 1] >= 0 && heard < REST_MAX
         && (n = hear (child, which)))
    heard += n;
}

/* ---- Its end ----------------------------------------------------------- */

static void
signal_group (const struct child *child, int number)
{
  kill (-child->pid, number);
  kill (child->pid, number);
}

/* Whether it has ended.  It is not reaped yet, so that its number stays its
 * own, and so that of its group. */
static int
has_ended (const struct child *child)
{
  siginfo_t info = { .si_pid = 0 };

  return waitid (P_PID, (id_t)child->pid, &info, WEXITED | WNOHANG | WNOWAIT)
             == 0
         && info.si_pid == child->pid;
}

/* Half a line could show half a secret, which is masked as a whole. */
static void
drop_unfinished (struct child *child)
{
  for (int which = 0; which < 2; which++) {
    struct child_output *output = &child->said[which];

    while (output->length && output->text[output->length - 1] != '\n')
      output->text[--output->length] = '\0';
  }
}

/* Whoever is left in the group is killed: a process in the background would
 * outlive the check otherwise. */
static void
reap (struct child *child)
{
  signal_group (child, SIGKILL);
  while (waitpid (child->pid, &child->status, 0) < 0 && errno == EINTR)
    ;
  child->pid = 0;
  for (int which = 0; which < 2; which++)
    hear_rest (child, which);
  for (int i = 0; i < 3; i++)
    close_fd (&child->fds[i]);
  close_fd (&child->pidfd);
  free_input (child);
}

int
child_listen (struct delivery_endpoint *ep, struct child *child, int64_t until)
{
  while (!has_ended (child)) {
    struct delivery_pollfd fds[] = {
      { child->fds[0], DELIVERY_WRITE, 0 },
      { child->fds[1], DELIVERY_READ, 0 },
      { child->fds[2], DELIVERY_READ, 0 },
      { child->pidfd, DELIVERY_READ, 0 },
    };
    int64_t soon = delivery_now () + REAP_INTERVAL;
    int64_t next = child->pidfd >= 0 || soon > until ? until : soon;

    if (delivery_poll_many (ep, fds, sizeof fds / sizeof fds[0], next) < 0
        || delivery_now () >= until || !delivery_remaining_ms (ep))
      return 0;
    if (fds[0].ready && child->input)
      feed (child);
    for (int which = 0; which < 2; which++)
      if (fds[which + 1].ready)
        hear (child, which);
  }
  reap (child);
  if (child->said[0].is_cut || child->said[1].is_cut)
    drop_unfinished (child);
  return 1;
}

/* No delivery_poll(): there is no time left when this is needed. */
static void
await_end (const struct child *child, int64_t until)
{
  int64_t left;

  while (!has_ended (child) && (left = until - delivery_now ()) > 0) {
    struct pollfd fd = { child->pidfd, POLLIN, 0 };
    int64_t most = child->pidfd >= 0 ? left : REAP_INTERVAL;

    poll (&fd, 1, (int)((most < left ? most : left) / 1000) + 1);
  }
}

void
child_stop (struct child *child, int64_t until)
{
  if (!child->pid)
    return;
  signal_group (child, SIGTERM);
  signal_group (child, SIGCONT);
  await_end (child, until);
  reap (child);
  drop_unfinished (child);
}

/* ---- What it said ------------------------------------------------------ */

const char *
child_line (struct child_output *output, size_t *at)
{
  char *line = output->text + *at;
  char *end = memchr (line, '\n', output->length - *at);
  char *nul;

  if (*at == output->length)
    return NULL;
  if (output->lines == CHILD_LINES_MAX) {
    output->is_cut = 1;
    return NULL;
  }
  output->lines++;
  if (!end)
    end = output->text + output->length;
  while ((nul = memchr (line, '\0', (size_t)(end - line))))
    *nul = '?';
  *at = (size_t)(end - output->text) + (end < output->text + output->length);
  *end = '\0';
  return line;
}

void
child_forget (struct child *child)
{
  for (int which = 0; which < 2; which++) {
    struct child_output *output = &child->said[which];

    explicit_bzero (output->text, output->length + 1);
    output->length = 0;
    output->lines = 0;
    output->is_cut = 0;
  }
}
