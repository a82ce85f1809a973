/* SPDX-License-Identifier: BSD-2-Clause */
/* Workers that behave, and workers that do not. */
#include "task.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- Ends -------------------------------------------------------------- */

START_TEST (a_job_that_returns_has_exited_with_0)
{
  struct task *task = task_run_one (task_returns, FAR);

  task_check_end (task, JOB_EXITED, 0);
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
  task_detail (out, "last words");
  _exit (7);
}

START_TEST (a_job_that_exits_leaves_its_code_and_its_records)
{
  struct task *task = task_run_one (exits, FAR);

  task_check_end (task, JOB_EXITED, 7);
  ck_assert_str_eq (task->text, "last words");
  task_free (task);
}
END_TEST

static void
dies (struct job *job, int out, int cancel_fd)
{
  (void)job;
  (void)cancel_fd;
  task_detail (out, "last words");
  signal (SIGSEGV, SIG_DFL);
  kill (getpid (), SIGSEGV);
  task_hang ();
}

START_TEST (a_job_that_crashes_leaves_its_signal_and_its_records)
{
  struct task *task = task_run_one (dies, FAR);

  task_check_end (task, JOB_SIGNALLED, SIGSEGV);
  ck_assert_str_eq (task->text, "last words");
  task_free (task);
}
END_TEST

START_TEST (a_job_that_hangs_is_killed_at_its_deadline)
{
  gint64 before = g_get_monotonic_time ();
  struct task *task = task_run_one (task_ignores_all, NEAR);

  task_check_end (task, JOB_DEADLINE, SIGKILL);
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
  task_hang ();
}

START_TEST (a_job_that_closes_its_pipe_and_hangs_is_killed)
{
  struct task *task = task_run_one (closes_all, NEAR);

  task_check_end (task, JOB_DEADLINE, SIGKILL);
  task_free (task);
}
END_TEST

static void
babbles (struct job *job, int out, int cancel_fd)
{
  static const char text[] = "HTTP/1.1 200 OK and so on and so forth\r\n";

  (void)job;
  (void)cancel_fd;
  task_detail (out, "sense");
  if (write (out, text, sizeof text) < 0)
    _exit (1);
  task_detail (out, "sense again");
  task_hang ();
}

START_TEST (a_job_that_writes_nonsense_is_killed_and_not_read_on)
{
  struct task *task = task_run_one (babbles, FAR);

  task_check_end (task, JOB_NONSENSE, SIGKILL);
  ck_assert_uint_eq (task->records, 1);
  ck_assert_str_eq (task->text, "sense");
  task_free (task);
}
END_TEST

START_TEST (a_record_that_is_refused_is_nonsense_too)
{
  g_autoptr (GPtrArray) tasks = g_ptr_array_new ();
  struct task *task = task_new (task_ignores_all, FAR);

  task->refuses = TRUE;
  g_ptr_array_add (tasks, task);
  task_run (tasks, 1);
  task_check_end (task, JOB_NONSENSE, SIGKILL);
  ck_assert_uint_eq (task->records, 1);
  task_free (task);
}
END_TEST

/* Writes records faster than they can be read, and for ever as far as this
 * test is concerned: many of the shortest at once. */
static void
floods (struct job *job, int out, int cancel_fd)
{
  gint64 end = g_get_monotonic_time () + 100 * SECOND;
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
  task_run (tasks, 1);
  ck_assert_int_lt (g_get_monotonic_time () - before, 50 * SECOND);
  return task;
}

START_TEST (a_job_that_floods_us_is_killed_at_its_deadline)
{
  struct task *task = run_flood (floods, NEAR);

  task_check_end (task, JOB_DEADLINE, SIGKILL);
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

  task_check_end (task, JOB_EXITED, 3);
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
    task_hang ();
  text = g_strdup_printf ("%d", pid);
  task_detail (out, text);
}

/* Orphans come to us, so that we see how they ended. */
START_TEST (what_a_job_left_running_is_killed)
{
  g_autoptr (GPtrArray) tasks = g_ptr_array_new ();
  struct task *task = task_new (leaves_a_child, FAR);
  int status = 0, pid;

  ck_assert_int_eq (prctl (PR_SET_CHILD_SUBREAPER, 1), 0);
  g_ptr_array_add (tasks, task);
  task_run_leaving (tasks, 1);
  pid = atoi (task->text);
  ck_assert_int_gt (pid, 1);
  ck_assert_int_eq (waitpid (pid, &status, 0), pid);
  ck_assert (WIFSIGNALED (status) && WTERMSIG (status) == SIGKILL);
  task_free (task);
}
END_TEST

/* Where set, nobody can be killed, as in a file system that hangs. */
static gboolean none_die;

int
kill (pid_t pid, int number)
{
  return none_die ? 0 : (int)syscall (SYS_kill, pid, number);
}

