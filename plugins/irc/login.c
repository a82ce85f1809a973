/* SPDX-License-Identifier: BSD-2-Clause */
/* CAP and SASL (IRCv3), or the server's password. */
#include "irc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A server that does not know CAP may not answer, whatever else it says; then
 * it is asked no more.  Others read nothing before they have looked up who we
 * are, by DNS, ident (RFC 1413) and lists, of which each may take them 5 or 10
 * seconds.  In microseconds. */
#define CAP_MAX 15000000

/* A response longer than this goes in pieces, and so does a challenge. */
#define PIECE_MAX 400
#define CHALLENGE_MAX (16 * PIECE_MAX)

/* ---- CAP --------------------------------------------------------------- */

/* "multi-prefix sasl=PLAIN,EXTERNAL cap-notify": the mechanisms, with blanks
 * between them; without a list, PLAIN is what all have. */
static void
find_sasl (char *mechanisms, size_t size, const char *capabilities)
{
  const char *at = capabilities;

  for (; *at; at += strcspn (at, " "), at += strspn (at, " ")) {
    size_t word = strcspn (at, " ");

    if (strncmp (at, "sasl", 4) != 0 || (word > 4 && at[4] != '='))
      continue;
    snprintf (mechanisms, size, "%.*s", word > 5 ? (int)word - 5 : 14,
              word > 5 ? at + 5 : "PLAIN EXTERNAL");
  }
  for (char *c = mechanisms; *c; c++)
    if (*c == ',')
      *c = ' ';
}

static int
is_list (const struct message *message)
{
  return message_is (message, "CAP")
         && strcasecmp (message->params[1], "LS") == 0;
}

int
irc_offers_sasl (const struct message *message)
{
  char mechanisms[512] = "";

  if (is_list (message))
    find_sasl (mechanisms, sizeof mechanisms, message->text);
  return *mechanisms != '\0';
}

/* A line of the answer to CAP LS, of one or more ("*" says that more
 * follow). */
static int
is_last_capability (const struct message *message, char *mechanisms,
                    size_t size)
{
  if (!is_list (message))
    return message_is_one_of (message, "421 451");
  find_sasl (mechanisms, size, message->text);
  return strcmp (message->params[2], "*") != 0;
}

/* Half of the time that is left is for what follows. */
static int64_t
cap_deadline (struct irc *irc)
{
  int64_t now = delivery_now ();
  int64_t half = (delivery_deadline (irc->ep) - now) / 2;

  return now + (half < CAP_MAX ? half : CAP_MAX);
}

/* `mechanisms` is "" where there is no SASL. */
static int
ask_capabilities (struct irc *irc, char *mechanisms, size_t size)
{
  int64_t until = cap_deadline (irc);
  const struct message *message;
  int is_over = 0, ready, result = DELIVERY_OK;

  mechanisms[0] = '\0';
  delivery_stream_printf (irc->stream, "CAP LS 302");
  while (result == DELIVERY_OK && !is_over) {
    result = delivery_stream_wait (irc->stream, until, &ready);
    if (result != DELIVERY_OK || !ready)
      return result;
    result = irc_read (irc, &message);
    if (result == DELIVERY_OK)
      is_over = is_last_capability (message, mechanisms, size);
  }
  return result;
}

/* The answer to CAP REQ is ACK or NAK; a server may speak of its capabilities
 * at any time. */
static int
is_answer (const struct message *message, const char *answer)
{
  return message_is (message, "CAP")
         && strcasecmp (message->params[1], answer) == 0;
}

static int
names_sasl (const struct message *message)
{
  const char *word = message->text + strspn (message->text, " ");

  return strncmp (word, "sasl", 4) == 0 && (!word[4] || word[4] == ' ');
}

static int
request_sasl (struct irc *irc)
{
  const struct message *message;
  int is_over = 0, result = DELIVERY_OK;

  delivery_stream_printf (irc->stream, "CAP REQ :sasl");
  while (result == DELIVERY_OK && !is_over) {
    result = irc_read (irc, &message);
    if (result != DELIVERY_OK)
      return result;
    is_over = is_answer (message, "ACK") && names_sasl (message);
    if (is_answer (message, "NAK")
        || (is_answer (message, "DEL") && names_sasl (message)))
      result = irc_fail (irc, message, DELIVERY_AUTH, "login refused");
    if (message_is (message, "CAP") && message->n_params < 2)
      result = irc_fail (irc, message, DELIVERY_PROTOCOL, "CAP REQ");
  }
  return result;
}

/* ---- AUTHENTICATE ------------------------------------------------------ */

/* In pieces; one that is shorter, if need be an empty one ("+"), is the
 * last. */
