/* SPDX-License-Identifier: BSD-2-Clause */
/* One run, in the worker: the steps in their order. */
#ifndef CORE_RUN_H
#define CORE_RUN_H

#include <glib.h>

/* How long clearing up may go on after the deadline, in microseconds: within
 * the half second that the program has.  And how long each part of it may
 * take at all: a server that does not answer QUIT shall not hold up a result
 * that is known. */
#define RUN_CLEAR_UP_GRACE (200 * 1000)
#define RUN_CLEAR_UP_MAX (5 * 1000 * 1000)

/* What a run is to do. */
struct run_order {
  char *urls[2]; /* by enum delivery_role; wiped once they are read */
  char **plugin_dirs;
  gint64 wait, patience; /* microseconds */
  gint64 timeout;        /* for texts; the deadline is what counts */
  gint64 deadline;       /* on the monotonic clock */
  int family;
  int verbosity;
  gboolean lists_fds; /* tell by RUN_FACT_FDS which stay open at the end */
};

/* The descriptors that the plugins left open, if any. */
#define RUN_FACT_FDS "left_open"

/* Runs, and tells by records to `out`.  RECORD_RESULT comes last. */
void run (const struct run_order *order, int out, int cancel_fd);

#endif
