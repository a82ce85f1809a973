/* SPDX-License-Identifier: BSD-2-Clause */
/* Lines and bytes of a stream. */
#include "stream_io.h"

#include <errno.h>
#include <glib/gprintf.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

/* Behind so much of what had no answer no more lines are named. */
#define ABOUT_MAX 200

/* ---- Writing ----------------------------------------------------------- */

/* To be called before a line is added.  A burst is named by all its lines: any
 * of them may be the one without an answer.  None is cut: a server may have
 * put a secret into it (in the name of a mailbox, say), and what is left of
 * one is not masked. */
static void
add_about (struct delivery_stream *stream, const char *line)
{
  if (!stream->out->len)
    g_string_assign (stream->about, "no answer to ");
  else if (stream->about->len < ABOUT_MAX)
    g_string_append (stream->about, ", ");
  if (stream->about->len < ABOUT_MAX)
    g_string_append (stream->about, line);
}

/* What waits to be sent may hold a secret, and leaves no copy where it was
 * when it grows. */
static GString *
room_for (struct delivery_stream *stream, gsize more)
{
  GString *old = stream->out;

  if (old->len + more < old->allocated_len)
    return old;
  stream->out = g_string_sized_new (2 * (old->len + more));
  g_string_append_len (stream->out, old->str, (gssize)old->len);
  explicit_bzero (old->str, old->len);
  g_string_free (old, TRUE);
  return stream->out;
}

/* Adds a line, whose last part may be a secret. */
static int
add_line (struct delivery_stream *stream, const char *line, gsize length,
          const char *secret)
{
  GString *out;

  if (strlen (line) != length || strpbrk (line, "\r\n")
      || (secret && strpbrk (secret, "\r\n")))
    return stream_break (stream, DELIVERY_CONFIG,
                         "a line break or a NUL in what was to be sent to %s",
                         stream->peer);
  add_about (stream, line);
  out = room_for (stream, length + (secret ? strlen (secret) : 0) + 2);
  g_string_append_len (out, line, (gssize)length);
  if (secret)
    g_string_append (out, secret);
  g_string_append (out, "\r\n");
  delivery_debug (stream->ep, 3, "C: %s%s", line, secret ? "***" : "");
  return stream_check (stream);
}

int
delivery_stream_printf (struct delivery_stream *stream, const char *format,
                        ...)
{
  char *line;
  va_list args;
  int length, result;

  va_start (args, format);
  length = g_vasprintf (&line, format, args);
  va_end (args);
  result = add_line (stream, line, (gsize)length, NULL);
  explicit_bzero (line, (gsize)length);
  g_free (line);
  return result;
}

int
delivery_stream_secret (struct delivery_stream *stream, const char *line,
                        const char *secret)
{
  delivery_secret (stream->ep, secret);
  return add_line (stream, line, strlen (line), secret);
}

int
delivery_stream_write (struct delivery_stream *stream, const void *bytes,
                       size_t length)
{
  g_string_append_len (room_for (stream, length), bytes, (gssize)length);
  delivery_debug (stream->ep, 3, "C: (%zu bytes)", length);
  return stream_check (stream);
}

/* A line of `text` ends in CR LF, LF or CR. */
static void
add_dotted_line (GString *out, const char *line, gsize length)
{
  if (length && line[0] == '.')
    g_string_append_c (out, '.');
  g_string_append_len (out, line, (gssize)length);
  g_string_append (out, "\r\n");
}

int
delivery_stream_write_dotted (struct delivery_stream *stream, const char *text,
                              size_t length)
{
  const char *end = text + length;

  add_about (stream, "the message");
  while (text < end) {
    const char *line = text;

    while (text < end && *text != '\r' && *text != '\n')
      text++;
    add_dotted_line (stream->out, line, (gsize)(text - line));
    if (end - text >= 2 && text[0] == '\r' && text[1] == '\n')
      text++;
    text++;
  }
  g_string_append (stream->out, ".\r\n");
  delivery_debug (stream->ep, 3, "C: (message of %zu bytes)", length);
  return stream_check (stream);
}

