/* SPDX-License-Identifier: BSD-2-Clause */
/* Threshold ranges of the Monitoring Plugins guidelines: [@]start:end. */
#ifndef CORE_RANGE_H
#define CORE_RANGE_H

#include <glib.h>

struct range {
  double start, end; /* -INFINITY and INFINITY where open */
  gboolean inside;   /* "@": alert inside, the end points included */
};

/* Reads a range; on failure the error says what is wrong with it. */
gboolean range_parse (const char *text, struct range *range, GError **error);

/* Whether a value raises the alert. */
gboolean range_alerts (const struct range *range, double value);

/* The range as performance data wants it: a plain number where it starts at
 * 0, since Icinga 2 understands nothing else. */
char *range_text (const struct range *range);

#endif