/* In the time that is left behind a run's deadline, and its place is free. */
START_TEST (a_job_that_cannot_be_killed_is_given_up)
{
  g_autoptr (GPtrArray) tasks
      = g_ptr_array_new_with_free_func ((GDestroyNotify)task_free);
  struct task *task = task_new (task_ignores_all, NEAR);
  gint64 before = g_get_monotonic_time ();

  g_ptr_array_add (tasks, task);
  g_ptr_array_add (tasks, task_new (task_returns, FAR));
  none_die = TRUE;
  task_run_leaving (tasks, 1);
  none_die = FALSE;
  ck_assert_int_lt (g_get_monotonic_time () - before, 10 * SECOND);
  task_check_end (task, JOB_DEADLINE, SIGKILL);
  ck_assert_str_eq (task->text, "begun");
  task_check_end (tasks->pdata[1], JOB_EXITED, 0);
  ck_assert_int_eq (kill (task->job.pid, SIGKILL), 0);
  ck_assert_int_eq (waitpid (task->job.pid, NULL, 0), task->job.pid);
}
END_TEST

/* What all workers and the test share. */
static struct shared {
  int running, most, begun;
} * shared;

static void
share (void)
{
  shared = mmap (NULL, sizeof *shared, PROT_READ | PROT_WRITE,
                 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  ck_assert (shared != MAP_FAILED);
}

/* ---- Many -------------------------------------------------------------- */

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
  task_run (tasks, 2);
  ck_assert_int_eq (shared->most, 2);
  ck_assert_int_eq (shared->begun, 15);
  for (guint i = 0; i < tasks->len; i++)
    task_check_end (tasks->pdata[i], JOB_EXITED, 0);
}
END_TEST

START_TEST (each_job_ends_in_its_own_way)
{
  g_autoptr (GPtrArray) tasks
      = g_ptr_array_new_with_free_func ((GDestroyNotify)task_free);

  g_ptr_array_add (tasks, task_new (dies, FAR));
  g_ptr_array_add (tasks, task_new (task_returns, FAR));
  g_ptr_array_add (tasks, task_new (task_ignores_all, NEAR));
  g_ptr_array_add (tasks, task_new (babbles, FAR));
  g_ptr_array_add (tasks, task_new (exits, FAR));
  task_run (tasks, 8);
  task_check_end (tasks->pdata[0], JOB_SIGNALLED, SIGSEGV);
  task_check_end (tasks->pdata[1], JOB_EXITED, 0);
  task_check_end (tasks->pdata[2], JOB_DEADLINE, SIGKILL);
  task_check_end (tasks->pdata[3], JOB_NONSENSE, SIGKILL);
  task_check_end (tasks->pdata[4], JOB_EXITED, 7);
}
END_TEST

START_TEST (a_job_whose_time_is_over_is_not_begun)
{
  g_autoptr (GPtrArray) tasks
      = g_ptr_array_new_with_free_func ((GDestroyNotify)task_free);

  g_ptr_array_add (tasks, task_new (task_ignores_all, NEAR));
  g_ptr_array_add (tasks, task_new (task_returns, NEAR));
  g_ptr_array_add (tasks, task_new (task_returns, FAR));
  task_run (tasks, 1);
  task_check_end (tasks->pdata[0], JOB_DEADLINE, SIGKILL);
  task_check_end (tasks->pdata[1], JOB_NOT_STARTED, 0);
  task_check_end (tasks->pdata[2], JOB_EXITED, 0);
}
END_TEST

START_TEST (no_jobs_are_soon_done)
{
  g_autoptr (GPtrArray) tasks = g_ptr_array_new ();

  task_run (tasks, 4);
}
END_TEST

START_TEST (at_once_0_is_one)
{
  g_autoptr (GPtrArray) tasks
      = g_ptr_array_new_with_free_func ((GDestroyNotify)task_free);

  g_ptr_array_add (tasks, task_new (task_returns, FAR));
  task_run (tasks, 0);
  task_check_end (tasks->pdata[0], JOB_EXITED, 0);
}
END_TEST

START_TEST (we_keep_no_descriptors_of_jobs)
{
  int before = dup (0), after;

  close (before);
  task_free (task_run_one (task_returns, FAR));
  task_free (task_run_one (dies, FAR));
  task_free (task_run_one (task_ignores_all, NEAR));
  task_free (task_run_one (babbles, FAR));
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
  tcase_add_test (tcase, a_job_that_cannot_be_killed_is_given_up);
  tcase_add_test (tcase, many_jobs_are_done_two_at_once);
  tcase_add_test (tcase, each_job_ends_in_its_own_way);
  tcase_add_test (tcase, a_job_whose_time_is_over_is_not_begun);
  tcase_add_test (tcase, no_jobs_are_soon_done);
  tcase_add_test (tcase, at_once_0_is_one);
  tcase_add_test (tcase, we_keep_no_descriptors_of_jobs);
}
