/* SPDX-License-Identifier: BSD-2-Clause */
/* From the greeting to the login, and the end. */
#include "smtp.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* How long QUIT may take, in microseconds. */
#define QUIT_MAX 1000000

/* ---- Answers ----------------------------------------------------------- */

void
smtp_asked (struct smtp *smtp)
{
  if (!smtp->outstanding && delivery_stream_has_input (smtp->stream))
    smtp->is_out_of_step = 1;
  smtp->outstanding++;
}

int
smtp_answer (struct smtp *smtp, const struct delivery_reply **reply)
{
  int result;

  if (smtp->is_out_of_step)
    return delivery_fail (smtp->ep, DELIVERY_PROTOCOL,
                          "the server spoke without being asked");
  result = delivery_reply_read (smtp->stream, reply);
  if (result == DELIVERY_OK)
    smtp->outstanding--;
  return result;
}

/* ---- EHLO -------------------------------------------------------------- */

/* What stands behind a keyword of the answer to EHLO, or NULL if the line is
 * of another one. */
static const char *
keyword_value (const char *line, const char *keyword)
{
  size_t length = strlen (keyword);

  if (strncasecmp (line, keyword, length) != 0
      || (line[length] && line[length] != ' '))
    return NULL;
  return line + length + strspn (line + length, " ");
}

static int
note_mechanisms (struct smtp *smtp, const char *mechanisms)
{
  free (smtp->mechanisms);
  smtp->mechanisms = strdup (mechanisms);
  if (!smtp->mechanisms)
    return delivery_fail (smtp->ep, DELIVERY_INTERNAL, "out of memory");
  smtp->offered |= SMTP_AUTH;
  return DELIVERY_OK;
}

static int
note_line (struct smtp *smtp, const char *line)
{
  static const struct {
    const char *keyword;
    unsigned bit;
  } known[] = {
    { "PIPELINING", SMTP_PIPELINING },
    { "8BITMIME", SMTP_8BITMIME },
    { "SMTPUTF8", SMTP_SMTPUTF8 },
    { "STARTTLS", SMTP_STARTTLS },
    { "SIZE", SMTP_SIZE },
  };
  const char *value;

  for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
    if (keyword_value (line, known[i].keyword))
      smtp->offered |= known[i].bit;
  value = keyword_value (line, "SIZE");
  if (value)
    smtp->size_max = strtoull (value, NULL, 10);
  value = keyword_value (line, "AUTH");
  return value ? note_mechanisms (smtp, value) : DELIVERY_OK;
}

static void
forget (struct smtp *smtp)
{
  smtp->offered = 0;
  smtp->size_max = 0;
  free (smtp->mechanisms);
  smtp->mechanisms = NULL;
}

/* EHLO or HELO. */
static int
say_hello (struct smtp *smtp, const char *verb,
           const struct delivery_reply **reply)
{
  const char *name = delivery_param (smtp->ep, "helo");

  forget (smtp);
  delivery_stream_printf (smtp->stream, "%s %s", verb,
                          name ? name
                               : delivery_stream_local_name (smtp->stream));
  smtp_asked (smtp);
  return smtp_answer (smtp, reply);
}

static int
note_offers (struct smtp *smtp, const struct delivery_reply *reply)
{
  int result = DELIVERY_OK;

  for (size_t i = 1; result == DELIVERY_OK && i < reply->n_lines; i++)
    result = note_line (smtp, reply->lines[i]);
  return result;
}

/* An old server knows HELO only, which is of no use for a login. */
static int
hello (struct smtp *smtp, int may_be_old)
{
  const struct delivery_reply *reply;
  int result = say_hello (smtp, "EHLO", &reply);

  if (result == DELIVERY_OK && reply->code / 100 == 5 && may_be_old)
    result = say_hello (smtp, "HELO", &reply);
  if (result == DELIVERY_OK && reply->code != 250)
    return delivery_reply_fail (smtp->stream, reply, "EHLO");
  return result == DELIVERY_OK ? note_offers (smtp, reply) : result;
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

  if (!(smtp->offered & SMTP_STARTTLS))
    return delivery_fail (smtp->ep, DELIVERY_TLS,
                          "the server offers no STARTTLS; smtps:// is TLS "
                          "from the start, smtp:// does without");
  delivery_stream_printf (smtp->stream, "STARTTLS");
  smtp_asked (smtp);
  result = smtp_answer (smtp, &reply);
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
  return result == DELIVERY_OK ? note_offers (smtp, reply) : result;
}

