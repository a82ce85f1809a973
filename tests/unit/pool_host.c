/* SPDX-License-Identifier: BSD-2-Clause */
/* Signals to the pool, and what a worker finds open. */
#include "task.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

START_TEST (the_limit_is_the_latest_deadline)
{
  static const gint64 times[] = { SECOND, FAR, 2 * SECOND };
  g_autoptr (GPtrArray) tasks
      = g_ptr_array_new_with_free_func ((GDestroyNotify)task_free);
  gint64 latest;

  for (guint i = 0; i < G_N_ELEMENTS (times); i++)
    g_ptr_array_add (tasks, task_new (task_returns, times[i]));
  latest = ((struct task *)tasks->pdata[1])->job.deadline;
  task_limit = 0;
  task_run (tasks, 2);
  ck_assert_int_eq (task_limit, latest);
}
END_TEST

/* ---- Signals ----------------------------------------------------------- */

static void
obeys (struct job *job, int out, int cancel_fd)
{
  struct pollfd fd = { cancel_fd, POLLIN, 0 };

  (void)job;
  task_detail (out, "begun");
  task_detail (out, poll (&fd, 1, 60000) == 1 ? "cancelled" : "not cancelled");
}

START_TEST (the_first_signal_cancels_and_begins_no_more)
{
  g_autoptr (GPtrArray) tasks
      = g_ptr_array_new_with_free_func ((GDestroyNotify)task_free);
  struct task *first = task_new (obeys, FAR);

  task_open_stop ();
  first->stops_at_record = 1;
  g_ptr_array_add (tasks, first);
  g_ptr_array_add (tasks, task_new (obeys, FAR));
  g_ptr_array_add (tasks, task_new (task_returns, FAR));
  g_ptr_array_add (tasks, task_new (task_returns, FAR));
  task_run (tasks, 2);
  for (guint i = 0; i < 2; i++) {
    task_check_end (tasks->pdata[i], JOB_EXITED, 0);
    ck_assert_str_eq (((struct task *)tasks->pdata[i])->text, "cancelled");
  }
  task_check_end (tasks->pdata[2], JOB_INTERRUPTED, 0);
  task_check_end (tasks->pdata[3], JOB_INTERRUPTED, 0);
  task_close_stop ();
}
END_TEST

START_TEST (the_second_signal_kills)
{
  g_autoptr (GPtrArray) tasks
      = g_ptr_array_new_with_free_func ((GDestroyNotify)task_free);
  struct task *first = task_new (task_ignores_all, FAR);

  task_open_stop ();
  first->stops_at_record = 2;
  g_ptr_array_add (tasks, first);
  g_ptr_array_add (tasks, task_new (task_ignores_all, FAR));
  task_run (tasks, 2);
  /* At once, and not only when the time of grace is over. */
  ck_assert_int_lt (g_get_monotonic_time () - first->stopped,
                    POOL_CANCEL_GRACE);
  task_check_end (tasks->pdata[0], JOB_INTERRUPTED, SIGKILL);
  task_check_end (tasks->pdata[1], JOB_INTERRUPTED, SIGKILL);
  task_close_stop ();
}
END_TEST

START_TEST (who_ignores_the_first_signal_has_a_time_of_grace)
{
  g_autoptr (GPtrArray) tasks = g_ptr_array_new ();
  struct task *task = task_new (task_ignores_all, FAR);
  gint64 before = g_get_monotonic_time ();

  task_open_stop ();
  task->stops_at_record = 1;
  g_ptr_array_add (tasks, task);
  task_run (tasks, 1);
  task_check_end (task, JOB_INTERRUPTED, SIGKILL);
  ck_assert_int_ge (g_get_monotonic_time () - before, POOL_CANCEL_GRACE);
  task_free (task);
  task_close_stop ();
}
END_TEST

/* ---- What a worker has ------------------------------------------------- */

static void
lists_descriptors (struct job *job, int out, int cancel_fd)
{
  g_autoptr (GString) list = g_string_new (NULL);

  (void)job;
  for (int fd = 0; fd < 1024; fd++)
    if (fcntl (fd, F_GETFD) >= 0)
      g_string_append_printf (list, "%d ", fd);
  g_string_append_printf (list, "out %d cancel %d", out, cancel_fd);
  task_detail (out, list->str);
}

START_TEST (a_worker_has_no_descriptors_but_five)
{
  struct task *task;
  int fds[20][2];

  task_open_stop ();
  for (int i = 0; i < 20; i++)
    ck_assert_int_eq (pipe (fds[i]), 0);
  task = task_run_one (lists_descriptors, FAR);
  task_check_end (task, JOB_EXITED, 0);
  ck_assert_str_eq (task->text, "0 1 2 3 4 out 3 cancel 4");
  task_free (task);
  for (int i = 0; i < 20; i++) {
    close (fds[i][0]);
    close (fds[i][1]);
  }
  task_close_stop ();
}
END_TEST

START_TEST (a_worker_has_them_where_we_have_none)
{
  struct task *task;

  close (STDIN_FILENO);
  task = task_run_one (lists_descriptors, FAR);
  ck_assert_int_eq (open ("/dev/null", O_RDONLY), STDIN_FILENO);
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
  task_detail (out, list->str);
}

START_TEST (a_worker_writes_into_the_void)
{
  struct task *task = task_run_one (looks_at_its_output, FAR);

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
  task_detail (out, getpgrp () == getpid () && signal_of_parent == SIGKILL
                        ? "yes"
                        : "no");
}

START_TEST (a_worker_has_a_group_of_its_own_and_dies_with_us)
{
  struct task *task = task_run_one (looks_at_its_group, FAR);

  ck_assert_str_eq (task->text, "yes");
  task_free (task);
}
END_TEST

void
unit_add (TCase *tcase)
{
  tcase_add_test (tcase, the_limit_is_the_latest_deadline);
  tcase_add_test (tcase, the_first_signal_cancels_and_begins_no_more);
  tcase_add_test (tcase, the_second_signal_kills);
  tcase_add_test (tcase, who_ignores_the_first_signal_has_a_time_of_grace);
  tcase_add_test (tcase, a_worker_has_no_descriptors_but_five);
  tcase_add_test (tcase, a_worker_has_them_where_we_have_none);
  tcase_add_test (tcase, a_worker_writes_into_the_void);
  tcase_add_test (tcase, a_worker_has_a_group_of_its_own_and_dies_with_us);
}
