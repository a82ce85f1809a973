/* SPDX-License-Identifier: BSD-2-Clause */
#include "ini.h"

#include "ini_scan.h"
#include "reason.h"
#include "secret.h"
#include "slurp.h"
#include "text.h"

#include <string.h>

struct ini {
  char *path;
  char *folder;
  GKeyFile *file;
  GHashTable *lines;
  gboolean public;
};

struct ini *
ini_read (const char *path, GError **error)
{
  g_autofree char *what = g_strdup_printf ("--conf %s", path);
  struct ini *ini;
  struct stat st;
  GString *text = slurp (path, INI_MAX, what, &st, error), *translated;
  gboolean ok;

  if (!text)
    return NULL;
  ini = g_new0 (struct ini, 1);
  ini->path = g_strdup (path);
  ini->folder = g_path_get_dirname (path);
  ini->public = (st.st_mode & S_IROTH) != 0;
  ini->file = g_key_file_new ();
  ini->lines = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  translated = ini_scan (text, path, ini->lines, error);
  ok = translated
       && (translated->len == 0
           || g_key_file_load_from_data (ini->file, translated->str,
                                         translated->len, G_KEY_FILE_NONE,
                                         error));
  secret_string_free (text);
  if (translated)
    secret_string_free (translated);
  if (ok)
    return ini;
  ini_free (ini);
  return NULL;
}

void
ini_free (struct ini *ini)
{
  g_free (ini->path);
  g_free (ini->folder);
  g_key_file_free (ini->file);
  g_hash_table_unref (ini->lines);
  g_free (ini);
}

gboolean
ini_is_public (const struct ini *ini)
{
  return ini->public;
}

/* The inverse of ini_scan_name, for a whole list. */
static char **
decode_names (char **names)
{
  for (char **name = names; name && *name; name++) {
    char *decoded = g_uri_unescape_string (*name, NULL);

    g_free (*name);
    *name = decoded;
  }
  return names ? names : g_new0 (char *, 1);
}

char **
ini_sections (const struct ini *ini)
{
  char **names = decode_names (g_key_file_get_groups (ini->file, NULL));
  gsize kept = 0;

  for (gsize i = 0; names[i]; i++)
    if (strcmp (names[i], INI_DEFAULT) == 0)
      g_free (names[i]);
    else
      names[kept++] = names[i];
  names[kept] = NULL;
  return names;
}

char **
ini_options (const struct ini *ini, const char *section)
{
  g_autofree char *group = ini_scan_name (section);

  return decode_names (g_key_file_get_keys (ini->file, group, NULL, NULL));
}

static gboolean
has_section (const struct ini *ini, const char *section)
{
  g_autofree char *group = ini_scan_name (section);

  return g_key_file_has_group (ini->file, group);
}

char *
ini_raw (const struct ini *ini, const char *section, const char *option)
{
  g_autofree char *group = ini_scan_name (section);
  g_autofree char *key = ini_scan_name (option);
  char *value = g_key_file_get_string (ini->file, group, key, NULL);

  if (!value && has_section (ini, section))
    value = g_key_file_get_string (ini->file, INI_DEFAULT, key, NULL);
  return value;
}

/* Where the option stands: in its section, or in DEFAULT. */
static guint
line_of (const struct ini *ini, const char *section, const char *option)
{
  g_autofree char *key = ini_scan_key (section, option);
  g_autofree char *inherited = ini_scan_key (INI_DEFAULT, option);
  gpointer line = g_hash_table_lookup (ini->lines, key);

  if (!line)
    line = g_hash_table_lookup (ini->lines, inherited);
  return GPOINTER_TO_UINT (line);
}

static char *
place (const struct ini *ini, const char *section, const char *option)
{
  return g_strdup_printf ("%s:%u: [%s] %s: ", ini->path,
                          line_of (ini, section, option), section, option);
}

