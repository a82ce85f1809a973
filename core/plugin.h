/* SPDX-License-Identifier: BSD-2-Clause */
/* A plugin as the host holds it: copies of its tables in the host's own
 * shape, so that the rest of the core never meets an older one. */
#ifndef CORE_PLUGIN_H
#define CORE_PLUGIN_H

#include "delivery/plugin.h"

#include <glib.h>

/* The callbacks of the contract, by their bits in `callbacks`. */
enum plugin_callback {
  CALLBACK_OPEN,
  CALLBACK_FREE,
  CALLBACK_CONNECT_EARLY,
  CALLBACK_CONNECT,
  CALLBACK_SEND,
  CALLBACK_RECV,
  CALLBACK_WAIT,
  CALLBACK_CLEAN,
  CALLBACK_CLOSE,
  CALLBACK_CLOSE_LATE,
  N_CALLBACKS
};
extern const char *const plugin_callback_names[N_CALLBACKS];

struct transport {
  struct delivery_transport t;   /* its `params` are not to be used: */
  struct delivery_param *params; /* t.n_params of them, in our own stride */
  guint32 callbacks;             /* 1u << enum plugin_callback: it has that */
};

struct plugin {
  char *path;
  struct delivery_plugin p;             /* its `transports` are not to be */
  struct transport *transports;         /* used: p.n_transports of them */
  struct delivery_plugin_record record; /* as it came, but for the pointer */
};

/* Whether a transport has a callback, and whether it has a role. */
gboolean transport_has (const struct transport *transport,
                        enum plugin_callback callback);
gboolean transport_is (const struct transport *transport, int role);

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
