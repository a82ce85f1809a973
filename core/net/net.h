/* SPDX-License-Identifier: BSD-2-Clause */
/* What the connections of an endpoint have in common. */
#ifndef CORE_NET_NET_H
#define CORE_NET_NET_H

#include "tls.h"

#include <delivery/net.h>

struct delivery_net {
  struct delivery_endpoint *ep;
  const struct tls_ops *tls; /* NULL for a transport without TLS */
  struct tls_context *context;
};

#endif
