/* SPDX-License-Identifier: BSD-2-Clause */
/* What plugins say of themselves, each loaded in a process of its own. */
#ifndef CORE_INSPECT_H
#define CORE_INSPECT_H

#include "plugin.h"
#include "pool.h"

#include <glib.h>

/* How long the loading of plugins may take, in microseconds, also on a machine
 * that has much else to do. */
#define INSPECT_MAX (10 * G_USEC_PER_SEC)

/* One plugin's file; the job comes first, for the cast. */
struct inspected {
  struct job job;
  char *folder; /* resolved */
  char *file;   /* "smtp.so" */
  /* Its tables, without its code: no callback can be called.  NULL where it
   * does not load, and `problem` is a line that says why. */
  struct plugin *plugin;
  char *problem;
  gboolean interrupted;
  GStringChunk *texts; /* of `plugin` */
};

/*
 * Loads each of `files` (struct plugin_file) in a worker that dies with what
 * it may do, and returns the same number of struct inspected, in their order.
 * NULL and an error if a signal interrupted that.
 */
GPtrArray *inspect (const GPtrArray *files, gint64 deadline,
                    const struct pool_host *host, GError **error);

#endif
