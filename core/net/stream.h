/* SPDX-License-Identifier: BSD-2-Clause */
/* One connection: its buffers, and TLS inside. */
#ifndef CORE_NET_STREAM_H
#define CORE_NET_STREAM_H

#include "net.h"

#include <gio/gio.h>

/* The longest line with its end, and as much again, so that little is moved
 * about. */
#define STREAM_BUFFER (2 * (DELIVERY_LINE_MAX + 2))

struct reply;

struct delivery_stream {
  struct delivery_net *net;
  struct delivery_stream *first; /* that it was made beside, or NULL */
  struct delivery_endpoint *ep;
  GSocketConnection *connection;
  int fd;
  struct tls *tls; /* NULL in the clear */

  char in[STREAM_BUFFER + 1]; /* from in_start to in_end: not read yet */
  gsize in_start, in_end;
  gsize input;     /* bytes received since something was sent */
  gboolean has_cr; /* the last line that was read ended in CR LF */
  GString *out;    /* written, not sent yet */
  gint64 limit;

  gboolean has_sent; /* anything at all */

  char *peer;     /* for error texts */
  GString *about; /* what the peer should answer, for error texts */
  char *name;     /* delivery_stream_local_name() */
  int broken;     /* a reason: nothing works any more, since ... */
  char *why;      /* ... this */
  struct reply *reply;
};

/* Takes over the connection, and the name of its other end. */
struct delivery_stream *stream_new (struct delivery_net *net,
                                    GSocketConnection *connection, char *peer);

/* Fails, as everything on this stream will from now on. */
int stream_break (struct delivery_stream *stream, int reason,
                  const char *format, ...) G_GNUC_PRINTF (3, 4);

/* Fails if the stream is broken. */
int stream_check (struct delivery_stream *stream);

#endif
