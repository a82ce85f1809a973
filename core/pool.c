/* SPDX-License-Identifier: BSD-2-Clause */
#include "pool.h"

#include "sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* How much to read before the deadlines are looked at again; and how much at
 * the end, when a process that the dead worker left may write on.  A pipe
 * holds 1 MiB at most. */
#define BYTES_AT_ONCE (64 * 1024)
#define BYTES_AT_END (1024 * 1024)

/* Where the kernel has no pidfd: how often to ask whether a worker is gone. */
#define ASK_MS 20

/* How long a worker that was killed may take to die.  One that waits for a
 * file system whose other end is gone dies when that comes back, if ever. */
#define DEATH_GRACE (100 * 1000)

struct pool {
  GPtrArray *waiting; /* of struct job, in reverse order */
  GPtrArray *running;
  const struct pool_host *host;
  guint at_once;
  guint stops; /* signals so far */
  int pid;     /* our own */
};

static int
open_pid_fd (int pid)
{
#ifdef SYS_pidfd_open
  return (int)syscall (SYS_pidfd_open, pid, 0);
#else
  (void)pid;
  return -1;
#endif
}

static void
close_fd (int *fd)
{
  if (*fd >= 0)
    close (*fd);
  *fd = -1;
}

/* What the new worker has of the others' comes off first, so that it does not
 * lack descriptors when they are scarce. */
static void
close_others (struct pool *pool)
{
  for (guint i = 0; i < pool->running->len; i++) {
    struct job *other = pool->running->pdata[i];

    close_fd (&other->in);
    close_fd (&other->pid_fd);
    close_fd (&other->cancel);
  }
}

static void
job_child (struct pool *pool, struct job *job, int out, int cancel_fd)
{
  close_others (pool);
  sandbox_enter (pool->pid, &out, &cancel_fd, pool->host->verbosity > 0);
  pool->host->enter_worker ();
  job->work (job, out, cancel_fd);
  close (out);
  close (cancel_fd);
  sandbox_leave ();
}

/* Starts the worker; returns an errno. */
static int
job_start (struct pool *pool, struct job *job)
{
  int records[2], cancel[2];

  if (pipe2 (records, O_CLOEXEC) < 0)
    return errno;
  if (pipe2 (cancel, O_CLOEXEC) < 0) {
    int why = errno;

    close (records[0]);
    close (records[1]);
    return why;
  }
  job->pid = fork ();
  if (job->pid == 0) {
    close (records[0]);
    close (cancel[1]);
    close (pool->host->stop_fd);
    job_child (pool, job, records[1], cancel[0]);
    _exit (EXIT_FAILURE); /* not reached */
  }
  close (records[1]);
  close (cancel[0]);
  if (job->pid < 0) {
    int why = errno;

    close (records[0]);
    close (cancel[1]);
    return why;
  }
  setpgid (job->pid, job->pid);
  fcntl (records[0], F_SETFL, O_NONBLOCK);
  job->pid_fd = open_pid_fd (job->pid);
  job->in = records[0];
  job->cancel = cancel[1];
  job->reader = record_reader_new ();
  return 0;
}

/* Hands on what has come, of one that writes without end only a part.  After
 * nonsense nothing counts any more. */
static void
job_read (struct job *job, gssize bytes)
{
  enum record_kind kind;
  GVariant *body;
  gssize came;
  int got;

  while (job->in >= 0 && bytes > 0
         && (came = record_reader_fill (job->reader, job->in))) {
    if (came < 0) {
      close_fd (&job->in);
      return;
    }
    bytes -= came;
    while ((got = record_reader_next (job->reader, &kind, &body)) == 1) {
      gboolean sense = job->record (job, kind, body);

      g_variant_unref (body);
      if (!sense) {
        got = -1;
        break;
      }
    }
    if (got < 0) {
      job->nonsense = TRUE;
      close_fd (&job->in);
      return;
    }
  }
}

static enum job_end
how_it_ended (const struct job *job, int status, int *code)
{
  *code = WIFSIGNALED (status) ? WTERMSIG (status) : WEXITSTATUS (status);
  if (job->nonsense)
    return JOB_NONSENSE;
  if (job->expired)
    return JOB_DEADLINE;
  if (job->interrupted && WIFSIGNALED (status))
    return JOB_INTERRUPTED;
  return WIFSIGNALED (status) ? JOB_SIGNALLED : JOB_EXITED;
}

static void
job_kill (struct job *job)
{
  kill (-job->pid, SIGKILL);
  kill (job->pid, SIGKILL);
  if (!job->killed)
    job->killed = g_get_monotonic_time ();
}

/* The worker is dead, or was killed and does not die: what it sent last, what
 * it left running, its status. */
static void
job_reap (struct job *job)
{
  enum job_end how;
  int status = SIGKILL, code; /* of one that is not dead yet */

  kill (-job->pid, SIGKILL);
  job_read (job, BYTES_AT_END);
  while (waitpid (job->pid, &status, job->killed ? WNOHANG : 0) < 0
         && errno == EINTR)
    ;
  close_fd (&job->in);
  close_fd (&job->pid_fd);
  close_fd (&job->cancel);
  record_reader_free (g_steal_pointer (&job->reader));
  how = how_it_ended (job, status, &code);
  job->end (job, how, code);
}

