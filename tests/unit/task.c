/* SPDX-License-Identifier: BSD-2-Clause */
#include "task.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

gint64 task_limit;
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

struct task *
task_new (void (*work) (struct job *, int, int), gint64 time)
{
  struct task *task = g_new0 (struct task, 1);

  task->job.work = work;
  task->job.record = record;
  task->job.end = ended;
  task->job.deadline = g_get_monotonic_time () + time;
  return task;
}

void
task_free (struct task *task)
{
  g_free (task->text);
  g_free (task);
}

static void
note_limit (gint64 end)
{
  task_limit = end;
}

void
task_run_leaving (GPtrArray *tasks, guint at_once)
{
  struct pool_host host = {
    .stop_fd = stop[0],
    .next_stop = take_stop,
    .enter_worker = enter,
    .limit = note_limit,
    .say = say,
  };

  pool_run (tasks, at_once, &host);
}

void
task_run (GPtrArray *tasks, guint at_once)
{
  gboolean killed = FALSE;
  int left;

  task_run_leaving (tasks, at_once);
  for (guint i = 0; i < tasks->len; i++) {
    const struct task *task = tasks->pdata[i];

    ck_assert_uint_eq (task->ends, 1);
    killed |= task->job.killed != 0;
  }
  /* Nobody is left behind, but whom a busy machine lets die too slowly. */
  do
    left = waitpid (-1, NULL, killed ? 0 : WNOHANG);
  while (killed && left > 0);
  ck_assert_int_eq (left, -1);
  ck_assert_int_eq (errno, ECHILD);
}

/* Runs a single job and says how it ended. */
struct task *
task_run_one (void (*work) (struct job *, int, int), gint64 time)
{
  g_autoptr (GPtrArray) tasks = g_ptr_array_new ();
  struct task *task = task_new (work, time);

  g_ptr_array_add (tasks, task);
  task_run (tasks, 1);
  return task;
}

void
task_check_end (const struct task *task, enum job_end how, int code)
{
  ck_assert_int_eq (task->how, how);
  ck_assert_int_eq (task->code, code);
}

void
task_open_stop (void)
{
  ck_assert_int_eq (pipe2 (stop, O_NONBLOCK | O_CLOEXEC), 0);
}

void
task_close_stop (void)
{
  close (stop[0]);
  close (stop[1]);
  stop[0] = stop[1] = -1;
}

void
task_detail (int out, const char *text)
{
  record_write (out, RECORD_DETAIL, g_variant_new ("(s)", text));
}

void
task_hang (void)
{
  for (int i = 0; i < 100; i++)
    sleep (1);
}

void
task_returns (struct job *job, int out, int cancel_fd)
{
  (void)job;
  (void)cancel_fd;
  task_detail (out, "one");
  task_detail (out, "two");
}

void
task_ignores_all (struct job *job, int out, int cancel_fd)
{
  (void)job;
  (void)cancel_fd;
  signal (SIGTERM, SIG_IGN);
  task_detail (out, "begun");
  task_hang ();
}