gboolean
ini_error (const struct ini *ini, const char *section, const char *option,
           GError **error, const char *format, ...)
{
  g_autofree char *before = place (ini, section, option);
  g_autofree char *text = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  return config_error (error, "%s%s", before, text);
}

void
ini_prefix_error (const struct ini *ini, const char *section,
                  const char *option, GError **error)
{
  g_autofree char *before = place (ini, section, option);

  g_prefix_error (error, "%s", before);
}

/* One option on its way through its references. */
struct ini_expander {
  struct expander base; /* first, for the cast */
  struct ini *ini;
  const char *section;
  const char *option;
  gboolean located; /* whether the error names its place already */
};

static gboolean expand_option (struct ini_expander *expander,
                               const char *section, const char *option,
                               guint depth, GString *out, GError **error);

/* What is not there is named by what is, never by what was written: that may
 * be a part of a password with an unlucky dollar sign. */
static gboolean
no_such_option (struct ini_expander *expander, const char *section,
                const char *option, GError **error)
{
  struct ini *ini = expander->ini;
  g_auto (GStrv) known = ini_options (ini, section);
  const char *nearest = text_nearest (option, (const char *const *)known);

  if (!has_section (ini, section))
    return config_error (error, "reference to a section that is not there");
  return config_error (error,
                       "reference to an option that section [%s] does not "
                       "have%s%s%s",
                       section, nearest ? "; did you mean '" : "",
                       nearest ? nearest : "", nearest ? "'?" : "");
}

/* "option" of the section at hand, or "section:option". */
static gboolean
reference (struct expander *base, const char *name, guint depth, GString *out,
           GError **error)
{
  struct ini_expander *expander = (struct ini_expander *)base;
  g_auto (GStrv) path = g_strsplit (name, ":", -1);
  guint n = g_strv_length (path);
  const char *section = n == 2 ? path[0] : expander->section;
  g_autofree char *option = NULL;

  if (n > 2)
    return config_error (error, "reference with more than one ':'");
  option = g_utf8_strdown (path[n - 1], -1);
  return expand_option (expander, section, option, depth + 1, out, error);
}

/* An error names the place of the innermost option it is in. */
static gboolean
expand_raw (struct ini_expander *expander, const char *raw, guint depth,
            GString *out, GError **error)
{
  if (!strchr (raw, '$')) {
    g_string_append (out, raw);
    return TRUE;
  }
  if (expand_text (&expander->base, raw, depth, out, error))
    return TRUE;
  if (!expander->located)
    ini_prefix_error (expander->ini, expander->section, expander->option,
                      error);
  expander->located = TRUE;
  return FALSE;
}

static gboolean
expand_option (struct ini_expander *expander, const char *section,
               const char *option, guint depth, GString *out, GError **error)
{
  const char *outer_section = expander->section;
  const char *outer_option = expander->option;
  char *raw = ini_raw (expander->ini, section, option);
  gboolean ok;

  if (!raw)
    return no_such_option (expander, section, option, error);
  expander->section = section;
  expander->option = option;
  ok = expand_raw (expander, raw, depth, out, error);
  expander->section = outer_section;
  expander->option = outer_option;
  secret_free (raw);
  return ok;
}

char *
ini_value (struct ini *ini, const char *section, const char *option,
           gboolean skip, GPtrArray *env_names, GError **error)
{
  struct ini_expander expander = {
    .base = { .reference = reference,
              .folder = ini->folder,
              .skip = skip,
              .env_names = env_names },
    .ini = ini,
  };
  char *raw = ini_raw (ini, section, option);
  GString *out;

  if (!raw) {
    config_error (error, "%s: section [%s] has no option '%s'", ini->path,
                  section, option);
    return NULL;
  }
  secret_free (raw);
  out = g_string_new (NULL);
  if (expand_option (&expander, section, option, 1, out, error))
    return g_string_free (out, FALSE);
  secret_string_free (out);
  return NULL;
}
