/* SPDX-License-Identifier: BSD-2-Clause */
#include "machine_torture.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PATIENCE 90      /* seconds for a run */
#define LEFT_PATIENCE 10 /* for what it leaves behind */

static const char *const kinds[N_KINDS]
    = { "memory",    "maps",      "files",  "disk", "descriptors",
        "processes", "new_calls", "random", "poll" };

typedef int (*main_function) (int, char **, char **);

struct run {
  long number;
  int status, files, left;
  double seconds;
  int out, err; /* files in memory */
};

static main_function program;
static enum kind fails; /* the kind of calls */
static int in_worker, from, stops, is_armed, generation, traces;
static long target, count;
static int *struck; /* shared with the children */

/* Where we are; for people. */
static void
trace (void)
{
  void *frames[64];

  if (!traces)
    return;
  is_armed = 0;
  backtrace_symbols_fd (frames, backtrace (frames, 64), STDERR_FILENO);
  is_armed = 1;
}

int
strike (enum kind kind)
{
  int hit;

  if (!is_armed || kind != fails || generation != in_worker)
    return 0;
  count++;
  hit = from ? count >= target : count == target;
  if (hit && !*struck)
    trace ();
  if (hit)
    *struck = 1;
  if (hit && stops)
    raise (SIGTERM);
  return hit && !stops;
}

void
begin_child (void)
{
  generation++;
  count = 0;
}

static double
now (void)
{
  struct timespec time;

  clock_gettime (CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void
give_up (const char *what)
{
  perror (what);
  _exit (99);
}

static int
new_file (const char *name)
{
  int fd = memfd_create (name, 0);

  return fd < 0 ? (give_up (name), -1) : fd;
}

/* Waits for any child, or the one, until then; 0 when it did not end. */
static pid_t
wait_until (pid_t pid, int *status, double end)
{
  struct timespec nap = { 0, 50 * 1000 };
  pid_t got;

  while ((got = waitpid (pid, status, WNOHANG)) == 0 && now () < end) {
    nanosleep (&nap, NULL);
    if (nap.tv_nsec < 5 * 1000 * 1000)
      nap.tv_nsec += nap.tv_nsec / 4;
  }
  return got;
}

/* Whether something was left that does not end by itself: we are the parent of
 * all orphans. */
static int
is_left (void)
{
  double end = now () + LEFT_PATIENCE;
  int status;
  pid_t got;

  while ((got = wait_until (-1, &status, end)) > 0)
    ;
  return got == 0;
}

static int
empty_folder (const char *name)
{
  DIR *folder = name ? opendir (name) : NULL;
  struct dirent *entry;
  int files = 0;

  while (folder && (entry = readdir (folder)))
    if (strcmp (entry->d_name, ".") != 0 && strcmp (entry->d_name, "..") != 0
        && unlinkat (dirfd (folder), entry->d_name, 0) == 0)
      files++;
  if (folder)
    closedir (folder);
  return files;
}

static void
report (const struct run *run)
{
  int files[2] = { run->out, run->err };
  off_t sizes[2]
      = { lseek (run->out, 0, SEEK_END), lseek (run->err, 0, SEEK_END) };
  char bytes[65536];
  ssize_t n;

  printf ("%ld %d %d %d %d %.3f %ld %ld\n", run->number, *struck, run->status,
          run->files, run->left, run->seconds, (long)sizes[0], (long)sizes[1]);
  for (int i = 0; i < 2; i++)
    for (off_t at = 0; (n = pread (files[i], bytes, sizeof bytes, at)) > 0;
         at += n)
      fwrite (bytes, 1, (size_t)n, stdout);
  fflush (stdout);
}

/* In the child: the program, as if it had just been started. */
static void
play (const struct run *run, int argc, char **argv, char **environment)
{
  dup2 (run->out, STDOUT_FILENO);
  dup2 (run->err, STDERR_FILENO);
  close (run->out);
  close (run->err);
  target = run->number;
  generation = 0;
  count = 0;
  is_armed = 1;
  exit (program (argc, argv, environment));
}

static void
do_run (struct run *run, int argc, char **argv, char **environment)
{
  double begun = now ();
  pid_t pid;

  *struck = 0;
  run->out = new_file ("out");
  run->err = new_file ("err");
  fflush (stdout);
  pid = fork ();
  if (pid < 0)
    give_up ("fork");
  if (pid == 0)
    play (run, argc, argv, environment);
  if (wait_until (pid, &run->status, begun + PATIENCE) == 0) {
    kill (pid, SIGKILL);
    waitpid (pid, &run->status, 0);
  }
  run->seconds = now () - begun;
  run->left = is_left ();
  run->files = empty_folder (getenv ("TORTURE_FOLDER"));
  report (run);
  close (run->out);
  close (run->err);
}

static void
read_order (char *order)
{
  const char *kind = strtok (order, ":"), *who = strtok (NULL, ":");
  const char *how = strtok (NULL, ":");

  while (fails < N_KINDS && kind && strcmp (kinds[fails], kind) != 0)
    fails++;
  if (fails == N_KINDS || !who || !how) {
    errno = EINVAL;
    give_up ("TORTURE");
  }
  in_worker = strcmp (who, "worker") == 0;
  from = strcmp (how, "from") == 0;
  stops = strcmp (how, "stop") == 0;
}

static int
torture (int argc, char **argv, char **environment)
{
  char *order = getenv ("TORTURE"), *numbers = getenv ("TORTURE_NUMBERS");
  long first = 1, last = 1000000, step = 1;

  if (!order)
    return program (argc, argv, environment);
  unsetenv ("LD_PRELOAD");
  read_order (order);
  if (numbers && sscanf (numbers, "%ld:%ld:%ld", &first, &last, &step) != 3)
    give_up ("TORTURE_NUMBERS");
  struck = mmap (NULL, sizeof *struck, PROT_READ | PROT_WRITE,
                 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (struck == MAP_FAILED)
    give_up ("mmap");
  prctl (PR_SET_CHILD_SUBREAPER, 1);
  traces = getenv ("TORTURE_TRACE") != NULL;
  *struck = 1;
  trace (); /* what it needs is loaded now */
  for (long n = first; n <= last && *struck; n += step) {
    struct run run = { .number = n };

    do_run (&run, argc, argv, environment);
  }
  return 0;
}

int __libc_start_main (main_function, int, char **, void (*) (void),
                       void (*) (void), void (*) (void), void *);

int
__libc_start_main (main_function its_main, int argc, char **argv,
                   void (*init) (void), void (*fini) (void),
                   void (*rtld_fini) (void), void *stack_end)
{
  __typeof__ (&__libc_start_main) real;

  *(void **)&real = dlsym (RTLD_NEXT, "__libc_start_main");
  program = its_main;
  return real (torture, argc, argv, init, fini, rtld_fini, stack_end);
}
