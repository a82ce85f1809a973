/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Jobs done by worker processes, some at once, each with a deadline.
 *
 * Code that may crash, hang or leak runs in a worker: it gets a pipe for its
 * records and nothing else of ours.  The pool reads the records, and when a
 * worker ends, or must be ended, clears up its whole process group.  One that
 * cannot even be killed, in a file system that hangs, is left behind.
 */
#ifndef CORE_POOL_H
#define CORE_POOL_H

#include "record.h"

#include <glib.h>

/* What the program lends to the pool. */
struct pool_host {
  /* Readable when a signal asks the program to end; -1 where there is none.
   * Each `next_stop` takes one such signal, and is FALSE when there is no
   * more.  The first cancels the jobs, the second kills them. */
  int stop_fd;
  gboolean (*next_stop) (int stop_fd);
  /* Called in each new worker: lets signals through again. */
  void (*enter_worker) (void);
  /* Called with the latest deadline of what begins; or NULL. */
  void (*limit) (gint64 end);
  /* Writes a line, which is clean, to stderr; never NULL. */
  void (*say) (const char *line);
  int verbosity;
};

/* How a worker ended. */
enum job_end {
  JOB_EXITED,      /* by itself; `code` is its exit code */
  JOB_SIGNALLED,   /* died by signal `code` */
  JOB_DEADLINE,    /* was still there at its deadline, and was killed */
  JOB_NONSENSE,    /* sent what is no record, and was killed */
  JOB_INTERRUPTED, /* a signal ended the program: killed, or never begun */
  JOB_NOT_STARTED  /* could not be begun; `code` is the errno, or 0 if its
                      deadline was over before its turn came */
};

struct job {
  /* In the worker: does the work, and writes records to `out`.  `cancel_fd`
   * becomes readable when it shall come to an end, or when the program is
   * gone.  The process ends when it returns. */
  void (*work) (struct job *job, int out, int cancel_fd);
  /* In the program: the worker has what it needs, and runs; or NULL. */
  void (*begun) (struct job *job);
  /* In the program: takes a record, and says whether it made sense. */
  gboolean (*record) (struct job *job, enum record_kind kind, GVariant *body);
  /* In the program: the worker is gone, or given up.  Once for each job. */
  void (*end) (struct job *job, enum job_end how, int code);
  gint64 deadline; /* when the worker is killed, on the monotonic clock */
  gpointer data;   /* the maker's own */

  /* The pool's own. */
  int pid, pid_fd, in, cancel;
  gint64 killed; /* when, or 0 */
  gboolean nonsense, interrupted, expired;
  struct record_reader *reader;
};

/* How long a job may go on after it was cancelled, in microseconds. */
#define POOL_CANCEL_GRACE (5 * G_USEC_PER_SEC)

/* Does all jobs (a GPtrArray of struct job), at most `at_once` at a time. */
void pool_run (GPtrArray *jobs, guint at_once, const struct pool_host *host);

#endif
