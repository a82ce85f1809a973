/* SPDX-License-Identifier: BSD-2-Clause */
/* Messages from the server. */
#include "irc.h"

#include <string.h>

/* What a server says before it answers: a message of the day may be long. */
#define LINES_MAX 10000

/* What is repeated of a PING. */
#define PING_MAX 400

int
irc_fail (struct irc *irc, const struct message *message, int reason,
          const char *what)
{
  return delivery_fail (irc->ep, reason, "%s: %s %s", what, message->command,
                        message->text);
}

/* Before we are in, the server does not want us; then it goes. */
static int
take_error (struct irc *irc, const struct message *message)
{
  if (irc->is_registered)
    return irc_fail (irc, message, DELIVERY_CLOSED,
                     "the server ends the connection");
  return irc_fail (irc, message, DELIVERY_REJECTED,
                   "the server does not want us");
}

/* Out of the channel nothing reaches us: thrown out by somebody (KICK), or
 * made to go (a PART that is not ours). */
static int
take_exit (struct irc *irc, const struct message *message)
{
  const char *who
      = message_is (message, "KICK") ? message->params[1] : message->nick;

  if (!irc->channel || !same_name (message->params[0], irc->channel)
      || !same_name (who, irc->nick))
    return DELIVERY_OK;
  return irc_fail (irc, message, DELIVERY_REJECTED, irc->channel);
}

static int
take (struct irc *irc, const struct message *message)
{
  if (message_is (message, "PING"))
    return delivery_stream_printf (irc->stream, "PONG :%.*s", PING_MAX,
                                   message->text);
  if (message_is (message, "ERROR"))
    return take_error (irc, message);
  if (message_is_one_of (message, "KICK PART"))
    return take_exit (irc, message);
  if (message_is (message, "NICK") && irc->is_registered
      && same_name (message->nick, irc->nick))
    return irc_take_nick (irc, message);
  if (message_is (message, "KILL") && irc->is_registered
      && same_name (message->params[0], irc->nick))
    return irc_fail (irc, message, DELIVERY_REJECTED, irc->nick);
  return DELIVERY_OK;
}

int
irc_read (struct irc *irc, const struct message **message)
{
  const char *line;
  int result;

  if (++irc->lines > LINES_MAX)
    return delivery_fail (irc->ep, DELIVERY_PROTOCOL,
                          "the server says more than anybody asked for");
  result = delivery_stream_read_line (irc->stream, &line, NULL);
  if (result != DELIVERY_OK)
    return result;
  if (strchr (line, '\r'))
    return delivery_fail (irc->ep, DELIVERY_PROTOCOL,
                          "the server ends a line by CR alone");
  message_free (&irc->message);
  if (message_parse (&irc->message, line) < 0)
    return delivery_fail (irc->ep, DELIVERY_INTERNAL, "out of memory");
  *message = &irc->message;
  return take (irc, &irc->message);
}
