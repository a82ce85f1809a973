/* SPDX-License-Identifier: BSD-2-Clause */
/* Name look-up and connecting, by GIO. */
#ifndef CORE_NET_CONNECT_H
#define CORE_NET_CONNECT_H

#include <delivery/plugin.h>

#include <gio/gio.h>

/* Whether the parameters `source` and `socket` make sense. */
int connect_check (struct delivery_endpoint *ep);

/* Connects within the deadline; `*connection` is the caller's, and its socket
 * does not block. */
int connect_make (struct delivery_endpoint *ep,
                  GSocketConnection **connection);

/* The same with another port of the peer that a connection has, and no longer
 * than until the instant `until`. */
int connect_beside (struct delivery_endpoint *ep, GSocketConnection *first,
                    unsigned port, gint64 until,
                    GSocketConnection **connection);

/* What to call the other end: "HOST:PORT", or the path of its socket. */
char *connect_peer_name (struct delivery_endpoint *ep);
char *connect_port_name (struct delivery_endpoint *ep, unsigned port);

#endif