/* ---- Login (RFC 4954) -------------------------------------------------- */

/* With the first response, if there is one. */
static void
say_auth (struct smtp *smtp, struct delivery_sasl *sasl, const char *response)
{
  const char *mechanism = delivery_sasl_mechanism (sasl);
  char verb[64];

  snprintf (verb, sizeof verb, "AUTH %s ", mechanism);
  if (response)
    delivery_stream_secret (smtp->stream, verb, response);
  else
    delivery_stream_printf (smtp->stream, "AUTH %s", mechanism);
  smtp_asked (smtp);
}

static int
fail_login (struct smtp *smtp, const struct delivery_reply *reply)
{
  return delivery_reply_fail_as (smtp->stream, reply, "login refused",
                                 reply->code / 100 == 4 ? DELIVERY_TEMPFAIL
                                                        : DELIVERY_AUTH);
}

/* RFC 4954, section 4; smtp_end() reads the answer. */
static int
cancel_login (struct smtp *smtp, int result)
{
  delivery_stream_printf (smtp->stream, "*");
  smtp_asked (smtp);
  return result;
}

/* Challenge and response until the server has its verdict. */
static int
converse (struct smtp *smtp, struct delivery_sasl *sasl)
{
  const struct delivery_reply *reply;
  const char *response;
  int result;

  for (;;) {
    result = smtp_answer (smtp, &reply);
    if (result != DELIVERY_OK)
      return result;
    if (reply->code == 235)
      return delivery_sasl_end (sasl);
    if (reply->code != 334)
      return fail_login (smtp, reply);
    result = delivery_sasl_step (sasl, reply->lines[0], &response);
    if (result != DELIVERY_OK)
      return cancel_login (smtp, result);
    delivery_stream_secret (smtp->stream, "", response);
    smtp_asked (smtp);
  }
}

static int
login (struct smtp *smtp)
{
  struct delivery_sasl *sasl;
  const char *response;
  int result;

  if (!(smtp->offered & SMTP_AUTH))
    return delivery_fail (smtp->ep, DELIVERY_AUTH,
                          "the server offers no login here; leave out the "
                          "password, or use its port for submission");
  result = delivery_sasl_new (smtp->ep, "smtp", smtp->mechanisms, &sasl);
  if (result != DELIVERY_OK)
    return result;
  result = delivery_sasl_begin (sasl, &response);
  if (result == DELIVERY_OK) {
    say_auth (smtp, sasl, response);
    result = converse (smtp, sasl);
  }
  delivery_sasl_free (sasl);
  return result;
}

/* ---- All together ------------------------------------------------------ */

static int
read_greeting (struct smtp *smtp)
{
  const struct delivery_reply *reply;
  int result;

  smtp->outstanding = 1;
  result = smtp_answer (smtp, &reply);
  if (result == DELIVERY_OK && reply->code != 220)
    return delivery_reply_fail (smtp->stream, reply, "greeting");
  return result;
}

int
smtp_begin (struct smtp *smtp)
{
  int wants_login = delivery_sasl_is_wanted (smtp->ep);
  int result = DELIVERY_OK;

  if (has_scheme (smtp, "smtps"))
    result = delivery_stream_start_tls (smtp->stream);
  if (result == DELIVERY_OK)
    result = read_greeting (smtp);
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

/* Reads what is still to come of a burst that failed.  If the server wants the
 * message all the same (354), the only safe word is none: what was refused
 * must not be delivered. */
static int
skip_answers (struct smtp *smtp)
{
  const struct delivery_reply *reply;

  while (smtp->outstanding)
    if (smtp_answer (smtp, &reply) != DELIVERY_OK || reply->code == 354)
      return 0;
  return 1;
}

static void
say_quit (struct smtp *smtp)
{
  const struct delivery_reply *reply;

  if (!smtp->quit_is_sent) {
    delivery_stream_printf (smtp->stream, "QUIT");
    smtp_asked (smtp);
  }
  while (smtp->outstanding && smtp_answer (smtp, &reply) == DELIVERY_OK)
    ;
}

/* A server that does not say goodbye in time has taken the mail all the
 * same. */
int
smtp_end (struct smtp *smtp)
{
  if (!smtp->stream)
    return DELIVERY_OK;
  delivery_stream_set_limit (smtp->stream, delivery_now () + QUIT_MAX);
  if (smtp->quit_is_sent || skip_answers (smtp))
    say_quit (smtp);
  delivery_stream_free (smtp->stream);
  smtp->stream = NULL;
  return DELIVERY_OK;
}
