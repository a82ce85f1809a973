/* SPDX-License-Identifier: BSD-2-Clause */
/* The grammar of IMAP, also where it ends in the middle. */
#include "unit.h"

#include "../../plugins/imap/name.h"
#include "../../plugins/imap/parse.h"

#include <stdlib.h>
#include <string.h>

/* In memory of just its length: who reads beyond it is seen by sanitizers and
 * by valgrind. */
static struct parser
parser_of (const char *text, gsize length)
{
  char *exact = g_malloc (length ? length : 1);

  memcpy (exact, text, length);
  return (struct parser){ exact, exact + length };
}

static const struct {
  const char *text;
  const char *rest; /* behind the value; NULL if it is none */
} values[] = {
  { "atom", "" },
  { "atom rest", " rest" },
  { "\"quoted\" x", " x" },
  { "\"a \\\" b\\\\\" x", " x" },
  { "{3}\r\na\"b x", " x" },
  { "{0}\r\n", "" },
  { "(a (b \"c)\" {1}\r\n)) d) x", " x" },
  { "((a)(b)) x", " x" },
  { "NIL)", ")" },
  { "()", "" },
  { "", NULL },
  { " a", NULL },
  { ")", NULL },
  { "(a", NULL },
  { "\"open", NULL },
  { "\"a\\", NULL },
  { "\"a\r\nb\"", NULL },
  { "\"a\nb\"", NULL },
  { "\"a\rb\"", NULL },
  { "{4}\r\nabc", NULL },
  { "{4294967297}\r\nabc", NULL },
  { "{99999999999999999999}\r\n", NULL },
  { "{-1}\r\n", NULL },
  { "{}\r\n", NULL },
  { "{1", NULL },
  { "{1}x", NULL },
};

START_TEST (a_value)
{
  gsize length = strlen (values[_i].text);
  struct parser parser = parser_of (values[_i].text, length);
  const char *start = parser.at;

  ck_assert_int_eq (parse_value (&parser), values[_i].rest != NULL);
  if (values[_i].rest)
    ck_assert_uint_eq ((gsize)(parser.end - parser.at),
                       strlen (values[_i].rest));
  else
    ck_assert_ptr_eq (parser.at, start);
  g_free ((char *)start);
}
END_TEST

START_TEST (a_value_that_is_cut_anywhere)
{
  gsize length = strlen (values[_i].text);

  for (gsize cut = 0; cut < length; cut++) {
    struct parser parser = parser_of (values[_i].text, cut);
    const char *start = parser.at;
    struct span span;

    parse_value (&parser);
    parser.at = start;
    parse_item (&parser, &span);
    g_free ((char *)start);
  }
}
END_TEST

START_TEST (lists_in_lists_have_an_end)
{
  for (gsize depth = PARSE_DEPTH_MAX; depth <= PARSE_DEPTH_MAX + 1; depth++) {
    g_autofree char *open = g_strnfill (depth, '(');
    g_autofree char *close = g_strnfill (depth, ')');
    g_autofree char *text = g_strconcat (open, "a", close, NULL);
    struct parser parser = { text, text + strlen (text) };

    ck_assert_int_eq (parse_value (&parser), depth == PARSE_DEPTH_MAX);
  }
}
END_TEST

static const struct {
  const char *text;
  guint32 number;
  int is_one;
} numbers[] = {
  { "0", 0, 1 },
  { "42 ", 42, 1 },
  { "4294967295", G_MAXUINT32, 1 },
  { "4294967296", 0, 0 },
  { "99999999999999999999999", 0, 0 },
  { "-1", 0, 0 },
  { "+1", 0, 0 },
  { "", 0, 0 },
  { "x1", 0, 0 },
};

START_TEST (a_number)
{
  const char *text = numbers[_i].text;
  struct parser parser = { text, text + strlen (text) };
  guint32 number = 0;

  ck_assert_int_eq (parse_number (&parser, &number), numbers[_i].is_one);
  ck_assert_uint_eq (number, numbers[_i].number);
}
END_TEST

