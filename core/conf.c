/* SPDX-License-Identifier: BSD-2-Clause */
#include "conf.h"

#include "expect.h"
#include "ini.h"
#include "record.h"
#include "secret.h"
#include "settings.h"
#include "text.h"
#include "url.h"

#include <fnmatch.h>
#include <string.h>

#define SCENARIOS "scenarios"
#define EXPECTS "expects"

static const char *const url_names[2] = { "send", "recv" };

/* Names in their order, each once. */
struct names {
  GPtrArray *list;
  GHashTable *set;
};

struct conf {
  const char *path;
  struct ini *ini;
  struct names names;  /* all scenarios, in the file's order */
  struct names chosen; /* those to be played; the texts are of the above */
  GStrv expects;       /* all keys of [expects] */
  GPtrArray *env_names;
  gboolean literal_password; /* seen in a chosen scenario */
};

/* Splits "a.b.c" into "a.b" and "c"; FALSE where there is no such dot. */
static gboolean
split_last (const char *key, char **before, char **after)
{
  const char *dot = strrchr (key, '.');

  *before = *after = NULL;
  if (!dot || dot == key || !dot[1])
    return FALSE;
  *before = g_strndup (key, (gsize)(dot - key));
  *after = g_strdup (dot + 1);
  return TRUE;
}

static void
names_init (struct names *names, GDestroyNotify free_name)
{
  names->list = g_ptr_array_new_with_free_func (free_name);
  names->set = g_hash_table_new (g_str_hash, g_str_equal);
}

static void
names_clear (struct names *names)
{
  g_hash_table_unref (names->set);
  g_ptr_array_unref (names->list);
}

static gboolean
names_has (const struct names *names, const char *name)
{
  return g_hash_table_contains (names->set, name);
}

static void
names_add (struct names *names, char *name)
{
  g_ptr_array_add (names->list, name);
  g_hash_table_add (names->set, name);
}

/* Of an unknown one. */
static char *
names_suggest (const struct names *names, const char *wanted)
{
  g_ptr_array_add (names->list, NULL);
  return text_suggest (wanted, (const char *const *)names->list->pdata);
}

static gboolean
collect_name (struct conf *conf, const char *key, GError **error)
{
  static const char *const known[]
      = { "send",    "recv",    "wait",     "patience",
          "timeout", "warning", "critical", NULL };
  g_autofree char *name = NULL;
  g_autofree char *setting = NULL;
  g_autofree char *hint = NULL;

  if (!split_last (key, &name, &setting))
    return ini_error (conf->ini, SCENARIOS, key, error,
                      "no scenario's setting; write NAME.send, NAME.recv, "
                      "NAME.timeout ...");
  if (!g_strv_contains (known, setting)) {
    hint = text_suggest (setting, known);
    return ini_error (conf->ini, SCENARIOS, key, error, "no setting '%s'%s",
                      setting, hint);
  }
  if (!names_has (&conf->names, name))
    names_add (&conf->names, g_steal_pointer (&name));
  return TRUE;
}

/* Both URLs must be there, whether the scenario is played or not. */
static gboolean
check_complete (struct conf *conf, const char *name, GError **error)
{
  for (int role = 0; role < 2; role++) {
    g_autofree char *key = g_strconcat (name, ".", url_names[role], NULL);
    char *raw = ini_raw (conf->ini, SCENARIOS, key);

    if (!raw)
      return config_error (error,
                           "%s: [" SCENARIOS "] scenario '%s' has no %s",
                           conf->path, name, key);
    secret_free (raw);
  }
  return TRUE;
}

/* A key of [expects] that belongs to nothing would never be looked at, and
 * its author would believe that it is. */
static gboolean
check_expect (struct conf *conf, const char *key, GError **error)
{
  g_autofree char *rest = NULL;
  g_autofree char *method = NULL;
  g_autofree char *name = NULL;
  g_autofree char *field = NULL;
  g_autofree char *hint = NULL;

  if (!split_last (key, &rest, &method) || !split_last (rest, &name, &field))
    return ini_error (conf->ini, EXPECTS, key, error,
                      "no expectation; write SCENARIO.FIELD.METHOD = VALUE");
  if (!expect_known (field, method, error)) {
    ini_prefix_error (conf->ini, EXPECTS, key, error);
    return FALSE;
  }
  if (names_has (&conf->names, name))
    return TRUE;
  hint = names_suggest (&conf->names, name);
  return ini_error (conf->ini, EXPECTS, key, error, "no scenario '%s'%s", name,
                    hint);
}

static gboolean
check_whole (struct conf *conf, GError **error)
{
  g_auto (GStrv) keys = ini_options (conf->ini, SCENARIOS);

  if (!*keys)
    return config_error (error,
                         "%s: there is no scenario; write [" SCENARIOS
                         "] with NAME.send and NAME.recv",
                         conf->path);
  for (char **key = keys; *key; key++)
    if (!collect_name (conf, *key, error))
      return FALSE;
  for (guint i = 0; i < conf->names.list->len; i++)
    if (!check_complete (conf, conf->names.list->pdata[i], error))
      return FALSE;
  conf->expects = ini_options (conf->ini, EXPECTS);
  for (char **key = conf->expects; *key; key++)
    if (!check_expect (conf, *key, error))
      return FALSE;
  return TRUE;
}

