/* SPDX-License-Identifier: BSD-2-Clause */
/* The parameters of a URL, checked against a transport's table. */
#ifndef CORE_PARAMS_H
#define CORE_PARAMS_H

#include "delivery/plugin.h"
#include "url.h"

#include <glib.h>

/* The name of a type as it is documented, and for scripts. */
const char *param_type_name (guint type);
const char *param_type_key (guint type);

/* Whether an entry of a plugin's table makes sense: name, type, flags, range,
 * default.  Its error reads on from "in the parameter table of X, ". */
gboolean param_check_declared (const struct delivery_param *param,
                               GError **error);

/* Checks the parameters of a URL: each known, each once unless repeatable,
 * each of its type, the required ones there.  Values of a choice are brought
 * to the table's spelling.  Error texts hold no value. */
gboolean params_check (const struct delivery_param *table, gsize n,
                       struct url *url, GError **error);

/* The entry of a table, or NULL. */
const struct delivery_param *params_find (const struct delivery_param *table,
                                          gsize n, const char *name);

/* Reads a value that was checked. */
gboolean param_bool (const char *value);

#endif
