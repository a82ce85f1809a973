/* SPDX-License-Identifier: BSD-2-Clause */
#include "command.h"

#include "imap.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

/* Bytes of one response with its literals. */
#define RESPONSE_MAX (2 * DELIVERY_LITERAL_MAX)

static int
out_of_memory (struct imap *imap)
{
  return delivery_fail (imap->ep, DELIVERY_INTERNAL, "out of memory");
}

static int
fail_protocol (struct imap *imap, const char *what)
{
  return delivery_fail (imap->ep, DELIVERY_PROTOCOL, "the server %s: %s", what,
                        imap->response.data);
}

/* ---- Commands ---------------------------------------------------------- */

void
imap_free_commands (struct imap *imap)
{
  for (size_t i = 0; i < COMMANDS_MAX; i++)
    free (imap->commands[i].text);
  memset (imap->commands, 0, sizeof imap->commands);
  free (imap->response.data);
  imap->response = (struct response){ NULL, 0, 0 };
}

/* Tags that nobody can guess: answers that are sent ahead have others. */
int
imap_reset_commands (struct imap *imap)
{
  unsigned char random[4];

  imap_free_commands (imap);
  imap->last = 0;
  imap->untagged = 0;
  if (getrandom (random, sizeof random, 0) != sizeof random)
    return delivery_fail (imap->ep, DELIVERY_INTERNAL, "no random bytes");
  for (size_t i = 0; i < sizeof random; i++)
    imap->prefix[i] = (char)('A' + random[i] % 26);
  imap->prefix[sizeof random] = '\0';
  return DELIVERY_OK;
}

static struct command *
new_command (struct imap *imap)
{
  struct command *command = &imap->commands[++imap->last % COMMANDS_MAX];

  free (command->text);
  *command = (struct command){ imap->last, STATUS_PENDING, NULL };
  imap->untagged = 0;
  imap->fetched = 0;
  imap->expunged = 0;
  return command;
}

unsigned
imap_new_tag (struct imap *imap)
{
  return new_command (imap)->number;
}

unsigned
imap_say (struct imap *imap, const char *format, ...)
{
  struct command *command = new_command (imap);
  char *line;
  va_list args;
  int length;

  va_start (args, format);
  length = vasprintf (&line, format, args);
  va_end (args);
  if (length < 0) {
    imap->is_starved = 1;
    return command->number;
  }
  delivery_stream_printf (imap->stream, "%s%u %s", imap->prefix,
                          command->number, line);
  free (line);
  return command->number;
}

unsigned
imap_say_secret (struct imap *imap, const char *verb, const char *secret)
{
  struct command *command = new_command (imap);
  char *line;

  if (asprintf (&line, "%s%u %s ", imap->prefix, command->number, verb) < 0) {
    imap->is_starved = 1;
    return command->number;
  }
  delivery_stream_secret (imap->stream, line, secret);
  free (line);
  return command->number;
}

int
imap_fail (struct imap *imap, const struct command *command, const char *what,
           int reason)
{
  return delivery_fail (imap->ep, reason, "%s: %s %s", what,
                        command->status == STATUS_BAD ? "BAD" : "NO",
                        command->text);
}

/* ---- Reading a response ------------------------------------------------ */

static int
add (struct imap *imap, const char *bytes, size_t length)
{
  struct response *response = &imap->response;
  size_t wanted = response->length + length + 3;

  if (wanted > RESPONSE_MAX)
    return fail_protocol (imap, "sends a response without end");
  if (wanted > response->size) {
    char *data = realloc (response->data, wanted * 2);

    if (!data)
      return out_of_memory (imap);
    response->data = data;
    response->size = wanted * 2;
  }
  memcpy (response->data + response->length, bytes, length);
  response->length += length;
  response->data[response->length] = '\0';
  return DELIVERY_OK;
}

/* Words for people may end in "{5}"; no literal stands behind them. */
static int
has_words (const struct response *response)
{
  struct parser parser = { response->data, response->data + response->length };
  struct span tag;

  return parse_char (&parser, '+')
         || (parse_word (&parser, &tag) && parse_char (&parser, ' ')
             && (parse_this (&parser, "OK") || parse_this (&parser, "NO")
                 || parse_this (&parser, "BAD") || parse_this (&parser, "BYE")
                 || parse_this (&parser, "PREAUTH")));
}