/* A name that is there, else a glob.  Names are in lower case, as keys are. */
static gboolean
choose (struct conf *conf, const char *play, GError **error)
{
  g_autofree char *pattern = g_utf8_validate (play, -1, NULL)
                                 ? g_utf8_strdown (play, -1)
                                 : g_strdup (play);
  gboolean exact = names_has (&conf->names, pattern), any = FALSE;
  g_autofree char *hint = NULL;

  for (guint i = 0; i < conf->names.list->len; i++) {
    char *name = conf->names.list->pdata[i];

    if (exact ? strcmp (pattern, name) != 0 : fnmatch (pattern, name, 0) != 0)
      continue;
    any = TRUE;
    if (!names_has (&conf->chosen, name))
      names_add (&conf->chosen, name);
  }
  if (any)
    return TRUE;
  hint = names_suggest (&conf->names, pattern);
  return config_error (error, "--play %s: no such scenario in %s%s", play,
                       conf->path, hint);
}

/* Whether the URL holds a password that stands in the file itself. */
static gboolean
has_literal_password (struct conf *conf, const char *key)
{
  char *text = ini_value (conf->ini, SCENARIOS, key, TRUE, NULL, NULL);
  struct url *url = text ? url_parse (text, NULL) : NULL;
  GString *password = g_string_new (url ? url->password : NULL);
  gboolean literal;

  /* What is fetched is not literal. */
  g_string_replace (password, EXPAND_STAND_IN, "", 0);
  literal = password->len > 0;
  secret_string_free (password);
  url_free (url);
  secret_free (text);
  return literal;
}

static gboolean
read_url (struct conf *conf, const char *name, int role, char **url,
          GError **error)
{
  g_autofree char *key = g_strconcat (name, ".", url_names[role], NULL);

  *url = ini_value (conf->ini, SCENARIOS, key, FALSE, conf->env_names, error);
  if (*url && ini_is_public (conf->ini) && !conf->literal_password)
    conf->literal_password = has_literal_password (conf, key);
  return *url != NULL;
}

static gboolean
read_settings (struct conf *conf, const char *name, GVariantBuilder *builder,
               GError **error)
{
  struct settings settings;

  settings_init (&settings);
  for (const char *const *s = settings_names; *s; s++) {
    g_autofree char *key = g_strconcat (name, ".", *s, NULL);
    g_autofree char *value = ini_raw (conf->ini, SCENARIOS, key);

    if (!value)
      continue;
    g_free (value);
    value
        = ini_value (conf->ini, SCENARIOS, key, FALSE, conf->env_names, error);
    if (!value)
      return FALSE;
    if (!settings_set (&settings, *s, value, error)) {
      ini_prefix_error (conf->ini, SCENARIOS, key, error);
      return FALSE;
    }
    g_variant_builder_add (builder, "{ss}", *s, value);
  }
  return TRUE;
}

static gboolean
read_expect (struct conf *conf, const char *key, const char *field,
             const char *method, GVariantBuilder *builder, GError **error)
{
  g_autofree char *value
      = ini_value (conf->ini, EXPECTS, key, FALSE, conf->env_names, error);
  g_autofree char *plain = NULL;
  struct expect *expect;

  if (!value)
    return FALSE;
  plain = ini_value (conf->ini, EXPECTS, key, TRUE, NULL, NULL);
  expect = expect_parse (field, method, value, error);
  if (!expect) {
    ini_prefix_error (conf->ini, EXPECTS, key, error);
    return FALSE;
  }
  expect_free (expect);
  g_variant_builder_add (builder, "(sssb)", field, method, value,
                         g_strcmp0 (plain, value) != 0);
  return TRUE;
}

static gboolean
read_expects (struct conf *conf, const char *scenario,
              GVariantBuilder *builder, GError **error)
{
  for (char **key = conf->expects; key && *key; key++) {
    g_autofree char *rest = NULL;
    g_autofree char *method = NULL;
    g_autofree char *name = NULL;
    g_autofree char *field = NULL;

    if (g_str_has_prefix (*key, scenario) && split_last (*key, &rest, &method)
        && split_last (rest, &name, &field) && strcmp (name, scenario) == 0
        && !read_expect (conf, *key, field, method, builder, error))
      return FALSE;
  }
  return TRUE;
}

/* Paths and names of the command line may be in another encoding; a record's
 * text must not. */
static char *
told (const GError *error)
{
  return g_utf8_make_valid (error ? error->message : "", -1);
}

static void
init_builders (GVariantBuilder *settings, GVariantBuilder *expects)
{
  g_variant_builder_init (settings, G_VARIANT_TYPE ("a{ss}"));
  g_variant_builder_init (expects, G_VARIANT_TYPE ("a(sssb)"));
}

