/* SPDX-License-Identifier: BSD-2-Clause */
#include "net.h"

#include "connect.h"
#include "sasl.h"
#include "stream.h"

#include <glib.h>

static int
check (struct delivery_net *net)
{
  int result = connect_check (net->ep);

  if (result == DELIVERY_OK)
    result = sasl_check (net->ep);
  if (result != DELIVERY_OK
      || !delivery_param_is_declared (net->ep, "ssl_verify"))
    return result;
  result = tls_load (net->ep, &net->tls);
  if (result == DELIVERY_OK)
    result = net->tls->context_new (net->ep, &net->context);
  return result;
}

int
delivery_net_new (struct delivery_endpoint *ep, struct delivery_net **net)
{
  int result;

  *net = g_new0 (struct delivery_net, 1);
  (*net)->ep = ep;
  result = check (*net);
  if (result != DELIVERY_OK)
    g_clear_pointer (net, delivery_net_free);
  return result;
}

void
delivery_net_free (struct delivery_net *net)
{
  if (!net)
    return;
  if (net->context)
    net->tls->context_free (net->context);
  g_free (net);
}

int
delivery_net_connect (struct delivery_net *net,
                      struct delivery_stream **stream)
{
  GSocketConnection *connection;
  int result = connect_make (net->ep, &connection);

  *stream = NULL;
  if (result == DELIVERY_OK)
    *stream = stream_new (net, connection, connect_peer_name (net->ep));
  return result;
}

int
delivery_stream_connect_beside (struct delivery_stream *first, unsigned port,
                                struct delivery_stream **second)
{
  struct delivery_net *net = first->net;
  GSocketConnection *connection;
  int result = connect_beside (net->ep, first->connection, port, first->limit,
                               &connection);

  *second = NULL;
  if (result != DELIVERY_OK)
    return result;
  *second = stream_new (net, connection, connect_port_name (net->ep, port));
  (*second)->first = first;
  return DELIVERY_OK;
}
