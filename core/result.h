/* SPDX-License-Identifier: BSD-2-Clause */
/* A run's result: data, rendered once, at the end. */
#ifndef CORE_RESULT_H
#define CORE_RESULT_H

#include "reason.h"
#include "settings.h"

#include <glib.h>

struct result_step {
  char *name;
  double seconds;
};

struct result_fact {
  char *name; /* with "send_" or "recv_" before it */
  char *text;
};

struct result_metric {
  char *name; /* likewise */
  double value;
  char *unit;
};

/* An end of the run.  Any of the texts may be NULL. */
struct result_end {
  char *url; /* without password and parameters */
  char *plugin;
  char *version;
};

struct result {
  char *scenario; /* NULL: --send and --recv */
  enum state state;
  int reason;
  char *step;         /* where it ended */
  char *message;      /* one line, clean */
  GPtrArray *details; /* of char *, each one line, clean */
  GPtrArray *steps;   /* of struct result_step, those that ran */
  GPtrArray *facts;
  GPtrArray *metrics;
  gboolean warned;           /* WARNING instead of OK */
  gboolean killed;           /* the worker had to be, at its deadline */
  double delivery;           /* seconds; NaN where the token was not seen */
  char *token;               /* NULL before there was one */
  gint64 started;            /* microseconds since 1970 */
  struct result_end ends[2]; /* by enum delivery_role */
};

struct result *result_new (const char *scenario);
void result_free (struct result *result);

/* Sets how it ended; replaces what was there.  The texts are copied. */
void result_set (struct result *result, int reason, const char *step,
                 const char *message);

void result_add_step (struct result *result, const char *name, double seconds);
void result_add_detail (struct result *result, const char *text);
void result_add_fact (struct result *result, const char *name,
                      const char *text);

/* Whether a metric is as the contract with plugins wants it. */
gboolean result_metric_is_proper (const char *name, double value,
                                  const char *unit);
void result_add_metric (struct result *result, const char *name, double value,
                        const char *unit);

/* Folds the state from the reason, warnings and thresholds. */
void result_fold (struct result *result, const struct settings *settings);

/* The details as one text, a line each; NULL where there are none. */
char *result_details (const struct result *result);

/* What all steps but "waited" took, in seconds. */
double result_active (const struct result *result);

#endif
