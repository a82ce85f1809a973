/* SPDX-License-Identifier: BSD-2-Clause */
/* From the greeting to the login. */
#include "smtp.h"

#include <stdio.h>
#include <string.h>

/* Bytes of a line with AUTH, with its end (RFC 5321, section 4.5.3.1.4; RFC
 * 4954, section 4). */
#define AUTH_LINE_MAX 512

/* ---- EHLO -------------------------------------------------------------- */

static int
say_hello (struct smtp *smtp, const char *verb,
           const struct delivery_reply **reply)
{
  return delivery_smtp_hello (smtp->session, verb,
                              delivery_param (smtp->ep, "helo"), reply);
}

/* An old server knows HELO only, which is of no use for a login.  Other
 * refusals are about us. */
static int
is_unknown (const struct delivery_reply *reply)
{
  return reply->code == 500 || reply->code == 501 || reply->code == 502
         || reply->code == 504;
}

static int
hello (struct smtp *smtp, int may_be_old)
{
  const struct delivery_reply *reply;
  int result = say_hello (smtp, "EHLO", &reply);

  if (result == DELIVERY_OK && is_unknown (reply) && may_be_old)
    result = say_hello (smtp, "HELO", &reply);
  if (result == DELIVERY_OK && reply->code != 250)
    return delivery_reply_fail (smtp->stream, reply, "EHLO");
  return result;
}

/* ---- TLS --------------------------------------------------------------- */

static int
has_scheme (const struct smtp *smtp, const char *scheme)
{
  return strcmp (delivery_scheme (smtp->ep), scheme) == 0;
}

/* Up to here nothing but EHLO was said, and nothing of what the server
 * answered counts any more. */
static int
starttls (struct smtp *smtp)
{
  const struct delivery_reply *reply;
  int result;

  if (!delivery_smtp_offer (smtp->session, "STARTTLS"))
    return delivery_fail (smtp->ep, DELIVERY_TLS,
                          "the server offers no STARTTLS; smtps:// is TLS "
                          "from the start, smtp:// does without");
  delivery_stream_printf (smtp->stream, "STARTTLS");
  delivery_smtp_asked (smtp->session);
  result = delivery_smtp_answer (smtp->session, &reply);
  if (result == DELIVERY_OK && reply->code != 220)
    return delivery_reply_fail_as (smtp->stream, reply, "STARTTLS",
                                   DELIVERY_TLS);
  if (result == DELIVERY_OK)
    result = delivery_stream_start_tls (smtp->stream);
  return result == DELIVERY_OK ? hello (smtp, 0) : result;
}

/* No EHLO, no STARTTLS: that is a failure of TLS. */
static int
hello_before_tls (struct smtp *smtp)
{
  const struct delivery_reply *reply;
  int result = say_hello (smtp, "EHLO", &reply);

  if (result == DELIVERY_OK && reply->code != 250)
    return delivery_reply_fail_as (smtp->stream, reply, "EHLO, for STARTTLS",
                                   DELIVERY_TLS);
  return result;
}

/* ---- Login (RFC 4954) -------------------------------------------------- */

/* The first response goes along if it fits, and 1 is returned; else it waits
 * for the first challenge, and `*first` is what to say to that. */
static int
say_auth (struct smtp *smtp, const char *mechanism, const char **first)
{
  const char *response = *first;
  char line[64];
  int length = snprintf (line, sizeof line, "AUTH %s ", mechanism);
  int fits
      = response && (size_t)length + strlen (response) + 2 <= AUTH_LINE_MAX;

  if (fits) {
    delivery_stream_secret (smtp->stream, line, response);
    *first = NULL;
  } else {
    delivery_stream_printf (smtp->stream, "AUTH %s", mechanism);
  }
  delivery_smtp_asked (smtp->session);
  return fits;
}

static int
fail_login (struct smtp *smtp, const struct delivery_reply *reply)
{
  return delivery_reply_fail_as (smtp->stream, reply, "login refused",
                                 reply->code / 100 == 4 ? DELIVERY_TEMPFAIL
                                                        : DELIVERY_AUTH);
}

/* RFC 4954, section 4; delivery_smtp_quit() reads the answer. */
static int
cancel_login (struct smtp *smtp, int result)
{
  delivery_stream_printf (smtp->stream, "*");
  delivery_smtp_asked (smtp->session);
  return result;
}

/* Challenge and response until the server has its verdict.  `first` is the
 * answer to the first challenge, if that is not made by it; `is_said`: there
 * was a response already. */
static int
converse (struct smtp *smtp, struct delivery_sasl *sasl, const char *first,
          int is_said)
{
  const struct delivery_reply *reply;
  const char *response;
  int result;

  for (;;) {
    result = delivery_smtp_answer (smtp->session, &reply);
    if (result != DELIVERY_OK)
      return result;
    if (reply->code == 235 && !is_said)
      return delivery_fail (smtp->ep, DELIVERY_PROTOCOL,
                            "the server accepts a login that was not made");
    if (reply->code == 235)
      return delivery_sasl_end (sasl);
    if (reply->code != 334)
      return fail_login (smtp, reply);
    response = first;
    if (!first)
      result = delivery_sasl_step (sasl, reply->lines[0], &response);
    first = NULL;
    if (result != DELIVERY_OK)
      return cancel_login (smtp, result);
    delivery_stream_secret (smtp->stream, "", response);
    delivery_smtp_asked (smtp->session);
    is_said = 1;
  }
}

static int
login (struct smtp *smtp)
{
  const char *mechanisms = delivery_smtp_offer (smtp->session, "AUTH");
  struct delivery_sasl *sasl;
  const char *first;
  int result;

  if (!mechanisms)
    return delivery_fail (smtp->ep, DELIVERY_AUTH,
                          "the server offers no login here; leave out the "
                          "password, or use its port for submission");
  result = delivery_sasl_new (smtp->ep, "smtp", mechanisms, &sasl);
  if (result != DELIVERY_OK)
    return result;
  result = delivery_sasl_begin (sasl, &first);
  if (result == DELIVERY_OK) {
    int is_said = say_auth (smtp, delivery_sasl_mechanism (sasl), &first);

    result = converse (smtp, sasl, first, is_said);
  }
  delivery_sasl_free (sasl);
  return result;
}

/* ---- All together ------------------------------------------------------ */

int
smtp_begin (struct smtp *smtp)
{
  int wants_login = delivery_sasl_is_wanted (smtp->ep);
  int result = DELIVERY_OK;

  if (has_scheme (smtp, "smtps"))
    result = delivery_stream_start_tls (smtp->stream);
  if (result == DELIVERY_OK)
    result = delivery_smtp_greeting (smtp->session);
  if (result != DELIVERY_OK)
    return result;
  if (has_scheme (smtp, "smtpstarttls")) {
    result = hello_before_tls (smtp);
    if (result == DELIVERY_OK)
      result = starttls (smtp);
  } else
    result = hello (smtp, !wants_login);
  if (result == DELIVERY_OK && wants_login)
    result = login (smtp);
  return result;
}