static gboolean
write_scenario (int out, const char *name, char **urls,
                GVariantBuilder *settings, GVariantBuilder *expects,
                const char *problem)
{
  return record_write (
      out, RECORD_SCENARIO,
      g_variant_new ("(sssa{ss}a(sssb)s)", name, urls[0] ? urls[0] : "",
                     urls[1] ? urls[1] : "", settings, expects, problem));
}

static void
tell_error (const GError *error, int out)
{
  g_autofree char *message = told (error);

  record_write (out, RECORD_ERROR,
                g_variant_new ("(is)", error_reason (error), message));
}

static void
tell_end (const GPtrArray *env_names, int out)
{
  for (guint i = 0; i < env_names->len; i++)
    record_write (out, RECORD_ENV, g_variant_new ("(s)", env_names->pdata[i]));
  record_write (out, RECORD_DONE, g_variant_new ("()"));
}

/* What is wrong with one scenario is that scenario's problem. */
static void
tell_scenario (struct conf *conf, const char *name, int out)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *problem = NULL;
  char *urls[2] = { NULL, NULL }, *none[2] = { NULL, NULL };
  GVariantBuilder settings, expects;
  gboolean ok = TRUE;

  init_builders (&settings, &expects);
  for (int role = 0; ok && role < 2; role++)
    ok = read_url (conf, name, role, &urls[role], &error);
  if (ok)
    read_settings (conf, name, &settings, &error);
  /* What is expected is judged of problems too; but not by half of it. */
  if (!read_expects (conf, name, &expects, error ? NULL : &error)) {
    g_variant_builder_clear (&expects);
    g_variant_builder_init (&expects, G_VARIANT_TYPE ("a(sssb)"));
  }
  problem = told (error);
  if (!write_scenario (out, name, urls, &settings, &expects, problem)) {
    init_builders (&settings, &expects);
    write_scenario (out, name, none, &settings, &expects,
                    "its values are longer than 1 MiB in all");
  }
  for (int role = 0; role < 2; role++)
    secret_free (urls[role]);
}

/* Which variables a value fetches, or would fetch if it were needed; "$$" is
 * no reference. */
static void
note_env_names (struct conf *conf, const char *value)
{
  static const char reference[] = "${env:";

  for (const char *at = value; (at = strchr (at, '$'));) {
    if (at[1] == '$') {
      at += 2;
    } else if (g_str_has_prefix (at, reference)) {
      at += strlen (reference);
      g_ptr_array_add (conf->env_names, g_strndup (at, strcspn (at, "}")));
    } else {
      at++;
    }
  }
}

static void
note_section (struct conf *conf, const char *section)
{
  g_auto (GStrv) options = ini_options (conf->ini, section);

  for (char **option = options; *option; option++) {
    char *raw = ini_raw (conf->ini, section, *option);

    note_env_names (conf, raw);
    secret_free (raw);
  }
}

/* No run needs the secrets of scenarios that are not played either. */
static void
note_all_sections (struct conf *conf)
{
  g_auto (GStrv) sections = ini_sections (conf->ini);

  note_section (conf, INI_DEFAULT);
  for (char **section = sections; *section; section++)
    note_section (conf, *section);
}

static void
tell_rest (struct conf *conf, int out)
{
  if (conf->literal_password) {
    g_autofree char *path = g_utf8_make_valid (conf->path, -1);
    g_autofree char *warning = g_strdup_printf (
        "%s holds a password and everybody may read it; chmod o-r, or use "
        "${file:} or ${credential:}",
        path);

    record_write (out, RECORD_WARNING, g_variant_new ("(s)", warning));
  }
  note_all_sections (conf);
  tell_end (conf->env_names, out);
}

void
conf_tell (const char *path, char **plays, int out)
{
  struct conf conf = { .path = path };
  g_autoptr (GError) error = NULL;

  names_init (&conf.names, g_free);
  names_init (&conf.chosen, NULL);
  conf.env_names = g_ptr_array_new_with_free_func (g_free);
  conf.ini = ini_read (path, &error);
  if (conf.ini && check_whole (&conf, &error))
    for (char **play = plays; *play && !error; play++)
      choose (&conf, *play, &error);
  if (error) {
    tell_error (error, out);
  } else {
    for (guint i = 0; i < conf.chosen.list->len; i++)
      tell_scenario (&conf, conf.chosen.list->pdata[i], out);
    tell_rest (&conf, out);
  }
  if (conf.ini)
    ini_free (conf.ini);
  g_strfreev (conf.expects);
  names_clear (&conf.chosen);
  names_clear (&conf.names);
  g_ptr_array_unref (conf.env_names);
}

void
conf_tell_urls (char **urls, const GPtrArray *env_names, const GError *error,
                int out)
{
  GVariantBuilder settings, expects;

  if (error) {
    tell_error (error, out);
    return;
  }
  init_builders (&settings, &expects);
  write_scenario (out, "", urls, &settings, &expects, "");
  tell_end (env_names, out);
}
