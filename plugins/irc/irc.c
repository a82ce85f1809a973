/* SPDX-License-Identifier: BSD-2-Clause */
/* irc://, irctls://: a message on IRC. */
#include "irc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* "PRIVMSG target :token" with the prefix that the server puts before it must
 * fit into 512 bytes (RFC 2812, section 2.3). */
#define NAME_MAX_LENGTH 200

/* What the sender is called by its server; "" if it is none of ours.  Both
 * ends of a run are in one process, which makes no other run. */
static char sender_nick[NICK_MAX];

/* ---- Beginning and end ------------------------------------------------- */

static int
is_channel (const char *name)
{
  return name[0] && strchr ("#&+!", name[0]);
}

/* It stands between blanks in a line, and commas would make several of it. */
static int
check_name (struct delivery_endpoint *ep, const char *what, const char *name)
{
  if (*name && !strpbrk (name, " ,") && name[0] != ':'
      && strlen (name) < NAME_MAX_LENGTH)
    return DELIVERY_OK;
  return delivery_fail (ep, DELIVERY_CONFIG, "%s: not %s of IRC", name, what);
}

/* What may stand in a nick differs from server to server; these begin other
 * parts of a name everywhere, and a digit is never first. */
static int
check_nick (struct delivery_endpoint *ep, const char *nick)
{
  if (strpbrk (nick, "!@*?") || (*nick >= '0' && *nick <= '9'))
    return delivery_fail (ep, DELIVERY_CONFIG, "%s: not a nick of IRC", nick);
  if (strlen (nick) >= NICK_MAX)
    return delivery_fail (ep, DELIVERY_CONFIG, "%s: too long for a nick",
                          nick);
  return check_name (ep, "a nick", nick);
}

static int
check_target (struct delivery_endpoint *ep, const char *target)
{
  return is_channel (target) ? check_name (ep, "a channel", target)
                             : check_nick (ep, target);
}

/* The path names a channel or a nick; without one, the sender writes to the
 * other end's user. */
static int
find_target (struct irc *irc)
{
  const char *path = delivery_path (irc->ep);
  const char *name = path && path[1] ? path + 1 : NULL;

  if (name && is_channel (name))
    irc->channel = name;
  if (delivery_role (irc->ep) == DELIVERY_SENDER)
    irc->target = name ? name : delivery_peer_user (irc->ep);
  if (irc->target)
    return check_target (irc->ep, irc->target);
  if (delivery_role (irc->ep) == DELIVERY_SENDER)
    return delivery_fail (irc->ep, DELIVERY_CONFIG,
                          "to whom? add /%%23CHANNEL or /NICK to the URL");
  if (name && !irc->channel)
    return delivery_fail (irc->ep, DELIVERY_CONFIG,
                          "%s: not a channel (write %%23 for #); messages to "
                          "a nick are received by the URL's user",
                          name);
  if (!name && !delivery_user (irc->ep))
    return delivery_fail (irc->ep, DELIVERY_CONFIG,
                          "no user to be called by, and no channel: add "
                          "/%%23CHANNEL or write NICK@ before the host");
  return name ? check_name (irc->ep, "a channel", name) : DELIVERY_OK;
}

/* It is a word of the line too, and never shown. */
static int
find_channel_key (struct irc *irc)
{
  const char *key = delivery_param (irc->ep, "channel_key");

  if (!key && strcmp (delivery_scheme (irc->ep), "irc") == 0)
    key = delivery_param (irc->ep, "key");
  irc->channel_key = key;
  if (!key || (*key && *key != ':' && !strpbrk (key, " ,")))
    return DELIVERY_OK;
  return delivery_fail (irc->ep, DELIVERY_CONFIG,
                        "channel_key: empty, or with a blank or comma in it "
                        "or a colon before it; no channel has such a key");
}

static int
irc_open (struct delivery_endpoint *ep, uint32_t flags)
{
  struct irc *irc = calloc (1, sizeof *irc);
  const char *user = delivery_user (ep);
  int result;

  (void)flags;
  if (!irc)
    return delivery_fail (ep, DELIVERY_INTERNAL, "out of memory");
  irc->ep = ep;
  delivery_set_data (ep, irc);
  result = find_target (irc);
  if (result == DELIVERY_OK)
    result = find_channel_key (irc);
  if (result == DELIVERY_OK && user)
    result = check_nick (ep, user);
  return result == DELIVERY_OK ? delivery_net_new (ep, &irc->net) : result;
}

