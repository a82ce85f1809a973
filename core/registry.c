/* SPDX-License-Identifier: BSD-2-Clause */
#include "registry.h"

#include "loader.h"
#include "reason.h"
#include "text.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct registry {
  GPtrArray *folders; /* of char *, resolved, or LOADER_BUILT_IN */
  GStrv built_in;     /* the names there */
  GHashTable *loaded; /* path to struct plugin, or NULL if it is broken */
  GHashTable *broken; /* path to what is wrong with it */
};

static gboolean
is_foreign (const struct stat *st)
{
  return st->st_uid != 0 && st->st_uid != geteuid ();
}

static gboolean
fail_foreign (const char *folder, const char *of, GError **error)
{
  return config_error (error,
                       "plugin folder %s: %s%sbelongs to neither root nor the "
                       "user who runs check_delivery",
                       folder, of, *of ? " " : "");
}

/* Whose folder the program itself is in can put another program in its place,
 * and needs no plugin for that: who builds as root in a folder of his own has
 * lent it that trust. */
static gboolean
holds_program (const char *folder)
{
  g_autofree char *program = g_file_read_link ("/proc/self/exe", NULL);
  gsize length = strlen (folder);

  return program && strncmp (program, folder, length) == 0
         && (program[length] == '/' || length == 1);
}

/* Who owns a parent can put another folder in this one's place, and so can
 * everybody where all may write and it is not sticky. */
static gboolean
/* NOLINTNEXTLINE(misc-no-recursion): a path is no longer than PATH_MAX. */
check_parents (const char *folder, GError **error)
{
  g_autofree char *parent = g_path_get_dirname (folder);

  for (;;) {
    struct stat st;
    char *next;

    if (stat (parent, &st) < 0)
      return config_error (error, "plugin folder %s: %s: %s", folder, parent,
                           g_strerror (errno));
    if ((st.st_mode & S_IWOTH) && !(st.st_mode & S_ISVTX))
      return config_error (error,
                           "plugin folder %s: everybody may write to %s; "
                           "chmod o-w",
                           folder, parent);
    if (is_foreign (&st) && !holds_program (parent))
      return fail_foreign (folder, parent, error);
    if (strcmp (parent, "/") == 0)
      return TRUE;
    next = g_path_get_dirname (parent);
    g_free (parent);
    parent = next;
  }
}

static gboolean
check_folder (const char *folder, GError **error)
{
  struct stat st;

  if (stat (folder, &st) < 0)
    return config_error (error, "plugin folder %s: %s", folder,
                         g_strerror (errno));
  if (!S_ISDIR (st.st_mode))
    return config_error (error, "plugin folder %s: not a folder", folder);
  if (is_foreign (&st))
    return fail_foreign (folder, "", error);
  if (st.st_mode & (S_IWGRP | S_IWOTH))
    return config_error (error,
                         "plugin folder %s: others may write to it; "
                         "chmod go-w",
                         folder);
  return check_parents (folder, error);
}

static gboolean
add_folder (struct registry *registry, const char *folder, gboolean required,
            GError **error)
{
  char *resolved = realpath (folder, NULL);
  gboolean ok;

  if (!resolved)
    return (!required && errno == ENOENT)
           || config_error (error, "plugin folder %s: %s", folder,
                            g_strerror (errno));
  ok = check_folder (resolved, error);
  if (ok)
    g_ptr_array_add (registry->folders, g_strdup (resolved));
  free (resolved);
  return ok;
}

static gboolean
add_folders (struct registry *registry, char **folders, gboolean required,
             GError **error)
{
  for (; folders && *folders; folders++)
    if (**folders && !add_folder (registry, *folders, required, error))
      return FALSE;
  return TRUE;
}

struct registry *
registry_new (char **first, GError **error)
{
  struct registry *registry = g_new0 (struct registry, 1);
  const char *path = secure_getenv ("CHECK_DELIVERY_PLUGIN_PATH");
  g_auto (GStrv) folders = path ? g_strsplit (path, ":", -1) : NULL;

  registry->folders = g_ptr_array_new_with_free_func (g_free);
  registry->built_in = loader_built_in ();
  registry->loaded = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
                                            (GDestroyNotify)plugin_free);
  registry->broken
      = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  if (add_folders (registry, first, TRUE, error)
      && add_folders (registry, folders, FALSE, error)
      && add_folder (registry, PLUGINDIR, FALSE, error)) {
    if (*registry->built_in)
      g_ptr_array_add (registry->folders, g_strdup (LOADER_BUILT_IN));
    return registry;
  }
  registry_free (registry);
  return NULL;
}

