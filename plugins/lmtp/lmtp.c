/* SPDX-License-Identifier: BSD-2-Clause */
/* lmtp://: hands a mail to what stores it (RFC 2033). */
#include <delivery/net.h>

#include <stdlib.h>

struct lmtp {
  struct delivery_net *net;
  struct delivery_mail *mail;
  struct delivery_stream *stream;
  struct delivery_smtp *session;
};

/* Who speaks LMTP there is not understood, or worse, is taken for SMTP (RFC
 * 2033, section 5). */
static int
check_port (struct delivery_endpoint *ep)
{
  if (delivery_port (ep) != 25 || delivery_param (ep, "socket"))
    return DELIVERY_OK;
  return delivery_fail (ep, DELIVERY_CONFIG,
                        "port 25 is for SMTP, and LMTP must not use it (RFC "
                        "2033, section 5); smtp:// speaks SMTP");
}

static int
lmtp_open (struct delivery_endpoint *ep, uint32_t flags)
{
  struct lmtp *lmtp = calloc (1, sizeof *lmtp);
  int result;

  (void)flags;
  if (!lmtp)
    return delivery_fail (ep, DELIVERY_INTERNAL, "out of memory");
  delivery_set_data (ep, lmtp);
  result = check_port (ep);
  if (result == DELIVERY_OK)
    result = delivery_net_new (ep, &lmtp->net);
  if (result == DELIVERY_OK)
    result = delivery_mail_new (ep, &lmtp->mail);
  if (result == DELIVERY_OK)
    result = delivery_smtp_check_name (ep, "lhlo");
  return result;
}

static int
lmtp_free (struct delivery_endpoint *ep, uint32_t flags)
{
  struct lmtp *lmtp = delivery_data (ep);

  (void)flags;
  if (!lmtp)
    return DELIVERY_OK;
  delivery_mail_free (lmtp->mail);
  delivery_net_free (lmtp->net);
  free (lmtp);
  return DELIVERY_OK;
}

/* Greeting and LHLO, for which there is no substitute. */
static int
begin (struct delivery_endpoint *ep, struct lmtp *lmtp)
{
  const struct delivery_reply *reply;
  int result = delivery_smtp_greeting (lmtp->session);

  if (result != DELIVERY_OK)
    return result;
  result = delivery_smtp_hello (lmtp->session, "LHLO",
                                delivery_param (ep, "lhlo"), &reply);
  if (result == DELIVERY_OK && reply->code != 250)
    return delivery_reply_fail (lmtp->stream, reply,
                                "LHLO (does the server speak LMTP?)");
  return result;
}

static int
lmtp_connect (struct delivery_endpoint *ep, uint32_t flags)
{
  struct lmtp *lmtp = delivery_data (ep);
  int result = delivery_net_connect (lmtp->net, &lmtp->stream);

  (void)flags;
  if (result != DELIVERY_OK)
    return result;
  lmtp->session = delivery_smtp_new (lmtp->stream);
  return begin (ep, lmtp);
}

/* The server owes an answer for each recipient, of whom there is one: the
 * mail is delivered if that is good, and if what follows is the answer to
 * QUIT, not another one (RFC 2033, section 4.2). */
static int
lmtp_send (struct delivery_endpoint *ep, uint32_t flags)
{
  struct lmtp *lmtp = delivery_data (ep);
  int result = delivery_smtp_send (lmtp->session, lmtp->mail);

  (void)flags;
  return result == DELIVERY_OK ? delivery_smtp_quit (lmtp->session) : result;
}

static int
lmtp_close (struct delivery_endpoint *ep, uint32_t flags)
{
  struct lmtp *lmtp = delivery_data (ep);
  int result = DELIVERY_OK;

  (void)flags;
  if (lmtp->session)
    result = delivery_smtp_quit (lmtp->session);
  delivery_smtp_free (lmtp->session);
  delivery_stream_free (lmtp->stream);
  return result;
}

/* ---- What it is -------------------------------------------------------- */

static const struct delivery_param params[]
    = { DELIVERY_MAIL_PARAMS,
        { "lhlo", DELIVERY_PARAM_STRING, 0, NULL, NULL,
          "Name of this machine to give to the server in LHLO." },
        DELIVERY_NET_PARAMS };

static const struct delivery_transport transport = {
  .scheme = "lmtp",
  .synopsis = "lmtp://[USER@]HOST:PORT",
  .description
  = "Sends a mail by LMTP, to a TCP port or a unix socket. The sender is the "
    "user, the recipient the user of the receiver's URL, unless parameters "
    "say otherwise.",
  .params = params,
  .n_params = sizeof params / sizeof params[0],
  .url = DELIVERY_NEEDS_HOST | DELIVERY_TAKES_USER,
  .open = lmtp_open,
  .free = lmtp_free,
  .connect = lmtp_connect,
  .send = lmtp_send,
  .close = lmtp_close,
};

static const struct delivery_plugin lmtp = {
  .name = "lmtp",
  .version = PACKAGE_VERSION,
  .summary = "mail to what stores it, by LMTP",
  .transports = &transport,
  .n_transports = 1,
};
DELIVERY_PLUGIN (lmtp);
