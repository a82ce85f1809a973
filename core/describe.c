/* SPDX-License-Identifier: BSD-2-Clause */
#include "describe.h"

#include "inspect.h"
#include "params.h"
#include "reason.h"
#include "text.h"

#include <string.h>

#define COLUMNS 79

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
append_param (GString *out, const struct delivery_param *param)
{
  gboolean is_choice = param->type == DELIVERY_PARAM_CHOICE;
  g_autofree char *line = g_strdup_printf (
      "%s=%s%s%s%s%s%s%s%s", param->name,
      is_choice && param->values ? param->values
                                 : param_type_name (param->type),
      !is_choice && param->values ? " within " : "",
      !is_choice && param->values ? param->values : "",
      param->flags & DELIVERY_PARAM_REQUIRED ? ", required" : "",
      param->flags & DELIVERY_PARAM_REPEATABLE ? ", may repeat" : "",
      param->flags & DELIVERY_PARAM_SECRET ? ", secret" : "",
      param->default_value ? ", default " : "",
      param->default_value ? param->default_value : "");
  g_autofree char *clean = clean_choices (line);

  g_string_append_printf (out, "      %s\n", clean);
  append_wrapped (out, param->help, 10);
}

static void
append_names (GString *out, const struct transport *transport)
{
  const struct delivery_transport *t = &transport->t;
  g_autofree char *others = g_strjoinv (", ", (char **)t->other_names);
  gboolean sends = transport_is (transport, DELIVERY_SENDER);
  gboolean receives = transport_is (transport, DELIVERY_RECEIVER);

  g_string_append_printf (out, "  %s:// %s", t->scheme,
                          sends && receives ? "sends and receives"
                          : sends           ? "sends"
                                            : "receives");
  if (*others)
    g_string_append_printf (out, " (other names: %s)", others);
  g_string_append_c (out, '\n');
}

static gboolean
is_wanted (const struct delivery_transport *t, const char *wanted)
{
  return !wanted || strcmp (t->scheme, wanted) == 0
         || g_strv_contains (t->other_names, wanted);
}

static void
append_transport (GString *out, const struct transport *transport)
{
  append_names (out, transport);
  append_wrapped (out, transport->t.synopsis, 4);
  append_wrapped (out, transport->t.description, 4);
  if (transport->t.n_params)
    g_string_append (out, "    Parameters:\n");
  for (gsize i = 0; i < transport->t.n_params; i++)
    append_param (out, &transport->params[i]);
}

/* A plugin, if one of its transports is wanted. */
static gboolean
append_plugin (GString *out, const struct inspected *inspected,
               const char *wanted)
{
  const struct plugin *plugin = inspected->plugin;
  const struct delivery_plugin *p = &plugin->p;
  g_autoptr (GString) body = g_string_new (NULL);
  g_autofree char *head = NULL;

  for (gsize i = 0; i < p->n_transports; i++)
    if (is_wanted (&plugin->transports[i].t, wanted))
      append_transport (body, &plugin->transports[i]);
  if (!body->len)
    return FALSE;
  head = g_strdup_printf ("%s %s: %s%s%s%s%s", p->name, p->version, p->summary,
                          p->author ? "; by " : "", p->author ? p->author : "",
                          p->home_page ? "; " : "",
                          p->home_page ? p->home_page : "");
  append_wrapped (out, head, 0);
  append_wrapped (out, inspected->folder, 2);
  g_string_append_printf (out, "%s\n", body->str);
  return TRUE;
}

/* Notes a scheme in `owners`, and in `out` that it has one already. */
static void
note_owner (GString *out, const struct inspected *inspected,
            const char *scheme, GHashTable *owners)
{
  g_autofree char *name = text_clean (inspected->file, 256);
  const char *owner = g_hash_table_lookup (owners, scheme);

  if (owner)
    g_string_append_printf (out, "%s: %s:// is claimed by %s too\n", name,
                            scheme, owner);
  g_hash_table_insert (owners, g_strdup (scheme), g_steal_pointer (&name));
}

static void
append_clashes (GString *out, const struct inspected *inspected,
                GHashTable *owners)
{
  const struct plugin *plugin = inspected->plugin;

  for (gsize i = 0; i < plugin->p.n_transports; i++) {
    const struct delivery_transport *t = &plugin->transports[i].t;

    note_owner (out, inspected, t->scheme, owners);
    for (const char *const *name = t->other_names; *name; name++)
      note_owner (out, inspected, *name, owners);
  }
}

/* Nothing has the scheme: perhaps for want of a plugin that does not load, of
 * which the scheme begins with the name; or it is misspelt. */
static char *
refuse_scheme (const GPtrArray *all, const char *wanted, GError **error)
{
  g_autoptr (GPtrArray) known = g_ptr_array_new ();
  const char *nearest;

  for (guint i = 0; i < all->len; i++) {
    const struct inspected *inspected = all->pdata[i];
    const struct plugin *plugin = inspected->plugin;
    gsize stem = strlen (inspected->file) - strlen (".so");

    for (gsize j = 0; plugin && j < plugin->p.n_transports; j++)
      g_ptr_array_add (known, (gpointer)plugin->transports[j].t.scheme);
    if (!plugin && stem && strncmp (inspected->file, wanted, stem) == 0) {
      config_error (error, "--doc: %s", inspected->problem);
      return NULL;
    }
  }
  g_ptr_array_add (known, NULL);
  nearest = text_nearest (wanted, (const char *const *)known->pdata);
  config_error (error, "--doc: no plugin for '%s://'%s%s%s", wanted,
                nearest ? "; did you mean '" : "; --doc alone lists all",
                nearest ? nearest : "", nearest ? "'?" : "");
  return NULL;
}

static char *
compose (const GPtrArray *all, const char *wanted, GError **error)
{
  g_autoptr (GString) plugins = g_string_new (NULL);
  g_autoptr (GString) problems = g_string_new (NULL);
  g_autoptr (GHashTable) owners
      = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  gboolean any = FALSE;

  for (guint i = 0; i < all->len; i++) {
    const struct inspected *inspected = all->pdata[i];

    if (inspected->problem) {
      g_string_append_printf (problems, "%s\n", inspected->problem);
      continue;
    }
    any |= append_plugin (plugins, inspected, wanted);
    append_clashes (problems, inspected, owners);
  }
  if (wanted && !any)
    return refuse_scheme (all, wanted, error);
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
  g_autoptr (GPtrArray) all = inspect (files, deadline, host, error);

  return all ? compose (all, scheme, error) : NULL;
}
