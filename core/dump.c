/* SPDX-License-Identifier: BSD-2-Clause */
#include "dump.h"

#include "inspect.h"
#include "loader.h"
#include "params.h"
#include "reason.h"
#include "text.h"

#include <string.h>

/* Texts of plugins are as long as the loader lets them be. */
#define VALUE_MAX 8192

static void
append (GString *out, const char *key, const char *value)
{
  g_autofree char *clean = text_clean (value ? value : "", VALUE_MAX);

  g_string_append_printf (out, "%s=%s\n", key, clean);
}

static void
append_number (GString *out, const char *key, guint number)
{
  g_string_append_printf (out, "%s=%u\n", key, number);
}

static void
append_version (GString *out, const char *key, guint major, guint minor)
{
  g_string_append_printf (out, "%s=%u.%u\n%s_major=%u\n%s_minor=%u\n", key,
                          major, minor, key, major, key, minor);
}

static const char *
yes_no (gboolean yes)
{
  return yes ? "yes" : "no";
}

char *
dump_config (const struct registry *registry)
{
  GString *out = g_string_new (NULL);
  g_autofree char *path = registry_path (registry);
  g_auto (GStrv) files = loader_built_in ();
  g_autofree char *built_in = g_strjoinv (" ", files);

  append (out, "name", PACKAGE_NAME);
  append (out, "version", PACKAGE_VERSION);
  append_version (out, "contract", DELIVERY_ABI_MAJOR, DELIVERY_ABI_MINOR);
  append (out, "programdir", PROGRAMDIR);
  append (out, "plugindir", PLUGINDIR);
  append (out, "plugin_path", path);
  append (out, "built_in", built_in);
  append (out, "includedir", INCLUDEDIR);
  append (out, "docdir", DOCDIR);
  append (out, "mandir", MANDIR);
  return g_string_free (out, FALSE);
}

/* ---- A plugin ---------------------------------------------------------- */

struct bit_name {
  guint32 bit;
  const char *name;
};

static char *
name_bits (guint32 bits, const struct bit_name *names, gsize n)
{
  GString *out = g_string_new (NULL);

  for (gsize i = 0; i < n; i++)
    if (bits & names[i].bit)
      g_string_append_printf (out, "%s%s", out->len ? " " : "", names[i].name);
  return g_string_free (out, FALSE);
}

static char *
url_parts (guint32 url)
{
  static const struct bit_name names[] = {
    { DELIVERY_NEEDS_HOST, "needs_host" },
    { DELIVERY_TAKES_HOST, "takes_host" },
    { DELIVERY_NEEDS_USER, "needs_user" },
    { DELIVERY_TAKES_USER, "takes_user" },
    { DELIVERY_NEEDS_PASSWORD, "needs_password" },
    { DELIVERY_TAKES_PASSWORD, "takes_password" },
    { DELIVERY_NEEDS_PATH, "needs_path" },
    { DELIVERY_TAKES_PATH, "takes_path" },
  };

  return name_bits (url, names, G_N_ELEMENTS (names));
}

static char *
param_flags (guint32 flags)
{
  static const struct bit_name names[] = {
    { DELIVERY_PARAM_SECRET, "secret" },
    { DELIVERY_PARAM_REPEATABLE, "repeatable" },
    { DELIVERY_PARAM_REQUIRED, "required" },
  };

  return name_bits (flags, names, G_N_ELEMENTS (names));
}

static char *
callback_names (const struct transport *transport)
{
  struct bit_name names[N_CALLBACKS];

  for (guint i = 0; i < N_CALLBACKS; i++)
    names[i] = (struct bit_name){ 1u << i, plugin_callback_names[i] };
  return name_bits (transport->callbacks, names, N_CALLBACKS);
}

/* A pipe stands between choices, where text_clean() would have none. */
static char *
words_of (const char *values)
{
  g_autofree char *words = g_strdup (values ? values : "");

  return g_strdelimit (g_steal_pointer (&words), "|", ' ');
}

/* "smtp.param.to.type=text" */
static void
append_param (GString *out, const char *scheme,
              const struct delivery_param *param)
{
  g_autofree char *flags = param_flags (param->flags);
  g_autofree char *values = words_of (param->values);
  const char *const pairs[][2] = { { "type", param_type_key (param->type) },
                                   { "flags", flags },
                                   { "default", param->default_value },
                                   { "values", values },
                                   { "help", param->help } };

  for (gsize i = 0; i < G_N_ELEMENTS (pairs); i++) {
    g_autofree char *key
        = g_strdup_printf ("%s.param.%s.%s", scheme, param->name, pairs[i][0]);

    append (out, key, pairs[i][1]);
  }
}

static void
append_transport (GString *out, const struct transport *transport)
{
  const struct delivery_transport *t = &transport->t;
  g_autofree char *others = g_strjoinv (" ", (char **)t->other_names);
  g_autofree char *callbacks = callback_names (transport);
  g_autofree char *url = url_parts (t->url);
  g_autoptr (GString) params = g_string_new (NULL);

  for (gsize i = 0; i < t->n_params; i++)
    g_string_append_printf (params, "%s%s", i ? " " : "",
                            transport->params[i].name);
  const char *const pairs[][2]
      = { { "sends", yes_no (transport_is (transport, DELIVERY_SENDER)) },
          { "receives", yes_no (transport_is (transport, DELIVERY_RECEIVER)) },
          { "other_names", others },
          { "synopsis", t->synopsis },
          { "description", t->description },
          { "url", url },
          { "callbacks", callbacks },
          { "params", params->str } };

  for (gsize i = 0; i < G_N_ELEMENTS (pairs); i++) {
    g_autofree char *key = g_strdup_printf ("%s.%s", t->scheme, pairs[i][0]);

    append (out, key, pairs[i][1]);
  }
  for (gsize i = 0; i < t->n_params; i++)
    append_param (out, t->scheme, &transport->params[i]);
}

static char *
compose (const struct plugin *plugin)
{
  const struct delivery_plugin *p = &plugin->p;
  const struct delivery_plugin_record *record = &plugin->record;
  GString *out = g_string_new (NULL);
  g_autoptr (GString) schemes = g_string_new (NULL);

  append (out, "path", plugin->path);
  append (out, "name", p->name);
  append (out, "version", p->version);
  append (out, "summary", p->summary);
  append (out, "author", p->author);
  append (out, "home_page", p->home_page);
  append_version (out, "contract", record->abi_major, record->abi_minor);
  append_number (out, "plugin_size", record->plugin_size);
  append_number (out, "transport_size", record->transport_size);
  append_number (out, "param_size", record->param_size);
  for (gsize i = 0; i < p->n_transports; i++)
    g_string_append_printf (schemes, "%s%s", i ? " " : "",
                            plugin->transports[i].t.scheme);
  append (out, "schemes", schemes->str);
  for (gsize i = 0; i < p->n_transports; i++)
    append_transport (out, &plugin->transports[i]);
  return g_string_free (out, FALSE);
}

char *
dump_plugin (const struct plugin_file *file, gint64 deadline,
             const struct pool_host *host, GError **error)
{
  g_autoptr (GPtrArray) files = g_ptr_array_new ();
  g_autoptr (GPtrArray) all = NULL;
  const struct inspected *inspected;

  g_ptr_array_add (files, (gpointer)file);
  all = inspect (files, deadline, host, error);
  if (!all)
    return NULL;
  inspected = all->pdata[0];
  if (!inspected->problem)
    return compose (inspected->plugin);
  g_set_error_literal (error, CORE_ERROR, REASON_PLUGIN, inspected->problem);
  return NULL;
}
