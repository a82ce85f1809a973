/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The body of RECORD_PLUGIN, by which a worker tells of a plugin:
 *
 *   (name, version, summary, author or "", home page or "")
 *   (ABI major, minor, size of the plugin's table, transport's, parameter's)
 *   of each transport: scheme, other names, synopsis, description, parts of
 *     the URL, callbacks, and of each parameter: name, type, flags, default,
 *     values, help
 */
#include "inspect.h"

#include "loader.h"
#include "reason.h"
#include "registry.h"
#include "text.h"

#include <string.h>

#define AT_ONCE 8

#define PARAMS_TYPE "a(suumsmss)"
#define TRANSPORTS_TYPE "a(sasssuu" PARAMS_TYPE ")"

/* ---- In the worker: tables to record ----------------------------------- */

static GVariant *
params_variant (const struct transport *transport)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE (PARAMS_TYPE));
  for (gsize i = 0; i < transport->t.n_params; i++) {
    const struct delivery_param *param = &transport->params[i];

    g_variant_builder_add (&builder, "(suumsmss)", param->name, param->type,
                           param->flags, param->default_value, param->values,
                           param->help);
  }
  return g_variant_builder_end (&builder);
}

static GVariant *
transports_variant (const struct plugin *plugin)
{
  static const char *const none[] = { NULL };
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE (TRANSPORTS_TYPE));
  for (gsize i = 0; i < plugin->p.n_transports; i++) {
    const struct transport *transport = &plugin->transports[i];
    const struct delivery_transport *t = &transport->t;

    g_variant_builder_add (&builder, "(s^asssuu@" PARAMS_TYPE ")", t->scheme,
                           t->other_names ? t->other_names : none, t->synopsis,
                           t->description, t->url, transport->callbacks,
                           params_variant (transport));
  }
  return g_variant_builder_end (&builder);
}

static const char *
or_nothing (const char *text)
{
  return text ? text : "";
}

static void
work (struct job *job, int out, int cancel_fd)
{
  const struct inspected *inspected = (struct inspected *)job;
  g_autoptr (GError) error = NULL;
  struct plugin *plugin
      = loader_load (inspected->folder, inspected->file, &error);
  const struct delivery_plugin_record *record;
  const struct delivery_plugin *p;

  (void)cancel_fd;
  if (!plugin) {
    /* It names the file, and a record's text must be UTF-8. */
    g_autofree char *why = g_utf8_make_valid (error->message, -1);

    record_write (out, RECORD_ERROR,
                  g_variant_new ("(is)", error_reason (error), why));
    return;
  }
  p = &plugin->p;
  record = &plugin->record;
  record_write (out, RECORD_PLUGIN,
                g_variant_new ("((sssss)(qquuu)@" TRANSPORTS_TYPE ")", p->name,
                               p->version, p->summary, or_nothing (p->author),
                               or_nothing (p->home_page), record->abi_major,
                               record->abi_minor, record->plugin_size,
                               record->transport_size, record->param_size,
                               transports_variant (plugin)));
  plugin_free (plugin);
}

/* ---- In the program: record to tables ---------------------------------- */

static const char *
keep (struct inspected *inspected, const char *text)
{
  return text ? g_string_chunk_insert (inspected->texts, text) : NULL;
}

static void
take_params (struct inspected *inspected, struct transport *transport,
             GVariantIter *iter)
{
  const char *name, *preset, *values, *help;
  guint32 type, flags;

  transport->params
      = g_new0 (struct delivery_param, g_variant_iter_n_children (iter) + 1);
  while (g_variant_iter_loop (iter, "(&suum&sm&s&s)", &name, &type, &flags,
                              &preset, &values, &help))
    transport->params[transport->t.n_params++] = (struct delivery_param){
      .name = keep (inspected, name),
      .type = type,
      .flags = flags,
      .default_value = keep (inspected, preset),
      .values = keep (inspected, values),
      .help = keep (inspected, help),
    };
}

static void
take_transport (struct inspected *inspected, GVariant *variant)
{
  struct plugin *plugin = inspected->plugin;
  struct transport *transport = &plugin->transports[plugin->p.n_transports++];
  struct delivery_transport *t = &transport->t;
  g_autofree const char **names = NULL;
  g_autoptr (GVariantIter) params = NULL;
  const char **kept;

  g_variant_get (variant, "(&s^a&s&s&suu" PARAMS_TYPE ")", &t->scheme, &names,
                 &t->synopsis, &t->description, &t->url, &transport->callbacks,
                 &params);
  t->scheme = keep (inspected, t->scheme);
  t->synopsis = keep (inspected, t->synopsis);
  t->description = keep (inspected, t->description);
  kept = g_new0 (const char *, g_strv_length ((char **)names) + 1);
  for (gsize i = 0; names[i]; i++)
    kept[i] = keep (inspected, names[i]);
  t->other_names = kept;
  take_params (inspected, transport, params);
}

