/* SPDX-License-Identifier: BSD-2-Clause */
/* Records through a pipe: whole, in pieces, cut off, and made up. */
#include "record.h"

#include "unit.h"

#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

/* One body of each kind, as text that GVariant reads. */
static const char *const bodies[N_RECORD_KINDS] = {
  [RECORD_BEGIN] = "('send_conn', 'smtp')",
  [RECORD_STEP] = "('send_conn', 0.25)",
  [RECORD_END_INFO] = "(1, 'imap', '1.0', 'imap://u@h:143/')",
  [RECORD_TOKEN] = "('cd-token',)",
  [RECORD_DETAIL] = "('a detail',)",
  [RECORD_WARNING] = "('\xc3\xbc\xe2\x82\xac',)",
  [RECORD_DEBUG] = "(3, '')",
  [RECORD_FACT] = "('send_tls', 'TLSv1.3')",
  [RECORD_METRIC] = "('recv_hops', 7.0, 'c')",
  [RECORD_RESULT] = "(5, 'recv_recv', 'not there', -1.5)",
  [RECORD_ENV] = "('NAME',)",
  [RECORD_SCENARIO] = "('s', 'x://a', 'x://b', {'wait': '1'}, "
                      "[('status', 'eq', '0', true)], '')",
  [RECORD_PLUGIN] = "(('p', '1', 's', 'a', 'h'), (uint16 0, uint16 9, "
                    "uint32 56, uint32 136, uint32 40), [('x', ['y'], 's', "
                    "'d', uint32 3, uint32 4, [('n', uint32 1, uint32 0, "
                    "just 'd', nothing, 'h')])])",
  [RECORD_ERROR] = "(15, 'no such file')",
  [RECORD_DONE] = "()",
};

/* Where the kinds have types that the text alone does not tell. */
static const char *
type_of (int kind)
{
  switch (kind) {
  case RECORD_SCENARIO:
    return "(sssa{ss}a(sssb)s)";
  case RECORD_PLUGIN:
    return "((sssss)(qquuu)a(sasssuua(suumsmss)))";
  default:
    return NULL;
  }
}

static GVariant *
body_of (int kind)
{
  const GVariantType *type
      = type_of (kind) ? G_VARIANT_TYPE (type_of (kind)) : NULL;
  g_autoptr (GError) error = NULL;
  GVariant *body = g_variant_parse (type, bodies[kind], NULL, NULL, &error);

  ck_assert_msg (body != NULL, "%s: %s", bodies[kind],
                 error ? error->message : "");
  return body;
}

struct channel {
  int in, out;
  struct record_reader *reader;
};

static void
channel_open (struct channel *channel)
{
  int fds[2];

  ck_assert_int_eq (pipe (fds), 0);
  ck_assert_int_eq (fcntl (fds[0], F_SETFL, O_NONBLOCK), 0);
  channel->in = fds[0];
  channel->out = fds[1];
  channel->reader = record_reader_new ();
}

static void
channel_close (struct channel *channel)
{
  close (channel->in);
  close (channel->out);
  record_reader_free (channel->reader);
}

static void
put (struct channel *channel, const void *bytes, gsize length)
{
  ck_assert_int_eq (write (channel->out, bytes, length), (gssize)length);
}

/* Everything that is in the pipe, and how that ended. */
static int
fill (struct channel *channel)
{
  gssize got;

  do
    got = record_reader_fill (channel->reader, channel->in);
  while (got > 0);
  return (int)got;
}

static int
next (struct channel *channel, enum record_kind *kind, GVariant **body)
{
  return record_reader_next (channel->reader, kind, body);
}

static void
send (struct channel *channel, int kind)
{
  g_autoptr (GVariant) body = body_of (kind);

  ck_assert (record_write (channel->out, (enum record_kind)kind, body));
}

/* A record as bytes; takes the body.  `*head` is how many of them are not the
 * body. */