void
registry_free (struct registry *registry)
{
  if (!registry)
    return;
  g_ptr_array_unref (registry->folders);
  g_strfreev (registry->built_in);
  g_hash_table_unref (registry->loaded);
  g_hash_table_unref (registry->broken);
  g_free (registry);
}

void
plugin_file_free (struct plugin_file *file)
{
  g_free (file->folder);
  g_free (file->name);
  g_free (file);
}

static struct plugin_file *
plugin_file_new (const char *folder, const char *name)
{
  struct plugin_file *file = g_new0 (struct plugin_file, 1);

  file->folder = g_strdup (folder);
  file->name = g_strdup (name);
  return file;
}

static int
compare_files (gconstpointer a, gconstpointer b)
{
  const struct plugin_file *const *x = a, *const *y = b;

  return strcmp ((*x)->name, (*y)->name);
}

/* The names in a folder, ended by NULL. */
static GStrv
list_folder (const struct registry *registry, const char *folder)
{
  g_autoptr (GStrvBuilder) builder = NULL;
  const char *name;
  GDir *dir;

  if (strcmp (folder, LOADER_BUILT_IN) == 0)
    return g_strdupv (registry->built_in);
  builder = g_strv_builder_new ();
  dir = g_dir_open (folder, 0, NULL);
  while (dir && (name = g_dir_read_name (dir)))
    g_strv_builder_add (builder, name);
  if (dir)
    g_dir_close (dir);
  return g_strv_builder_end (builder);
}

GPtrArray *
registry_files (const struct registry *registry)
{
  GPtrArray *files
      = g_ptr_array_new_with_free_func ((GDestroyNotify)plugin_file_free);
  g_autoptr (GHashTable) seen
      = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (guint i = 0; i < registry->folders->len; i++) {
    const char *folder = registry->folders->pdata[i];
    g_auto (GStrv) names = list_folder (registry, folder);

    for (char **name = names; *name; name++)
      if (g_str_has_suffix (*name, ".so")
          && g_hash_table_add (seen, g_strdup (*name)))
        g_ptr_array_add (files, plugin_file_new (folder, *name));
  }
  g_ptr_array_sort (files, compare_files);
  return files;
}

static gboolean
has_file (const struct registry *registry, const char *folder,
          const char *file)
{
  g_autofree char *path = g_build_filename (folder, file, NULL);
  struct stat st;

  if (strcmp (folder, LOADER_BUILT_IN) == 0)
    return g_strv_contains ((const char *const *)registry->built_in, file);
  return lstat (path, &st) == 0;
}

/* The first folder that has NAME.so, whatever that is; or NULL. */
static const char *
folder_of (const struct registry *registry, const char *file)
{
  for (guint i = 0; i < registry->folders->len; i++) {
    const char *folder = registry->folders->pdata[i];

    if (has_file (registry, folder, file))
      return folder;
  }
  return NULL;
}

struct plugin_file *
registry_file (const struct registry *registry, const char *name,
               GError **error)
{
  g_autofree char *file = g_strconcat (name, ".so", NULL);
  const char *folder = folder_of (registry, file);

  if (folder)
    return plugin_file_new (folder, file);
  config_error (error, "no plugin '%s'; --doc lists those that are there",
                name);
  return NULL;
}

char *
registry_path (const struct registry *registry)
{
  GString *path = g_string_new (NULL);

  for (guint i = 0; i < registry->folders->len; i++)
    g_string_append_printf (path, "%s%s", i ? ":" : "",
                            (char *)registry->folders->pdata[i]);
  return g_string_free (path, FALSE);
}

/* One search: what it is for, whom to tell, what it met on its way. */
struct search {
  struct registry *registry;
  const char *scheme;
  registry_notify *notify;
  gpointer data;
  GError *broken; /* of the most telling plugin that did not load */
};