static void
say_response (struct irc *irc, const char *response)
{
  size_t length;

  do {
    char piece[PIECE_MAX + 1];

    length = strnlen (response, PIECE_MAX);
    memcpy (piece, response, length);
    piece[length] = '\0';
    if (length)
      delivery_stream_secret (irc->stream, "AUTHENTICATE ", piece);
    else
      delivery_stream_printf (irc->stream, "AUTHENTICATE +");
    explicit_bzero (piece, sizeof piece);
    response += length;
  } while (length == PIECE_MAX);
}

/* A piece of a challenge; "+" is an empty one. */
static int
add_piece (struct irc *irc, const struct message *message, char *challenge,
           size_t *length)
{
  const char *piece = strcmp (message->text, "+") ? message->text : "";
  size_t more = strlen (piece);

  if (*length + more > CHALLENGE_MAX)
    return irc_fail (irc, message, DELIVERY_PROTOCOL,
                     "a challenge without end");
  memcpy (challenge + *length, piece, more + 1);
  *length += more;
  return DELIVERY_OK;
}

/* Reads until the server has said a challenge, whole, or its verdict: a piece
 * that is shorter than others can be is the last. */
static int
read_challenge (struct irc *irc, char *challenge, int *is_accepted)
{
  const struct message *message;
  size_t length = 0, before;
  int is_over = 0, result = DELIVERY_OK;

  *challenge = '\0';
  *is_accepted = 0;
  while (result == DELIVERY_OK && !is_over && !*is_accepted) {
    result = irc_read (irc, &message);
    if (result != DELIVERY_OK)
      return result;
    *is_accepted = message_is (message, "903");
    before = length;
    if (message_is_one_of (message, "902 904 905 906 907"))
      result = irc_fail (irc, message, DELIVERY_AUTH, "login refused");
    else if (message_is (message, "AUTHENTICATE")) {
      result = add_piece (irc, message, challenge, &length);
      is_over = length - before < PIECE_MAX;
    }
  }
  return result;
}

/* Here the certificate alone names the account; there are services that take
 * no name beside it. */
static const char *
first_response (struct delivery_sasl *sasl, const char *first)
{
  if (strcmp (delivery_sasl_mechanism (sasl), "EXTERNAL") == 0
      || (first && strcmp (first, "=") == 0))
    return "";
  return first;
}

static int
converse (struct irc *irc, struct delivery_sasl *sasl)
{
  char challenge[CHALLENGE_MAX + 1];
  const char *response, *first;
  int is_accepted, is_said = 0, result = delivery_sasl_begin (sasl, &first);

  if (result != DELIVERY_OK)
    return result;
  first = first_response (sasl, first);
  delivery_stream_printf (irc->stream, "AUTHENTICATE %s",
                          delivery_sasl_mechanism (sasl));
  for (;;) {
    result = read_challenge (irc, challenge, &is_accepted);
    if (result != DELIVERY_OK)
      return result;
    if (is_accepted && !is_said)
      return delivery_fail (irc->ep, DELIVERY_PROTOCOL,
                            "the server accepts a login that was not made");
    if (is_accepted)
      return delivery_sasl_end (sasl);
    response = first;
    if (!first)
      result = delivery_sasl_step (sasl, challenge, &response);
    first = NULL;
    if (result != DELIVERY_OK) {
      delivery_stream_printf (irc->stream, "AUTHENTICATE *");
      return result;
    }
    say_response (irc, response);
    is_said = 1;
  }
}

static int
authenticate (struct irc *irc, const char *mechanisms)
{
  struct delivery_sasl *sasl;
  int result = delivery_sasl_new (irc->ep, "irc", mechanisms, &sasl);

  if (result == DELIVERY_OK)
    result = request_sasl (irc);
  if (result == DELIVERY_OK)
    result = converse (irc, sasl);
  delivery_sasl_free (sasl);
  return result;
}

/* ---- All together ------------------------------------------------------ */

/* The password is that of an account where the server has SASL, else that of
 * the server; auth= wants SASL. */
int
irc_login (struct irc *irc)
{
  char mechanisms[512];
  const char *password = delivery_password (irc->ep);
  int result;

  if (!delivery_sasl_is_wanted (irc->ep))
    return DELIVERY_OK;
  result = ask_capabilities (irc, mechanisms, sizeof mechanisms);
  if (result != DELIVERY_OK)
    return result;
  if (*mechanisms || strcmp (delivery_param (irc->ep, "auth"), "auto") != 0
      || !password)
    result = authenticate (irc, mechanisms);
  else {
    delivery_stream_secret (irc->stream, "PASS :", password);
    irc->said_pass = 1;
  }
  if (result == DELIVERY_OK)
    delivery_stream_printf (irc->stream, "CAP END");
  return result;
}
