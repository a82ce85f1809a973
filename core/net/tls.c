/* SPDX-License-Identifier: BSD-2-Clause */
#include "tls.h"

#include "tls_context.h"

#include <errno.h>
#include <glib.h>
#include <math.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

/* Names of a certificate that an error text repeats. */
#define NAMES_MAX 5

struct tls {
  struct tls_context *context;
  struct delivery_endpoint *ep;
  SSL *ssl;
  char *fault;      /* what is wrong with the certificate, or NULL */
  char *why;        /* why the handshake failed, or NULL */
  bool is_unusable; /* after an error nothing more may be said */
};

static void
tls_free (struct tls *tls)
{
  if (!tls)
    return;
  if (!tls->is_unusable)
    SSL_shutdown (tls->ssl);
  SSL_free (tls->ssl);
  ERR_clear_error ();
  g_free (tls->fault);
  g_free (tls->why);
  g_free (tls);
}

static int G_GNUC_PRINTF (3, 4)
    fail (struct tls *tls, int reason, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  tls->why = g_strdup_vprintf (format, args);
  va_end (args);
  return reason;
}

/* ---- The server's certificate ------------------------------------------ */

/* The names that a certificate has, for who wonders why it is refused. */
static char *
list_names (X509 *certificate)
{
  g_autoptr (GString) text = g_string_new (NULL);
  GENERAL_NAMES *names
      = X509_get_ext_d2i (certificate, NID_subject_alt_name, NULL, NULL);

  for (int i = 0; i < sk_GENERAL_NAME_num (names) && i < NAMES_MAX; i++) {
    const GENERAL_NAME *name = sk_GENERAL_NAME_value (names, i);

    if (name->type == GEN_DNS)
      g_string_append_printf (text, "%s%.*s", text->len ? ", " : "",
                              ASN1_STRING_length (name->d.dNSName),
                              ASN1_STRING_get0_data (name->d.dNSName));
  }
  GENERAL_NAMES_free (names);
  return g_string_free (g_steal_pointer (&text), FALSE);
}

/* Whether nobody whom we trust stands behind the certificate. */
static gboolean
is_untrusted (int error)
{
  return error == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY
         || error == X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE
         || error == X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT
         || error == X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN;
}

static char *
describe_fault (struct tls *tls, X509_STORE_CTX *store)
{
  int error = X509_STORE_CTX_get_error (store);
  g_autofree char *names = NULL;

  if (error != X509_V_ERR_HOSTNAME_MISMATCH
      && error != X509_V_ERR_IP_ADDRESS_MISMATCH)
    return g_strconcat (X509_verify_cert_error_string (error),
                        is_untrusted (error)
                            ? " (ca_file= names an authority of your own)"
                            : "",
                        NULL);
  names = list_names (X509_STORE_CTX_get_current_cert (store));
  return g_strdup_printf ("it is not for %s%s%s", tls->context->name,
                          *names ? ", but for " : "", names);
}

/* OpenSSL's view of the certificate stands where it is required; else its
 * first complaint is kept for a warning. */
static int
on_verify (int is_good, X509_STORE_CTX *store)
{
  SSL *ssl = X509_STORE_CTX_get_ex_data (
      store, SSL_get_ex_data_X509_STORE_CTX_idx ());
  struct tls *tls = SSL_get_app_data (ssl);

  if (!is_good && !tls->fault)
    tls->fault = describe_fault (tls, store);
  return is_good || !tls->context->is_required;
}

static int
fail_by_name (struct tls *tls)
{
  return fail (tls, DELIVERY_CONFIG, "%s: not a name for a certificate",
               tls->context->name);
}

/* Which certificate we want, from a server that has several (RFC 6066, section
 * 3): there it is the name's, whether it is looked at or not. */
static int
ask_for_name (struct tls *tls)
{
  if (tls->context->is_address
      || SSL_set_tlsext_host_name (tls->ssl, tls->context->name))
    return DELIVERY_OK;
  return fail_by_name (tls);
}