static void
take_plugin (struct inspected *inspected, GVariant *body)
{
  struct plugin *plugin = g_new0 (struct plugin, 1);
  struct delivery_plugin *p = &plugin->p;
  struct delivery_plugin_record *record = &plugin->record;
  g_autoptr (GVariantIter) transports = NULL;
  GVariant *variant;

  inspected->plugin = plugin;
  inspected->texts = g_string_chunk_new (4096);
  plugin->path = g_build_filename (inspected->folder, inspected->file, NULL);
  g_variant_get (body, "((&s&s&s&s&s)(qquuu)" TRANSPORTS_TYPE ")", &p->name,
                 &p->version, &p->summary, &p->author, &p->home_page,
                 &record->abi_major, &record->abi_minor, &record->plugin_size,
                 &record->transport_size, &record->param_size, &transports);
  p->name = keep (inspected, p->name);
  p->version = keep (inspected, p->version);
  p->summary = keep (inspected, p->summary);
  p->author = keep (inspected, *p->author ? p->author : NULL);
  p->home_page = keep (inspected, *p->home_page ? p->home_page : NULL);
  plugin->transports
      = g_new0 (struct transport, g_variant_iter_n_children (transports));
  while ((variant = g_variant_iter_next_value (transports))) {
    take_transport (inspected, variant);
    g_variant_unref (variant);
  }
}

static gboolean
take_record (struct job *job, enum record_kind kind, GVariant *body)
{
  struct inspected *inspected = (struct inspected *)job;
  const char *text;
  int reason;

  if (inspected->plugin || inspected->problem)
    return FALSE;
  if (kind == RECORD_ERROR) {
    g_variant_get (body, "(i&s)", &reason, &text);
    inspected->problem = text_clean (text, TEXT_MAX);
  } else if (kind == RECORD_PLUGIN) {
    take_plugin (inspected, body);
  }
  return inspected->plugin || inspected->problem;
}

static void
forget_plugin (struct inspected *inspected)
{
  struct plugin *plugin = inspected->plugin;

  for (gsize i = 0; plugin && i < plugin->p.n_transports; i++)
    g_free ((gpointer)plugin->transports[i].t.other_names);
  plugin_free (plugin);
  inspected->plugin = NULL;
  g_clear_pointer (&inspected->texts, g_string_chunk_free);
}

static void
end (struct job *job, enum job_end how, int code)
{
  struct inspected *inspected = (struct inspected *)job;
  const char *name = inspected->file;
  g_autofree char *problem = NULL;

  inspected->interrupted = how == JOB_INTERRUPTED;
  if (inspected->problem || (inspected->plugin && how == JOB_EXITED))
    return;
  if (how == JOB_SIGNALLED)
    problem = g_strdup_printf ("%s: died by signal %d (%s) when it was loaded",
                               name, code, g_strsignal (code));
  else if (how == JOB_NOT_STARTED && code)
    problem = g_strdup_printf ("%s: cannot start a process: %s", name,
                               g_strerror (code));
  else if (how == JOB_NOT_STARTED)
    problem = g_strdup_printf ("%s: the timeout is over before its turn came",
                               name);
  else if (how == JOB_DEADLINE)
    problem
        = g_strdup_printf ("%s: does not come back when it is loaded", name);
  else
    problem = g_strdup_printf ("%s: does not let itself be loaded (%d)", name,
                               code);
  forget_plugin (inspected);
  inspected->problem = text_clean (problem, TEXT_MAX);
}

static void
inspected_free (gpointer p)
{
  struct inspected *inspected = p;

  forget_plugin (inspected);
  g_free (inspected->folder);
  g_free (inspected->file);
  g_free (inspected->problem);
  g_free (inspected);
}

GPtrArray *
inspect (const GPtrArray *files, gint64 deadline, const struct pool_host *host,
         GError **error)
{
  GPtrArray *all = g_ptr_array_new_with_free_func (inspected_free);

  for (guint i = 0; i < files->len; i++) {
    const struct plugin_file *file = files->pdata[i];
    struct inspected *inspected = g_new0 (struct inspected, 1);

    inspected->folder = g_strdup (file->folder);
    inspected->file = g_strdup (file->name);
    inspected->job.work = work;
    inspected->job.record = take_record;
    inspected->job.end = end;
    inspected->job.deadline = deadline;
    g_ptr_array_add (all, inspected);
  }
  pool_run (all, AT_ONCE, host);
  for (guint i = 0; i < all->len; i++) {
    const struct inspected *inspected = all->pdata[i];

    if (inspected->interrupted) {
      g_set_error (error, CORE_ERROR, REASON_INTERRUPTED,
                   "interrupted by a signal");
      g_ptr_array_unref (all);
      return NULL;
    }
  }
  return all;
}
