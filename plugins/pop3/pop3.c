/* SPDX-License-Identifier: BSD-2-Clause */
/* pop3://, pop3s://, pop3starttls://: finds a mail. */
#include "pop3.h"

#include <inttypes.h>
#include <stdlib.h>

static int
pop3_open (struct delivery_endpoint *ep, uint32_t flags)
{
  struct pop3 *pop3 = calloc (1, sizeof *pop3);

  (void)flags;
  if (!pop3)
    return delivery_fail (ep, DELIVERY_INTERNAL, "out of memory");
  pop3->ep = ep;
  delivery_set_data (ep, pop3);
  return delivery_net_new (ep, &pop3->net);
}

static int
pop3_free (struct delivery_endpoint *ep, uint32_t flags)
{
  struct pop3 *pop3 = delivery_data (ep);

  (void)flags;
  if (!pop3)
    return DELIVERY_OK;
  delivery_stream_free (pop3->stream);
  delivery_net_free (pop3->net);
  listing_clear (&pop3->known);
  listing_clear (&pop3->copies);
  free (pop3->mechanisms);
  free (pop3->refusal);
  free (pop3);
  return DELIVERY_OK;
}

/* Before anything is sent, so that what is there already is never looked at.
 * Then the session ends: a mailbox is locked while it lasts.  If it is locked
 * by somebody else now, the looks must find out what is new. */
static int
pop3_connect_early (struct delivery_endpoint *ep, uint32_t flags)
{
  struct pop3 *pop3 = delivery_data (ep);
  int result = pop3_note (pop3);

  (void)flags;
  if (result == DELIVERY_TEMPFAIL
      && (pop3->refused_with == CODE_IN_USE
          || pop3->refused_with == CODE_LOGIN_DELAY)) {
    delivery_debug (ep, 1, "what is there already is not known");
    result = DELIVERY_OK;
  }
  if (result == DELIVERY_OK)
    pop3_leave (pop3);
  return result;
}

/* Be it in the handshake of TLS, or because a name that was known before
 * cannot be looked up for now.  A server that refuses TLS, or has a
 * certificate that does not hold, is no lost connection. */
static int
is_lost (struct pop3 *pop3, int result)
{
  return result == DELIVERY_CLOSED || result == DELIVERY_CONNECT
         || result == DELIVERY_RESOLVE
         || (result == DELIVERY_TLS && pop3->stream
             && delivery_stream_flush (pop3->stream) == DELIVERY_CLOSED);
}

/* A server that restarts, wants to be left alone for now, or does not give out
 * a new message, costs patience only.  If that is over then, nobody knows what
 * has come. */
static int
forgive (struct pop3 *pop3, int result)
{
  const char *why = "no new message is ours";
  int reason = result == DELIVERY_TLS ? DELIVERY_CLOSED : result;

  if (is_lost (pop3, result)) {
    why = "the connection was lost, and not made again yet";
  } else if (result == DELIVERY_TEMPFAIL
             || (result == DELIVERY_NOT_FOUND && pop3->unread)) {
    why = pop3->refusal;
    reason = DELIVERY_TEMPFAIL;
  } else if (result != DELIVERY_NOT_FOUND) {
    return result;
  }
  pop3_leave (pop3);
  pop3->has_looked = reason == DELIVERY_NOT_FOUND;
  delivery_fail (pop3->ep, reason, "%s", why);
  return DELIVERY_NOT_FOUND;
}

/* Between two looks that is all we know; without one, we know nothing. */
static int
put_off (struct pop3 *pop3, int64_t left)
{
  delivery_fail (
      pop3->ep, pop3->has_looked ? DELIVERY_NOT_FOUND : DELIVERY_TEMPFAIL,
      "the server allows the next login in %" PRId64 " s (LOGIN-DELAY)",
      (left + 999999) / 1000000);
  return DELIVERY_NOT_FOUND;
}

/* The session in which something was found goes on, up to pop3_clean(). */
static int
pop3_recv (struct delivery_endpoint *ep, uint32_t flags)
{
  struct pop3 *pop3 = delivery_data (ep);
  int64_t left = pop3->next_login - delivery_now ();
  int result;

  (void)flags;
  if (left > 0)
    return put_off (pop3, left);
  result = pop3_look (pop3);
  return result == DELIVERY_OK ? result : forgive (pop3, result);
}

static int
pop3_clean_callback (struct delivery_endpoint *ep, uint32_t flags)
{
  (void)flags;
  return pop3_clean (delivery_data (ep));
}

static int
pop3_close (struct delivery_endpoint *ep, uint32_t flags)
{
  (void)flags;
  pop3_leave (delivery_data (ep));
  return DELIVERY_OK;
}

/* ---- What it is -------------------------------------------------------- */

static const struct delivery_param clear_params[]
    = { DELIVERY_SASL_PARAMS, DELIVERY_NET_PARAMS };

static const struct delivery_param tls_params[]
    = { DELIVERY_SASL_PARAMS, DELIVERY_NET_PARAMS, DELIVERY_TLS_PARAMS };

#define TRANSPORT(name, table, how)                                          \
  {                                                                          \
    .scheme = name, .synopsis = name "://[USER[:PASSWORD]@]HOST:PORT",       \
    .description                                                             \
        = "Finds a mail by POP3 " how ". It notes which messages are there " \
          "before anything is sent, looks at the headers of new ones only, " \
          "in a session of its own each time, and removes exactly the "      \
          "message that it found.",                                          \
    .params = table, .n_params = sizeof table / sizeof table[0],             \
    .url = DELIVERY_NEEDS_HOST | DELIVERY_TAKES_USER                         \
           | DELIVERY_TAKES_PASSWORD,                                        \
    .open = pop3_open, .free = pop3_free,                                    \
    .connect_early = pop3_connect_early, .recv = pop3_recv,                  \
    .clean = pop3_clean_callback, .close = pop3_close,                       \
  }

static const struct delivery_transport transports[] = {
  TRANSPORT ("pop3", clear_params, "in the clear"),
  TRANSPORT ("pop3s", tls_params, "with TLS from the start"),
  TRANSPORT ("pop3starttls", tls_params, "after STLS, and never without"),
};

static const struct delivery_plugin pop3 = {
  .name = "pop3",
  .version = PACKAGE_VERSION,
  .summary = "mail in mailboxes of POP3 servers",
  .transports = transports,
  .n_transports = sizeof transports / sizeof transports[0],
};
DELIVERY_PLUGIN (pop3);