/* RFC 9525: names in subjectAltName alone, no wildcards within a label. */
static int
check_name (struct tls *tls)
{
  X509_VERIFY_PARAM *rules = SSL_get0_param (tls->ssl);
  const char *name = tls->context->name;
  int done;

  X509_VERIFY_PARAM_set_hostflags (rules,
                                   X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS
                                       | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
  if (tls->context->is_address)
    done = X509_VERIFY_PARAM_set1_ip_asc (rules, name);
  else
    done = X509_VERIFY_PARAM_set1_host (rules, name, 0);
  return done ? DELIVERY_OK : fail_by_name (tls);
}

/* ---- What the result says of it ---------------------------------------- */

static void
tell_days (struct tls *tls)
{
  X509 *certificate = SSL_get0_peer_certificate (tls->ssl);
  int days, seconds;

  if (certificate
      && ASN1_TIME_diff (&days, &seconds, NULL,
                         X509_get0_notAfter (certificate)))
    delivery_metric (tls->ep, "cert_days", floor (days + seconds / 86400.0),
                     "");
}

/* Once, however many connections there are. */
static void
warn_of_fault (struct tls *tls)
{
  struct tls_context *context = tls->context;

  if (!tls->fault || g_strcmp0 (tls->fault, context->warned) == 0)
    return;
  delivery_warn (tls->ep, "the certificate of %s does not hold: %s",
                 context->name, tls->fault);
  g_free (context->warned);
  context->warned = g_strdup (tls->fault);
}

static void
tell_facts (struct tls *tls)
{
  delivery_fact (tls->ep, "tls_version", "%s", SSL_get_version (tls->ssl));
  delivery_fact (tls->ep, "tls_cipher", "%s", SSL_get_cipher_name (tls->ssl));
  delivery_debug (tls->ep, 2, "%s, %s%s", SSL_get_version (tls->ssl),
                  SSL_get_cipher_name (tls->ssl),
                  SSL_session_reused (tls->ssl) ? ", session resumed" : "");
  tell_days (tls);
  warn_of_fault (tls);
}

/* ---- The handshake ----------------------------------------------------- */

/* A hint for the usual mistakes. */
static const char *
handshake_hint (unsigned long error)
{
  switch (ERR_GET_REASON (error)) {
  case SSL_R_WRONG_VERSION_NUMBER:
  case SSL_R_PACKET_LENGTH_TOO_LONG:
    return " (does the server speak TLS on this port?)";
  case SSL_R_UNSUPPORTED_PROTOCOL:
  case SSL_R_TLSV1_ALERT_PROTOCOL_VERSION:
    return " (its TLS is too old)";
  default:
    return "";
  }
}

static int
fail_handshake (struct tls *tls, int problem)
{
  unsigned long error = ERR_peek_error ();

  if (tls->fault && tls->context->is_required)
    return fail (tls, DELIVERY_TLS, "the certificate of %s does not hold: %s",
                 tls->context->name, tls->fault);
  if (problem == SSL_ERROR_SSL
      && ERR_GET_REASON (error) != SSL_R_UNEXPECTED_EOF_WHILE_READING)
    return fail (tls, DELIVERY_TLS, "TLS with %s: %s%s", tls->context->name,
                 tls_error ("the handshake failed"), handshake_hint (error));
  return fail (tls, DELIVERY_CLOSED,
               "TLS with %s: the server closed the connection in the "
               "handshake",
               tls->context->name);
}

/* What to wait for after a call came to nothing, or 0. */
static int
wanted_event (int problem)
{
  if (problem == SSL_ERROR_WANT_READ)
    return DELIVERY_READ;
  return problem == SSL_ERROR_WANT_WRITE ? DELIVERY_WRITE : 0;
}

static int
shake_hands (struct tls *tls, int fd, int64_t until)
{
  struct delivery_pollfd wanted = { fd, 0, 0 };
  int done, problem;

  for (;;) {
    ERR_clear_error ();
    done = SSL_connect (tls->ssl);
    if (done == 1)
      return DELIVERY_OK;
    problem = SSL_get_error (tls->ssl, done);
    wanted.events = wanted_event (problem);
    if (!wanted.events)
      return fail_handshake (tls, problem);
    if (delivery_poll_many (tls->ep, &wanted, 1, until) <= 0)
      return fail (tls, DELIVERY_TIMEOUT,
                   "TLS with %s: no answer in the handshake",
                   tls->context->name);
  }
}

/* Servers take a data connection of FTP for ours by its session.  What was
 * verified then holds for it; a handshake without it is verified anew. */
static void
resume (struct tls *tls, const struct tls *like)
{
  SSL_SESSION *session = SSL_get1_session (like->ssl);

  if (session && SSL_SESSION_is_resumable (session))
    SSL_set_session (tls->ssl, session);
  SSL_SESSION_free (session);
}

static int
prepare (struct tls *tls, int fd, const struct tls *like)
{
  int result;

  tls->ssl = SSL_new (tls->context->ctx);
  if (!tls->ssl || !SSL_set_fd (tls->ssl, fd))
    return fail (tls, DELIVERY_INTERNAL, "TLS: %s",
                 tls_error ("out of memory"));
  SSL_set_app_data (tls->ssl, tls);
  if (like)
    resume (tls, like);
  result = ask_for_name (tls);
  if (result != DELIVERY_OK || !tls->context->is_looked_at)
    return result;
  SSL_set_verify (tls->ssl, SSL_VERIFY_PEER, on_verify);
  return check_name (tls);
}

static int
tls_start (struct tls_context *context, int fd, const struct tls *like,
           int64_t until, struct tls **out, char **why)
{
  struct tls *tls = g_new0 (struct tls, 1);
  int result;

  tls->context = context;
  tls->ep = context->ep;
  result = prepare (tls, fd, like);
  if (result == DELIVERY_OK)
    result = shake_hands (tls, fd, until);
  if (result == DELIVERY_OK) {
    *out = tls;
    tell_facts (tls);
    return result;
  }
  *why = g_steal_pointer (&tls->why);
  tls->is_unusable = true;
  tls_free (tls);
  return result;
}

/* ---- Reading and writing ----------------------------------------------- */

/* A connection that ends without a word of TLS's may have been cut. */
static int
judge_call (struct tls *tls, int given, int *wants)
{
  int problem = SSL_get_error (tls->ssl, given);

  *wants = wanted_event (problem);
  if (*wants || problem == SSL_ERROR_ZERO_RETURN)
    return DELIVERY_OK;
  tls->is_unusable = true;
  if (problem == SSL_ERROR_SYSCALL)
    return delivery_fail (tls->ep, DELIVERY_CLOSED, "TLS with %s: %s",
                          tls->context->name,
                          g_strerror (errno ? errno : ECONNRESET));
  if (ERR_GET_REASON (ERR_peek_error ()) == SSL_R_UNEXPECTED_EOF_WHILE_READING)
    return delivery_fail (tls->ep, DELIVERY_CLOSED,
                          "%s closed the connection without ending TLS",
                          tls->context->name);
  return delivery_fail (tls->ep, DELIVERY_TLS, "TLS with %s: %s",
                        tls->context->name, tls_error ("broken"));
}

static int
tls_read (struct tls *tls, void *buffer, size_t size, size_t *done, int *wants)
{
  int given;

  *wants = 0;
  ERR_clear_error ();
  given = SSL_read_ex (tls->ssl, buffer, size, done);
  if (given == 1)
    return DELIVERY_OK;
  *done = 0;
  return judge_call (tls, given, wants);
}

static int
tls_write (struct tls *tls, const void *bytes, size_t length, size_t *done,
           int *wants)
{
  int given;

  *wants = 0;
  ERR_clear_error ();
  given = SSL_write_ex (tls->ssl, bytes, length, done);
  if (given == 1)
    return DELIVERY_OK;
  *done = 0;
  return judge_call (tls, given, wants);
}

static int
tls_end (struct tls *tls, int *wants)
{
  int given;

  *wants = 0;
  ERR_clear_error ();
  given = SSL_shutdown (tls->ssl);
  return given >= 0 ? DELIVERY_OK : judge_call (tls, given, wants);
}

const struct tls_ops delivery_tls_ops = {
  .context_new = tls_context_new,
  .context_free = tls_context_free,
  .start = tls_start,
  .read = tls_read,
  .write = tls_write,
  .end = tls_end,
  .free = tls_free,
};
