/* SPDX-License-Identifier: BSD-2-Clause */
#include "range.h"

#include "reason.h"

#include <math.h>
#include <string.h>

/* number = [ "-" ] 1*DIGIT [ "." *DIGIT ], and at most 15 digits, so that it
 * prints as it was read. */
static gboolean
number (const char *text, gsize length, double *value)
{
  g_autofree char *copy = g_strndup (text, length);
  const char *p = copy + (*copy == '-');
  gsize whole = strspn (p, G_CSET_DIGITS), decimals = 0;

  if (whole == 0)
    return FALSE;
  p += whole;
  if (*p == '.') {
    decimals = strspn (p + 1, G_CSET_DIGITS);
    p += 1 + decimals;
  }
  if (*p || whole + decimals > 15)
    return FALSE;
  *value = g_ascii_strtod (copy, NULL);
  return TRUE;
}

gboolean
range_parse (const char *text, struct range *range, GError **error)
{
  const char *from = text, *colon;
  gsize length;

  *range = (struct range){ .start = 0, .end = (double)INFINITY };
  if (*from == '@') {
    range->inside = TRUE;
    from++;
  }
  colon = strchr (from, ':');
  length = colon ? (gsize)(colon - from) : 0;
  if (colon && length == 1 && *from == '~')
    range->start = -(double)INFINITY;
  else if (colon && !number (from, length, &range->start))
    goto nonsense;
  if (colon)
    from = colon + 1;
  if ((!colon || *from) && !number (from, strlen (from), &range->end))
    goto nonsense;
  if (range->start > range->end)
    return config_error (error, "start of the range is above its end");
  return TRUE;

nonsense:
  return config_error (error, "not a range; write 10, 10:, ~:10, 10:20 or "
                              "@10:20");
}

gboolean
range_alerts (const struct range *range, double value)
{
  gboolean in = value >= range->start && value <= range->end;

  return range->inside ? in : !in;
}

/* As few digits as give the number back, without an exponent. */
static void
append_number (GString *out, double value)
{
  char buffer[G_ASCII_DTOSTR_BUF_SIZE + 32];
  char *end;

  for (int decimals = 0; decimals <= 15; decimals++) {
    char format[8] = { '%', '.', 0 };

    g_snprintf (format + 2, sizeof format - 2, "%df", decimals);
    g_ascii_formatd (buffer, sizeof buffer, format, value);
    if (g_ascii_strtod (buffer, &end) == value)
      break;
  }
  g_string_append (out, buffer);
}

char *
range_text (const struct range *range)
{
  GString *out = g_string_new (range->inside ? "@" : NULL);

  if (isinf (range->start))
    g_string_append_c (out, '~');
  else if (range->start != 0 || isinf (range->end) || range->inside)
    append_number (out, range->start);
  if (isinf (range->start) || range->start != 0 || isinf (range->end)
      || range->inside)
    g_string_append_c (out, ':');
  if (!isinf (range->end))
    append_number (out, range->end);
  return g_string_free (out, FALSE);
}
