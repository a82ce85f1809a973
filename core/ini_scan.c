/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Each rule here is one of configparser.RawConfigParser._read of Python 3.11
 * with its default settings.  Stricter than Python on purpose: control
 * characters (a lone CR among them), bytes that are not UTF-8, and lines or
 * files beyond the limits are errors.
 */
#include "ini_scan.h"

#include "ini.h"
#include "reason.h"
#include "secret.h"

#include <string.h>

struct scan {
  const char *file;
  guint line;
  GHashTable *lines;
  GString *out;
  char *section;  /* NULL before the first header */
  char *option;   /* NULL where no value can be continued */
  GString *value; /* of `option`, until its last line is known */
  glong indent;   /* of the last header or option, in characters */
};

static gboolean G_GNUC_PRINTF (3, 4)
    scan_error (struct scan *scan, GError **error, const char *format, ...)
{
  g_autofree char *text = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  return config_error (error, "%s:%u: %s", scan->file, scan->line, text);
}

char *
ini_scan_name (const char *name)
{
  GString *out = g_string_new (NULL);

  for (const guchar *p = (const guchar *)name; *p; p++)
    if (g_ascii_isalnum (*p) || *p == '_' || *p == '.' || *p == '-')
      g_string_append_c (out, (char)*p);
    else
      g_string_append_printf (out, "%%%02X", *p);
  return g_string_free (out, FALSE);
}

char *
ini_scan_key (const char *section, const char *option)
{
  return g_strconcat (section, "\n", option, NULL);
}

static void
strip_trailing (GString *text)
{
  while (text->len) {
    const char *last = g_utf8_prev_char (text->str + text->len);

    if (*last != '\n' && !g_unichar_isspace (g_utf8_get_char (last)))
      break;
    g_string_truncate (text, (gsize)(last - text->str));
  }
}

/* Writes the option whose value is now complete. */
static void
flush (struct scan *scan)
{
  g_autofree char *name = NULL;

  if (!scan->option)
    return;
  name = ini_scan_name (scan->option);
  strip_trailing (scan->value);
  g_string_append_printf (scan->out, "%s=", name);
  for (const char *p = scan->value->str; *p; p++)
    if (*p == '\\')
      g_string_append (scan->out, "\\\\");
    else if (*p == '\n')
      g_string_append (scan->out, "\\n");
    else
      g_string_append_c (scan->out, *p);
  g_string_append_c (scan->out, '\n');
  g_free (scan->option);
  scan->option = NULL;
  explicit_bzero (scan->value->str, scan->value->len);
  g_string_truncate (scan->value, 0);
}

/* Notes where a name stands; FALSE if it stood somewhere already. */
static gboolean
note_line (struct scan *scan, const char *option, guint *before)
{
  char *key = ini_scan_key (scan->section, option);

  *before = GPOINTER_TO_UINT (g_hash_table_lookup (scan->lines, key));
  if (*before) {
    g_free (key);
    return FALSE;
  }
  g_hash_table_insert (scan->lines, key, GUINT_TO_POINTER (scan->line));
  return TRUE;
}

/* [name]: everything up to the last bracket, and what follows is ignored. */
static gboolean
scan_header (struct scan *scan, const char *text, const char *close,
             GError **error)
{
  g_autofree char *name = NULL;
  guint before;

  g_free (scan->section);
  scan->section = g_strndup (text + 1, (gsize)(close - text - 1));
  if (!note_line (scan, NULL, &before)
      && strcmp (scan->section, INI_DEFAULT) != 0)
    return scan_error (scan, error, "section [%s] stands in line %u already",
                       scan->section, before);
  name = ini_scan_name (scan->section);
  g_string_append_printf (scan->out, "[%s]\n", name);
  return TRUE;
}

/* A line that is nothing: most that begin with a bracket lack the other. */
static gboolean
refuse_line (struct scan *scan, const char *text, const char *why,
             GError **error)
{
  return scan_error (scan, error, "%s",
                     *text == '[' ? "a '[' without a name and a ']' behind it"
                                  : why);
}

