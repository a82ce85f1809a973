/* SPDX-License-Identifier: BSD-2-Clause */
/* A receiver on the network: what somebody's .plan says (RFC 1288). */
#include <delivery/net.h>

#include <string.h>

static int
finger_open (struct delivery_endpoint *ep, uint32_t flags)
{
  struct delivery_net *net;
  int result = delivery_net_new (ep, &net);

  delivery_set_data (ep, net);
  return result;
}

static int
finger_free (struct delivery_endpoint *ep, uint32_t flags)
{
  delivery_net_free (delivery_data (ep));
  return DELIVERY_OK;
}

/* The server closes the connection behind its answer.  The stream has called
 * delivery_fail() for that, and what is said last holds. */
static int
ask (struct delivery_endpoint *ep, struct delivery_stream *stream)
{
  const char *line, *user = delivery_user (ep);
  int result = delivery_stream_printf (stream, "%s", user ? user : "");

  while (result == DELIVERY_OK) {
    result = delivery_stream_read_line (stream, &line, NULL);
    if (result == DELIVERY_OK && strstr (line, delivery_token (ep)))
      return DELIVERY_OK;
  }
  return result == DELIVERY_CLOSED
             ? delivery_fail (ep, DELIVERY_NOT_FOUND, "no words of ours")
             : result;
}

static int
finger_recv (struct delivery_endpoint *ep, uint32_t flags)
{
  struct delivery_stream *stream;
  int result = delivery_net_connect (delivery_data (ep), &stream);

  if (result == DELIVERY_OK)
    result = ask (ep, stream);
  delivery_stream_free (stream);
  return result;
}

static const struct delivery_param params[] = { DELIVERY_NET_PARAMS };

static const struct delivery_transport transport = {
  .scheme = "finger",
  .synopsis = "finger://[USER@]HOST:PORT",
  .description = "Asks a finger server, and looks for the token in its words.",
  .params = params,
  .n_params = sizeof params / sizeof params[0],
  .url = DELIVERY_NEEDS_HOST | DELIVERY_TAKES_USER,
  .open = finger_open,
  .free = finger_free,
  .recv = finger_recv,
};

static const struct delivery_plugin finger = {
  .name = "finger",
  .version = "1",
  .summary = "what finger servers say",
  .transports = &transport,
  .n_transports = 1,
};
DELIVERY_PLUGIN (finger);
