/* SPDX-License-Identifier: BSD-2-Clause */
/* Jobs for the tests of the pool, which note what becomes of them. */
#ifndef TESTS_TASK_H
#define TESTS_TASK_H

#include "pool.h"
#include "unit.h"

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

/* The limit that the pool told last. */
extern gint64 task_limit;

struct task *task_new (void (*work) (struct job *, int, int), gint64 time);
void task_free (struct task *task);

/* Runs all, and fails if one has not ended once, or left a child. */
void task_run (GPtrArray *tasks, guint at_once);

/* The same, but children may be left. */
void task_run_leaving (GPtrArray *tasks, guint at_once);

/* Runs a single job. */
struct task *task_run_one (void (*work) (struct job *, int, int), gint64 time);

void task_check_end (const struct task *task, enum job_end how, int code);

/* Makes and closes the descriptor by which signals come. */
void task_open_stop (void);
void task_close_stop (void);

/* ---- For workers ------------------------------------------------------- */

/* Writes a record. */
void task_detail (int out, const char *text);

/* A bounded "for ever", for workers that will be ended. */
void task_hang (void);

/* Two works: writes two records; writes one, and heeds nothing. */
void task_returns (struct job *job, int out, int cancel_fd);
void task_ignores_all (struct job *job, int out, int cancel_fd);

#endif
