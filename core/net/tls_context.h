/* SPDX-License-Identifier: BSD-2-Clause */
/* The rules of TLS of an endpoint. */
#ifndef CORE_NET_TLS_CONTEXT_H
#define CORE_NET_TLS_CONTEXT_H

#include "tls.h"

#include <openssl/ssl.h>
#include <stdbool.h>

struct tls_context {
  struct delivery_endpoint *ep;
  SSL_CTX *ctx;
  char *name;        /* that the certificate must have */
  bool is_address;   /* it is an address, not a name */
  bool is_looked_at; /* not ssl_verify=NONE */
  bool is_required;  /* ssl_verify=REQUIRED */
  char *warned;      /* what was warned of last, or NULL */
};

int tls_context_new (struct delivery_endpoint *ep,
                     struct tls_context **context);
void tls_context_free (struct tls_context *context);

/* The text of OpenSSL's oldest error, or `fallback`; forgets all errors. */
const char *tls_error (const char *fallback);

#endif