static const struct {
  const char *line;
  int is;
  gsize length;
} announcements[] = {
  { "BODY {42}", 1, 42 },
  { "{0}", 1, 0 },
  { "{4294967295}", 1, G_MAXUINT32 },
  { "{262145}", 1, 262145 },
  { "no literal", 0, 0 },
  { "", 0, 0 },
  { "{1}x", 0, 0 },
  { "}", 0, 0 },
  { "words in {braces}", -1, 0 },
  { "{}", -1, 0 },
  { "{-1}", -1, 0 },
  { "{0x10}", -1, 0 },
  { "{1+}", -1, 0 },
  { "{ 1}", -1, 0 },
  { "{99999999999999999999}", -1, 0 },
  { "{00000000000000000000000000000000001}", 0, 0 },
};

START_TEST (an_announcement)
{
  const char *line = announcements[_i].line;
  gsize length = 0;

  ck_assert_int_eq (parse_announcement (line, strlen (line), &length),
                    announcements[_i].is);
  if (announcements[_i].is == 1)
    ck_assert_uint_eq (length, announcements[_i].length);
}
END_TEST

static const struct {
  const char *text;
  const char *name;
} items[] = {
  { "UID 7", "UID" },
  { "BODY[HEADER.FIELDS (A B)] {1}", "BODY[HEADER.FIELDS (A B)]" },
  { "BODY[HEADER.FIELDS (\"A\")]<0> x", "BODY[HEADER.FIELDS (\"A\")]<0>" },
  { "BODY[HEADER", NULL },
  { ")", NULL },
  { "", NULL },
};

START_TEST (the_name_of_an_item)
{
  const char *text = items[_i].text, *name = items[_i].name;
  struct parser parser = { text, text + strlen (text) };
  struct span span;

  ck_assert_int_eq (parse_item (&parser, &span), name != NULL);
  if (name)
    ck_assert (span_is (&span, name));
}
END_TEST

START_TEST (a_copy_has_no_backslashes)
{
  const char *text = "\"a \\\"b\\\" \\\\\"";
  struct parser parser = { text, text + strlen (text) };
  struct span span;
  char *copy;

  ck_assert_int_eq (parse_string (&parser, &span), 1);
  copy = span_copy (&span);
  ck_assert_str_eq (copy, "a \"b\" \\");
  free (copy);
}
END_TEST

/* ---- Names of mailboxes ------------------------------------------------ */

static const struct {
  const char *name, *encoded, *quoted;
} names[] = {
  { "INBOX", "INBOX", "\"INBOX\"" },
  { "a b", "a b", "\"a b\"" },
  { "R&D", "R&-D", "\"R&-D\"" },
  { "say \"hi\"", "say \"hi\"", "\"say \\\"hi\\\"\"" },
  { "back\\slash", "back\\slash", "\"back\\\\slash\"" },
  { "Entwürfe", "Entw&APw-rfe", "\"Entw&APw-rfe\"" },
  { "ü&", "&APw-&-", "\"&APw-&-\"" },
  { "~peter/mail/台北/日本語", "~peter/mail/&U,BTFw-/&ZeVnLIqe-",
    "\"~peter/mail/&U,BTFw-/&ZeVnLIqe-\"" },
  { "\360\237\223\254", "&2D3c7A-", "\"&2D3c7A-\"" },
  { "&", "&-", "\"&-\"" },
  { "", "", "\"\"" },
};

START_TEST (the_name_of_a_mailbox)
{
  char *encoded = name_encode (names[_i].name);
  char *quoted = name_quote (encoded);

  unit_check_text ("encoded", encoded, names[_i].encoded);
  unit_check_text ("quoted", quoted, names[_i].quoted);
  free (encoded);
  free (quoted);
}
END_TEST

START_TEST (what_cannot_be_quoted)
{
  ck_assert_ptr_null (name_quote ("a\nb"));
  ck_assert_ptr_null (name_quote ("a\rb"));
  ck_assert_ptr_null (name_quote ("ü"));
}
END_TEST

void
unit_add (TCase *tcase)
{
  unit_add_table (tcase, a_value, values);
  unit_add_table (tcase, a_value_that_is_cut_anywhere, values);
  tcase_add_test (tcase, lists_in_lists_have_an_end);
  unit_add_table (tcase, a_number, numbers);
  unit_add_table (tcase, an_announcement, announcements);
  unit_add_table (tcase, the_name_of_an_item, items);
  tcase_add_test (tcase, a_copy_has_no_backslashes);
  unit_add_table (tcase, the_name_of_a_mailbox, names);
  tcase_add_test (tcase, what_cannot_be_quoted);
}
