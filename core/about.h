/* SPDX-License-Identifier: BSD-2-Clause */
/* The tasks that are no checks: what there is, and what plugins are like. */
#ifndef CORE_ABOUT_H
#define CORE_ABOUT_H

#include "engine.h"
#include "settings.h"

#include <glib.h>

/* Does the request's task; returns the text to print, and sets `*status` if it
 * is not OK.  NULL and an error where that cannot be. */
char *about (const struct engine_request *request,
             const struct settings *settings, const struct pool_host *host,
             int *status, GError **error);

#endif