static GByteArray *
bytes_of (int kind, GVariant *body, gsize *head)
{
  GByteArray *bytes = g_byte_array_new ();
  guint8 buffer[4096];
  struct channel channel;
  gssize n;

  body = g_variant_take_ref (body);
  channel_open (&channel);
  ck_assert (record_write (channel.out, (enum record_kind)kind, body));
  n = read (channel.in, buffer, sizeof buffer);
  ck_assert_int_gt (n, 0);
  ck_assert_int_lt (n, (gssize)sizeof buffer);
  g_byte_array_append (bytes, buffer, (guint)n);
  *head = (gsize)n - g_variant_get_size (body);
  channel_close (&channel);
  g_variant_unref (body);
  return bytes;
}

START_TEST (each_kind_arrives_as_it_was_sent)
{
  g_autoptr (GVariant) sent = body_of (_i);
  GVariant *body = NULL;
  enum record_kind kind;
  struct channel channel;

  channel_open (&channel);
  ck_assert (record_write (channel.out, (enum record_kind)_i, sent));
  ck_assert_int_eq (fill (&channel), 0);
  ck_assert_int_eq (next (&channel, &kind, &body), 1);
  ck_assert_int_eq (kind, _i);
  ck_assert (g_variant_equal (body, sent));
  g_variant_unref (body);
  ck_assert_int_eq (next (&channel, &kind, &body), 0);
  channel_close (&channel);
}
END_TEST

START_TEST (a_record_cut_off_anywhere_is_no_record_yet)
{
  gsize head;
  g_autoptr (GByteArray) bytes = bytes_of (_i, body_of (_i), &head);

  for (gsize length = 0; length < bytes->len; length++) {
    GVariant *body;
    enum record_kind kind;
    struct channel channel;

    channel_open (&channel);
    if (length)
      put (&channel, bytes->data, length);
    close (channel.out);
    channel.out = -1;
    ck_assert_int_eq (fill (&channel), -1);
    ck_assert_int_eq (record_reader_fill (channel.reader, -1), -1);
    ck_assert_int_eq (next (&channel, &kind, &body), 0);
    channel_close (&channel);
  }
}
END_TEST

START_TEST (a_record_may_come_byte_by_byte)
{
  gsize head;
  g_autoptr (GByteArray) bytes = bytes_of (_i, body_of (_i), &head);
  GVariant *body;
  enum record_kind kind;
  struct channel channel;

  channel_open (&channel);
  for (guint i = 0; i < bytes->len; i++) {
    ck_assert_int_eq (next (&channel, &kind, &body), 0);
    put (&channel, bytes->data + i, 1);
    ck_assert_int_eq (record_reader_fill (channel.reader, channel.in), 1);
  }
  ck_assert_int_eq (next (&channel, &kind, &body), 1);
  ck_assert_int_eq (kind, _i);
  g_variant_unref (body);
  channel_close (&channel);
}
END_TEST

START_TEST (a_header_with_any_wrong_byte_is_refused)
{
  gsize head;
  g_autoptr (GByteArray) bytes = bytes_of (_i, body_of (_i), &head);

  ck_assert_uint_gt (head, 0);
  for (gsize at = 0; at < head; at++)
    for (int bit = 0; bit < 8; bit++) {
      GVariant *body;
      enum record_kind kind;
      struct channel channel;

      channel_open (&channel);
      bytes->data[at] = (guint8)(bytes->data[at] ^ (1 << bit));
      put (&channel, bytes->data, bytes->len);
      bytes->data[at] = (guint8)(bytes->data[at] ^ (1 << bit));
      fill (&channel);
      ck_assert_int_eq (next (&channel, &kind, &body), -1);
      channel_close (&channel);
    }
}
END_TEST

/* Whatever stands in the body, it is refused or of the kind's type. */
START_TEST (a_body_with_any_wrong_byte_is_normal_or_refused)
{
  gsize head;
  g_autoptr (GVariant) sent = body_of (_i);
  g_autoptr (GByteArray) bytes = bytes_of (_i, g_variant_ref (sent), &head);
  static const guint8 wrong[] = { 0, 1, 0x7f, 0x80, 0xff };

  for (gsize at = head; at < bytes->len; at++)
    for (gsize i = 0; i < sizeof wrong; i++) {
      guint8 right = bytes->data[at];
      GVariant *body = NULL;
      enum record_kind kind;
      struct channel channel;
      int got;

      channel_open (&channel);
      bytes->data[at] = wrong[i];
      put (&channel, bytes->data, bytes->len);
      bytes->data[at] = right;
      fill (&channel);
      got = next (&channel, &kind, &body);
      ck_assert_int_ne (got, 0);
      if (got == 1) {
        ck_assert (g_variant_is_of_type (body, g_variant_get_type (sent)));
        ck_assert (g_variant_is_normal_form (body));
        g_variant_unref (body);
      }
      channel_close (&channel);
    }
}
END_TEST