static void
note_broken (struct search *search, const char *message)
{
  if (message && !search->broken)
    search->broken = g_error_new_literal (CORE_ERROR, REASON_PLUGIN, message);
}

/* Loads a file, once. */
static const struct plugin *
load (struct search *search, const char *folder, const char *name)
{
  struct registry *registry = search->registry;
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_autoptr (GError) error = NULL;

  if (!g_hash_table_contains (registry->loaded, path)) {
    search->notify (search->data, name);
    g_hash_table_insert (registry->loaded, g_strdup (path),
                         loader_load (folder, name, &error));
    if (error)
      g_hash_table_insert (registry->broken, g_strdup (path),
                           g_strdup (error->message));
  }
  note_broken (search, g_hash_table_lookup (registry->broken, path));
  return g_hash_table_lookup (registry->loaded, path);
}

/* The file NAME.so in the first folder that has it; NULL in `*plugin` where
 * there is none, or where it does not load. */
static gboolean
load_by_name (struct search *search, const char *name,
              const struct plugin **plugin)
{
  g_autofree char *file = g_strconcat (name, ".so", NULL);
  const char *folder = folder_of (search->registry, file);

  *plugin = folder ? load (search, folder, file) : NULL;
  return folder != NULL;
}

/* The plugin of the scheme's name, then those of shorter and shorter names. */
static const struct transport *
find_by_name (struct search *search, const struct plugin **plugin,
              gboolean *give_up)
{
  const struct transport *transport;

  for (gsize n = strlen (search->scheme); n > 0; n--) {
    g_autofree char *name = g_strndup (search->scheme, n);
    gboolean there = load_by_name (search, name, plugin);

    transport = *plugin ? plugin_transport (*plugin, search->scheme) : NULL;
    if (transport)
      return transport;
    *give_up = there && !*plugin && !search->scheme[n];
    if (*give_up)
      return NULL;
  }
  return NULL;
}

static void
add_schemes (GPtrArray *names, const struct plugin *plugin)
{
  for (gsize i = 0; i < plugin->p.n_transports; i++)
    g_ptr_array_add (names, (gpointer)plugin->transports[i].t.scheme);
}

static void
not_found (struct search *search, GPtrArray *names, GError **error)
{
  g_autofree char *hint = NULL;

  g_ptr_array_add (names, NULL);
  hint = text_suggest (search->scheme, (const char *const *)names->pdata);
  config_error (error, "no plugin for '%s://'%s%s%s", search->scheme, hint,
                search->broken ? "; did not load: " : "",
                search->broken ? search->broken->message : "");
}

/* All plugins, asked one by one.  Two that claim one scheme are an error:
 * which one was found first would be chance. */
static const struct transport *
find_by_asking (struct search *search, const struct plugin **plugin,
                GError **error)
{
  g_autoptr (GPtrArray) files = registry_files (search->registry);
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  const struct transport *found = NULL;

  for (guint i = 0; i < files->len; i++) {
    const struct plugin_file *file = files->pdata[i];
    const struct plugin *asked = load (search, file->folder, file->name);
    const struct transport *transport
        = asked ? plugin_transport (asked, search->scheme) : NULL;

    if (asked)
      add_schemes (names, asked);
    if (!transport)
      continue;
    if (found) {
      config_error (error, "'%s://' is claimed by both %s and %s; remove one",
                    search->scheme, (*plugin)->path, asked->path);
      return NULL;
    }
    found = transport;
    *plugin = asked;
  }
  if (!found)
    not_found (search, names, error);
  return found;
}

const struct transport *
registry_find (struct registry *registry, const char *scheme,
               const struct plugin **plugin, registry_notify *notify,
               gpointer data, GError **error)
{
  struct search search = {
    .registry = registry, .scheme = scheme, .notify = notify, .data = data
  };
  gboolean give_up = FALSE;
  const struct transport *transport = find_by_name (&search, plugin, &give_up);

  if (!transport && give_up)
    g_propagate_error (error, g_steal_pointer (&search.broken));
  else if (!transport)
    transport = find_by_asking (&search, plugin, error);
  g_clear_error (&search.broken);
  return transport;
}
