/* SPDX-License-Identifier: BSD-2-Clause */
#include "text.h"

#include <string.h>

/* What stands for a character that the output must not hold, or 0 for one
 * that may stay. */
static char
replacement (gunichar c)
{
  switch (c) {
  case '|':
    return '!';
  case '<':
    return '(';
  case '>':
    return ')';
  case '`':
    return '\'';
  default:
    if (g_unichar_iscntrl (c) || g_unichar_isspace (c))
      return ' ';
    return g_unichar_isprint (c) ? 0 : '?';
  }
}

char *
text_clean (const char *text, gsize max)
{
  GString *out = g_string_new (NULL);
  const char *p = text;

  /* One byte further than it takes to see that it is too long: that one may
   * be the space that comes off again below. */
  while (*p && (out->len <= max || out->len - 1 <= max)) {
    gunichar c = g_utf8_get_char_validated (p, -1);
    gboolean valid = c != (gunichar)-1 && c != (gunichar)-2;
    char r = (char)(valid ? replacement (c) : '?');

    if (r == ' ' && (out->len == 0 || out->str[out->len - 1] == ' '))
      ;
    else if (r)
      g_string_append_c (out, r);
    else
      g_string_append_unichar (out, c);
    p = valid ? g_utf8_next_char (p) : p + 1;
  }
  if (out->len && out->str[out->len - 1] == ' ')
    g_string_truncate (out, out->len - 1);
  if (out->len > max) {
    gsize dots = MIN (max, 3), keep = max - dots;

    while (keep && (out->str[keep] & 0xc0) == 0x80)
      keep--;
    g_string_truncate (out, keep);
    g_string_append_len (out, "...", (gssize)dots);
  }
  return g_string_free (out, FALSE);
}

char *
text_label (const char *text)
{
  char *label = g_strdup (text);

  for (char *p = label; *p; p++)
    if (!g_ascii_isalnum (*p) && !strchr ("_.-", *p))
      *p = '_';
  return label;
}

char *
text_seconds (double seconds)
{
  char buffer[G_ASCII_DTOSTR_BUF_SIZE + 32];

  return g_strdup (g_ascii_formatd (buffer, sizeof buffer, "%.6f", seconds));
}

/* Levenshtein's distance of two short names. */
static guint
distance (const char *a, const char *b)
{
  gsize n = strlen (b);
  g_autofree guint *row = g_new (guint, n + 1);

  for (gsize j = 0; j <= n; j++)
    row[j] = (guint)j;
  for (gsize i = 0; a[i]; i++) {
    guint diagonal = row[0];

    row[0] = (guint)i + 1;
    for (gsize j = 0; j < n; j++) {
      guint change = diagonal + (a[i] != b[j]);

      diagonal = row[j + 1];
      row[j + 1] = MIN (change, MIN (row[j], row[j + 1]) + 1);
    }
  }
  return row[n];
}

const char *
text_nearest (const char *wanted, const char *const *known)
{
  const char *nearest = NULL;
  guint least = 0;

  if (strlen (wanted) > 64)
    return NULL;
  for (; *known; known++) {
    guint d = distance (wanted, *known);

    if (d <= 1 + strlen (wanted) / 4 && (!nearest || d < least)) {
      nearest = *known;
      least = d;
    }
  }
  return nearest;
}

char *
text_suggest (const char *wanted, const char *const *known)
{
  const char *nearest = text_nearest (wanted, known);
  GString *list;

  if (nearest)
    return g_strdup_printf ("; did you mean '%s'?", nearest);
  if (!known[0])
    return g_strdup ("");
  list = g_string_new ("; there is ");
  for (guint i = 0; known[i]; i++) {
    if (i == 12) {
      g_string_append (list, ", ...");
      break;
    }
    g_string_append_printf (list, "%s%s", i ? ", " : "", known[i]);
  }
  return g_string_free (list, FALSE);
}

gboolean
text_duration (const char *text, gint64 *us)
{
  static const struct {
    const char *name;
    double us;
  } units[] = { { "", 1e6 },   { "ms", 1e3 },   { "s", 1e6 },
                { "m", 60e6 }, { "h", 3600e6 }, { "d", 86400e6 } };
  const double most = 10 * 365 * 86400e6;
  const char *end = text;
  double value;

  while (g_ascii_isdigit (*end))
    end++;
  if (end == text)
    return FALSE;
  if (*end == '.') {
    end++;
    if (!g_ascii_isdigit (*end))
      return FALSE;
    while (g_ascii_isdigit (*end))
      end++;
  }
  value = g_ascii_strtod (text, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (units); i++)
    if (strcmp (end, units[i].name) == 0) {
      value *= units[i].us;
      if (!(value <= most))
        return FALSE;
      *us = (gint64)(value + 0.5);
      return TRUE;
    }
  return FALSE;
}

gboolean
text_number (const char *text, guint64 max, guint64 *number)
{
  return g_ascii_isdigit (text[0])
         && g_ascii_string_to_unsigned (text, 10, 0, max, number, NULL);
}
