/* SPDX-License-Identifier: BSD-2-Clause */
#include "describe.h"

#include "loader.h"
#include "params.h"
#include "reason.h"
#include "text.h"

#include <string.h>

#define COLUMNS 79
#define AT_ONCE 8

/* One plugin's file; the job comes first, for the cast. */
struct described {
  struct job job;
  const struct plugin_file *file;
  GVariant *plugin; /* body of RECORD_PLUGIN; NULL: `problem` says why */
  char *problem;
  gboolean interrupted;
};

/* ---- In the worker: tables to record ----------------------------------- */

static GVariant *
params_variant (const struct transport *transport)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a(suumsmss)"));
  for (gsize i = 0; i < transport->t.n_params; i++) {
    const struct delivery_param *param = &transport->params[i];

    g_variant_builder_add (&builder, "(suumsmss)", param->name, param->type,
                           param->flags, param->default_value, param->values,
                           param->help);
  }
  return g_variant_builder_end (&builder);
}

static void
add_transport (GVariantBuilder *builder, const struct transport *transport)
{
  static const char *const none[] = { NULL };
  const struct delivery_transport *t = &transport->t;
  guint32 roles = (t->send ? 1u << DELIVERY_SENDER : 0)
                  | (t->recv ? 1u << DELIVERY_RECEIVER : 0);

  g_variant_builder_add (builder, "(s^asssuu@a(suumsmss))", t->scheme,
                         t->other_names ? t->other_names : none, t->synopsis,
                         t->description, roles, t->url,
                         params_variant (transport));
}

static void
work (struct job *job, int out, int cancel_fd)
{
  const struct plugin_file *file = ((struct described *)job)->file;
  g_autoptr (GError) error = NULL;
  struct plugin *plugin = loader_load (file->folder, file->name, &error);
  GVariantBuilder transports;

  (void)cancel_fd;
  if (!plugin) {
    record_write (
        out, RECORD_ERROR,
        g_variant_new ("(is)", error_reason (error), error->message));
    return;
  }
  g_variant_builder_init (&transports,
                          G_VARIANT_TYPE ("a(sasssuua(suumsmss))"));
  for (gsize i = 0; i < plugin->p.n_transports; i++)
    add_transport (&transports, &plugin->transports[i]);
  record_write (out, RECORD_PLUGIN,
                g_variant_new ("(sssssa(sasssuua(suumsmss)))", plugin->p.name,
                               plugin->p.version, plugin->p.summary,
                               plugin->p.author ? plugin->p.author : "",
                               plugin->p.home_page ? plugin->p.home_page : "",
                               &transports));
  plugin_free (plugin);
}

/* ---- In the program ---------------------------------------------------- */

static gboolean
take_record (struct job *job, enum record_kind kind, GVariant *body)
{
  struct described *described = (struct described *)job;
  const char *text;
  int reason;

  if (described->plugin || described->problem)
    return FALSE;
  if (kind == RECORD_ERROR) {
    g_variant_get (body, "(i&s)", &reason, &text);
    described->problem = text_clean (text, TEXT_MAX);
  } else if (kind == RECORD_PLUGIN) {
    described->plugin = g_variant_ref (body);
  }
  return described->plugin || described->problem;
}

static void
end (struct job *job, enum job_end how, int code)
{
  struct described *described = (struct described *)job;
  const char *name = described->file->name;
  g_autofree char *problem = NULL;

  described->interrupted = how == JOB_INTERRUPTED;
  if (described->problem || (described->plugin && how == JOB_EXITED))
    return;
  if (how == JOB_SIGNALLED)
    problem = g_strdup_printf ("%s: died by signal %d (%s) when it was loaded",
                               name, code, g_strsignal (code));
  else if (how == JOB_DEADLINE)
    problem
        = g_strdup_printf ("%s: does not come back when it is loaded", name);
  else
    problem = g_strdup_printf ("%s: does not let itself be loaded (%d)", name,
                               code);
  g_clear_pointer (&described->plugin, g_variant_unref);
  described->problem = text_clean (problem, TEXT_MAX);
}

static void
described_free (gpointer p)
{
  struct described *described = p;

  g_clear_pointer (&described->plugin, g_variant_unref);
  g_free (described->problem);
  g_free (described);
}

