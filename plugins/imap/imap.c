/* SPDX-License-Identifier: BSD-2-Clause */
/* imap://, imaps://, imapstarttls://: finds a mail. */
#include "imap.h"

#include <stdlib.h>

static int
imap_open (struct delivery_endpoint *ep, uint32_t flags)
{
  struct imap *imap = calloc (1, sizeof *imap);
  int result;

  (void)flags;
  if (!imap)
    return delivery_fail (ep, DELIVERY_INTERNAL, "out of memory");
  imap->ep = ep;
  imap->selected = PLACES_MAX;
  delivery_set_data (ep, imap);
  result = delivery_net_new (ep, &imap->net);
  return result == DELIVERY_OK ? imap_name_places (imap) : result;
}

static int
imap_free (struct delivery_endpoint *ep, uint32_t flags)
{
  struct imap *imap = delivery_data (ep);

  (void)flags;
  if (!imap)
    return DELIVERY_OK;
  imap_drop (imap);
  imap_free_commands (imap);
  imap_free_places (imap);
  delivery_net_free (imap->net);
  free (imap->mechanisms);
  free (imap);
  return DELIVERY_OK;
}

int
imap_connect (struct imap *imap)
{
  int result = delivery_net_connect (imap->net, &imap->stream);

  return result == DELIVERY_OK ? imap_begin (imap) : result;
}

void
imap_drop (struct imap *imap)
{
  delivery_stream_free (imap->stream);
  imap->stream = NULL;
}

/* Before anything is sent, so that it is known where new messages begin; and
 * again where that connection has died. */
static int
imap_connect_if_needed (struct delivery_endpoint *ep, uint32_t flags)
{
  struct imap *imap = delivery_data (ep);
  int result;

  (void)flags;
  if (imap->stream)
    return DELIVERY_OK;
  result = imap_connect (imap);
  return result == DELIVERY_OK ? imap_open_places (imap) : result;
}

/* Be it in the handshake of TLS, or because a name that was known before
 * cannot be looked up for now.  A server that refuses TLS, or has a
 * certificate that does not hold, is no lost connection. */
static int
is_lost (struct imap *imap, int result)
{
  return result == DELIVERY_CLOSED || result == DELIVERY_CONNECT
         || result == DELIVERY_RESOLVE
         || (result == DELIVERY_TLS && imap->stream
             && delivery_stream_flush (imap->stream) == DELIVERY_CLOSED);
}

/* A connection that died while waiting is made again by the next look, and so
 * it is while the server restarts, or wants to be left alone for now: that
 * costs patience only.  If that is over then, nobody knows what has come. */
static int
forgive (struct imap *imap, int result)
{
  const char *why = "the connection was lost, and not made again yet";

  if (result == DELIVERY_TEMPFAIL)
    why = "the server refuses for now";
  else if (!is_lost (imap, result))
    return result;
  imap_drop (imap);
  delivery_fail (imap->ep, result == DELIVERY_TLS ? DELIVERY_CLOSED : result,
                 "%s", why);
  return DELIVERY_NOT_FOUND;
}

static int
imap_recv (struct delivery_endpoint *ep, uint32_t flags)
{
  int result = imap_connect_if_needed (ep, flags);

  if (result == DELIVERY_OK)
    result = imap_look (delivery_data (ep));
  return forgive (delivery_data (ep), result);
}

/* A connection that was lost is made again by the next look, which comes at
 * its time: a server that refuses it, or ends each, is not besieged. */
static int
imap_wait_callback (struct delivery_endpoint *ep, uint32_t flags)
{
  struct imap *imap = delivery_data (ep);
  int result = imap->stream ? imap_wait (imap) : DELIVERY_OK;

  (void)flags;
  if (forgive (imap, result) == DELIVERY_NOT_FOUND)
    result = DELIVERY_OK;
  if (!imap->stream)
    delivery_poll_many (ep, NULL, 0, delivery_deadline (ep));
  return result;
}

static int
imap_clean_callback (struct delivery_endpoint *ep, uint32_t flags)
{
  (void)flags;
  return imap_clean (delivery_data (ep));
}

/* If clean has said LOGOUT, there is nothing left to say. */
static int
imap_close (struct delivery_endpoint *ep, uint32_t flags)
{
  struct imap *imap = delivery_data (ep);

  (void)flags;
  if (imap->stream && !imap->may_leave)
    imap_end (imap);
  imap_drop (imap);
  return DELIVERY_OK;
}

/* ---- What it is -------------------------------------------------------- */

#define JUNK_PARAM                                                          \
  {                                                                         \
    "junk", DELIVERY_PARAM_STRING, DELIVERY_PARAM_REPEATABLE, NULL, NULL,   \
        "Mailbox where a message would be misplaced; otherwise those that " \
        "the server calls junk (RFC 6154)."                                 \
  }

static const struct delivery_param clear_params[]
    = { JUNK_PARAM, DELIVERY_SASL_PARAMS, DELIVERY_NET_PARAMS };

static const struct delivery_param tls_params[]
    = { JUNK_PARAM, DELIVERY_SASL_PARAMS, DELIVERY_NET_PARAMS,
        DELIVERY_TLS_PARAMS };

#define TRANSPORT(name, table, how)                                       \
  {                                                                       \
    .scheme = name,                                                       \
    .synopsis = name "://[USER[:PASSWORD]@]HOST:PORT[/MAILBOX]",          \
    .description                                                          \
        = "Finds a mail by IMAP " how ", in INBOX or the mailbox of the " \
          "path. It notes where new messages begin before anything is "   \
          "sent, looks at their header fields only, and removes exactly " \
          "the message that it found.",                                   \
    .params = table, .n_params = sizeof table / sizeof table[0],          \
    .url = DELIVERY_NEEDS_HOST | DELIVERY_TAKES_USER                      \
           | DELIVERY_TAKES_PASSWORD | DELIVERY_TAKES_PATH,               \
    .open = imap_open, .free = imap_free,                                 \
    .connect_early = imap_connect_if_needed,                              \
    .connect = imap_connect_if_needed, .recv = imap_recv,                 \
    .wait = imap_wait_callback, .clean = imap_clean_callback,             \
    .close = imap_close,                                                  \
  }

static const struct delivery_transport transports[] = {
  TRANSPORT ("imap", clear_params, "in the clear"),
  TRANSPORT ("imaps", tls_params, "with TLS from the start"),
  TRANSPORT ("imapstarttls", tls_params, "after STARTTLS, and never without"),
};

static const struct delivery_plugin imap = {
  .name = "imap",
  .version = PACKAGE_VERSION,
  .summary = "mail in mailboxes of IMAP servers",
  .transports = transports,
  .n_transports = sizeof transports / sizeof transports[0],
};
DELIVERY_PLUGIN (imap);
