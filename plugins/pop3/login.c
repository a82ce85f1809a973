/* SPDX-License-Identifier: BSD-2-Clause */
/* Logging in: by SASL (RFC 5034), or by USER and PASS.
 *
 * Not by APOP.  In the clear its timestamp is of whoever is in the middle, who
 * gets the password out of a few answers then (CVE-2007-1558); behind STLS
 * there is no greeting that could bring one; and under TLS from the start PASS
 * is no worse. */
#include "pop3.h"

#include <stdio.h>
#include <string.h>

/* Bytes of a line with AUTH, with its end (RFC 5034, section 4). */
#define AUTH_LINE_MAX 255

static int
refuse_login (struct pop3 *pop3, const struct answer *answer)
{
  return pop3_refuse (pop3, answer, "login refused", DELIVERY_AUTH);
}

/* ---- USER and PASS ----------------------------------------------------- */

static int
login_plainly (struct pop3 *pop3)
{
  struct answer answer;
  int result = pop3_ask (pop3, &answer, "USER %s", delivery_user (pop3->ep));

  if (result == DELIVERY_OK && answer.status == STATUS_OK)
    result = pop3_say (pop3, "PASS ", delivery_password (pop3->ep));
  else if (result == DELIVERY_OK)
    return refuse_login (pop3, &answer);
  if (result == DELIVERY_OK)
    result = pop3_read (pop3, &answer);
  if (result == DELIVERY_OK && answer.status == STATUS_MORE)
    return delivery_fail (pop3->ep, DELIVERY_PROTOCOL,
                          "the server answers PASS with a challenge");
  if (result == DELIVERY_OK && answer.status == STATUS_ERR)
    return refuse_login (pop3, &answer);
  return result;
}

static int
may_login_plainly (const struct pop3 *pop3)
{
  return delivery_user (pop3->ep) && delivery_password (pop3->ep)
         && strcmp (delivery_param (pop3->ep, "auth"), "auto") == 0
         && (!(pop3->offered & POP3_CAPA) || pop3->offered & POP3_USER);
}

/* ---- SASL -------------------------------------------------------------- */

/* The first response goes along if it fits (`*is_said`), else it waits for the
 * first challenge: then `*first` is what to say to that. */
static int
say_auth (struct pop3 *pop3, const char *mechanism, const char **first,
          int *is_said)
{
  const char *response = *first;
  char line[64];
  int length = snprintf (line, sizeof line, "AUTH %s", mechanism);

  *is_said = 0;
  if (!response)
    return pop3_say (pop3, line, NULL);
  if ((size_t)length + 1 + strlen (response) + 2 > AUTH_LINE_MAX) {
    if (strcmp (response, "=") == 0)
      *first = "";
    return pop3_say (pop3, line, NULL);
  }
  *first = NULL;
  *is_said = 1;
  snprintf (line, sizeof line, "AUTH %s ", mechanism);
  return pop3_say (pop3, line, response);
}

/* "*" gives up (RFC 5034, section 4). */
static int
cancel_login (struct pop3 *pop3, int result)
{
  delivery_stream_printf (pop3->stream, "*");
  pop3->outstanding++;
  return result;
}

/* Challenge and response until the server has its verdict.  `is_said`: there
 * was a response already. */
static int
converse (struct pop3 *pop3, struct delivery_sasl *sasl, const char *first,
          int is_said)
{
  struct answer answer;
  const char *response;
  int result;

  for (;;) {
    result = pop3_read (pop3, &answer);
    if (result != DELIVERY_OK)
      return result;
    if (answer.status == STATUS_OK && !is_said)
      return delivery_fail (pop3->ep, DELIVERY_PROTOCOL,
                            "the server accepts a login that was not made");
    if (answer.status == STATUS_OK)
      return delivery_sasl_end (sasl);
    if (answer.status == STATUS_ERR)
      return refuse_login (pop3, &answer);
    response = first;
    if (!first)
      result = delivery_sasl_step (sasl, answer.text, &response);
    first = NULL;
    if (result != DELIVERY_OK)
      return cancel_login (pop3, result);
    result = pop3_say (pop3, "", response);
    if (result != DELIVERY_OK)
      return result;
    is_said = 1;
  }
}

static int
authenticate (struct pop3 *pop3, struct delivery_sasl *sasl)
{
  const char *first;
  int is_said, result = delivery_sasl_begin (sasl, &first);

  if (result == DELIVERY_OK)
    result = say_auth (pop3, delivery_sasl_mechanism (sasl), &first, &is_said);
  return result == DELIVERY_OK ? converse (pop3, sasl, first, is_said)
                               : result;
}

/* ---- Which ------------------------------------------------------------- */

/* Where the server has mechanisms but none for us, PASS is what is left. */
int
pop3_login (struct pop3 *pop3)
{
  struct delivery_sasl *sasl;
  int result;

  if (!delivery_sasl_is_wanted (pop3->ep))
    return delivery_fail (pop3->ep, DELIVERY_AUTH,
                          "the server wants a login; write USER:PASSWORD@ "
                          "before the host");
  if (!pop3->mechanisms && may_login_plainly (pop3))
    return login_plainly (pop3);
  result = delivery_sasl_new (pop3->ep, "pop",
                              pop3->mechanisms ? pop3->mechanisms : "", &sasl);
  if (result == DELIVERY_AUTH && may_login_plainly (pop3))
    return login_plainly (pop3);
  if (result == DELIVERY_OK)
    result = authenticate (pop3, sasl);
  delivery_sasl_free (sasl);
  return result;
}
