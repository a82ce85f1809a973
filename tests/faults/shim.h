/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A library to be preloaded into check_delivery: the system as it is on a bad
 * day.  What it does is told by the environment, and by a page that it shares
 * with the test (faults.py); other programs, such as the shell that starts
 * check_delivery and the scripts that it starts, are left alone.
 *
 *   SHIM_PAGE   file of the struct below: without it nothing happens
 *   SHIM_IO     words: short (a byte at a time), eintr, eagain, poll
 *   SHIM_FAIL   lines "OPERATION ERRNO SKIP PATTERN": it fails on files whose
 *               path is so, but for the first SKIP times; with ERRNO 0 it
 *               comes back no more, and only SIGKILL ends it
 *   SHIM_NAMES  lines "NAME ADDRESS..."; look-ups of other names are real
 *   SHIM_LOG    file that gets a line for each file that is made, for each
 *               word to a log and for each unix socket that is spoken to
 */
#ifndef FAULTS_SHIM_H
#define FAULTS_SHIM_H

#include <dlfcn.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What was done, counted in the page, in the order of faults.py. */
enum shim_count {
  SHIM_SHORT,
  SHIM_EINTR,
  SHIM_EAGAIN,
  SHIM_POLL,
  SHIM_FAILED,
  SHIM_LOOKED_UP,
  SHIM_CLOCK,
  SHIM_LOGGED, /* lines of SHIM_LOG */
  N_SHIM_COUNTS
};

/* Clocks in microseconds.  The test may set them at any time. */
struct shim_page {
  int64_t counts[N_SHIM_COUNTS];
  int64_t wall;      /* to be added to the time of day */
  int64_t monotonic; /* to be added to the monotonic clock */
  int64_t frozen;    /* not 0: the monotonic clock stands still at this */
  int64_t rate;      /* not 0: it goes so many times as fast, and so does
                      * poll() */
};

/* NULL where nothing is to be done. */
struct shim_page *shim_page (void);

void shim_count (enum shim_count what);

/* The function that this library stands before. */
void *shim_next (const char *name);
#define SHIM_NEXT(name)           \
  static __typeof__ (&name) next; \
  if (!next)                      \
  next = (__typeof__ (&name))shim_next (#name)

/* Whether SHIM_IO has this word. */
bool shim_does (const char *word);

/* The path of what `name` is in the folder `at` (or AT_FDCWD), or of the
 * descriptor `at` itself (name NULL).  Returns `path`, of PATH_MAX bytes. */
const char *shim_path (int at, const char *name, char *path);

/* Whether an operation fails, with errno set. */
bool shim_fails (const char *operation, const char *path);
bool shim_fails_at (const char *operation, int at, const char *name);

/* Adds a line to SHIM_LOG. */
void shim_log (const char *what, const char *text);

#endif
