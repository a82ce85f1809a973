/* SPDX-License-Identifier: BSD-2-Clause */
/* From the connection to the channel, and the end. */
#include "irc.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

/* How long QUIT may take, in microseconds. */
#define QUIT_MAX 1000000

/* ---- Registration (RFC 2812, section 3.1) ------------------------------ */

static void
say_nick (struct irc *irc)
{
  nick_make (irc->nick, delivery_user (irc->ep), irc->variant);
  delivery_stream_printf (irc->stream, "NICK %s", irc->nick);
}

static int
try_variant (struct irc *irc, const struct message *message)
{
  if (irc->variant == VARIANTS_MAX)
    return irc_fail (irc, message, DELIVERY_REJECTED, irc->nick);
  irc->variant++;
  say_nick (irc);
  return DELIVERY_OK;
}

/* A server may cut a nick, or give us another one at any time: 001 and NICK
 * name us in their first parameter. */
int
irc_take_nick (struct irc *irc, const struct message *message)
{
  const char *wanted = delivery_user (irc->ep);
  const char *nick = message->params[0];

  if (!*nick || strlen (nick) >= sizeof irc->nick)
    return irc_fail (irc, message, DELIVERY_PROTOCOL,
                     "the server calls us nothing that could be a nick");
  snprintf (irc->nick, sizeof irc->nick, "%s", nick);
  delivery_fact (irc->ep, "nick", "%s", nick);
  if (!wanted || same_name (nick, wanted))
    return DELIVERY_OK;
  /* Who sends to a receiver by its nick knows the URL's only. */
  if (delivery_role (irc->ep) == DELIVERY_RECEIVER && !irc->channel)
    return delivery_fail (irc->ep, DELIVERY_REJECTED,
                          "the server calls us %s, not %s: messages would not "
                          "reach us",
                          nick, wanted);
  delivery_detail (irc->ep, "the server calls us %s, not %s", nick, wanted);
  return DELIVERY_OK;
}

static int
take_registration (struct irc *irc, const struct message *message)
{
  if (message_is (message, "001")) {
    irc->is_registered = 1;
    return irc_take_nick (irc, message);
  }
  if (message_is_one_of (message, "433 436 437"))
    return try_variant (irc, message);
  if (message_is (message, "464"))
    return irc_fail (irc, message, DELIVERY_AUTH, "login refused");
  if (irc->said_pass && irc_offers_sasl (message))
    return irc_fail (irc, message, DELIVERY_AUTH,
                     "the server offers SASL, but said so too late");
  if (message_is_one_of (message, "432 463 465"))
    return irc_fail (irc, message, DELIVERY_REJECTED, "not let in");
  return DELIVERY_OK;
}

static int
registration (struct irc *irc)
{
  const struct message *message;
  int result = DELIVERY_OK;

  say_nick (irc);
  delivery_stream_printf (irc->stream, "USER check_delivery 0 * "
                                       ":check_delivery");
  while (result == DELIVERY_OK && !irc->is_registered) {
    result = irc_read (irc, &message);
    if (result != DELIVERY_OK)
      return result;
    result = take_registration (irc, message);
  }
  return result;
}

int
irc_begin (struct irc *irc)
{
  int result = delivery_net_connect (irc->net, &irc->stream);

  irc->is_registered = 0;
  irc->said_pass = 0;
  irc->variant = 0;
  irc->lines = 0;
  if (result == DELIVERY_OK
      && strcmp (delivery_scheme (irc->ep), "irctls") == 0)
    result = delivery_stream_start_tls (irc->stream);
  if (result == DELIVERY_OK)
    result = irc_login (irc);
  return result == DELIVERY_OK ? registration (irc) : result;
}

/* ---- The channel ------------------------------------------------------- */

/* Each server has numbers of its own for it, so whatever error is about our
 * channel is one (926 is InspIRCd's); some name the command instead. */
static int
is_refusal (const struct irc *irc, const struct message *message)
{
  const char *command = message->command, *about = message->params[1];

  if (message_is (message, "461"))
    return 1;
  if (message_is (message, "263"))
    return strcasecmp (about, "JOIN") == 0;
  return ((strlen (command) == 3 && strchr ("45", command[0]))
          || message_is (message, "926"))
         && same_name (about, irc->channel);
}

static void
say_join (struct irc *irc)
{
  char line[DELIVERY_LINE_MAX];

  if (!irc->channel_key) {
    delivery_stream_printf (irc->stream, "JOIN %s", irc->channel);
    return;
  }
  snprintf (line, sizeof line, "JOIN %s ", irc->channel);
  delivery_stream_secret (irc->stream, line, irc->channel_key);
}

/* The list of names ends when we are in (366). */
int
irc_join (struct irc *irc)
{
  const struct message *message;
  int is_in = 0, result = DELIVERY_OK;

  if (!irc->channel)
    return result;
  say_join (irc);
  irc->lines = 0;
  while (result == DELIVERY_OK && !is_in) {
    result = irc_read (irc, &message);
    if (result != DELIVERY_OK)
      return result;
    is_in = message_is (message, "366")
            && same_name (message->params[1], irc->channel);
    if (is_refusal (irc, message))
      result = irc_fail (irc, message,
                         message_is_one_of (message, "263 439")
                             ? DELIVERY_TEMPFAIL
                             : DELIVERY_REJECTED,
                         irc->channel);
  }
  return result;
}

/* ---- The end ----------------------------------------------------------- */

/* Where nobody has let us in, what was said last still leaves: that a login is
 * given up. */
void
irc_end (struct irc *irc)
{
  if (irc->stream) {
    delivery_stream_set_limit (irc->stream, delivery_now () + QUIT_MAX);
    if (irc->is_registered) {
      delivery_stream_printf (irc->stream, "QUIT :checked");
      delivery_stream_end (irc->stream);
    } else {
      delivery_stream_flush (irc->stream);
    }
  }
  delivery_stream_free (irc->stream);
  irc->stream = NULL;
}
