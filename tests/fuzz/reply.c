/* SPDX-License-Identifier: BSD-2-Clause */
/* Replies of three digits, as SMTP and FTP have them, read from a connection
 * whole and in pieces.  Input: the kind, the size of the pieces, and what the
 * server says. */
#include "end.h"
#include "fuzz.h"

#include <string.h>

static void
check_reply (const struct delivery_reply *reply)
{
  FUZZ_REQUIRE (reply->code >= 100 && reply->code <= 599);
  FUZZ_REQUIRE (reply->n_lines && reply->n_lines <= DELIVERY_REPLY_LINES_MAX);
  for (size_t i = 0; i < reply->n_lines; i++)
    FUZZ_REQUIRE (strlen (reply->lines[i]) <= DELIVERY_LINE_MAX
                  && !strchr (reply->lines[i], '\n'));
  FUZZ_REQUIRE (!*reply->status
                || (*reply->status == '0' + reply->code / 100
                    && g_str_has_prefix (reply->lines[reply->n_lines - 1],
                                         reply->status)));
}

static int
read_one (struct delivery_stream *stream, gboolean takes_text,
          const struct delivery_reply **reply)
{
  return takes_text ? delivery_reply_read_text (stream, reply)
                    : delivery_reply_read (stream, reply);
}

/* All there is to know of it. */
static char *
read_all (struct end *end, struct delivery_stream *stream, gboolean takes_text)
{
  GString *seen = g_string_new (NULL);
  const struct delivery_reply *reply;
  int result;

  while ((result = read_one (stream, takes_text, &reply)) == DELIVERY_OK) {
    check_reply (reply);
    FUZZ_REQUIRE (delivery_reply_fail (stream, reply, "RCPT")
                  == (reply->code / 100 == 4   ? DELIVERY_TEMPFAIL
                      : reply->code / 100 == 5 ? DELIVERY_REJECTED
                                               : DELIVERY_PROTOCOL));
    g_string_append_printf (seen, "%d %zu %s\n", reply->code, reply->n_lines,
                            end->ep->text);
  }
  FUZZ_REQUIRE (result == DELIVERY_PROTOCOL || result == DELIVERY_CLOSED);
  g_string_append (seen, end->ep->text);
  /* It stays so. */
  FUZZ_REQUIRE (read_one (stream, takes_text, &reply) == result);
  return g_string_free (seen, FALSE);
}

static char *
run (const struct fuzz_input *said, size_t piece, gboolean takes_text)
{
  struct end end;
  struct delivery_stream *stream;
  char *seen;

  FUZZ_REQUIRE (end_init (&end, DELIVERY_SENDER, END_URL));
  stream = end_stream (&end, said->at, said->left, piece);
  seen = read_all (&end, stream, takes_text);
  delivery_stream_free (stream);
  end_clear (&end);
  return seen;
}

FUZZ_TARGET (reply)
{
  struct fuzz_input input = { data, size };
  gboolean takes_text = fuzz_below (&input, 2) != 0;
  size_t piece = fuzz_byte (&input);
  g_autofree char *whole = run (&input, size, takes_text);
  g_autofree char *pieces = run (&input, piece, takes_text);

  FUZZ_REQUIRE (strcmp (whole, pieces) == 0);
  return 0;
}