static int
irc_free (struct delivery_endpoint *ep, uint32_t flags)
{
  struct irc *irc = delivery_data (ep);

  (void)flags;
  if (!irc)
    return DELIVERY_OK;
  delivery_stream_free (irc->stream);
  delivery_net_free (irc->net);
  message_free (&irc->message);
  free (irc);
  return DELIVERY_OK;
}

/* Both ends are in the channel before anything is said: most take nothing
 * from outside. */
static int
irc_connect (struct delivery_endpoint *ep, uint32_t flags)
{
  struct irc *irc = delivery_data (ep);
  int result;

  (void)flags;
  if (irc->stream)
    return DELIVERY_OK;
  result = irc_begin (irc);
  return result == DELIVERY_OK ? irc_join (irc) : result;
}

static int
irc_close (struct delivery_endpoint *ep, uint32_t flags)
{
  (void)flags;
  irc_end (delivery_data (ep));
  return DELIVERY_OK;
}

/* ---- Listening --------------------------------------------------------- */

/* Bots repeat what they hear, so only the sender's own words count; or those
 * of the relay that from= names. */
static int
is_from_sender (const struct irc *irc, const struct message *message)
{
  const char *from = delivery_param (irc->ep, "from");

  if (from)
    return strcmp (from, "*") == 0 || same_name (message->nick, from);
  return !*sender_nick || same_name (message->nick, sender_nick);
}

/* A relay says who said it, which alters nothing. */
static int
is_altered (const struct irc *irc, const struct message *message)
{
  return !delivery_param (irc->ep, "from")
         && strcmp (message->text, delivery_token (irc->ep)) != 0;
}

static void
note (struct irc *irc, const struct message *message)
{
  const char *where = irc->channel ? irc->channel : irc->nick;

  if (!message_is_one_of (message, "PRIVMSG NOTICE") || message->n_params < 2
      || !same_name (message->params[0], where)
      || !strstr (message->text, delivery_token (irc->ep))
      || !is_from_sender (irc, message))
    return;
  irc->found++;
  irc->is_changed = is_altered (irc, message);
}

/* How long the rest of a line may take that has come in part. */
#define REST_MAX (100 * 1000)

/* Takes what is there, and waits for nothing but the rest of a line, which may
 * never come. */
static int
listen_to_all (struct irc *irc)
{
  const struct message *message;
  int result = DELIVERY_OK;

  irc->lines = 0;
  delivery_stream_set_limit (irc->stream, delivery_now () + REST_MAX);
  while (result == DELIVERY_OK && delivery_stream_has_input (irc->stream)) {
    result = irc_read (irc, &message);
    if (result == DELIVERY_OK)
      note (irc, message);
  }
  /* A connection that was lost has no input, either. */
  if (result == DELIVERY_OK)
    result = delivery_stream_flush (irc->stream);
  delivery_stream_set_limit (irc->stream, INT64_MAX);
  return result == DELIVERY_TIMEOUT ? DELIVERY_OK : result;
}

/* ---- Sending ----------------------------------------------------------- */

/* What a server says of a message that it does not pass on.  Other errors may
 * come meanwhile: that there is no message of the day (422). */
#define REFUSALS                                                     \
  "401 402 403 404 407 408 411 412 413 414 415 442 477 484 486 489 " \
  "531 707 716"
#define REFUSALS_FOR_NOW "263 439"

/* Who was thrown out of the channel meanwhile says nothing from outside.  A
 * message has no answer if it is passed on: the answer to a PING behind it
 * says that it was. */
static int
irc_send (struct delivery_endpoint *ep, uint32_t flags)
{
  struct irc *irc = delivery_data (ep);
  const char *token = delivery_token (ep);
  const struct message *message;
  int is_through = 0, result;

  (void)flags;
  result = listen_to_all (irc);
  if (result != DELIVERY_OK)
    return result;
  irc->lines = 0;
  delivery_stream_printf (irc->stream, "%s %s :%s",
                          delivery_param_bool (ep, "notice") ? "NOTICE"
                                                             : "PRIVMSG",
                          irc->target, token);
  delivery_stream_printf (irc->stream, "PING :%s", token);
  while (result == DELIVERY_OK && !is_through) {
    result = irc_read (irc, &message);
    if (result != DELIVERY_OK)
      return result;
    is_through
        = message_is (message, "PONG") && strcmp (message->text, token) == 0;
    if (message_is_one_of (message, REFUSALS))
      result = irc_fail (irc, message, DELIVERY_REJECTED, irc->target);
    if (message_is_one_of (message, REFUSALS_FOR_NOW))
      result = irc_fail (irc, message, DELIVERY_TEMPFAIL, irc->target);
  }
  snprintf (sender_nick, sizeof sender_nick, "%s", irc->nick);
  return result;
}