/* ---- Reading ----------------------------------------------------------- */

/* Makes room behind what is not read yet. */
static void
compact (struct delivery_stream *stream)
{
  gsize length = stream->in_end - stream->in_start;

  memmove (stream->in, stream->in + stream->in_start, length);
  stream->in_start = 0;
  stream->in_end = length;
}

static int
receive_or_fail (struct delivery_stream *stream)
{
  gboolean ready;
  int result = stream_receive (stream, G_MAXINT64, &ready);

  if (result == DELIVERY_OK && !ready)
    return stream_fail_by_time (stream);
  return result;
}

static int
fail_long_line (struct delivery_stream *stream)
{
  return stream_break (stream, DELIVERY_PROTOCOL,
                       "%s sent a line of more than %d bytes", stream->peer,
                       DELIVERY_LINE_MAX);
}

static void
replace_nuls (char *bytes, gsize length)
{
  for (gsize i = 0; i < length; i++)
    if (!bytes[i])
      bytes[i] = '\1';
}

/* The line of `length` bytes (with its LF) at the start of the buffer.  One of
 * a text that somebody else wrote may be as long as it likes, and hold what it
 * likes. */
static int
take_line (struct delivery_stream *stream, gsize length, gboolean is_foreign,
           const char **line, size_t *line_length)
{
  char *start = stream->in + stream->in_start;
  gsize text = length - 1;

  stream->in_start += length;
  stream->has_cr = text && start[text - 1] == '\r';
  if (stream->has_cr)
    text--;
  if (is_foreign) {
    text = MIN (text, DELIVERY_LINE_MAX);
    replace_nuls (start, text);
  }
  if (text > DELIVERY_LINE_MAX)
    return fail_long_line (stream);
  if (memchr (start, '\0', text))
    return stream_break (stream, DELIVERY_PROTOCOL,
                         "%s sent a line with a NUL in it", stream->peer);
  start[text] = '\0';
  delivery_debug (stream->ep, 3, "S: %s", start);
  *line = start;
  if (line_length)
    *line_length = text;
  return DELIVERY_OK;
}

/* Of a line that is too long its beginning stays, and its last byte, which may
 * be a CR. */
static void
cut_line (struct delivery_stream *stream)
{
  char *start = stream->in + stream->in_start;

  start[DELIVERY_LINE_MAX] = stream->in[stream->in_end - 1];
  stream->in_end = stream->in_start + DELIVERY_LINE_MAX + 1;
}

static int
read_line (struct delivery_stream *stream, gboolean is_foreign,
           const char **line, size_t *length)
{
  gsize seen = 0;
  int result = delivery_stream_flush (stream);

  while (result == DELIVERY_OK) {
    const char *start = stream->in + stream->in_start;
    gsize there = stream->in_end - stream->in_start;
    const char *end = memchr (start + seen, '\n', there - seen);

    if (end)
      return take_line (stream, (gsize)(end - start) + 1, is_foreign, line,
                        length);
    if (there > DELIVERY_LINE_MAX + 1) {
      if (!is_foreign)
        return fail_long_line (stream);
      cut_line (stream);
    }
    seen = stream->in_end - stream->in_start;
    compact (stream);
    result = receive_or_fail (stream);
  }
  return result;
}

int
delivery_stream_read_line (struct delivery_stream *stream, const char **line,
                           size_t *length)
{
  return read_line (stream, FALSE, line, length);
}

int
delivery_stream_read_dotted (struct delivery_stream *stream, const char **line,
                             size_t *length)
{
  gboolean behind_crlf = stream->has_cr;
  int result = read_line (stream, TRUE, line, length);

  if (result != DELIVERY_OK || **line != '.')
    return result;
  if ((*line)[1]) {
    (*line)++;
    if (length)
      (*length)--;
    return DELIVERY_OK;
  }
  if (!behind_crlf || !stream->has_cr)
    return stream_break (stream, DELIVERY_PROTOCOL,
                         "%s sent a text that ends, or does not: its last "
                         "dot has no CR LF before and behind it",
                         stream->peer);
  *line = NULL;
  return DELIVERY_OK;
}