static int
add_literal (struct imap *imap, size_t length)
{
  char *bytes;
  int result = delivery_stream_read_bytes (imap->stream, length, &bytes);

  if (result == DELIVERY_OK)
    result = add (imap, "\r\n", 2);
  if (result == DELIVERY_OK)
    result = add (imap, bytes, length);
  free (bytes);
  return result;
}

/* More than is ever read at a time is not waited for. */
static int
is_passed_over (size_t length)
{
  return length > DELIVERY_LITERAL_MAX && length < DELIVERY_INPUT_MAX;
}

/* Whoever may write into a mailbox may send a header of any size, which is
 * none of ours then: it becomes an empty one. */
static int
pass_over_literal (struct imap *imap, size_t length)
{
  struct response *response = &imap->response;
  int result = DELIVERY_OK;

  while (result == DELIVERY_OK && length) {
    size_t n = length < DELIVERY_LITERAL_MAX ? length : DELIVERY_LITERAL_MAX;
    char *bytes;

    result = delivery_stream_read_bytes (imap->stream, n, &bytes);
    free (bytes);
    length -= n;
  }
  while (response->data[response->length - 1] != '{')
    response->length--;
  return result == DELIVERY_OK ? add (imap, "0}\r\n", 4) : result;
}

static int
read_response (struct imap *imap)
{
  const char *line;
  size_t length, literal;
  int more = 1, result = DELIVERY_OK;

  imap->response.length = 0;
  if (imap->is_starved)
    return out_of_memory (imap);
  while (more && result == DELIVERY_OK) {
    result = delivery_stream_read_line (imap->stream, &line, &length);
    if (result == DELIVERY_OK)
      result = add (imap, line, length);
    if (result != DELIVERY_OK || has_words (&imap->response))
      return result;
    more = parse_announcement (line, length, &literal);
    if (more < 0)
      return fail_protocol (imap, "announces what is no length");
    if (more)
      result = is_passed_over (literal) ? pass_over_literal (imap, literal)
                                        : add_literal (imap, literal);
  }
  return result;
}

/* ---- Taking it --------------------------------------------------------- */

/* "[CODE argument] words", in answers of OK, NO, BAD, PREAUTH. */
static int
take_code (struct imap *imap, struct parser parser)
{
  struct place *place = &imap->places[imap->selected % PLACES_MAX];

  if (!parse_char (&parser, '['))
    return DELIVERY_OK;
  if (parse_this (&parser, "CAPABILITY"))
    return imap_note_capabilities (imap, parser.at, parser.end);
  if (imap->selected == PLACES_MAX)
    return DELIVERY_OK;
  if (parse_this (&parser, "UIDNEXT"))
    parse_number (&parser, &place->said_next);
  else if (parse_this (&parser, "UIDVALIDITY"))
    parse_number (&parser, &place->said_validity);
  return DELIVERY_OK;
}

static int
take_bye (struct imap *imap, const struct parser *parser)
{
  if (imap->may_leave)
    return DELIVERY_OK;
  return delivery_fail (imap->ep, DELIVERY_CLOSED,
                        "the server ends the connection: %s", parser->at);
}

/* They have limits of their own: many may come, and others may remove many. */
static int
count (struct imap *imap, unsigned *counter, const char *what)
{
  imap->untagged--;
  return ++*counter > MESSAGES_MAX ? fail_protocol (imap, what) : DELIVERY_OK;
}

static int
take_numbered (struct imap *imap, uint32_t number, struct parser *parser)
{
  int result;

  if (parse_this (parser, "EXPUNGE"))
    return count (imap, &imap->expunged, "removes more messages than can be");
  if (parse_this (parser, "EXISTS")) {
    imap->has_news = 1;
    imap->is_empty = number == 0;
  } else if (parse_this (parser, "RECENT"))
    imap->has_news = 1;
  if (!parse_this (parser, "FETCH"))
    return DELIVERY_OK;
  result = count (imap, &imap->fetched, "has more new messages than can be");
  return result == DELIVERY_OK ? imap_note_fetch (imap, parser) : result;
}

