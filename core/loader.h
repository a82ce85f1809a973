/* SPDX-License-Identifier: BSD-2-Clause */
/* Loading one plugin.  The only place that knows libltdl. */
#ifndef CORE_LOADER_H
#define CORE_LOADER_H

#include "plugin.h"

#include <glib.h>

/* Instead of a folder: the plugins that are linked into the program. */
#define LOADER_BUILT_IN "(built in)"

/* Their names ("file.so"), ended by NULL; there are none unless the program
 * was configured so. */
GStrv loader_built_in (void);

/*
 * Loads `file_name` of the folder `folder` (an absolute, resolved path), and
 * checks in this order: file (regular, not a symbolic link, of root or
 * ourselves, not writable by others), that it opens with all its symbols,
 * the entry symbol, and the tables (plugin_adopt).  Nothing is ever unloaded.
 * Errors begin with the file's path; their reason is `plugin`.  Of what is
 * built in, the tables alone are checked.
 */
struct plugin *loader_load (const char *folder, const char *file_name,
                            GError **error);

#endif
