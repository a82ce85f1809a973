/* SPDX-License-Identifier: BSD-2-Clause */
/* --dump-config and --dump-plugin: what scripts and build systems want to
 * know, as key=value, a line each. */
#ifndef CORE_DUMP_H
#define CORE_DUMP_H

#include "pool.h"
#include "registry.h"

#include <glib.h>

/* How check_delivery was built, and where it looks for plugins. */
char *dump_config (const struct registry *registry);

/*
 * What one plugin says of itself.  NULL and an error where it does not load.
 * Values are one line of clean text each; lists have blanks between their
 * words; yes and no say whether.
 */
char *dump_plugin (const struct plugin_file *file, gint64 deadline,
                   const struct pool_host *host, GError **error);

#endif