/* Words of a text that some plugin's author wrote, in lines. */
static void
append_wrapped (GString *out, const char *text, gsize indent)
{
  g_autofree char *clean = text_clean (text, 8192);
  g_auto (GStrv) words = g_strsplit (clean, " ", -1);
  gsize column = 0;

  for (char **word = words; *word; word++) {
    gsize length = (gsize)g_utf8_strlen (*word, -1);

    if (column && column + 1 + length > COLUMNS) {
      g_string_append_c (out, '\n');
      column = 0;
    }
    if (column)
      g_string_append_c (out, ' ');
    else
      g_string_append_printf (out, "%*s", (int)indent, "");
    g_string_append (out, *word);
    column = (column ? column + 1 : indent) + length;
  }
  g_string_append_c (out, '\n');
}

/* Clean text, but with the pipes between choices. */
static char *
clean_choices (const char *text)
{
  g_auto (GStrv) parts = g_strsplit (text, "|", -1);

  for (char **part = parts; *part; part++) {
    char *clean = text_clean (*part, 8192);

    g_free (*part);
    *part = clean;
  }
  return g_strjoinv ("|", parts);
}

static void
append_param (GString *out, GVariant *param)
{
  const char *name, *preset, *values, *help;
  g_autofree char *line = NULL;
  g_autofree char *clean = NULL;
  guint32 type, flags;

  g_variant_get (param, "(&suum&sm&s&s)", &name, &type, &flags, &preset,
                 &values, &help);
  line = g_strdup_printf (
      "%s=%s%s%s%s%s%s%s%s", name,
      type == DELIVERY_PARAM_CHOICE && values ? values
                                              : param_type_name (type),
      type != DELIVERY_PARAM_CHOICE && values ? " within " : "",
      type != DELIVERY_PARAM_CHOICE && values ? values : "",
      flags & DELIVERY_PARAM_REQUIRED ? ", required" : "",
      flags & DELIVERY_PARAM_REPEATABLE ? ", may repeat" : "",
      flags & DELIVERY_PARAM_SECRET ? ", secret" : "",
      preset ? ", default " : "", preset ? preset : "");
  clean = clean_choices (line);
  g_string_append_printf (out, "      %s\n", clean);
  append_wrapped (out, help, 10);
}

static void
append_names (GString *out, const char *scheme, const char **names,
              guint32 roles)
{
  g_autofree char *others = g_strjoinv (", ", (char **)names);
  gboolean sends = roles & 1u << DELIVERY_SENDER;
  gboolean receives = roles & 1u << DELIVERY_RECEIVER;

  g_string_append_printf (out, "  %s:// %s", scheme,
                          sends && receives ? "sends and receives"
                          : sends           ? "sends"
                                            : "receives");
  if (*names)
    g_string_append_printf (out, " (other names: %s)", others);
  g_string_append_c (out, '\n');
}

static gboolean
is_wanted (const char *scheme, const char **names, const char *wanted)
{
  return !wanted || strcmp (scheme, wanted) == 0
         || g_strv_contains (names, wanted);
}

/* One transport, if it is wanted. */
static gboolean
append_transport (GString *out, GVariant *transport, const char *wanted)
{
  const char *scheme, *synopsis, *description;
  g_autofree const char **names = NULL;
  g_autoptr (GVariantIter) params = NULL;
  GVariant *param;
  guint32 roles, url;

  g_variant_get (transport, "(&s^a&s&s&suua(suumsmss))", &scheme, &names,
                 &synopsis, &description, &roles, &url, &params);
  if (!is_wanted (scheme, names, wanted))
    return FALSE;
  append_names (out, scheme, names, roles);
  append_wrapped (out, synopsis, 4);
  append_wrapped (out, description, 4);
  if (g_variant_iter_n_children (params))
    g_string_append (out, "    Parameters:\n");
  while ((param = g_variant_iter_next_value (params))) {
    append_param (out, param);
    g_variant_unref (param);
  }
  return TRUE;
}

