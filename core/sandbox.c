/* SPDX-License-Identifier: BSD-2-Clause */
#include "sandbox.h"

#include "sanitized.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#define FIRST_FREE 5

/* There may be room for a milliard of them, so those are closed that are
 * there; without /proc, as many as programs have. */
static void
close_each_from (int first)
{
  DIR *folder = opendir ("/proc/self/fd");
  const struct dirent *entry;

  if (!folder) {
    for (int fd = MIN ((int)sysconf (_SC_OPEN_MAX), 65536) - 1; fd >= first;
         fd--)
      close (fd);
    return;
  }
  while ((entry = readdir (folder))) {
    int fd = (int)strtol (entry->d_name, NULL, 10);

    if (fd >= first && fd != dirfd (folder))
      close (fd);
  }
  closedir (folder);
}

static void
close_from (int first)
{
#ifdef SYS_close_range
  if (syscall (SYS_close_range, (unsigned)first, ~0u, 0u) == 0)
    return;
#endif
  close_each_from (first);
}

/* What did not get its place must not be taken for what stood there: without
 * this, a plugin's words would be the program's. */
static void
cover (int fd, int to)
{
  if (dup2 (fd, to) < 0)
    _exit (EXIT_FAILURE);
}

static void
move_fd (int *fd, int to)
{
  if (*fd == to)
    return;
  cover (*fd, to);
  close (*fd);
  *fd = to;
}

/* The two descriptors become 3 and 4.  They are first lifted above those, so
 * that neither is overwritten by the other. */
static void
arrange_fds (int *out, int *cancel_fd, gboolean keep_stderr)
{
  int null = open ("/dev/null", O_RDWR | O_CLOEXEC);
  int high_out = fcntl (*out, F_DUPFD_CLOEXEC, FIRST_FREE);
  int high_cancel = fcntl (*cancel_fd, F_DUPFD_CLOEXEC, FIRST_FREE);

  if (null < 0 || high_out < 0 || high_cancel < 0)
    _exit (EXIT_FAILURE);
  cover (null, STDIN_FILENO);
  cover (null, STDOUT_FILENO);
  if (!keep_stderr)
    cover (null, STDERR_FILENO);
  *out = high_out;
  *cancel_fd = high_cancel;
  move_fd (out, 3);
  move_fd (cancel_fd, 4);
  fcntl (*out, F_SETFD, FD_CLOEXEC);
  fcntl (*cancel_fd, F_SETFD, FD_CLOEXEC);
  close_from (FIRST_FREE);
}

void
sandbox_enter (int supervisor, int *out, int *cancel_fd, gboolean keep_stderr)
{
  struct rlimit none = { 0, 0 };

  setpgid (0, 0);
  prctl (PR_SET_PDEATHSIG, SIGKILL);
  if (getppid () != supervisor)
    _exit (EXIT_FAILURE);
  setrlimit (RLIMIT_CORE, &none);
  if (!SANITIZED)
    prctl (PR_SET_DUMPABLE, 0);
  arrange_fds (out, cancel_fd, keep_stderr);
}

void
sandbox_leave (void)
{
  if (SANITIZED)
    exit (EXIT_SUCCESS);
  _exit (EXIT_SUCCESS);
}
