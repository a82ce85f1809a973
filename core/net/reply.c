/* SPDX-License-Identifier: BSD-2-Clause */
#include "reply.h"

#include "stream.h"

#include <string.h>

/* All lines of a reply together. */
#define REPLY_MAX 65536

/* Class, subject, detail: "5.1.10" and longer ones (RFC 3463, section 2). */
#define STATUS_MAX 10

struct reply {
  struct delivery_reply r;
  GPtrArray *lines;
  gsize length;
  gboolean takes_text; /* lines without a code may stand in between */
  char status[STATUS_MAX];
};

void
reply_free (struct reply *reply)
{
  if (!reply)
    return;
  g_ptr_array_unref (reply->lines);
  g_free (reply);
}

static struct reply *
reply_new (void)
{
  struct reply *reply = g_new0 (struct reply, 1);

  reply->lines = g_ptr_array_new_with_free_func (g_free);
  return reply;
}

/* ---- Reading ----------------------------------------------------------- */

/* The code that a line begins with, or 0. */
static int
line_code (const char *line)
{
  if (line[0] < '1' || line[0] > '5' || !g_ascii_isdigit (line[1])
      || !g_ascii_isdigit (line[2]) || (line[3] && !strchr (" -", line[3])))
    return 0;
  return (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0');
}

static int
add_line (struct delivery_stream *stream, struct reply *reply,
          const char *line, size_t length)
{
  int code = line_code (line);
  size_t start = MIN (length, 4);

  if (!code && reply->takes_text && reply->r.code) {
    code = reply->r.code;
    start = 0;
  }
  if (!code || (reply->r.code && code != reply->r.code))
    return stream_break (stream, DELIVERY_PROTOCOL,
                         "%s sent what is no reply (%s): %s", stream->peer,
                         stream->about->str, line);
  reply->length += length;
  if (reply->lines->len == DELIVERY_REPLY_LINES_MAX
      || reply->length > REPLY_MAX)
    return stream_break (stream, DELIVERY_PROTOCOL,
                         "%s sent a reply without end", stream->peer);
  reply->r.code = code;
  g_ptr_array_add (reply->lines, g_strdup (line + start));
  return DELIVERY_OK;
}

/* Its class must be that of the code (RFC 2034, section 4). */
static void
find_status (struct reply *reply)
{
  const char *text = reply->lines->pdata[reply->lines->len - 1];
  gsize length = strspn (text, G_CSET_DIGITS ".");
  guint dots = 0;

  reply->r.status = reply->status;
  for (gsize i = 0; i < length; i++)
    dots += text[i] == '.';
  if (length >= 5 && length < STATUS_MAX && dots == 2 && text[1] == '.'
      && text[0] == '0' + reply->r.code / 100 && text[length - 1] != '.'
      && (text[length] == ' ' || !text[length]))
    g_strlcpy (reply->status, text, length + 1);
}

static int
read_reply (struct delivery_stream *stream, gboolean takes_text,
            const struct delivery_reply **reply)
{
  gboolean more = TRUE;

  reply_free (stream->reply);
  stream->reply = reply_new ();
  stream->reply->takes_text = takes_text;
  while (more) {
    const char *line;
    size_t length;
    int result = delivery_stream_read_line (stream, &line, &length);

    if (result == DELIVERY_OK)
      result = add_line (stream, stream->reply, line, length);
    if (result != DELIVERY_OK)
      return result;
    more = !line_code (line) || line[3] == '-';
  }
  find_status (stream->reply);
  stream->reply->r.lines = (const char *const *)stream->reply->lines->pdata;
  stream->reply->r.n_lines = stream->reply->lines->len;
  *reply = &stream->reply->r;
  return DELIVERY_OK;
}

int
delivery_reply_read (struct delivery_stream *stream,
                     const struct delivery_reply **reply)
{
  return read_reply (stream, FALSE, reply);
}

int
delivery_reply_read_text (struct delivery_stream *stream,
                          const struct delivery_reply **reply)
{
  return read_reply (stream, TRUE, reply);
}

/* ---- Failing ----------------------------------------------------------- */

int
delivery_reply_fail_as (struct delivery_stream *stream,
                        const struct delivery_reply *reply, const char *what,
                        int reason)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (size_t i = 0; i < reply->n_lines; i++)
    g_string_append_printf (text, " %s", reply->lines[i]);
  return delivery_fail (stream->ep, reason, "%s: %d%s", what, reply->code,
                        text->str);
}

int
delivery_reply_fail (struct delivery_stream *stream,
                     const struct delivery_reply *reply, const char *what)
{
  int reason = DELIVERY_PROTOCOL;

  if (reply->code / 100 == 4)
    reason = DELIVERY_TEMPFAIL;
  if (reply->code / 100 == 5)
    reason = DELIVERY_REJECTED;
  return delivery_reply_fail_as (stream, reply, what, reason);
}