static gboolean
append_plugin (GString *out, const struct described *described,
               const char *wanted)
{
  const char *name, *version, *summary, *author, *home;
  g_autoptr (GVariantIter) transports = NULL;
  g_autoptr (GString) body = g_string_new (NULL);
  g_autofree char *head = NULL;
  GVariant *transport;

  g_variant_get (described->plugin, "(&s&s&s&s&sa(sasssuua(suumsmss)))", &name,
                 &version, &summary, &author, &home, &transports);
  while ((transport = g_variant_iter_next_value (transports))) {
    append_transport (body, transport, wanted);
    g_variant_unref (transport);
  }
  if (!body->len)
    return FALSE;
  head = g_strdup_printf ("%s %s: %s%s%s%s%s", name, version, summary,
                          *author ? "; by " : "", author, *home ? "; " : "",
                          home);
  append_wrapped (out, head, 0);
  append_wrapped (out, described->file->folder, 2);
  g_string_append_printf (out, "%s\n", body->str);
  return TRUE;
}

/* Notes a scheme in `owners`, and in `out` that it has one already. */
static void
note_owner (GString *out, const struct described *described,
            const char *scheme, GHashTable *owners)
{
  g_autofree char *name = text_clean (described->file->name, 256);
  const char *owner = g_hash_table_lookup (owners, scheme);

  if (owner)
    g_string_append_printf (out, "%s: %s:// is claimed by %s too\n", name,
                            scheme, owner);
  g_hash_table_insert (owners, g_strdup (scheme), g_steal_pointer (&name));
}

static void
append_clashes (GString *out, const struct described *described,
                GHashTable *owners)
{
  g_autoptr (GVariantIter) transports = NULL;
  GVariant *transport;

  g_variant_get (described->plugin, "(sssssa(sasssuua(suumsmss)))", NULL, NULL,
                 NULL, NULL, NULL, &transports);
  while ((transport = g_variant_iter_next_value (transports))) {
    g_autofree const char **names = NULL;
    const char *scheme;

    g_variant_get (transport, "(&s^a&sssuua(suumsmss))", &scheme, &names, NULL,
                   NULL, NULL, NULL, NULL);
    note_owner (out, described, scheme, owners);
    for (const char **name = names; *name; name++)
      note_owner (out, described, *name, owners);
    g_variant_unref (transport);
  }
}

static char *
compose (GPtrArray *all, const char *wanted, GError **error)
{
  g_autoptr (GString) plugins = g_string_new (NULL);
  g_autoptr (GString) problems = g_string_new (NULL);
  g_autoptr (GHashTable) owners
      = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  gboolean any = FALSE;

  for (guint i = 0; i < all->len; i++) {
    const struct described *described = all->pdata[i];

    if (described->problem) {
      g_string_append_printf (problems, "%s\n", described->problem);
      continue;
    }
    any |= append_plugin (plugins, described, wanted);
    append_clashes (problems, described, owners);
  }
  if (wanted && !any) {
    config_error (error, "--doc: no plugin for '%s://'; --doc alone lists all",
                  wanted);
    return NULL;
  }
  if (!any)
    g_string_append (plugins, "No plugin was found.\n");
  if (problems->len && !wanted)
    g_string_append_printf (plugins, "Not usable:\n%s", problems->str);
  return g_string_free (g_steal_pointer (&plugins), FALSE);
}

char *
describe (const struct registry *registry, const char *scheme, gint64 deadline,
          const struct pool_host *host, GError **error)
{
  g_autoptr (GPtrArray) files = registry_files (registry);
  g_autoptr (GPtrArray) all = g_ptr_array_new_with_free_func (described_free);

  for (guint i = 0; i < files->len; i++) {
    struct described *described = g_new0 (struct described, 1);

    described->file = files->pdata[i];
    described->job.work = work;
    described->job.record = take_record;
    described->job.end = end;
    described->job.deadline = deadline;
    g_ptr_array_add (all, described);
  }
  pool_run (all, AT_ONCE, host);
  for (guint i = 0; i < all->len; i++) {
    const struct described *described = all->pdata[i];

    if (described->interrupted) {
      g_set_error (error, CORE_ERROR, REASON_INTERRUPTED,
                   "interrupted by a signal");
      return NULL;
    }
  }
  return compose (all, scheme, error);
}
