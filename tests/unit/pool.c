/* SPDX-License-Identifier: BSD-2-Clause */
/* Workers that behave, and workers that do not. */
#include "pool.h"

#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define SECOND ((gint64)G_USEC_PER_SEC)

/* For deadlines that must not be met, and for those that must. */
#define FAR (60 * SECOND)
#define NEAR (SECOND / 5)

/* A job, and what became of it. */
struct task {
  struct job job; /* first, for the cast */
  guint records, ends;
  enum job_end how;
  int code;
  char *text;            /* of the last record that had one */
  gint64 stopped;        /* when those signals came */
  guint stops_at_record; /* how many signals come with the first record */
  gboolean refuses;      /* finds that records make no sense */
  gboolean is_slow;      /* takes its time with records */
};

/* What all workers and the test share. */
static struct shared {
  int running, most, begun;
} * shared;

static int stop[2] = { -1, -1 };

static gboolean
take_stop (int fd)
{
  char c;

  return read (fd, &c, 1) == 1;
}

static void
enter (void)
{
  signal (SIGTERM, SIG_DFL);
}

static void
say (const char *line)
{
  (void)line;
}

static gboolean
record (struct job *job, enum record_kind kind, GVariant *body)
{
  struct task *task = (struct task *)job;

  if (task->records++ % 64 == 0 && task->is_slow)
    g_usleep (1000);
  if (kind == RECORD_DETAIL) {
    g_free (task->text);
    g_variant_get (body, "(s)", &task->text);
  }
  if (task->stops_at_record)
    task->stopped = g_get_monotonic_time ();
  for (; task->stops_at_record; task->stops_at_record--)
    ck_assert_int_eq (write (stop[1], "x", 1), 1);
  return !task->refuses;
}

static void
ended (struct job *job, enum job_end how, int code)
{
  struct task *task = (struct task *)job;

  task->ends++;
  task->how = how;
  task->code = code;
}

static struct task *
task_new (void (*work) (struct job *, int, int), gint64 time)
{
  struct task *task = g_new0 (struct task, 1);

  task->job.work = work;
  task->job.record = record;
  task->job.end = ended;
  task->job.deadline = g_get_monotonic_time () + time;
  return task;
}

static void
task_free (struct task *task)
{
  g_free (task->text);
  g_free (task);
}

static void
run (GPtrArray *tasks, guint at_once)
{
  struct pool_host host = {
    .stop_fd = stop[0],
    .next_stop = take_stop,
    .enter_worker = enter,
    .say = say,
  };

  pool_run (tasks, at_once, &host);
  for (guint i = 0; i < tasks->len; i++)
    ck_assert_uint_eq (((struct task *)tasks->pdata[i])->ends, 1);
  /* Nobody is left behind. */
  ck_assert_int_eq (waitpid (-1, NULL, WNOHANG), -1);
  ck_assert_int_eq (errno, ECHILD);
}

/* Runs a single job and says how it ended. */
static struct task *
run_one (void (*work) (struct job *, int, int), gint64 time)
{
  g_autoptr (GPtrArray) tasks = g_ptr_array_new ();
  struct task *task = task_new (work, time);

  g_ptr_array_add (tasks, task);
  run (tasks, 1);
  return task;
}

static void
check_end (const struct task *task, enum job_end how, int code)
{
  ck_assert_int_eq (task->how, how);
  ck_assert_int_eq (task->code, code);
}

static void
open_stop (void)
{
  ck_assert_int_eq (pipe2 (stop, O_NONBLOCK | O_CLOEXEC), 0);
}

