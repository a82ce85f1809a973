/* SPDX-License-Identifier: BSD-2-Clause */
/* --doc: what every plugin says of itself. */
#ifndef CORE_DESCRIBE_H
#define CORE_DESCRIBE_H

#include "pool.h"
#include "registry.h"

#include <glib.h>

/*
 * The documentation of every plugin, or of the transport of one scheme.  Each
 * plugin is loaded in a process of its own; one that cannot be loaded is a
 * line of the text.  NULL and an error where the scheme is not found.
 */
char *describe (const struct registry *registry, const char *scheme,
                gint64 deadline, const struct pool_host *host, GError **error);

#endif
