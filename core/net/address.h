/* SPDX-License-Identifier: BSD-2-Clause */
/* Addresses of mail. */
#ifndef CORE_NET_ADDRESS_H
#define CORE_NET_ADDRESS_H

#include <glib.h>

/* Whether it may stand between "<" and ">" in SMTP (RFC 5321, section 4.1.2,
 * and RFC 6531 for what is not ASCII).  One without a domain may too: servers
 * know local users. */
gboolean address_is_proper (const char *address);

/* What stands behind its last "@", or NULL. */
const char *address_domain (const char *address);

#endif
