/* SPDX-License-Identifier: BSD-2-Clause */
/* Which certificate authorities are trusted. */
#ifndef CORE_NET_TRUST_H
#define CORE_NET_TRUST_H

#include <delivery/plugin.h>

#include <openssl/ssl.h>

/*
 * By the parameters `ca_file` and `ca_path`; without them by SSL_CERT_FILE and
 * SSL_CERT_DIR, which OpenSSL has for that; without those what the system has:
 * its folder of hashed names first, in which only what is needed is read, else
 * its bundle.  Fails with DELIVERY_CONFIG where something that was asked for
 * cannot be read.
 */
int trust_load (struct delivery_endpoint *ep, SSL_CTX *ctx);

#endif