/* "(s)" is the text and its NUL. */
START_TEST (a_text_without_an_end_or_not_utf8_is_refused)
{
  static const char wrong[][4] = { { 'a', 'b', 'c', 'd' },
                                   { 'a', 0, 'c', 0 },
                                   { 'a', (char)0xff, 'c', 0 } };

  for (gsize i = 0; i < G_N_ELEMENTS (wrong); i++) {
    gsize head;
    g_autoptr (GByteArray) bytes
        = bytes_of (RECORD_TOKEN, g_variant_new ("(s)", "abc"), &head);
    GVariant *body;
    enum record_kind kind;
    struct channel channel;

    ck_assert_uint_eq (bytes->len, head + 4);
    memcpy (bytes->data + head, wrong[i], 4);
    channel_open (&channel);
    put (&channel, bytes->data, bytes->len);
    fill (&channel);
    ck_assert_int_eq (next (&channel, &kind, &body), -1);
    channel_close (&channel);
  }
}
END_TEST

/* A header that is right in itself and announces nothing, or too much.  It
 * is made from one that was written, by the rule that its last word is made
 * of those before it. */
START_TEST (an_announced_length_is_not_believed)
{
  static const guint32 lengths[]
      = { 0, RECORD_MAX + 1, G_MAXINT32, G_MAXUINT32 };
  gsize head;
  g_autoptr (GByteArray) bytes = bytes_of (_i, body_of (_i), &head);
  guint32 words[4];

  ck_assert_uint_eq (head, sizeof words);
  for (gsize i = 0; i < G_N_ELEMENTS (lengths); i++) {
    GVariant *body;
    enum record_kind kind;
    struct channel channel;

    memcpy (words, bytes->data, sizeof words);
    words[3] ^= words[2] ^ lengths[i];
    words[2] = lengths[i];
    channel_open (&channel);
    put (&channel, words, sizeof words);
    put (&channel, bytes->data + head, bytes->len - head);
    fill (&channel);
    ck_assert_int_eq (next (&channel, &kind, &body), -1);
    channel_close (&channel);
  }
}
END_TEST

static const char *const nonsense[]
    = { "this is no record, but a line of text\n", "0000000000000000",
        "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff" };

START_TEST (other_bytes_are_no_record)
{
  GVariant *body;
  enum record_kind kind;
  struct channel channel;

  channel_open (&channel);
  put (&channel, nonsense[_i], strlen (nonsense[_i]));
  fill (&channel);
  ck_assert_int_eq (next (&channel, &kind, &body), -1);
  channel_close (&channel);
}
END_TEST

START_TEST (several_records_keep_their_order)
{
  GVariant *body;
  enum record_kind kind;
  struct channel channel;

  channel_open (&channel);
  for (int i = 0; i < N_RECORD_KINDS; i++)
    send (&channel, i);
  fill (&channel);
  for (int i = 0; i < N_RECORD_KINDS; i++) {
    ck_assert_int_eq (next (&channel, &kind, &body), 1);
    ck_assert_int_eq (kind, i);
    g_variant_unref (body);
  }
  ck_assert_int_eq (next (&channel, &kind, &body), 0);
  channel_close (&channel);
}
END_TEST

START_TEST (a_body_lives_longer_than_its_reader)
{
  GVariant *body;
  const char *text;
  enum record_kind kind;
  struct channel channel;

  channel_open (&channel);
  send (&channel, RECORD_TOKEN);
  fill (&channel);
  ck_assert_int_eq (next (&channel, &kind, &body), 1);
  channel_close (&channel);
  g_variant_get (body, "(&s)", &text);
  ck_assert_str_eq (text, "cd-token");
  g_variant_unref (body);
}
END_TEST

