/* SPDX-License-Identifier: BSD-2-Clause */
/* Text from outside made fit for one line of output, and numbers for it. */
#ifndef CORE_TEXT_H
#define CORE_TEXT_H

#include <glib.h>

/* How much of what a plugin or a server says is kept, in bytes. */
#define TEXT_MAX 512

/*
 * A copy of `text` that is one line of printable UTF-8, at most `max` bytes
 * long ("..." at its end where it was cut).  Control characters and white
 * space become single spaces, what is not UTF-8 or not printable "?"; the
 * pipe, which begins performance data, becomes "!", and the characters that
 * web pages and shells know "(", ")" and "'".
 */
char *text_clean (const char *text, gsize max);

/* The same for names that become labels: all but [A-Za-z0-9_.-] is "_". */
char *text_label (const char *text);

/* Seconds with six decimals and a point, whatever the locale says. */
char *text_seconds (double seconds);

/* The name of `known` (ended by NULL) that is most like `wanted`, or NULL
 * where none is near. */
const char *text_nearest (const char *wanted, const char *const *known);

/* "; did you mean 'x'?" for the nearest name, else "; there is a, b, c", cut
 * after a dozen names; "" where nothing is known. */
char *text_suggest (const char *wanted, const char *const *known);

/* Reads a duration such as "1.5", "90s", "5m", "1h" or "250ms" into
 * microseconds.  FALSE for anything else, and beyond 10 years. */
gboolean text_duration (const char *text, gint64 *us);

/* Reads a whole decimal number without a sign and nothing else. */
gboolean text_number (const char *text, guint64 max, guint64 *number);

#endif
