/* SPDX-License-Identifier: BSD-2-Clause */
#include "parse.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static int
is_digit (char c)
{
  return c >= '0' && c <= '9';
}

int
span_is (const struct span *span, const char *text)
{
  return span->length == strlen (text)
         && strncasecmp (span->start, text, span->length) == 0;
}

char *
span_copy (const struct span *span)
{
  char *copy = malloc (span->length + 1);
  size_t n = 0;

  for (size_t i = 0; copy && i < span->length; i++) {
    if (span->is_quoted && span->start[i] == '\\' && i + 1 < span->length)
      i++;
    copy[n++] = span->start[i];
  }
  if (copy)
    copy[n] = '\0';
  return copy;
}

int
parse_char (struct parser *parser, char c)
{
  if (parser->at == parser->end || *parser->at != c)
    return 0;
  parser->at++;
  return 1;
}

int
parse_word (struct parser *parser, struct span *word)
{
  const char *at = parser->at;

  while (at < parser->end && *at && !strchr (" ()\r\n", *at))
    at++;
  *word = (struct span){ parser->at, (size_t)(at - parser->at), 0 };
  parser->at = at;
  return word->length > 0;
}

int
parse_this (struct parser *parser, const char *word)
{
  struct parser before = *parser;
  struct span found;

  if (parse_word (parser, &found) && span_is (&found, word)) {
    parse_char (parser, ' ');
    return 1;
  }
  *parser = before;
  return 0;
}

int
parse_number (struct parser *parser, uint32_t *number)
{
  const char *at = parser->at;
  uint64_t n = 0;

  while (at < parser->end && is_digit (*at) && n <= UINT32_MAX)
    n = n * 10 + (uint64_t)(*at++ - '0');
  if (at == parser->at || n > UINT32_MAX)
    return 0;
  parser->at = at;
  *number = (uint32_t)n;
  return 1;
}

/* ---- Strings ----------------------------------------------------------- */

static int
parse_quoted (struct parser *parser, struct span *string)
{
  const char *start = parser->at + 1, *at = start;

  while (at < parser->end && *at != '"' && *at != '\r' && *at != '\n') {
    if (*at == '\\' && ++at == parser->end)
      return 0;
    at++;
  }
  if (at == parser->end || *at != '"')
    return 0;
  *string = (struct span){ start, (size_t)(at - start), 1 };
  parser->at = at + 1;
  return 1;
}

/* "{42}", a line break, and 42 bytes, which must be there. */
static int
parse_literal (struct parser *parser, struct span *string)
{
  struct parser rest = *parser;
  uint32_t length;

  if (!parse_char (&rest, '{') || !parse_number (&rest, &length)
      || !parse_char (&rest, '}') || !parse_char (&rest, '\r')
      || !parse_char (&rest, '\n') || length > (size_t)(rest.end - rest.at))
    return 0;
  *string = (struct span){ rest.at, length, 0 };
  parser->at = rest.at + length;
  return 1;
}

int
parse_string (struct parser *parser, struct span *string)
{
  if (parser->at < parser->end && *parser->at == '"')
    return parse_quoted (parser, string);
  if (parser->at < parser->end && *parser->at == '{')
    return parse_literal (parser, string);
  return parse_word (parser, string);
}

/* ---- Values ------------------------------------------------------------ */

static int
/* NOLINTNEXTLINE(misc-no-recursion): not beyond PARSE_DEPTH_MAX. */
parse_nested (struct parser *parser, int depth)
{
  struct span string;

  if (!parse_char (parser, '('))
    return parse_string (parser, &string);
  if (depth == PARSE_DEPTH_MAX)
    return 0;
  while (!parse_char (parser, ')')) {
    if (!parse_nested (parser, depth + 1))
      return 0;
    /* Bodies in a list stand beside each other: "(...)(...)". */
    parse_char (parser, ' ');
  }
  return 1;
}

int
parse_value (struct parser *parser)
{
  struct parser before = *parser;

  if (parse_nested (parser, 0))
    return 1;
  *parser = before;
  return 0;
}

int
parse_item (struct parser *parser, struct span *name)
{
  const char *at = parser->at;
  int in_brackets = 0;

  while (at < parser->end && *at && *at != '\r' && *at != '\n'
         && (in_brackets || !strchr (" ()", *at))) {
    if (*at == '[')
      in_brackets = 1;
    if (*at == ']')
      in_brackets = 0;
    at++;
  }
  if (at == parser->at || in_brackets)
    return 0;
  *name = (struct span){ parser->at, (size_t)(at - parser->at), 0 };
  parser->at = at;
  return 1;
}

int
parse_announcement (const char *line, size_t length, size_t *literal)
{
  size_t at = length;
  uint64_t n = 0;

  if (!length || line[length - 1] != '}')
    return 0;
  while (at > 0 && line[at - 1] != '{' && length - at < 24)
    at--;
  if (at == 0 || line[at - 1] != '{')
    return 0;
  for (size_t i = at; i < length - 1; i++) {
    if (!is_digit (line[i]) || n > UINT32_MAX)
      return -1;
    n = n * 10 + (uint64_t)(line[i] - '0');
  }
  *literal = (size_t)n;
  return at < length - 1 ? 1 : -1;
}
