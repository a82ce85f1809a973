/* SPDX-License-Identifier: BSD-2-Clause */
#include "sasl.h"

#include "mechanism.h"
#include "oauth.h"
#include "param.h"
#include "token_command.h"

#include <delivery/net.h>
#include <gsasl.h>
#include <string.h>

struct delivery_sasl {
  struct delivery_endpoint *ep;
  const struct mechanism *mechanism;
  Gsasl *library; /* NULL for what GNU SASL does not know */
  Gsasl_session *session;
  char *response; /* the last one, in base64 */
  char *first;    /* the first one, not handed out yet */
  int last;       /* what GNU SASL said at last */
  guint rounds;
};

/* ---- What the parameters ask for --------------------------------------- */

int
delivery_sasl_is_wanted (struct delivery_endpoint *ep)
{
  const char *auth = net_param (ep, "auth");
  const struct mechanism *mechanism = auth ? mechanism_find (auth) : NULL;

  if (auth && strcmp (auth, "none") == 0)
    return 0;
  return delivery_password (ep) || net_param (ep, "token_command")
         || (mechanism && mechanism->by_auth_only);
}

static int
check_mechanism (struct delivery_endpoint *ep, const char *auth)
{
  const struct mechanism *mechanism = mechanism_find (auth);
  const char *command = net_param (ep, "token_command");

  if (!mechanism)
    return DELIVERY_OK;
  if (mechanism->needs & NEEDS_USER && !delivery_user (ep))
    return delivery_fail (ep, DELIVERY_CONFIG,
                          "auth=%s without a user in the URL", auth);
  if (mechanism->needs & NEEDS_PASSWORD && !delivery_password (ep))
    return delivery_fail (ep, DELIVERY_CONFIG,
                          "auth=%s without a password in the URL", auth);
  if (mechanism->needs & NEEDS_TOKEN && !delivery_password (ep) && !command)
    return delivery_fail (ep, DELIVERY_CONFIG,
                          "auth=%s without a token: write it as the password, "
                          "or name a token_command=",
                          auth);
  if (command && !(mechanism->needs & NEEDS_TOKEN))
    return delivery_fail (ep, DELIVERY_CONFIG,
                          "token_command= is for auth=oauthbearer and "
                          "auth=xoauth2, not for auth=%s",
                          auth);
  return DELIVERY_OK;
}

int
sasl_check (struct delivery_endpoint *ep)
{
  const char *auth = net_param (ep, "auth");
  const char *command = net_param (ep, "token_command");
  int result = auth ? check_mechanism (ep, auth) : DELIVERY_OK;

  if (result != DELIVERY_OK || !command)
    return result;
  if (delivery_password (ep))
    return delivery_fail (ep, DELIVERY_CONFIG,
                          "a password and token_command= do not go together");
  if (!delivery_user (ep))
    return delivery_fail (ep, DELIVERY_CONFIG,
                          "token_command= without a user in the URL");
  return token_command_check (ep, command);
}

/* ---- Errors ------------------------------------------------------------ */

static int
fail_by_library (struct delivery_sasl *sasl, int error)
{
  int reason = DELIVERY_PROTOCOL;

  if (error == GSASL_AUTHENTICATION_ERROR || error == GSASL_SASLPREP_ERROR
      || error == GSASL_NO_PASSWORD
      || (error >= GSASL_GSSAPI_RELEASE_BUFFER_ERROR
          && error <= GSASL_GSSAPI_ACQUIRE_CRED_ERROR))
    reason = DELIVERY_AUTH;
  if (error == GSASL_MALLOC_ERROR || error == GSASL_CRYPTO_ERROR)
    reason = DELIVERY_INTERNAL;
  return delivery_fail (sasl->ep, reason, "login by %s: %s",
                        sasl->mechanism->name, gsasl_strerror (error));
}

/* ---- Beginning and end ------------------------------------------------- */

static int
prepare_token (struct delivery_sasl *sasl)
{
  struct delivery_endpoint *ep = sasl->ep;
  const char *command = net_param (ep, "token_command");
  char *token = command ? NULL : g_strdup (delivery_password (ep));
  int result = command ? token_command_run (ep, command, &token) : DELIVERY_OK;

  if (result != DELIVERY_OK)
    return result;
  delivery_secret (ep, token);
  if (strcmp (sasl->mechanism->name, "XOAUTH2") == 0)
    sasl->first = oauth_xoauth2 (ep, token);
  else
    sasl->first = oauth_bearer (ep, token);
  explicit_bzero (token, strlen (token));
  g_free (token);
  return DELIVERY_OK;
}

