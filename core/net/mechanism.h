/* SPDX-License-Identifier: BSD-2-Clause */
/* Which way to log in. */
#ifndef CORE_NET_MECHANISM_H
#define CORE_NET_MECHANISM_H

#include <delivery/plugin.h>

#include <glib.h>

/* What a mechanism needs from the URL. */
#define NEEDS_USER 0x1u
#define NEEDS_PASSWORD 0x2u
#define NEEDS_TOKEN 0x4u /* a password or `token_command` */

struct mechanism {
  const char *name; /* as servers write it, "SCRAM-SHA-256" */
  guint needs;
  gboolean by_auth_only; /* never chosen by itself */
};

/* The one that `auth=` names ("scram-sha-256"), or NULL. */
const struct mechanism *mechanism_find (const char *name);

/* The strongest of those offered that goes with the URL, or the one that
 * `auth=` names.  Fails with DELIVERY_AUTH where there is none. */
int mechanism_choose (struct delivery_endpoint *ep, const char *offered,
                      const struct mechanism **mechanism);

#endif