START_TEST (a_delivery_time_may_be_nan)
{
  double delivery;
  GVariant *body;
  enum record_kind kind;
  struct channel channel;

  channel_open (&channel);
  ck_assert (
      record_write (channel.out, RECORD_RESULT,
                    g_variant_new ("(issd)", 1, "s", "m", (double)NAN)));
  fill (&channel);
  ck_assert_int_eq (next (&channel, &kind, &body), 1);
  g_variant_get_child (body, 3, "d", &delivery);
  ck_assert (isnan (delivery));
  g_variant_unref (body);
  channel_close (&channel);
}
END_TEST

START_TEST (what_is_too_long_is_not_written)
{
  g_autofree char *text = g_strnfill (RECORD_MAX, 'x');
  struct channel channel;

  channel_open (&channel);
  ck_assert (
      !record_write (channel.out, RECORD_DETAIL, g_variant_new ("(s)", text)));
  ck_assert_int_eq (record_reader_fill (channel.reader, channel.in), 0);
  channel_close (&channel);
}
END_TEST

/* Longer than a pipe holds: a child writes while we read. */
START_TEST (the_longest_record_gets_through)
{
  g_autofree char *text = g_strnfill (RECORD_MAX - 1, 'x');
  const char *seen;
  GVariant *body = NULL;
  enum record_kind kind;
  struct channel channel;
  int pid, got = 0;

  channel_open (&channel);
  pid = fork ();
  if (pid == 0)
    _exit (!record_write (channel.out, RECORD_DETAIL,
                          g_variant_new ("(s)", text)));
  ck_assert_int_gt (pid, 0);
  ck_assert_int_eq (fcntl (channel.in, F_SETFL, 0), 0);
  while (got == 0) {
    ck_assert_int_gt (record_reader_fill (channel.reader, channel.in), 0);
    got = next (&channel, &kind, &body);
  }
  ck_assert_int_eq (got, 1);
  g_variant_get (body, "(&s)", &seen);
  ck_assert_str_eq (seen, text);
  g_variant_unref (body);
  channel_close (&channel);
}
END_TEST

START_TEST (writing_to_nobody_fails)
{
  struct channel channel;

  signal (SIGPIPE, SIG_IGN);
  channel_open (&channel);
  close (channel.in);
  channel.in = -1;
  ck_assert (!record_write (channel.out, RECORD_DONE, g_variant_new ("()")));
  channel_close (&channel);
}
END_TEST

START_TEST (reading_tells_nothing_yet_from_the_end)
{
  struct channel channel;

  channel_open (&channel);
  ck_assert_int_eq (record_reader_fill (channel.reader, channel.in), 0);
  put (&channel, "x", 1);
  ck_assert_int_eq (record_reader_fill (channel.reader, channel.in), 1);
  close (channel.out);
  channel.out = -1;
  ck_assert_int_eq (record_reader_fill (channel.reader, channel.in), -1);
  channel_close (&channel);
}
END_TEST

void
unit_add (TCase *tcase)
{
  unit_add_table (tcase, each_kind_arrives_as_it_was_sent, bodies);
  unit_add_table (tcase, a_record_cut_off_anywhere_is_no_record_yet, bodies);
  unit_add_table (tcase, a_record_may_come_byte_by_byte, bodies);
  unit_add_table (tcase, a_header_with_any_wrong_byte_is_refused, bodies);
  unit_add_table (tcase, a_body_with_any_wrong_byte_is_normal_or_refused,
                  bodies);
  tcase_add_test (tcase, a_text_without_an_end_or_not_utf8_is_refused);
  unit_add_table (tcase, an_announced_length_is_not_believed, bodies);
  unit_add_table (tcase, other_bytes_are_no_record, nonsense);
  tcase_add_test (tcase, several_records_keep_their_order);
  tcase_add_test (tcase, a_body_lives_longer_than_its_reader);
  tcase_add_test (tcase, a_delivery_time_may_be_nan);
  tcase_add_test (tcase, what_is_too_long_is_not_written);
  tcase_add_test (tcase, the_longest_record_gets_through);
  tcase_add_test (tcase, writing_to_nobody_fails);
  tcase_add_test (tcase, reading_tells_nothing_yet_from_the_end);
}
