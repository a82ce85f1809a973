/* SPDX-License-Identifier: BSD-2-Clause */
/* Loading one plugin.  The only place that knows libltdl. */
#ifndef CORE_LOADER_H
#define CORE_LOADER_H

#include "plugin.h"

#include <glib.h>

/*
 * Loads `file_name` of the folder `folder` (an absolute, resolved path), and
 * checks in this order: file (regular, not a symbolic link, of root or
 * ourselves, not writable by others), that it opens with all its symbols,
 * the entry symbol, and the tables (plugin_adopt).  Nothing is ever unloaded.
 * Errors begin with the file's path; their reason is `plugin`.
 */
struct plugin *loader_load (const char *folder, const char *file_name,
                            GError **error);

#endif
