/* SPDX-License-Identifier: BSD-2-Clause */
#include "stream.h"

#include "reply.h"
#include "stream_io.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <unistd.h>

/* In seconds.  What is between the two ends may forget a connection that says
 * nothing for some minutes, as that of a receiver does meanwhile (--wait). */
#define ALIVE_IDLE 60
#define ALIVE_INTERVAL 10
#define ALIVE_PROBES 6

/* A unix socket knows nothing of it, and needs it not. */
static void
set_options (GSocket *socket)
{
  g_socket_set_option (socket, IPPROTO_TCP, TCP_NODELAY, 1, NULL);
  g_socket_set_keepalive (socket, TRUE);
  g_socket_set_option (socket, IPPROTO_TCP, TCP_KEEPIDLE, ALIVE_IDLE, NULL);
  g_socket_set_option (socket, IPPROTO_TCP, TCP_KEEPINTVL, ALIVE_INTERVAL,
                       NULL);
  g_socket_set_option (socket, IPPROTO_TCP, TCP_KEEPCNT, ALIVE_PROBES, NULL);
}

struct delivery_stream *
stream_new (struct delivery_net *net, GSocketConnection *connection,
            char *peer)
{
  struct delivery_stream *stream = g_new0 (struct delivery_stream, 1);
  GSocket *socket = g_socket_connection_get_socket (connection);

  stream->net = net;
  stream->ep = net->ep;
  stream->connection = connection;
  stream->fd = g_socket_get_fd (socket);
  stream->out = g_string_new (NULL);
  stream->limit = G_MAXINT64;
  stream->peer = peer;
  stream->about = g_string_new ("no greeting");
  set_options (socket);
  delivery_debug (net->ep, 2, "connected to %s", stream->peer);
  return stream;
}

void
delivery_stream_free (struct delivery_stream *stream)
{
  if (!stream)
    return;
  if (stream->tls)
    stream->net->tls->free (stream->tls);
  explicit_bzero (stream->in, sizeof stream->in);
  explicit_bzero (stream->out->str, stream->out->len);
  g_string_free (stream->out, TRUE);
  g_object_unref (stream->connection);
  reply_free (stream->reply);
  g_free (stream->peer);
  g_string_free (stream->about, TRUE);
  g_free (stream->name);
  g_free (stream->why);
  g_free (stream);
}

int
stream_break (struct delivery_stream *stream, int reason, const char *format,
              ...)
{
  va_list args;

  if (stream->broken)
    return stream_check (stream);
  stream->broken = reason;
  va_start (args, format);
  stream->why = g_strdup_vprintf (format, args);
  va_end (args);
  return stream_check (stream);
}

int
stream_check (struct delivery_stream *stream)
{
  if (!stream->broken)
    return DELIVERY_OK;
  return delivery_fail (stream->ep, stream->broken, "%s", stream->why);
}

/* Before the handshake it is our turn to speak. */
static int
fail_by_input (struct delivery_stream *stream)
{
  if (!stream->has_sent)
    return stream_break (stream, DELIVERY_TLS,
                         "%s speaks before TLS (does the server speak TLS on "
                         "this port?)",
                         stream->peer);
  return stream_break (stream, DELIVERY_PROTOCOL,
                       "%s said more than it was asked before TLS began",
                       stream->peer);
}

/* Where TLS was asked for and the server goes away instead, that is a failure
 * of TLS, whether it comes to light now or in the handshake. */
static int
fail_by_end (struct delivery_stream *stream)
{
  int reason = stream->broken;

  if (reason == DELIVERY_CLOSED && stream->has_sent)
    reason = DELIVERY_TLS;
  return delivery_fail (stream->ep, reason, "%s", stream->why);
}

int
delivery_stream_start_tls (struct delivery_stream *stream)
{
  struct delivery_net *net = stream->net;
  int result = delivery_stream_flush (stream);

  if (result != DELIVERY_OK)
    return result;
  if (!net->tls || stream->tls)
    return stream_break (stream, DELIVERY_INTERNAL,
                         net->tls ? "TLS was started already"
                                  : "this transport has no TLS parameters");
  if (delivery_stream_has_input (stream))
    return fail_by_input (stream);
  /* The look may have found the end of the connection. */
  if (stream->broken)
    return fail_by_end (stream);
  result = net->tls->start (net->context, stream->fd,
                            stream->first ? stream->first->tls : NULL,
                            stream->limit, &stream->tls, &stream->why);
  if (result == DELIVERY_OK)
    return result;
  /* Nothing more can be done with the connection. */
  stream->broken = result;
  return fail_by_end (stream);
}

int
delivery_stream_is_tls (const struct delivery_stream *stream)
{
  return stream->tls != NULL;
}

void
delivery_stream_set_limit (struct delivery_stream *stream, int64_t until)
{
  stream->limit = until;
}

/* ---- The name of this machine ------------------------------------------ */

/* "[192.0.2.1]", "[IPv6:2001:db8::1]", or what a unix socket may say. */
static char *
address_literal (struct delivery_stream *stream)
{
  g_autoptr (GSocketAddress) local
      = g_socket_connection_get_local_address (stream->connection, NULL);
  GInetAddress *address;
  g_autofree char *text = NULL;

  if (!local || !G_IS_INET_SOCKET_ADDRESS (local))
    return g_strdup ("localhost");
  address = g_inet_socket_address_get_address (G_INET_SOCKET_ADDRESS (local));
  text = g_inet_address_to_string (address);
  return g_strdup_printf (
      g_inet_address_get_family (address) == G_SOCKET_FAMILY_IPV6 ? "[IPv6:%s]"
                                                                  : "[%s]",
      text);
}

static gboolean
is_domain (const char *name)
{
  return strchr (name, '.')
         && strspn (name, G_CSET_a_2_z G_CSET_A_2_Z G_CSET_DIGITS "-.")
                == strlen (name)
         && g_ascii_isalnum (name[0]);
}

const char *
delivery_stream_local_name (struct delivery_stream *stream)
{
  const char *host = g_get_host_name ();

  if (!stream->name)
    stream->name
        = is_domain (host) ? g_strdup (host) : address_literal (stream);
  return stream->name;
}
