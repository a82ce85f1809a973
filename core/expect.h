/* SPDX-License-Identifier: BSD-2-Clause */
/* Conditions on a result: SCENARIO.FIELD.METHOD = VALUE of [expects]. */
#ifndef CORE_EXPECT_H
#define CORE_EXPECT_H

#include "result.h"

#include <glib.h>
#include <time.h>

struct expect;

/* Whether there are such a field and method; the error names those that are.
 */
gboolean expect_known (const char *field, const char *method, GError **error);

/* Reads one condition; an unknown field or method is an error that names the
 * known ones. */
struct expect *expect_parse (const char *field, const char *method,
                             const char *value, GError **error);
void expect_free (struct expect *expect);

/* The value is a secret, and not to be shown. */
void expect_hide (struct expect *expect);

/* Judges a result by all conditions (a GPtrArray of struct expect): sets its
 * state to OK if all hold, to CRITICAL and says why if one does not.  With no
 * conditions the state stands.  A check that could not be made, or not to its
 * end (timeout), does not become OK unless a condition names what happened: eq
 * or regexp of status, reason, step or message.  From `until` on, in
 * processor time (clock()), no regular expression is tried any more, and none
 * holds. */
void expect_judge (const GPtrArray *expects, struct result *result,
                   clock_t until);

#endif
