/* SPDX-License-Identifier: BSD-2-Clause */
/* smtp://, smtps://, smtpstarttls://: sends a mail. */
#include "smtp.h"

#include <stdlib.h>

static int
smtp_open (struct delivery_endpoint *ep, uint32_t flags)
{
  struct smtp *smtp = calloc (1, sizeof *smtp);
  int result;

  (void)flags;
  if (!smtp)
    return delivery_fail (ep, DELIVERY_INTERNAL, "out of memory");
  smtp->ep = ep;
  delivery_set_data (ep, smtp);
  result = delivery_net_new (ep, &smtp->net);
  if (result == DELIVERY_OK)
    result = delivery_mail_new (ep, &smtp->mail);
  if (result == DELIVERY_OK)
    result = delivery_smtp_check_name (ep, "helo");
  return result;
}

static int
smtp_free (struct delivery_endpoint *ep, uint32_t flags)
{
  struct smtp *smtp = delivery_data (ep);

  (void)flags;
  if (!smtp)
    return DELIVERY_OK;
  delivery_smtp_free (smtp->session);
  delivery_stream_free (smtp->stream);
  delivery_mail_free (smtp->mail);
  delivery_net_free (smtp->net);
  free (smtp);
  return DELIVERY_OK;
}

static int
smtp_connect (struct delivery_endpoint *ep, uint32_t flags)
{
  struct smtp *smtp = delivery_data (ep);
  int result = delivery_net_connect (smtp->net, &smtp->stream);

  (void)flags;
  if (result != DELIVERY_OK)
    return result;
  smtp->session = delivery_smtp_new (smtp->stream);
  return smtp_begin (smtp);
}

static int
smtp_send (struct delivery_endpoint *ep, uint32_t flags)
{
  struct smtp *smtp = delivery_data (ep);

  (void)flags;
  return delivery_smtp_send (smtp->session, smtp->mail);
}

static int
smtp_close (struct delivery_endpoint *ep, uint32_t flags)
{
  struct smtp *smtp = delivery_data (ep);
  int result = DELIVERY_OK;

  (void)flags;
  if (smtp->session)
    result = delivery_smtp_quit (smtp->session);
  delivery_smtp_free (smtp->session);
  delivery_stream_free (smtp->stream);
  smtp->session = NULL;
  smtp->stream = NULL;
  return result;
}

/* ---- What it is -------------------------------------------------------- */

#define HELO_PARAM                                            \
  {                                                           \
    "helo", DELIVERY_PARAM_STRING, 0, NULL, NULL,             \
        "Name of this machine to give to the server in EHLO." \
  }

static const struct delivery_param clear_params[]
    = { DELIVERY_MAIL_PARAMS, HELO_PARAM, DELIVERY_SASL_PARAMS,
        DELIVERY_NET_PARAMS };

static const struct delivery_param tls_params[]
    = { DELIVERY_MAIL_PARAMS, HELO_PARAM, DELIVERY_SASL_PARAMS,
        DELIVERY_NET_PARAMS, DELIVERY_TLS_PARAMS };

#define TRANSPORT(name, table, how)                                       \
  {                                                                       \
    .scheme = name, .synopsis = name "://[USER[:PASSWORD]@]HOST:PORT",    \
    .description                                                          \
        = "Sends a mail by SMTP " how ". A password in the URL logs in. " \
          "The sender is the user, the recipient the user of the "        \
          "receiver's URL, unless parameters say otherwise.",             \
    .params = table, .n_params = sizeof table / sizeof table[0],          \
    .url = DELIVERY_NEEDS_HOST | DELIVERY_TAKES_USER                      \
           | DELIVERY_TAKES_PASSWORD,                                     \
    .open = smtp_open, .free = smtp_free, .connect = smtp_connect,        \
    .send = smtp_send, .close = smtp_close,                               \
  }

static const struct delivery_transport transports[] = {
  TRANSPORT ("smtp", clear_params, "in the clear"),
  TRANSPORT ("smtps", tls_params, "with TLS from the start"),
  TRANSPORT ("smtpstarttls", tls_params, "after STARTTLS, and never without"),
};

static const struct delivery_plugin smtp = {
  .name = "smtp",
  .version = PACKAGE_VERSION,
  .summary = "mail to servers of SMTP",
  .transports = transports,
  .n_transports = sizeof transports / sizeof transports[0],
};
DELIVERY_PLUGIN (smtp);
