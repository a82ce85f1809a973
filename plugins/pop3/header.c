/* SPDX-License-Identifier: BSD-2-Clause */
/* Headers of messages, by TOP, or by RETR where that is missing. */
#include "pop3.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Bytes of a header that are kept.  Ours is far shorter; others may be as long
 * as their senders like. */
#define HEADER_MAX ((size_t)DELIVERY_LITERAL_MAX)

struct text {
  char *data;
  size_t length, size;
};

static int
add_line (struct pop3 *pop3, struct text *text, const char *line,
          size_t length)
{
  size_t wanted = text->length + length + 3;

  if (wanted > text->size) {
    char *data = realloc (text->data, wanted * 2);

    if (!data)
      return delivery_fail (pop3->ep, DELIVERY_INTERNAL, "out of memory");
    text->data = data;
    text->size = wanted * 2;
  }
  memcpy (text->data + text->length, line, length);
  memcpy (text->data + text->length + length, "\r\n", 3);
  text->length += length + 2;
  return DELIVERY_OK;
}

/* Up to the end of the answer; what stands behind the header is dropped. */
static int
read_text (struct pop3 *pop3, struct text *text)
{
  const char *line;
  size_t length;
  int is_header = 1, result;

  for (;;) {
    result = delivery_stream_read_dotted (pop3->stream, &line, &length);
    if (result != DELIVERY_OK || !line)
      return result;
    is_header = is_header && length > 0 && text->length < HEADER_MAX;
    if (is_header)
      result = add_line (pop3, text, line, length);
    if (result != DELIVERY_OK)
      return result;
  }
}

/* One that is as long as this is not ours: ours has an empty header then. */
static int
is_long (struct pop3 *pop3, uint32_t number, struct answer *answer,
         int *long_one)
{
  const char *at;
  uint32_t same, size;
  int result = pop3_ask (pop3, answer, "LIST %" PRIu32, number);

  *long_one = 0;
  if (result != DELIVERY_OK || answer->status != STATUS_OK)
    return result;
  at = answer->text;
  if (!take_number (&at, &same) || same != number || !take_number (&at, &size))
    return delivery_fail (
        pop3->ep, DELIVERY_PROTOCOL,
        "the server answers LIST with what makes no sense: %s", answer->text);
  *long_one = size > DELIVERY_LITERAL_MAX;
  return DELIVERY_OK;
}

/* TOP is optional.  RETR is not, and brings it all. */
static int
ask_for_all (struct pop3 *pop3, uint32_t number, struct answer *answer,
             int *long_one)
{
  int result = is_long (pop3, number, answer, long_one);

  if (result != DELIVERY_OK || answer->status != STATUS_OK || *long_one)
    return result;
  return pop3_ask (pop3, answer, "RETR %" PRIu32, number);
}

int
pop3_read_header (struct pop3 *pop3, uint32_t number, char **header,
                  size_t *length)
{
  struct text text = { calloc (1, 1), 0, 1 };
  struct answer answer;
  int long_one = 0, result;

  *header = NULL;
  if (!text.data)
    return delivery_fail (pop3->ep, DELIVERY_INTERNAL, "out of memory");
  result = pop3_ask (pop3, &answer, "TOP %" PRIu32 " 0", number);
  if (result == DELIVERY_OK && answer.status != STATUS_OK
      && !(pop3->offered & POP3_TOP))
    result = ask_for_all (pop3, number, &answer, &long_one);
  if (result == DELIVERY_OK && answer.status == STATUS_OK && !long_one)
    result = read_text (pop3, &text);
  else if (result == DELIVERY_OK && answer.status != STATUS_OK)
    result = pop3_note_refusal (pop3, &answer, "a new message cannot be read");
  if (result != DELIVERY_OK || answer.status != STATUS_OK) {
    free (text.data);
    return result;
  }
  *header = text.data;
  *length = text.length;
  return DELIVERY_OK;
}