int
delivery_stream_read_bytes (struct delivery_stream *stream, size_t length,
                            char **bytes)
{
  gsize have = 0;
  int result = delivery_stream_flush (stream);

  *bytes = NULL;
  if (result == DELIVERY_OK && length > DELIVERY_LITERAL_MAX)
    return stream_break (stream, DELIVERY_PROTOCOL,
                         "%s announced %zu bytes, more than %d", stream->peer,
                         length, DELIVERY_LITERAL_MAX);
  if (result == DELIVERY_OK)
    *bytes = malloc (length + 1);
  if (result == DELIVERY_OK && !*bytes)
    return stream_break (stream, DELIVERY_INTERNAL, "out of memory");
  while (result == DELIVERY_OK && have < length) {
    gsize n = MIN (stream->in_end - stream->in_start, length - have);

    memcpy (*bytes + have, stream->in + stream->in_start, n);
    stream->in_start += n;
    have += n;
    if (have == length)
      break;
    compact (stream);
    result = receive_or_fail (stream);
  }
  if (result != DELIVERY_OK) {
    free (*bytes);
    *bytes = NULL;
    return result;
  }
  (*bytes)[length] = '\0';
  delivery_debug (stream->ep, 3, "S: (%zu bytes)", length);
  return DELIVERY_OK;
}

/* Moves what was received behind `*bytes`, which grows. */
static int
take_rest (struct delivery_stream *stream, size_t max, char **bytes,
           size_t *length)
{
  gsize n = stream->in_end - stream->in_start;
  char *more;

  if (n > max - *length)
    return stream_break (stream, DELIVERY_PROTOCOL,
                         "%s sends more than %zu bytes", stream->peer, max);
  more = realloc (*bytes, *length + n + 1);
  if (!more)
    return stream_break (stream, DELIVERY_INTERNAL, "out of memory");
  *bytes = more;
  memcpy (more + *length, stream->in + stream->in_start, n);
  *length += n;
  more[*length] = '\0';
  stream->in_start = stream->in_end = 0;
  return DELIVERY_OK;
}

int
delivery_stream_read_rest (struct delivery_stream *stream, size_t max,
                           char **bytes, size_t *length)
{
  gboolean ready, is_end = FALSE;
  int result = delivery_stream_flush (stream);

  *bytes = NULL;
  *length = 0;
  g_string_assign (stream->about, "no end of the data");
  while (result == DELIVERY_OK && !is_end) {
    result = take_rest (stream, max, bytes, length);
    if (result == DELIVERY_OK)
      result = stream_receive_or_end (stream, G_MAXINT64, &ready, &is_end);
    if (result == DELIVERY_OK && !ready && !is_end)
      result = stream_fail_by_time (stream);
  }
  if (result == DELIVERY_OK)
    delivery_debug (stream->ep, 3, "S: (%zu bytes)", *length);
  if (result != DELIVERY_OK) {
    free (*bytes);
    *bytes = NULL;
  }
  return result;
}

static gboolean
is_readable (int fd)
{
  struct pollfd one = { fd, POLLIN, 0 };
  int n;

  do
    n = poll (&one, 1, 0);
  while (n < 0 && errno == EINTR);
  return n > 0;
}

/* The end of the connection is no input: whoever reads will see it.  A call
 * that was interrupted has not looked. */
int
delivery_stream_has_input (struct delivery_stream *stream)
{
  gboolean ready = FALSE;
  int result;

  if (stream->in_end > stream->in_start)
    return 1;
  compact (stream);
  do
    result = stream_receive (stream, 0, &ready);
  while (result == DELIVERY_OK && !ready && is_readable (stream->fd)
         && delivery_remaining_ms (stream->ep) > 0);
  return ready;
}

int
delivery_stream_wait (struct delivery_stream *stream, int64_t until,
                      int *ready)
{
  int result = delivery_stream_flush (stream);

  *ready = stream->in_end > stream->in_start;
  if (result != DELIVERY_OK || *ready)
    return result;
  compact (stream);
  return stream_receive (stream, until, ready);
}
