/* SPDX-License-Identifier: BSD-2-Clause */
#include "tls_context.h"

#include "param.h"
#include "trust.h"

#include <gio/gio.h>
#include <openssl/err.h>
#include <string.h>

/* 112 bits: RSA of 2048 bits, no SHA-1 (SSL_CTX_set_security_level(3)). */
#define SECURITY_LEVEL 2

const char *
tls_error (const char *fallback)
{
  const char *text = ERR_reason_error_string (ERR_peek_error ());

  ERR_clear_error ();
  return text ? text : fallback;
}

/* ---- Certificate of ours ----------------------------------------------- */

/* A key with a passphrase would have OpenSSL ask at the terminal. */
static int
no_passphrase (char *buffer, int size, int writing, void *data)
{
  (void)buffer;
  (void)size;
  (void)writing;
  (void)data;
  return 0;
}

static int
load_certificate (struct tls_context *context)
{
  struct delivery_endpoint *ep = context->ep;
  const char *cert = net_param (ep, "cert");
  const char *key = net_param (ep, "key");

  if (!cert && key)
    return delivery_fail (ep, DELIVERY_CONFIG,
                          "key= without cert=: name the certificate too");
  if (!cert)
    return DELIVERY_OK;
  SSL_CTX_set_default_passwd_cb (context->ctx, no_passphrase);
  if (SSL_CTX_use_certificate_chain_file (context->ctx, cert) != 1)
    return delivery_fail (ep, DELIVERY_CONFIG,
                          "cert=%s: no certificate (PEM): %s", cert,
                          tls_error ("it cannot be read"));
  if (!key)
    key = cert;
  if (SSL_CTX_use_PrivateKey_file (context->ctx, key, SSL_FILETYPE_PEM) != 1)
    return delivery_fail (
        ep, DELIVERY_CONFIG,
        "key=%s: no key (PEM, without a passphrase) of the certificate: %s",
        key, tls_error ("it cannot be read"));
  return DELIVERY_OK;
}

/* ---- The name that the certificate must have --------------------------- */

/* A final dot says that the name is complete, and the zone of an address where
 * it is to be reached (RFC 4007); certificates have neither. */
static void
find_name (struct tls_context *context)
{
  const char *given = net_param (context->ep, "servername");
  size_t length;

  context->name = g_strdup (given ? given : delivery_host (context->ep));
  length = strlen (context->name);
  if (length > 1 && context->name[length - 1] == '.')
    context->name[length - 1] = '\0';
  context->is_address = g_hostname_is_ip_address (context->name);
  if (context->is_address)
    context->name[strcspn (context->name, "%")] = '\0';
}

/* ---- Memory ------------------------------------------------------------ */

/* Without memory the process ends, as GLib ends it: OpenSSL would go on, and
 * what it then cannot do would look like a fault of the server's. */
static void *
allocate (size_t size, const char *file, int line)
{
  (void)file;
  (void)line;
  return g_malloc (size);
}

static void *
reallocate (void *old, size_t size, const char *file, int line)
{
  (void)file;
  (void)line;
  return g_realloc (old, size);
}

static void
release (void *old, const char *file, int line)
{
  (void)file;
  (void)line;
  g_free (old);
}

/* ---- All together ------------------------------------------------------ */

/* No configuration file of OpenSSL's, whatever the environment names. */
static int
make_ctx (struct tls_context *context)
{
  const char *oldest = net_param (context->ep, "tls_min");
  SSL_CTX *ctx;

  /* Too late, and no matter, where a plugin has used OpenSSL by itself. */
  CRYPTO_set_mem_functions (allocate, reallocate, release);
  OPENSSL_init_ssl (OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
  ctx = context->ctx = SSL_CTX_new (TLS_client_method ());
  if (!ctx)
    return delivery_fail (context->ep, DELIVERY_INTERNAL, "TLS: %s",
                          tls_error ("out of memory"));
  SSL_CTX_set_min_proto_version (ctx, oldest && strcmp (oldest, "1.3") == 0
                                          ? TLS1_3_VERSION
                                          : TLS1_2_VERSION);
  if (SSL_CTX_get_security_level (ctx) < SECURITY_LEVEL)
    SSL_CTX_set_security_level (ctx, SECURITY_LEVEL);
  SSL_CTX_set_options (ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_mode (ctx, SSL_MODE_ENABLE_PARTIAL_WRITE
                             | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  /* One call to the kernel for a record, not two. */
  SSL_CTX_set_read_ahead (ctx, 1);
  return DELIVERY_OK;
}

static int
fill (struct tls_context *context)
{
  const char *verify = net_param (context->ep, "ssl_verify");
  int result = make_ctx (context);

  context->is_looked_at = strcmp (verify, "NONE") != 0;
  context->is_required = strcmp (verify, "REQUIRED") == 0;
  find_name (context);
  if (result == DELIVERY_OK && context->is_looked_at)
    result = trust_load (context->ep, context->ctx);
  if (result == DELIVERY_OK)
    result = load_certificate (context);
  return result;
}

int
tls_context_new (struct delivery_endpoint *ep, struct tls_context **context)
{
  int result;

  *context = g_new0 (struct tls_context, 1);
  (*context)->ep = ep;
  result = fill (*context);
  if (result != DELIVERY_OK)
    g_clear_pointer (context, tls_context_free);
  return result;
}

void
tls_context_free (struct tls_context *context)
{
  SSL_CTX_free (context->ctx);
  g_free (context->name);
  g_free (context->warned);
  g_free (context);
}