static void
share (void)
{
  shared = mmap (NULL, sizeof *shared, PROT_READ | PROT_WRITE,
                 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  ck_assert (shared != MAP_FAILED);
}

static void
detail (int out, const char *text)
{
  record_write (out, RECORD_DETAIL, g_variant_new ("(s)", text));
}

/* A bounded "for ever", for workers that will be ended. */
static void
hang (void)
{
  for (int i = 0; i < 100; i++)
    sleep (1);
}

/* ---- Ends --------------------------------------------------------------- */

static void
returns (struct job *job, int out, int cancel_fd)
{
  (void)job;
  (void)cancel_fd;
  detail (out, "one");
  detail (out, "two");
}

START_TEST (a_job_that_returns_has_exited_with_0)
{
  struct task *task = run_one (returns, FAR);

  check_end (task, JOB_EXITED, 0);
  ck_assert_uint_eq (task->records, 2);
  ck_assert_str_eq (task->text, "two");
  task_free (task);
}
END_TEST

static void
exits (struct job *job, int out, int cancel_fd)
{
  (void)job;
  (void)cancel_fd;
  detail (out, "last words");
  _exit (7);
}

START_TEST (a_job_that_exits_leaves_its_code_and_its_records)
{
  struct task *task = run_one (exits, FAR);

  check_end (task, JOB_EXITED, 7);
  ck_assert_str_eq (task->text, "last words");
  task_free (task);
}
END_TEST

static void
dies (struct job *job, int out, int cancel_fd)
{
  (void)job;
  (void)cancel_fd;
  detail (out, "last words");
  signal (SIGSEGV, SIG_DFL);
  kill (getpid (), SIGSEGV);
  hang ();
}

START_TEST (a_job_that_crashes_leaves_its_signal_and_its_records)
{
  struct task *task = run_one (dies, FAR);

  check_end (task, JOB_SIGNALLED, SIGSEGV);
  ck_assert_str_eq (task->text, "last words");
  task_free (task);
}
END_TEST

static void
ignores_all (struct job *job, int out, int cancel_fd)
{
  (void)job;
  (void)cancel_fd;
  signal (SIGTERM, SIG_IGN);
  detail (out, "begun");
  hang ();
}

START_TEST (a_job_that_hangs_is_killed_at_its_deadline)
{
  gint64 before = g_get_monotonic_time ();
  struct task *task = run_one (ignores_all, NEAR);

  check_end (task, JOB_DEADLINE, SIGKILL);
  ck_assert_int_ge (g_get_monotonic_time () - before, NEAR);
  task_free (task);
}
END_TEST

static void
closes_all (struct job *job, int out, int cancel_fd)
{
  (void)job;
  close (out);
  close (cancel_fd);
  hang ();
}

START_TEST (a_job_that_closes_its_pipe_and_hangs_is_killed)
{
  struct task *task = run_one (closes_all, NEAR);

  check_end (task, JOB_DEADLINE, SIGKILL);
  task_free (task);
}
END_TEST

static void
babbles (struct job *job, int out, int cancel_fd)
{
  static const char text[] = "HTTP/1.1 200 OK and so on and so forth\r\n";

  (void)job;
  (void)cancel_fd;
  detail (out, "sense");
  if (write (out, text, sizeof text) < 0)
    _exit (1);
  detail (out, "sense again");
  hang ();
}

START_TEST (a_job_that_writes_nonsense_is_killed_and_not_read_on)
{
  struct task *task = run_one (babbles, FAR);

  check_end (task, JOB_NONSENSE, SIGKILL);
  ck_assert_uint_eq (task->records, 1);
  ck_assert_str_eq (task->text, "sense");
  task_free (task);
}
END_TEST

START_TEST (a_record_that_is_refused_is_nonsense_too)
{
  g_autoptr (GPtrArray) tasks = g_ptr_array_new ();
  struct task *task = task_new (ignores_all, FAR);

  task->refuses = TRUE;
  g_ptr_array_add (tasks, task);
  run (tasks, 1);
  check_end (task, JOB_NONSENSE, SIGKILL);
  ck_assert_uint_eq (task->records, 1);
  task_free (task);
}
END_TEST

/* Writes records faster than they can be read, and for ever as far as this
 * test is concerned: many of the shortest at once. */
static void
floods (struct job *job, int out, int cancel_fd)
{
  gint64 end = g_get_monotonic_time () + 30 * SECOND;
  char block[4096];
  gssize n, length = 0;
  int fds[2];

  (void)job;
  (void)cancel_fd;
  if (pipe (fds) < 0)
    return;
  record_write (fds[1], RECORD_DONE, g_variant_new ("()"));
  n = read (fds[0], block, sizeof block);
  for (length = n; n > 0 && length + n <= (gssize)sizeof block; length += n)
    memcpy (block + length, block, (gsize)n);
  while (g_get_monotonic_time () < end)
    if (write (out, block, (gsize)length) < 0)
      return;
}

/* We read more slowly than it writes, so that there is always more. */
static struct task *
run_flood (void (*work) (struct job *, int, int), gint64 time)
{
  g_autoptr (GPtrArray) tasks = g_ptr_array_new ();
  struct task *task = task_new (work, time);
  gint64 before = g_get_monotonic_time ();

  task->is_slow = TRUE;
  g_ptr_array_add (tasks, task);
  run (tasks, 1);
  ck_assert_int_lt (g_get_monotonic_time () - before, 20 * SECOND);
  return task;
}

START_TEST (a_job_that_floods_us_is_killed_at_its_deadline)
{
  struct task *task = run_flood (floods, NEAR);

  check_end (task, JOB_DEADLINE, SIGKILL);
  ck_assert_uint_gt (task->records, 0);
  task_free (task);
}
END_TEST

/* Dies soon, and leaves somebody who floods our pipe in its place. */
static void
leaves_a_flood (struct job *job, int out, int cancel_fd)
{
  int pid = fork ();

  if (pid == 0) {
    setsid ();
    floods (job, out, cancel_fd);
  }
  g_usleep (100000);
  _exit (3);
}

START_TEST (a_flood_that_outlives_its_job_does_not_hold_us)
{
  struct task *task = run_flood (leaves_a_flood, FAR);

  check_end (task, JOB_EXITED, 3);
  task_free (task);
}
END_TEST

/* Leaves a child in its process group, and says who it is. */
static void
leaves_a_child (struct job *job, int out, int cancel_fd)
{
  int pid = fork ();
  g_autofree char *text = NULL;

  (void)job;
  (void)cancel_fd;
  if (pid == 0)
    hang ();
  text = g_strdup_printf ("%d", pid);
  detail (out, text);
}

/* Orphans come to us, so that we see how they ended. */
START_TEST (what_a_job_left_running_is_killed)
{
  g_autoptr (GPtrArray) tasks = g_ptr_array_new ();
  struct task *task = task_new (leaves_a_child, FAR);
  struct pool_host host = { .stop_fd = -1, .enter_worker = enter, .say = say };
  int status = 0, pid;

  ck_assert_int_eq (prctl (PR_SET_CHILD_SUBREAPER, 1), 0);
  g_ptr_array_add (tasks, task);
  pool_run (tasks, 1, &host);
  pid = atoi (task->text);
  ck_assert_int_gt (pid, 1);
  ck_assert_int_eq (waitpid (pid, &status, 0), pid);
  ck_assert (WIFSIGNALED (status) && WTERMSIG (status) == SIGKILL);
  task_free (task);
}
END_TEST

/* ---- Many --------------------------------------------------------------- */

/* The first two wait for each other, so that two do run at once. */
static void
counts (struct job *job, int out, int cancel_fd)
{
  int n = __atomic_add_fetch (&shared->running, 1, __ATOMIC_SEQ_CST);
  int begun = __atomic_add_fetch (&shared->begun, 1, __ATOMIC_SEQ_CST);
  int most = __atomic_load_n (&shared->most, __ATOMIC_SEQ_CST);

  (void)job;
  (void)out;
  (void)cancel_fd;
  while (n > most
         && !__atomic_compare_exchange_n (&shared->most, &most, n, FALSE,
                                          __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
    ;
  for (int i = 0; begun == 1 && i < 3000
                  && __atomic_load_n (&shared->begun, __ATOMIC_SEQ_CST) < 2;
       i++)
    g_usleep (10000);
  g_usleep (10000);
  __atomic_sub_fetch (&shared->running, 1, __ATOMIC_SEQ_CST);
}

START_TEST (many_jobs_are_done_two_at_once)
{
  g_autoptr (GPtrArray) tasks
      = g_ptr_array_new_with_free_func ((GDestroyNotify)task_free);

  share ();
  for (int i = 0; i < 15; i++)
    g_ptr_array_add (tasks, task_new (counts, FAR));
  run (tasks, 2);
  ck_assert_int_eq (shared->most, 2);
  ck_assert_int_eq (shared->begun, 15);
  for (guint i = 0; i < tasks->len; i++)
    check_end (tasks->pdata[i], JOB_EXITED, 0);
}
END_TEST

START_TEST (each_job_ends_in_its_own_way)
{
  g_autoptr (GPtrArray) tasks
      = g_ptr_array_new_with_free_func ((GDestroyNotify)task_free);

  g_ptr_array_add (tasks, task_new (dies, FAR));
  g_ptr_array_add (tasks, task_new (returns, FAR));
  g_ptr_array_add (tasks, task_new (ignores_all, NEAR));
  g_ptr_array_add (tasks, task_new (babbles, FAR));
  g_ptr_array_add (tasks, task_new (exits, FAR));
  run (tasks, 8);
  check_end (tasks->pdata[0], JOB_SIGNALLED, SIGSEGV);
  check_end (tasks->pdata[1], JOB_EXITED, 0);
  check_end (tasks->pdata[2], JOB_DEADLINE, SIGKILL);
  check_end (tasks->pdata[3], JOB_NONSENSE, SIGKILL);
  check_end (tasks->pdata[4], JOB_EXITED, 7);
}
END_TEST

START_TEST (a_job_whose_time_is_over_is_not_begun)
{
  g_autoptr (GPtrArray) tasks
      = g_ptr_array_new_with_free_func ((GDestroyNotify)task_free);

  g_ptr_array_add (tasks, task_new (ignores_all, NEAR));
  g_ptr_array_add (tasks, task_new (returns, NEAR));
  g_ptr_array_add (tasks, task_new (returns, FAR));
  run (tasks, 1);
  check_end (tasks->pdata[0], JOB_DEADLINE, SIGKILL);
  check_end (tasks->pdata[1], JOB_NOT_STARTED, 0);
  check_end (tasks->pdata[2], JOB_EXITED, 0);
}
END_TEST

START_TEST (no_jobs_are_soon_done)
{
  g_autoptr (GPtrArray) tasks = g_ptr_array_new ();

  run (tasks, 4);
}
END_TEST

START_TEST (at_once_0_is_one)
{
  g_autoptr (GPtrArray) tasks
      = g_ptr_array_new_with_free_func ((GDestroyNotify)task_free);

  g_ptr_array_add (tasks, task_new (returns, FAR));
  run (tasks, 0);
  check_end (tasks->pdata[0], JOB_EXITED, 0);
}
END_TEST

/* ---- Signals ------------------------------------------------------------ */

static void
obeys (struct job *job, int out, int cancel_fd)
{
  struct pollfd fd = { cancel_fd, POLLIN, 0 };

  (void)job;
  detail (out, "begun");
  detail (out, poll (&fd, 1, 60000) == 1 ? "cancelled" : "not cancelled");
}

START_TEST (the_first_signal_cancels_and_begins_no_more)
{
  g_autoptr (GPtrArray) tasks
      = g_ptr_array_new_with_free_func ((GDestroyNotify)task_free);
  struct task *first = task_new (obeys, FAR);

  open_stop ();
  first->stops_at_record = 1;
  g_ptr_array_add (tasks, first);
  g_ptr_array_add (tasks, task_new (obeys, FAR));
  g_ptr_array_add (tasks, task_new (returns, FAR));
  g_ptr_array_add (tasks, task_new (returns, FAR));
  run (tasks, 2);
  for (guint i = 0; i < 2; i++) {
    check_end (tasks->pdata[i], JOB_EXITED, 0);
    ck_assert_str_eq (((struct task *)tasks->pdata[i])->text, "cancelled");
  }
  check_end (tasks->pdata[2], JOB_INTERRUPTED, 0);
  check_end (tasks->pdata[3], JOB_INTERRUPTED, 0);
}
END_TEST

START_TEST (the_second_signal_kills)
{
  g_autoptr (GPtrArray) tasks
      = g_ptr_array_new_with_free_func ((GDestroyNotify)task_free);
  struct task *first = task_new (ignores_all, FAR);

  open_stop ();
  first->stops_at_record = 2;
  g_ptr_array_add (tasks, first);
  g_ptr_array_add (tasks, task_new (ignores_all, FAR));
  run (tasks, 2);
  /* At once, and not only when the time of grace is over. */
  ck_assert_int_lt (g_get_monotonic_time () - first->stopped,
                    POOL_CANCEL_GRACE);
  check_end (tasks->pdata[0], JOB_INTERRUPTED, SIGKILL);
  check_end (tasks->pdata[1], JOB_INTERRUPTED, SIGKILL);
}
END_TEST

START_TEST (who_ignores_the_first_signal_has_a_time_of_grace)
{
  g_autoptr (GPtrArray) tasks = g_ptr_array_new ();
  struct task *task = task_new (ignores_all, FAR);
  gint64 before = g_get_monotonic_time ();

  open_stop ();
  task->stops_at_record = 1;
  g_ptr_array_add (tasks, task);
  run (tasks, 1);
  check_end (task, JOB_INTERRUPTED, SIGKILL);
  ck_assert_int_ge (g_get_monotonic_time () - before, POOL_CANCEL_GRACE);
  task_free (task);
}
END_TEST

/* ---- What a worker has -------------------------------------------------- */

static void
lists_descriptors (struct job *job, int out, int cancel_fd)
{
  g_autoptr (GString) list = g_string_new (NULL);

  (void)job;
  for (int fd = 0; fd < 1024; fd++)
    if (fcntl (fd, F_GETFD) >= 0)
      g_string_append_printf (list, "%d ", fd);
  g_string_append_printf (list, "out %d cancel %d", out, cancel_fd);
  detail (out, list->str);
}

START_TEST (a_worker_has_no_descriptors_but_five)
{
  struct task *task;
  int fds[2];

  open_stop ();
  for (int i = 0; i < 20; i++)
    ck_assert_int_eq (pipe (fds), 0);
  task = run_one (lists_descriptors, FAR);
  check_end (task, JOB_EXITED, 0);
  ck_assert_str_eq (task->text, "0 1 2 3 4 out 3 cancel 4");
  task_free (task);
}
END_TEST

START_TEST (a_worker_has_them_where_we_have_none)
{
  struct task *task;

  close (STDIN_FILENO);
  task = run_one (lists_descriptors, FAR);
  ck_assert_str_eq (task->text, "0 1 2 3 4 out 3 cancel 4");
  task_free (task);
}
END_TEST

/* /dev/null has the same device number wherever it is opened. */
static void
looks_at_its_output (struct job *job, int out, int cancel_fd)
{
  struct stat null, own;
  g_autoptr (GString) list = g_string_new (NULL);

  (void)job;
  (void)cancel_fd;
  stat ("/dev/null", &null);
  for (int fd = 0; fd < 3; fd++)
    if (fstat (fd, &own) == 0 && own.st_rdev == null.st_rdev)
      g_string_append_printf (list, "%d ", fd);
  detail (out, list->str);
}

START_TEST (a_worker_writes_into_the_void)
{
  struct task *task = run_one (looks_at_its_output, FAR);

  ck_assert_str_eq (task->text, "0 1 2 ");
  task_free (task);
}
END_TEST

static void
looks_at_its_group (struct job *job, int out, int cancel_fd)
{
  int signal_of_parent = 0;

  (void)job;
  (void)cancel_fd;
  prctl (PR_GET_PDEATHSIG, &signal_of_parent);
  detail (out, getpgrp () == getpid () && signal_of_parent == SIGKILL ? "yes"
                                                                      : "no");
}

START_TEST (a_worker_has_a_group_of_its_own_and_dies_with_us)
{
  struct task *task = run_one (looks_at_its_group, FAR);

  ck_assert_str_eq (task->text, "yes");
  task_free (task);
}
END_TEST

START_TEST (we_keep_no_descriptors_of_jobs)
{
  int before = dup (0), after;

  close (before);
  task_free (run_one (returns, FAR));
  task_free (run_one (dies, FAR));
  task_free (run_one (ignores_all, NEAR));
  task_free (run_one (babbles, FAR));
  after = dup (0);
  ck_assert_int_eq (after, before);
  close (after);
}
END_TEST

void
unit_add (TCase *tcase)
{
  tcase_add_test (tcase, a_job_that_returns_has_exited_with_0);
  tcase_add_test (tcase, a_job_that_exits_leaves_its_code_and_its_records);
  tcase_add_test (tcase, a_job_that_crashes_leaves_its_signal_and_its_records);
  tcase_add_test (tcase, a_job_that_hangs_is_killed_at_its_deadline);
  tcase_add_test (tcase, a_job_that_closes_its_pipe_and_hangs_is_killed);
  tcase_add_test (tcase, a_job_that_writes_nonsense_is_killed_and_not_read_on);
  tcase_add_test (tcase, a_record_that_is_refused_is_nonsense_too);
  tcase_add_test (tcase, a_job_that_floods_us_is_killed_at_its_deadline);
  tcase_add_test (tcase, a_flood_that_outlives_its_job_does_not_hold_us);
  tcase_add_test (tcase, what_a_job_left_running_is_killed);
  tcase_add_test (tcase, many_jobs_are_done_two_at_once);
  tcase_add_test (tcase, each_job_ends_in_its_own_way);
  tcase_add_test (tcase, a_job_whose_time_is_over_is_not_begun);
  tcase_add_test (tcase, no_jobs_are_soon_done);
  tcase_add_test (tcase, at_once_0_is_one);
  tcase_add_test (tcase, the_first_signal_cancels_and_begins_no_more);
  tcase_add_test (tcase, the_second_signal_kills);
  tcase_add_test (tcase, who_ignores_the_first_signal_has_a_time_of_grace);
  tcase_add_test (tcase, a_worker_has_no_descriptors_but_five);
  tcase_add_test (tcase, a_worker_has_them_where_we_have_none);
  tcase_add_test (tcase, a_worker_writes_into_the_void);
  tcase_add_test (tcase, a_worker_has_a_group_of_its_own_and_dies_with_us);
  tcase_add_test (tcase, we_keep_no_descriptors_of_jobs);
}
