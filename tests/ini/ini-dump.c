/* SPDX-License-Identifier: BSD-2-Clause */
/* What core/ini.h makes of files, as JSON: an array with an object a file,
 *
 *   {"error": TEXT} or
 *   {"defaults": OPTIONS, "sections": [[NAME, OPTIONS], ...]}
 *
 * where OPTIONS is [[NAME, VALUE or null, error or null], ...]: own ones
 * first, then those inherited from DEFAULT.  With --urls, values are URLs and
 * null is their password's place: [NAME, PASSWORD or null, error or null].
 */
#include "ini.h"
#include "url.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

static json_t *
text_or_null (const char *text)
{
  return text ? json_string (text) : json_null ();
}

static char *
password_of (const char *text, GError **error)
{
  struct url *url = url_parse (text, error);
  char *password = url ? g_strdup (url->password) : NULL;

  url_free (url);
  return password;
}

static json_t *
dump_option (struct ini *ini, const char *section, const char *option,
             gboolean urls)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *value
      = ini_value (ini, section, option, FALSE, NULL, &error);
  g_autofree char *password
      = urls && value ? password_of (value, &error) : NULL;

  return json_pack ("[s, o, o]", option,
                    text_or_null (urls ? password : value),
                    text_or_null (error ? error->message : NULL));
}

static json_t *
dump_section (struct ini *ini, const char *section, gboolean urls)
{
  g_auto (GStrv) own = ini_options (ini, section);
  g_auto (GStrv) inherited = ini_options (ini, INI_DEFAULT);
  json_t *list = json_array ();

  for (char **option = own; *option; option++)
    json_array_append_new (list, dump_option (ini, section, *option, urls));
  for (char **option = inherited; *option; option++)
    if (!g_strv_contains ((const char *const *)own, *option))
      json_array_append_new (list, dump_option (ini, section, *option, urls));
  return list;
}

static json_t *
dump_file (const char *path, gboolean urls)
{
  g_autoptr (GError) error = NULL;
  struct ini *ini = ini_read (path, &error);
  g_auto (GStrv) sections = NULL;
  json_t *list, *defaults;

  if (!ini)
    return json_pack ("{s:s}", "error", error->message);
  sections = ini_sections (ini);
  list = json_array ();
  for (char **name = sections; *name; name++)
    json_array_append_new (
        list, json_pack ("[s, o]", *name, dump_section (ini, *name, urls)));
  defaults = dump_section (ini, INI_DEFAULT, urls);
  ini_free (ini);
  return json_pack ("{s:o, s:o}", "defaults", defaults, "sections", list);
}

int
main (int argc, char **argv)
{
  gboolean urls = argc > 1 && strcmp (argv[1], "--urls") == 0;
  json_t *all = json_array ();

  for (int i = urls ? 2 : 1; i < argc; i++)
    json_array_append_new (all, dump_file (argv[i], urls));
  json_dumpf (all, stdout, JSON_ENCODE_ANY);
  putchar ('\n');
  json_decref (all);
  return 0;
}