static gboolean
scan_option (struct scan *scan, const char *text, GError **error)
{
  const char *delimiter = strpbrk (text, "=:");
  const char *value;
  g_autofree char *name = NULL;
  guint before;

  if (!delimiter)
    return refuse_line (scan, text, "neither a [section] nor 'key = value'",
                        error);
  if (delimiter == text)
    return scan_error (scan, error, "no key before the '%c'", *delimiter);
  name = g_strndup (text, (gsize)(delimiter - text));
  scan->option = g_utf8_strdown (name, -1);
  for (char *end = scan->option + strlen (scan->option); end > scan->option;) {
    char *last = g_utf8_prev_char (end);

    if (!g_unichar_isspace (g_utf8_get_char (last)))
      break;
    *last = '\0';
    end = last;
  }
  if (!note_line (scan, scan->option, &before))
    return scan_error (scan, error,
                       "option '%s' of section [%s] stands in line %u already",
                       scan->option, scan->section, before);
  value = delimiter + 1;
  while (*value && g_unichar_isspace (g_utf8_get_char (value)))
    value = g_utf8_next_char (value);
  g_string_assign (scan->value, value);
  return TRUE;
}

/* A line that is neither empty nor a comment; `text` is without the white
 * space around it, `indent` is how much there was before it. */
static gboolean
scan_content (struct scan *scan, const char *text, glong indent,
              GError **error)
{
  const char *close;

  if (scan->option && indent > scan->indent) {
    g_string_append_printf (scan->value, "\n%s", text);
    return TRUE;
  }
  flush (scan);
  scan->indent = indent;
  close = *text == '[' ? strrchr (text, ']') : NULL;
  if (close && close > text + 1)
    return scan_header (scan, text, close, error);
  if (!scan->section)
    return refuse_line (scan, text, "no [section] before the first option",
                        error);
  return scan_option (scan, text, error);
}

static gboolean
check_line (struct scan *scan, const char *line, gsize length, GError **error)
{
  if (length > INI_LINE_MAX)
    return scan_error (scan, error, "line of more than %d KiB",
                       INI_LINE_MAX / 1024);
  if (memchr (line, '\0', length))
    return scan_error (scan, error, "control character (0x00)");
  if (!g_utf8_validate_len (line, length, NULL))
    return scan_error (scan, error, "not UTF-8");
  for (const char *p = line; p < line + length; p = g_utf8_next_char (p)) {
    gunichar c = g_utf8_get_char (p);

    if ((c < 0x20 && c != '\t') || (c >= 0x7f && c < 0xa0))
      return scan_error (scan, error, "control character (0x%02X)", c);
  }
  return TRUE;
}

static gboolean
scan_line (struct scan *scan, const char *line, gsize length, GError **error)
{
  GString *text;
  const char *start;
  glong indent = 0;
  gboolean ok = TRUE;

  if (length && line[length - 1] == '\r')
    length--;
  if (!check_line (scan, line, length, error))
    return FALSE;
  text = g_string_new_len (line, (gssize)length);
  strip_trailing (text);
  for (start = text->str;
       *start && g_unichar_isspace (g_utf8_get_char (start));
       start = g_utf8_next_char (start))
    indent++;
  if (!*start && scan->option)
    g_string_append_c (scan->value, '\n');
  else if (*start && *start != '#' && *start != ';')
    ok = scan_content (scan, start, indent, error);
  secret_string_free (text);
  return ok;
}

static gboolean
scan_lines (struct scan *scan, const GString *text, GError **error)
{
  const char *p = text->str, *end = text->str + text->len;

  if (g_str_has_prefix (p, "\xef\xbb\xbf"))
    p += 3;
  while (p < end) {
    const char *newline = memchr (p, '\n', (gsize)(end - p));
    const char *stop = newline ? newline : end;

    scan->line++;
    if (!scan_line (scan, p, (gsize)(stop - p), error))
      return FALSE;
    p = stop + 1;
  }
  flush (scan);
  return TRUE;
}

GString *
ini_scan (const GString *text, const char *file, GHashTable *lines,
          GError **error)
{
  struct scan scan = { .file = file, .lines = lines };
  gboolean ok;

  scan.out = g_string_sized_new (text->len + 64);
  scan.value = g_string_new (NULL);
  ok = scan_lines (&scan, text, error);
  g_free (scan.section);
  g_free (scan.option);
  secret_string_free (scan.value);
  if (ok)
    return scan.out;
  secret_string_free (scan.out);
  return NULL;
}