static int
take_untagged (struct imap *imap, struct parser parser)
{
  uint32_t number;

  if (++imap->untagged > UNTAGGED_MAX)
    return fail_protocol (imap, "says more than anybody asked for");
  if (parse_this (&parser, "BYE"))
    return take_bye (imap, &parser);
  if (parse_this (&parser, "OK") || parse_this (&parser, "NO")
      || parse_this (&parser, "BAD"))
    return take_code (imap, parser);
  if (parse_this (&parser, "CAPABILITY"))
    return imap_note_capabilities (imap, parser.at, parser.end);
  if (!imap->is_begun)
    return DELIVERY_OK;
  if (imap->is_listing && parse_this (&parser, "LIST"))
    return imap_note_list (imap, &parser);
  if (parse_this (&parser, "STATUS"))
    return imap_note_status (imap, &parser);
  if (parse_number (&parser, &number) && parse_char (&parser, ' '))
    return take_numbered (imap, number, &parser);
  return DELIVERY_OK;
}

/* The command that a tag belongs to, or NULL. */
static struct command *
find_command (struct imap *imap, const struct span *tag)
{
  size_t prefix = strlen (imap->prefix);
  struct parser parser = { tag->start + prefix, tag->start + tag->length };
  struct command *command;
  uint32_t number;

  if (tag->length <= prefix || memcmp (tag->start, imap->prefix, prefix) != 0
      || !parse_number (&parser, &number) || parser.at != parser.end)
    return NULL;
  command = &imap->commands[number % COMMANDS_MAX];
  return number && command->number == number
                 && command->status == STATUS_PENDING
             ? command
             : NULL;
}

static int
take_tagged (struct imap *imap, struct parser parser)
{
  struct span tag;
  struct command *command;

  if (!parse_word (&parser, &tag) || !parse_char (&parser, ' ')
      || !(command = find_command (imap, &tag)))
    return fail_protocol (imap, "answers what it was not asked");
  if (parse_this (&parser, "OK"))
    command->status = STATUS_OK;
  else if (parse_this (&parser, "NO"))
    command->status = STATUS_NO;
  else if (parse_this (&parser, "BAD"))
    command->status = STATUS_BAD;
  else
    return fail_protocol (imap, "answers neither OK nor NO nor BAD");
  command->text = strdup (parser.at);
  if (!command->text)
    return out_of_memory (imap);
  return take_code (imap, parser);
}

/* Reads one; a "+" is left to the caller. */
static int
take_next (struct imap *imap, const char **challenge)
{
  int result = read_response (imap);
  struct parser parser;

  *challenge = NULL;
  if (result != DELIVERY_OK)
    return result;
  parser.at = imap->response.data;
  parser.end = imap->response.data + imap->response.length;
  if (parse_char (&parser, '*') && parse_char (&parser, ' '))
    return take_untagged (imap, parser);
  parser.at = imap->response.data;
  if (!parse_char (&parser, '+'))
    return take_tagged (imap, parser);
  parse_char (&parser, ' ');
  *challenge = parser.at;
  return DELIVERY_OK;
}

int
imap_take_one (struct imap *imap)
{
  const char *challenge;
  int result = take_next (imap, &challenge);

  if (result == DELIVERY_OK && challenge)
    return fail_protocol (imap, "asks for more, and there is none");
  return result;
}

int
imap_await (struct imap *imap, unsigned number, const struct command **command)
{
  int result = DELIVERY_OK;

  *command = &imap->commands[number % COMMANDS_MAX];
  while (result == DELIVERY_OK && (*command)->status == STATUS_PENDING)
    result = imap_take_one (imap);
  return result;
}

int
imap_await_ok (struct imap *imap, unsigned number, const char *what)
{
  const struct command *command;
  int result = imap_await (imap, number, &command);

  if (result == DELIVERY_OK && command->status != STATUS_OK)
    return imap_fail (imap, command, what, DELIVERY_REJECTED);
  return result;
}

int
imap_await_more (struct imap *imap, unsigned number, const char **challenge)
{
  const struct command *command = &imap->commands[number % COMMANDS_MAX];
  int result = DELIVERY_OK;

  *challenge = NULL;
  while (result == DELIVERY_OK && !*challenge
         && command->status == STATUS_PENDING)
    result = take_next (imap, challenge);
  return result;
}