/* ---- Receiving --------------------------------------------------------- */

static int
judge (struct irc *irc)
{
  if (irc->found > 1)
    return delivery_fail (irc->ep, DELIVERY_DUPLICATE, "found %u times",
                          irc->found);
  if (irc->found && irc->is_changed)
    return delivery_fail (irc->ep, DELIVERY_MANGLED,
                          "found, but with more than the token around it");
  if (irc->found)
    return DELIVERY_OK;
  return delivery_fail (irc->ep, DELIVERY_NOT_FOUND,
                        "no message of ours in %s",
                        irc->channel ? irc->channel : irc->nick);
}

/* The message is there, and what becomes of us behind it (a server that ends
 * the connection, a channel that throws us out) takes nothing from it. */
static int
has_heard (const struct irc *irc, int result)
{
  return irc->found
         && (result == DELIVERY_CLOSED || result == DELIVERY_REJECTED);
}

static int
irc_recv (struct delivery_endpoint *ep, uint32_t flags)
{
  struct irc *irc = delivery_data (ep);
  int result = listen_to_all (irc);

  (void)flags;
  return result == DELIVERY_OK || has_heard (irc, result) ? judge (irc)
                                                          : result;
}

static int
irc_wait (struct delivery_endpoint *ep, uint32_t flags)
{
  struct irc *irc = delivery_data (ep);
  int ready;

  (void)flags;
  return delivery_stream_wait (irc->stream, delivery_deadline (ep), &ready);
}

/* ---- What it is -------------------------------------------------------- */

#define NOTICE_PARAM                                                     \
  {                                                                      \
    "notice", DELIVERY_PARAM_BOOL, 0, "no", NULL,                        \
        "Sender: NOTICE instead of PRIVMSG, to which no bot may answer." \
  }
#define FROM_PARAM                                                        \
  {                                                                       \
    "from", DELIVERY_PARAM_STRING, 0, NULL, NULL,                         \
        "Receiver: nick of the relay or bot that passes the message on, " \
        "with words of its own around it; * is anybody."                  \
  }
#define CHANNEL_KEY_PARAM                                                    \
  {                                                                          \
    "channel_key", DELIVERY_PARAM_STRING, DELIVERY_PARAM_SECRET, NULL, NULL, \
        "Key of the channel (mode +k)."                                      \
  }
#define KEY_PARAM                                                     \
  {                                                                   \
    "key", DELIVERY_PARAM_STRING, DELIVERY_PARAM_SECRET, NULL, NULL,  \
        "Short for channel_key; with irctls it is the key of `cert`." \
  }

static const struct delivery_param clear_params[]
    = { NOTICE_PARAM, FROM_PARAM,           CHANNEL_KEY_PARAM,
        KEY_PARAM,    DELIVERY_SASL_PARAMS, DELIVERY_NET_PARAMS };

static const struct delivery_param tls_params[]
    = { NOTICE_PARAM,         FROM_PARAM,          CHANNEL_KEY_PARAM,
        DELIVERY_SASL_PARAMS, DELIVERY_NET_PARAMS, DELIVERY_TLS_PARAMS };

#define TRANSPORT(name, table, how)                                          \
  {                                                                          \
    .scheme = name,                                                          \
    .synopsis = name "://[NICK[:PASSWORD]@]HOST:PORT[/%23CHANNEL|/NICK]",    \
    .description                                                             \
        = "A message on IRC, " how ", in the channel of the path, or from "  \
          "nick to nick. The receiver is in the channel before anything is " \
          "sent, and is woken by the message. A password is that of an "     \
          "account where the server has SASL, else that of the server.",     \
    .params = table, .n_params = sizeof table / sizeof table[0],             \
    .url = DELIVERY_NEEDS_HOST | DELIVERY_TAKES_USER                         \
           | DELIVERY_TAKES_PASSWORD | DELIVERY_TAKES_PATH,                  \
    .open = irc_open, .free = irc_free, .connect_early = irc_connect,        \
    .connect = irc_connect, .send = irc_send, .recv = irc_recv,              \
    .wait = irc_wait, .close = irc_close,                                    \
  }

static const struct delivery_transport transports[] = {
  TRANSPORT ("irc", clear_params, "in the clear"),
  TRANSPORT ("irctls", tls_params, "with TLS from the start"),
};

static const struct delivery_plugin irc = {
  .name = "irc",
  .version = PACKAGE_VERSION,
  .summary = "messages on IRC",
  .transports = transports,
  .n_transports = sizeof transports / sizeof transports[0],
};
DELIVERY_PLUGIN (irc);
