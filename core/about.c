/* SPDX-License-Identifier: BSD-2-Clause */
#include "about.h"

#include "conform.h"
#include "describe.h"
#include "dump.h"
#include "inspect.h"
#include "registry.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

/* A file, not the name of a plugin. */
static gboolean
is_file (const char *subject)
{
  return strchr (subject, '/') || g_str_has_suffix (subject, ".so");
}

/* The folders of the request; that of a file goes before them. */
static GStrv
make_folders (const struct engine_request *request)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  gboolean is_plugin = request->task == ENGINE_DUMP_PLUGIN
                       || request->task == ENGINE_CHECK_PLUGIN;

  if (is_plugin && is_file (request->subject)) {
    g_autofree char *folder = g_path_get_dirname (request->subject);

    g_strv_builder_add (builder, folder);
  }
  for (char **folder = request->plugin_dirs; folder && *folder; folder++)
    g_strv_builder_add (builder, *folder);
  return g_strv_builder_end (builder);
}

/* A file that is named with its folder is that one, or none. */
static gboolean
check_file (const char *subject, const char *name, GError **error)
{
  g_autofree char *folder = g_path_get_dirname (subject);
  g_autofree char *path = g_strdup_printf ("%s/%s.so", folder, name);
  struct stat st;

  if (!strchr (subject, '/') || lstat (path, &st) == 0)
    return TRUE;
  return config_error (error, "%s: %s", path, g_strerror (errno));
}

static struct plugin_file *
find_file (const struct registry *registry, const char *subject,
           GError **error)
{
  g_autofree char *name = g_path_get_basename (subject);

  if (g_str_has_suffix (name, ".so"))
    name[strlen (name) - strlen (".so")] = '\0';
  if (!check_file (subject, name, error))
    return NULL;
  return registry_file (registry, name, error);
}

static char *
about_plugin (const struct engine_request *request, char **folders,
              const struct registry *registry, const struct pool_host *host,
              int *status, GError **error)
{
  gint64 deadline = g_get_monotonic_time () + INSPECT_MAX;
  struct plugin_file *file = find_file (registry, request->subject, error);
  char *text;

  if (!file)
    return NULL;
  if (request->task == ENGINE_DUMP_PLUGIN)
    text = dump_plugin (file, deadline, host, error);
  else
    text = conform (file, request, folders, host, status, error);
  plugin_file_free (file);
  return text;
}

char *
about (const struct engine_request *request, const struct settings *settings,
       const struct pool_host *host, int *status, GError **error)
{
  g_auto (GStrv) folders = make_folders (request);
  struct registry *registry = registry_new (folders, error);
  char *text = NULL;

  if (!registry)
    return NULL;
  switch (request->task) {
  case ENGINE_DOC:
    text = describe (registry, request->subject,
                     request->started + MIN (settings->timeout, INSPECT_MAX),
                     host, error);
    break;
  case ENGINE_DUMP_CONFIG:
    text = dump_config (registry);
    break;
  default:
    text = about_plugin (request, folders, registry, host, status, error);
  }
  registry_free (registry);
  return text;
}
