/* SPDX-License-Identifier: BSD-2-Clause */
/* Where plugins are looked for, and which one serves a scheme. */
#ifndef CORE_REGISTRY_H
#define CORE_REGISTRY_H

#include "plugin.h"

#include <glib.h>

/* A plugin's file, not loaded yet. */
struct plugin_file {
  char *folder; /* resolved; or LOADER_BUILT_IN */
  char *name;   /* "smtp.so" */
};

struct registry;

/*
 * The plugin folders in order: `first` (of --plugin-dir; ended by NULL), then
 * those of CHECK_DELIVERY_PLUGIN_PATH, separated by ':', unless the process
 * is privileged (AT_SECURE), then the one compiled in, then the plugins that
 * are linked into the program.  A folder of `first`
 * must exist; the others may be missing.  A folder that is not root's or our
 * own, or that others may write to, is an error.
 */
struct registry *registry_new (char **first, GError **error);
void registry_free (struct registry *registry);

/* Every ".so" of all folders, by name; of equal names the first counts.  The
 * array owns its struct plugin_file. */
GPtrArray *registry_files (const struct registry *registry);

/* The one that is loaded for NAME, or NULL and an error.  To be freed with
 * plugin_file_free(). */
struct plugin_file *registry_file (const struct registry *registry,
                                   const char *name, GError **error);
void plugin_file_free (struct plugin_file *file);

/* The folders, with colons between them. */
char *registry_path (const struct registry *registry);

/* Called before a file is loaded, since loading runs its code. */
typedef void registry_notify (gpointer data, const char *file_name);

/*
 * Finds the transport of a scheme: the plugin of that name, else the one with
 * the longest name that begins the scheme, else all are loaded and asked.
 * The registry keeps what it loaded.
 */
const struct transport *registry_find (struct registry *registry,
                                       const char *scheme,
                                       const struct plugin **plugin,
                                       registry_notify *notify, gpointer data,
                                       GError **error);

#endif
