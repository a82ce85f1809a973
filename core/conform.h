/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * --check-plugin: whether a plugin conducts itself as the contract wants it.
 *
 * The plugin is loaded as the host loads it, its tables are read by a strict
 * reader, and runs are made with it that must go well, and some that must go
 * wrong in an orderly way.  Each finding is a line of a report for the
 * plugin's author.
 */
#ifndef CORE_CONFORM_H
#define CORE_CONFORM_H

#include "engine.h"
#include "inspect.h"
#include "registry.h"

#include <glib.h>

/* What a finding is. */
enum verdict {
  VERDICT_OK,
  VERDICT_NOTE, /* worth a thought; nothing is wrong */
  VERDICT_MEND, /* breaks the contract */
  VERDICT_SKIP, /* could not be tried; the text says what it takes */
  N_VERDICTS
};

struct report {
  GString *text;
  guint counts[N_VERDICTS];
};

void report_add (struct report *report, enum verdict verdict,
                 const char *format, ...) G_GNUC_PRINTF (3, 4);

/* A check in progress. */
struct conform {
  struct report report;
  const struct engine_request *request;
  const struct inspected *inspected;
  char **folders; /* of plugins; that of the file comes first */
  const struct pool_host *host;
  char *urls[2]; /* given by --send and --recv, expanded; or both NULL */
  char *tmp;     /* a folder for what the runs leave */
  gboolean is_interrupted; /* a signal came: nothing more is tried */
};

/* Whether a signal asked the program to end. */
gboolean conform_is_interrupted (struct conform *conform);

/*
 * Checks the plugin of a file, and returns the report.  `*status` is OK or
 * CRITICAL, or UNKNOWN where a signal came first.  Deliveries of a transport
 * that needs a server are made with the request's URLs, if they are given.
 * NULL and an error where the check could not be made.
 */
char *conform (const struct plugin_file *file,
               const struct engine_request *request, char **folders,
               const struct pool_host *host, int *status, GError **error);

/* conform_lint.c: what the tables say, and leave unsaid. */
void conform_lint (struct report *report, const struct plugin *plugin);

/* conform_runs.c: runs with each transport, and with the URLs given. */
void conform_runs (struct conform *conform);

/* conform_valgrind.c: one more run, under valgrind. */
void conform_valgrind (struct conform *conform, const char *send,
                       const char *recv);

#endif
