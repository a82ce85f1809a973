/* SPDX-License-Identifier: BSD-2-Clause */
/* Playing scenarios: a worker each, and its records made into a result. */
#ifndef CORE_PLAY_H
#define CORE_PLAY_H

#include "pool.h"
#include "run.h"

#include <glib.h>

struct play_options {
  gint64 started; /* deadlines count from here */
  guint jobs;     /* at once */
  char **plugin_dirs;
  int family;
  gboolean lists_fds; /* those left open become RUN_FACT_FDS */
};

/* Plays all (a GPtrArray of struct scenario) and returns their results, in
 * the same order, judged.  The scenarios' URLs are wiped on the way. */
GPtrArray *play (GPtrArray *scenarios, const struct play_options *options,
                 const struct pool_host *host);

#endif