/* Older libraries do not say whether they had the memory to keep it. */
static gboolean
set_property (struct delivery_sasl *sasl, Gsasl_property property,
              const char *value)
{
  if (value)
    gsasl_property_set (sasl->session, property, value);
  return !value || gsasl_property_fast (sasl->session, property);
}

static int
prepare_library (struct delivery_sasl *sasl, const char *service)
{
  struct delivery_endpoint *ep = sasl->ep;
  const char *user = delivery_user (ep), *zid = NULL;
  int error = gsasl_init (&sasl->library);

  if (error != GSASL_OK)
    return fail_by_library (sasl, error);
  error = gsasl_client_start (sasl->library, sasl->mechanism->name,
                              &sasl->session);
  if (error == GSASL_UNKNOWN_MECHANISM)
    return delivery_fail (ep, DELIVERY_AUTH,
                          "login by %s: GNU SASL was built without it here",
                          sasl->mechanism->name);
  if (error != GSASL_OK)
    return fail_by_library (sasl, error);
  /* Who we are says the certificate; whom we want to be, the URL. */
  if (strcmp (sasl->mechanism->name, "EXTERNAL") == 0)
    zid = user ? user : "";
  if (!set_property (sasl, GSASL_AUTHID, user)
      || !set_property (sasl, GSASL_PASSWORD, delivery_password (ep))
      || !set_property (sasl, GSASL_AUTHZID, zid)
      || !set_property (sasl, GSASL_SERVICE, service)
      || !set_property (sasl, GSASL_HOSTNAME, delivery_host (ep)))
    return fail_by_library (sasl, GSASL_MALLOC_ERROR);
  return DELIVERY_OK;
}

int
delivery_sasl_new (struct delivery_endpoint *ep, const char *service,
                   const char *offered, struct delivery_sasl **sasl)
{
  const struct mechanism *mechanism;
  int result = mechanism_choose (ep, offered, &mechanism);

  *sasl = NULL;
  if (result != DELIVERY_OK)
    return result;
  *sasl = g_new0 (struct delivery_sasl, 1);
  (*sasl)->ep = ep;
  (*sasl)->mechanism = mechanism;
  (*sasl)->last = GSASL_NEEDS_MORE;
  if (mechanism->needs & NEEDS_TOKEN)
    result = prepare_token (*sasl);
  else
    result = prepare_library (*sasl, service);
  if (result != DELIVERY_OK)
    g_clear_pointer (sasl, delivery_sasl_free);
  return result;
}

static void
wipe (char **text)
{
  if (*text)
    explicit_bzero (*text, strlen (*text));
  g_clear_pointer (text, g_free);
}

/* GNU SASL frees its copy of the password as it is. */
static void
finish_session (Gsasl_session *session)
{
  char *password = (char *)gsasl_property_fast (session, GSASL_PASSWORD);

  if (password)
    explicit_bzero (password, strlen (password));
  gsasl_finish (session);
}

void
delivery_sasl_free (struct delivery_sasl *sasl)
{
  if (!sasl)
    return;
  wipe (&sasl->response);
  wipe (&sasl->first);
  if (sasl->session)
    finish_session (sasl->session);
  if (sasl->library)
    gsasl_done (sasl->library);
  g_free (sasl);
}

const char *
delivery_sasl_mechanism (const struct delivery_sasl *sasl)
{
  return sasl->mechanism->name;
}

/* ---- Steps ------------------------------------------------------------- */

/* Takes what GNU SASL made, which is of malloc(). */
static void
take_response (struct delivery_sasl *sasl, char *made, size_t length)
{
  wipe (&sasl->response);
  sasl->response = g_base64_encode ((const guchar *)made, length);
  if (made)
    explicit_bzero (made, length);
  gsasl_free (made);
  delivery_secret (sasl->ep, sasl->response);
}

static gboolean
is_scram (const struct delivery_sasl *sasl)
{
  return g_str_has_prefix (sasl->mechanism->name, "SCRAM-");
}

/* A server says how often the password is to be hashed (RFC 5802, 5.1: "i="),
 * and more than this is nothing but work for us, seconds of it. */
#define ITERATIONS_MAX 2000000

