/* SPDX-License-Identifier: BSD-2-Clause */
/* Results as text.  All texts in them are clean already. */
#ifndef CORE_RENDER_H
#define CORE_RENDER_H

#include "result.h"
#include "scenario.h"

#include <glib.h>

/* The longest first line, in bytes. */
#define RENDER_LINE_MAX 1024

/* The worst state of all (a GPtrArray of struct result). */
enum state render_state (const GPtrArray *results);

/* `settings` has, for each result, the struct settings of its scenario (for
 * the thresholds in the performance data), or NULL. */
char *render_nagios (const GPtrArray *results, const GPtrArray *settings);
char *render_json (const GPtrArray *results);

#endif
