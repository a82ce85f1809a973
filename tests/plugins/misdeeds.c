/* SPDX-License-Identifier: BSD-2-Clause */
/* Misdeeds against the process, which any code can commit. */
#include "misdeeds.h"

#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* Anything that would last "for ever" ends by itself after this, so that no
 * failed test leaves a process behind. */
#define FOR_EVER 120

static void
sleep_for (double seconds)
{
  struct timespec left
      = { (time_t)seconds, (long)((seconds - (double)(time_t)seconds) * 1e9) };

  while (nanosleep (&left, &left) < 0)
    ;
}

/* Tells a test where a process of ours is, if it asks for that. */
static void
tell_pid (void)
{
  const char *path = getenv ("ZOO_PID");
  FILE *file = path ? fopen (path, "w") : NULL;

  if (file) {
    fprintf (file, "%ld\n", (long)getpid ());
    fclose (file);
  }
}

static void
crash (void)
{
  raise (SIGSEGV);
}

static void
exit_0 (void)
{
  exit (0);
}

static void
now_exit_0 (void)
{
  _exit (0);
}

static void
exit_3 (void)
{
  exit (3);
}

/* Another program in our place, which is content with everything. */
static void
exec_other (void)
{
  execl ("/bin/true", "true", (char *)NULL);
}

static void
crash_at_exit (void)
{
  if (atexit (crash) != 0)
    abort ();
}

static void
hang (void)
{
  tell_pid ();
  sleep_for (FOR_EVER);
}

static void
hang_at_exit (void)
{
  if (atexit (hang) != 0)
    abort ();
}

static void
ignore_and_hang (void)
{
  for (int number = 1; number < 65; number++)
    signal (number, SIG_IGN);
  hang ();
}

static void
busy (void)
{
  time_t end = time (NULL) + FOR_EVER;

  while (time (NULL) < end)
    ;
}

static void
leave_group_and_hang (void)
{
  setpgid (0, getpgid (getppid ()));
  hang ();
}

/* A child that holds all that we hold, and sleeps. */
static void
fork_sleeper (int own_session)
{
  if (fork () != 0)
    return;
  if (own_session)
    setsid ();
  hang ();
  _exit (0);
}

static void
fork_and_exit (void)
{
  fork_sleeper (0);
  _exit (0);
}

static void
fork_and_crash (void)
{
  fork_sleeper (0);
  crash ();
}

static void
fork_and_go_on (void)
{
  fork_sleeper (0);
}

/* One child at a time, which has one child and goes. */
static void
fork_for_ever (void)
{
  time_t end = time (NULL) + FOR_EVER;

  if (fork () != 0)
    return;
  while (time (NULL) < end && fork () == 0)
    tell_pid ();
  _exit (0);
}

static void
setsid_and_exit (void)
{
  fork_sleeper (1);
  _exit (0);
}

static void
setsid_and_go_on (void)
{
  fork_sleeper (1);
}

/* Both processes come back from the callback. */
static void
fork_twice (void)
{
  if (fork () < 0)
    abort ();
}

static void
write_much (void)
{
  static char block[1024];

  memset (block, 'x', sizeof block);
  for (int fd = 1; fd <= 2; fd++)
    for (int i = 0; i < 1024; i++)
      if (write (fd, block, sizeof block) < 0)
        break;
}

static void
close_all (void)
{
  for (int fd = 0; fd < 256; fd++)
    close (fd);
}

static void
close_cancel (void)
{
  close (4);
}

static void
dup_over_all (void)
{
  int null = open ("/dev/null", O_RDWR);

  for (int fd = 0; fd < 10; fd++)
    if (fd != null)
      dup2 (null, fd);
}

static void
write_everywhere (const char *bytes, size_t length)
{
  for (int fd = 0; fd < 256; fd++)
    if (write (fd, bytes, length) < 0)
      continue;
}

static void
garbage (void)
{
  write_everywhere ("nonsense instead of a record, and a long one", 44);
}

static void
garbage_and_hang (void)
{
  garbage ();
  hang ();
}

/* Less than the head of a record. */
static void
crumb (void)
{
  write_everywhere ("x", 1);
}

static void
crumb_and_hang (void)
{
  crumb ();
  hang ();
}

static void
change_all (void)
{
  struct rlimit few = { 5, 5 };
  sigset_t all;

  setlocale (LC_ALL, "de_DE.UTF-8");
  if (chdir ("/") < 0)
    abort ();
  umask (0777);
  clearenv ();
  setenv ("TZ", ":/nowhere", 1);
  sigfillset (&all);
  sigprocmask (SIG_BLOCK, &all, NULL);
  setrlimit (RLIMIT_NOFILE, &few);
  setrlimit (RLIMIT_FSIZE, &few);
}

static void
leave_open (void)
{
  for (int i = 0; i < 3; i++)
    if (open ("/dev/null", O_RDWR) < 0)
      abort ();
}

static void
comma_locale (void)
{
  if (setlocale (LC_ALL, "de_DE.UTF-8"))
    tell_pid ();
}

static void
on_signal (int number)
{
  (void)number;
}

static void
install_handlers (void)
{
  struct sigaction action = { .sa_handler = on_signal };

  for (int number = 1; number < 65; number++)
    sigaction (number, &action, NULL);
  raise (SIGCHLD);
}

static void
set_alarm (void)
{
  alarm (1);
  sleep_for (FOR_EVER);
}

/* No more memory for anybody in this process. */
static void
no_memory (void)
{
  struct rlimit none = { 0, 0 };

  setrlimit (RLIMIT_AS, &none);
  for (size_t size = 1u << 24; size >= 8; size /= 2) {
    char *taken;

    while ((taken = malloc (size)))
      *(char *volatile *)taken = taken;
  }
}

static void
stop_itself (void)
{
  raise (SIGSTOP);
}

static const struct {
  const char *name;
  void (*commit) (void);
} misdeeds[] = {
  { "crash", crash },
  { "abort", abort },
  { "exit0", exit_0 },
  { "_exit0", now_exit_0 },
  { "exit3", exit_3 },
  { "exec", exec_other },
  { "atexit_crash", crash_at_exit },
  { "atexit_hang", hang_at_exit },
  { "tell_pid", tell_pid },
  { "hang", hang },
  { "ignore", ignore_and_hang },
  { "busy", busy },
  { "leave_group", leave_group_and_hang },
  { "stop", stop_itself },
  { "fork_exit", fork_and_exit },
  { "fork_crash", fork_and_crash },
  { "fork_on", fork_and_go_on },
  { "fork_bomb", fork_for_ever },
  { "setsid_exit", setsid_and_exit },
  { "setsid_on", setsid_and_go_on },
  { "fork_twice", fork_twice },
  { "write", write_much },
  { "close_all", close_all },
  { "close_cancel", close_cancel },
  { "dup", dup_over_all },
  { "garbage", garbage },
  { "garbage_hang", garbage_and_hang },
  { "crumb", crumb },
  { "crumb_hang", crumb_and_hang },
  { "change", change_all },
  { "leave_open", leave_open },
  { "locale", comma_locale },
  { "handlers", install_handlers },
  { "alarm", set_alarm },
  { "memory", no_memory },
};

int
misdeed_in_process (const char *name)
{
  for (size_t i = 0; i < sizeof misdeeds / sizeof misdeeds[0]; i++)
    if (strcmp (name, misdeeds[i].name) == 0) {
      misdeeds[i].commit ();
      return 1;
    }
  return 0;
}
