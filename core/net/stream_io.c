/* SPDX-License-Identifier: BSD-2-Clause */
#include "stream_io.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>

/* ---- In the clear ------------------------------------------------------ */

/* What became of a call of recv or send, as struct tls_ops says it. */
static int
judge_call (struct delivery_stream *stream, ssize_t n, int event, size_t *done,
            int *wants)
{
  *done = n > 0 ? (size_t)n : 0;
  *wants = 0;
  if (n >= 0)
    return DELIVERY_OK;
  if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) {
    *wants = event;
    return DELIVERY_OK;
  }
  return stream_break (stream, DELIVERY_CLOSED, "%s: %s", stream->peer,
                       g_strerror (errno));
}

static int
plain_read (struct delivery_stream *stream, void *buffer, size_t size,
            size_t *done, int *wants)
{
  ssize_t n = recv (stream->fd, buffer, size, 0);

  return judge_call (stream, n, DELIVERY_READ, done, wants);
}

static int
plain_write (struct delivery_stream *stream, const void *bytes, size_t length,
             size_t *done, int *wants)
{
  ssize_t n = send (stream->fd, bytes, length, MSG_NOSIGNAL);

  return judge_call (stream, n, DELIVERY_WRITE, done, wants);
}

/* ---- Through TLS or not ------------------------------------------------ */

static int
read_some (struct delivery_stream *stream, size_t *done, int *wants)
{
  char *room = stream->in + stream->in_end;
  gsize size = STREAM_BUFFER - stream->in_end;

  if (!stream->tls)
    return plain_read (stream, room, size, done, wants);
  return stream->net->tls->read (stream->tls, room, size, done, wants);
}

static int
write_some (struct delivery_stream *stream, size_t from, size_t *done,
            int *wants)
{
  const char *bytes = stream->out->str + from;
  gsize length = stream->out->len - from;

  if (!stream->tls)
    return plain_write (stream, bytes, length, done, wants);
  return stream->net->tls->write (stream->tls, bytes, length, done, wants);
}

/* Waits for events.  What the peer sends is acknowledged at once: a peer that
 * waits for that before it says more costs 40 ms each time otherwise. */
static gboolean
wait_for (struct delivery_stream *stream, int events, gint64 until)
{
  struct delivery_pollfd fd = { stream->fd, events, 0 };
  int on = 1;

  if (events & DELIVERY_READ)
    setsockopt (stream->fd, IPPROTO_TCP, TCP_QUICKACK, &on, sizeof on);
  return delivery_poll_many (stream->ep, &fd, 1, MIN (until, stream->limit))
         > 0;
}

static int
count_input (struct delivery_stream *stream, gsize n)
{
  stream->input += n;
  if (stream->input <= DELIVERY_INPUT_MAX)
    return DELIVERY_OK;
  return stream_break (stream, DELIVERY_PROTOCOL,
                       "%s says more than %d bytes at a time", stream->peer,
                       DELIVERY_INPUT_MAX);
}

int
stream_receive_or_end (struct delivery_stream *stream, gint64 until,
                       gboolean *ready, gboolean *is_end)
{
  size_t n;
  int wants, result = stream_check (stream);

  *ready = FALSE;
  *is_end = FALSE;
  while (result == DELIVERY_OK) {
    result = read_some (stream, &n, &wants);
    if (result != DELIVERY_OK)
      break;
    if (n) {
      stream->in_end += n;
      *ready = TRUE;
      return count_input (stream, n);
    }
    *is_end = !wants;
    if (*is_end || !wait_for (stream, wants, until))
      return DELIVERY_OK;
  }
  return result;
}

int
stream_receive (struct delivery_stream *stream, gint64 until, gboolean *ready)
{
  gboolean is_end;
  int result = stream_receive_or_end (stream, until, ready, &is_end);

  if (result == DELIVERY_OK && is_end)
    return stream_break (stream, DELIVERY_CLOSED,
                         "%s closed the connection: %s", stream->peer,
                         stream->about->str);
  return result;
}

int
delivery_stream_flush (struct delivery_stream *stream)
{
  size_t sent = 0, n;
  int wants, result = stream_check (stream);

  if (stream->out->len) {
    stream->input = 0;
    stream->has_sent = TRUE;
  }
  while (result == DELIVERY_OK && sent < stream->out->len) {
    result = write_some (stream, sent, &n, &wants);
    sent += n;
    if (result == DELIVERY_OK && !n && !wait_for (stream, wants, G_MAXINT64))
      result = stream_break (stream, DELIVERY_TIMEOUT, "%s takes no more data",
                             stream->peer);
  }
  explicit_bzero (stream->out->str, stream->out->len);
  g_string_truncate (stream->out, 0);
  return result;
}

static int
end_tls (struct delivery_stream *stream)
{
  int wants, result;

  do {
    result = stream->net->tls->end (stream->tls, &wants);
    if (result == DELIVERY_OK && wants
        && !wait_for (stream, wants, G_MAXINT64))
      return stream_fail_by_time (stream);
  } while (result == DELIVERY_OK && wants);
  return result;
}

/* A peer that has what it wanted may reset instead of closing.  One that sends
 * without end would keep us from looking at the clock. */
static int
await_end (struct delivery_stream *stream)
{
  char ignored[1024];
  ssize_t n;

  for (;;) {
    n = recv (stream->fd, ignored, sizeof ignored, 0);
    if (n > 0 && count_input (stream, (gsize)n) != DELIVERY_OK)
      return stream_check (stream);
    if (n == 0 || (n < 0 && errno == ECONNRESET))
      return DELIVERY_OK;
    if (n < 0 && !wait_for (stream, DELIVERY_READ, G_MAXINT64))
      return stream_fail_by_time (stream);
  }
}

int
delivery_stream_end (struct delivery_stream *stream)
{
  int result = delivery_stream_flush (stream);

  if (result == DELIVERY_OK && stream->tls)
    result = end_tls (stream);
  if (result != DELIVERY_OK)
    return result;
  g_string_assign (stream->about, "it does not close the connection");
  if (shutdown (stream->fd, SHUT_WR) < 0 && errno != ENOTCONN)
    return stream_break (stream, DELIVERY_CLOSED, "%s: %s", stream->peer,
                         g_strerror (errno));
  return await_end (stream);
}

int
stream_fail_by_time (struct delivery_stream *stream)
{
  /* Who waits for TLS is as silent as we are. */
  gboolean is_first
      = !stream->tls && !stream->first && !stream->has_sent && !stream->input;

  return delivery_fail (stream->ep, DELIVERY_TIMEOUT, "%s: %s%s", stream->peer,
                        stream->about->str,
                        is_first ? " (does the port want TLS from the start?)"
                                 : "");
}
