/* SPDX-License-Identifier: BSD-2-Clause */
/* A plugin as the host holds it: copies of its tables in the host's own
 * shape, so that the rest of the core never meets an older one. */
#ifndef CORE_PLUGIN_H
#define CORE_PLUGIN_H

#include "delivery/plugin.h"

#include <glib.h>

struct transport {
  struct delivery_transport t;   /* its `params` are not to be used: */
  struct delivery_param *params; /* t.n_params of them, in our own stride */
};

struct plugin {
  char *path;
  struct delivery_plugin p;     /* its `transports` are not to be used: */
  struct transport *transports; /* p.n_transports of them */
};

/*
 * Copies the tables of a record, after these checks: magic, version, sizes,
 * nothing beyond our own structs that is not zero; a proper name, equal to
 * `file_name` without ".so"; texts that must be there; schemes that are
 * proper and stand once; a role; a parameter table that makes sense.
 * Errors have the reason `plugin` and begin with neither path nor name.
 */
struct plugin *plugin_adopt (const struct delivery_plugin_record *record,
                             const char *path, const char *file_name,
                             GError **error);
void plugin_free (struct plugin *plugin);

/* Whether this host serves plugins of that version of the contract; if not,
 * the error names both versions, and the way out. */
gboolean plugin_check_version (guint major, guint minor, GError **error);

/* The transport that serves a scheme, or NULL. */
const struct transport *plugin_transport (const struct plugin *plugin,
                                          const char *scheme);

#endif