static int
check_iterations (struct delivery_sasl *sasl, const char *challenge, size_t n)
{
  g_autofree char *text = g_strndup (challenge, n);
  g_auto (GStrv) attributes = g_strsplit (text ? text : "", ",", -1);

  if (n && memchr (challenge, '\0', n))
    return delivery_fail (sasl->ep, DELIVERY_PROTOCOL,
                          "login by %s: a challenge with a NUL in it",
                          sasl->mechanism->name);
  for (char **attribute = attributes; *attribute; attribute++)
    if (g_str_has_prefix (*attribute, "i=")
        && g_ascii_strtoull (*attribute + 2, NULL, 10) > ITERATIONS_MAX)
      return delivery_fail (sasl->ep, DELIVERY_PROTOCOL,
                            "login by %s: the server wants the password "
                            "hashed %s times, and %d are the most",
                            sasl->mechanism->name, *attribute + 2,
                            ITERATIONS_MAX);
  return DELIVERY_OK;
}

static int
step_bytes (struct delivery_sasl *sasl, const char *challenge, size_t n)
{
  char *made = NULL;
  size_t length = 0;
  int result = DELIVERY_OK;

  if (is_scram (sasl))
    result = check_iterations (sasl, challenge, n);
  if (result != DELIVERY_OK)
    return result;
  sasl->last = gsasl_step (sasl->session, challenge, n, &made, &length);
  if (sasl->last != GSASL_OK && sasl->last != GSASL_NEEDS_MORE)
    return fail_by_library (sasl, sasl->last);
  take_response (sasl, made, length);
  return DELIVERY_OK;
}

/* gsasl_step64() leaves copies of what it encodes behind. */
static int
step_library (struct delivery_sasl *sasl, const char *challenge)
{
  char *decoded = NULL;
  size_t n = 0;
  int error = GSASL_OK, result;

  /* Some servers wait for one more empty answer behind the end. */
  if (sasl->last == GSASL_OK && !*challenge) {
    take_response (sasl, NULL, 0);
    return DELIVERY_OK;
  }
  if (*challenge)
    error = gsasl_base64_from (challenge, strlen (challenge), &decoded, &n);
  if (error != GSASL_OK)
    return fail_by_library (sasl, error);
  result = step_bytes (sasl, decoded, n);
  gsasl_free (decoded);
  return result;
}

/* What a server says after the token is why it refuses it.  It gets the
 * answer that the mechanism has for that, and then gives its verdict. */
static void
step_token (struct delivery_sasl *sasl, const char *challenge)
{
  oauth_note_refusal (sasl->ep, challenge);
  wipe (&sasl->response);
  sasl->response = g_strdup (
      strcmp (sasl->mechanism->name, "XOAUTH2") == 0 ? "" : "AQ==");
}

/* Mechanisms in which the server speaks first. */
static gboolean
server_begins (const struct delivery_sasl *sasl)
{
  return strcmp (sasl->mechanism->name, "CRAM-MD5") == 0
         || strcmp (sasl->mechanism->name, "LOGIN") == 0;
}

int
delivery_sasl_begin (struct delivery_sasl *sasl, const char **response)
{
  int result = DELIVERY_OK;

  *response = NULL;
  if (server_begins (sasl))
    return DELIVERY_OK;
  sasl->rounds = 1;
  if (sasl->library)
    result = step_library (sasl, "");
  else
    sasl->response = g_steal_pointer (&sasl->first);
  if (result != DELIVERY_OK)
    return result;
  *response = *sasl->response ? sasl->response : "=";
  return DELIVERY_OK;
}

int
delivery_sasl_step (struct delivery_sasl *sasl, const char *challenge,
                    const char **response)
{
  int result = DELIVERY_OK;

  *response = NULL;
  if (++sasl->rounds > DELIVERY_SASL_ROUNDS_MAX)
    return delivery_fail (sasl->ep, DELIVERY_PROTOCOL,
                          "login by %s: more than %d challenges",
                          sasl->mechanism->name, DELIVERY_SASL_ROUNDS_MAX);
  if (sasl->library)
    result = step_library (sasl, challenge);
  else
    step_token (sasl, challenge);
  *response = sasl->response;
  return result;
}

int
delivery_sasl_end (struct delivery_sasl *sasl)
{
  if (!is_scram (sasl) || sasl->last == GSASL_OK)
    return DELIVERY_OK;
  return delivery_fail (sasl->ep, DELIVERY_AUTH,
                        "login by %s: the server did not prove that it knows "
                        "the password",
                        sasl->mechanism->name);
}