/* Where no descriptor tells. */
static gboolean
job_is_dead (const struct job *job)
{
  siginfo_t info = { 0 };

  return waitid (P_PID, (id_t)job->pid, &info, WEXITED | WNOHANG | WNOWAIT)
             == 0
         && info.si_pid == job->pid;
}

static gboolean
is_shortage (int why)
{
  return why == EMFILE || why == ENFILE || why == EAGAIN || why == ENOMEM;
}

static void
job_begun (struct pool *pool, struct job *job)
{
  g_ptr_array_add (pool->running, job);
  if (job->begun)
    job->begun (job);
}

static void
start_jobs (struct pool *pool)
{
  while (pool->waiting->len && pool->running->len < pool->at_once) {
    struct job *job
        = g_ptr_array_steal_index (pool->waiting, pool->waiting->len - 1);
    gboolean late = g_get_monotonic_time () >= job->deadline;
    int why = late ? 0 : job_start (pool, job);

    if (is_shortage (why) && pool->running->len) {
      /* Wait until one of those that run is done. */
      g_ptr_array_add (pool->waiting, job);
      return;
    }
    if (late || why)
      job->end (job, JOB_NOT_STARTED, why);
    else
      job_begun (pool, job);
  }
}

/* A signal.  The first: end in an orderly way, and soon.  The second: now. */
static void
stop_jobs (struct pool *pool)
{
  gint64 soon = g_get_monotonic_time () + POOL_CANCEL_GRACE;

  while (pool->host->next_stop (pool->host->stop_fd))
    pool->stops++;
  if (pool->stops == 0)
    return;
  while (pool->waiting->len) {
    struct job *job
        = g_ptr_array_steal_index (pool->waiting, pool->waiting->len - 1);

    job->end (job, JOB_INTERRUPTED, 0);
  }
  for (guint i = 0; i < pool->running->len; i++) {
    struct job *job = pool->running->pdata[i];

    job->interrupted = TRUE;
    job->deadline = MIN (job->deadline, soon);
    close_fd (&job->cancel);
    if (pool->stops > 1)
      job_kill (job);
  }
}

/* Kills what is over its deadline or talks nonsense; returns how long poll()
 * may wait, in milliseconds. */
static int
check_deadlines (struct pool *pool)
{
  gint64 now = g_get_monotonic_time (), next = G_MAXINT64;
  gboolean ask = FALSE;

  for (guint i = 0; i < pool->running->len; i++) {
    struct job *job = pool->running->pdata[i];

    ask |= job->pid_fd < 0;
    if (job->nonsense || now >= job->deadline) {
      job->expired |= !job->nonsense && !job->interrupted;
      job_kill (job);
    }
    next = MIN (next, job->killed ? job->killed + DEATH_GRACE : job->deadline);
  }
  if (next == G_MAXINT64)
    return ask ? ASK_MS : -1;
  next = CLAMP ((next - now) / 1000 + 1, 0, G_MAXINT);
  return ask ? (int)MIN (next, ASK_MS) : (int)next;
}

static gboolean
is_given_up (const struct job *job)
{
  return job->killed && g_get_monotonic_time () >= job->killed + DEATH_GRACE;
}

static void
wait_for_jobs (struct pool *pool)
{
  guint n = pool->running->len;
  g_autofree struct pollfd *fds = g_new0 (struct pollfd, 2 * n + 1);
  int timeout = check_deadlines (pool);

  for (guint i = 0; i < n; i++) {
    const struct job *job = pool->running->pdata[i];

    fds[2 * i] = (struct pollfd){ job->in, POLLIN, 0 };
    fds[2 * i + 1] = (struct pollfd){ job->pid_fd, POLLIN, 0 };
  }
  fds[2 * n] = (struct pollfd){ pool->host->stop_fd, POLLIN, 0 };
  poll (fds, 2 * n + 1, timeout);
  if (fds[2 * n].revents)
    stop_jobs (pool);
  for (guint i = n; i-- > 0;) {
    struct job *job = pool->running->pdata[i];

    if (fds[2 * i].revents)
      job_read (job, BYTES_AT_ONCE);
    if (fds[2 * i + 1].revents || (job->pid_fd < 0 && job_is_dead (job))
        || is_given_up (job)) {
      g_ptr_array_steal_index (pool->running, i);
      job_reap (job);
    }
  }
}

void
pool_run (GPtrArray *jobs, guint at_once, const struct pool_host *host)
{
  struct pool pool
      = { .host = host, .at_once = MAX (at_once, 1), .pid = getpid () };
  gint64 end = 0;

  pool.waiting = g_ptr_array_sized_new (jobs->len);
  pool.running = g_ptr_array_new ();
  for (guint i = jobs->len; i-- > 0;) {
    struct job *job = jobs->pdata[i];

    end = MAX (end, job->deadline);
    g_ptr_array_add (pool.waiting, job);
  }
  if (host->limit)
    host->limit (end);
  start_jobs (&pool);
  while (pool.running->len) {
    wait_for_jobs (&pool);
    start_jobs (&pool);
  }
  g_ptr_array_unref (pool.waiting);
  g_ptr_array_unref (pool.running);
}
