/* SPDX-License-Identifier: BSD-2-Clause */
/* The grammar of IMAP: nothing is read beyond the end, every piece lies in
 * what was read.  Names of mailboxes.  Input: a response, or a name. */
#include "fuzz.h"

#include "../../plugins/imap/name.h"
#include "../../plugins/imap/parse.h"

#include <stdlib.h>
#include <string.h>

/* What a function that takes a piece must have done. */
static void
check_step (const struct parser *before, const struct parser *behind, int took)
{
  FUZZ_REQUIRE (behind->end == before->end);
  FUZZ_REQUIRE (behind->at >= before->at && behind->at <= before->end);
  FUZZ_REQUIRE (took || behind->at == before->at);
}

static void
check_span (const struct parser *all, const struct span *span)
{
  char *copy;

  FUZZ_REQUIRE (span->start >= all->at && span->start <= all->end);
  FUZZ_REQUIRE (span->length <= (size_t)(all->end - span->start));
  copy = span_copy (span);
  FUZZ_REQUIRE (copy && strlen (copy) <= span->length);
  FUZZ_REQUIRE (!span_is (span, "UID") || span->length == 3);
  free (copy);
}

/* Every function at this place. */
static void
check_at (const struct parser *at)
{
  struct parser parser = *at;
  struct span span;
  uint32_t number;
  int took = parse_word (&parser, &span);

  check_step (at, &parser, took && span.length);
  check_span (at, &span);
  parser = *at;
  check_step (at, &parser, parse_this (&parser, "FETCH"));
  parser = *at;
  check_step (at, &parser, parse_number (&parser, &number));
  parser = *at;
  if ((took = parse_string (&parser, &span)))
    check_span (at, &span);
  check_step (at, &parser, took);
  parser = *at;
  if ((took = parse_item (&parser, &span)))
    check_span (at, &span);
  check_step (at, &parser, took);
}

/* "* 12 FETCH (NAME value NAME value)", as a session reads it. */
static void
check_response (const uint8_t *data, size_t size)
{
  struct parser parser = { (const char *)data, (const char *)data + size };

  while (parser.at < parser.end) {
    struct parser before = parser;
    struct span name;
    int took;

    check_at (&parser);
    took = parse_item (&parser, &name) && parse_char (&parser, ' ')
           && parse_value (&parser);
    if (!took)
      parser = before;
    if (!took && !parse_value (&parser))
      parser.at++;
    else
      parse_char (&parser, ' ');
    FUZZ_REQUIRE (parser.at >= before.at && parser.at <= parser.end);
    /* An empty value is no way to go on. */
    if (parser.at == before.at)
      parser.at++;
  }
}

static void
check_announcement (const uint8_t *data, size_t size)
{
  size_t literal = 0;
  int is = parse_announcement ((const char *)data, size, &literal);

  FUZZ_REQUIRE (is >= -1 && is <= 1);
  FUZZ_REQUIRE (!is || data[size - 1] == '}');
}

/* Printable ASCII stays; all else is base64 between "&" and "-". */
static void
check_name (const char *name)
{
  char *encoded = name_encode (name), *quoted = name_quote (name);

  FUZZ_REQUIRE (encoded && strlen (encoded) <= 3 * strlen (name) + 2);
  for (const char *at = encoded; *at; at++)
    if (*at == '&') {
      at += 1 + strspn (at + 1, G_CSET_a_2_z G_CSET_A_2_Z G_CSET_DIGITS "+,");
      FUZZ_REQUIRE (*at == '-');
    } else {
      FUZZ_REQUIRE ((guchar)*at < 0x80);
    }
  if (quoted) {
    struct parser parser = { quoted, quoted + strlen (quoted) };
    struct span span;
    char *again;

    FUZZ_REQUIRE (parse_string (&parser, &span) && parser.at == parser.end);
    again = span_copy (&span);
    FUZZ_REQUIRE (strcmp (again, name) == 0);
    free (again);
  }
  free (encoded);
  free (quoted);
}

FUZZ_TARGET (imap)
{
  struct fuzz_input input = { data, size };
  g_autofree char *name = fuzz_line (&input);

  check_response (data, size);
  check_announcement (data, size);
  if (g_utf8_validate (name, -1, NULL))
    check_name (name);
  return 0;
}
