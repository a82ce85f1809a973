/* SPDX-License-Identifier: BSD-2-Clause */
/* The grammar of what an IMAP server says (RFC 3501, section 9): no input, no
 * output, nothing allocated by what is announced. */
#ifndef PLUGINS_IMAP_PARSE_H
#define PLUGINS_IMAP_PARSE_H

#include <stddef.h>
#include <stdint.h>

/* Lists in lists; more is an attack. */
#define PARSE_DEPTH_MAX 32

/* A response, of which [at, end) is still to be read.  A function that finds
 * something else than it is for returns 0 and leaves `at` where it was. */
struct parser {
  const char *at;
  const char *end;
};

/* A piece of a response.  Of a quoted string it is what stands between the
 * quotes, with its backslashes. */
struct span {
  const char *start;
  size_t length;
  int is_quoted;
};

/* This very character. */
int parse_char (struct parser *parser, char c);

/* A word up to a blank, a parenthesis or the end; not empty. */
int parse_word (struct parser *parser, struct span *word);

/* The next word, if it is this one in any case. */
int parse_this (struct parser *parser, const char *word);

/* A number of 32 bits, without a sign. */
int parse_number (struct parser *parser, uint32_t *number);

/* A string: an atom, quoted, or a literal. */
int parse_string (struct parser *parser, struct span *string);

/* Any value, lists with all that is in them. */
int parse_value (struct parser *parser);

/* The name of an item of FETCH: "UID", "BODY[HEADER.FIELDS (SUBJECT)]". */
int parse_item (struct parser *parser, struct span *name);

/* The literal that a line announces at its end: "{42}".  1 and its length; 0
 * if there is none; -1 if it is not a proper one. */
int parse_announcement (const char *line, size_t length, size_t *literal);

/* Whether a span is this text, in any case. */
int span_is (const struct span *span, const char *text);

/* A copy without backslashes, ended by NUL; NULL when out of memory. */
char *span_copy (const struct span *span);

#endif
