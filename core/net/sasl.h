/* SPDX-License-Identifier: BSD-2-Clause */
/* Logging in: what the parameters ask for. */
#ifndef CORE_NET_SASL_H
#define CORE_NET_SASL_H

#include <delivery/plugin.h>

/* Whether user, password, `auth` and `token_command` go together. */
int sasl_check (struct delivery_endpoint *ep);

#endif
