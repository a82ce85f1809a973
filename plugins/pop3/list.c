/* SPDX-License-Identifier: BSD-2-Clause */
/* Which messages there are. */
#include "pop3.h"

/* How many of those without unique-ids are listed. */
#define BLIND_MAX 1000

static int
add (struct pop3 *pop3, struct listing *listing, uint32_t number,
     const char *uid)
{
  if (!listing_add (listing, number, uid))
    return delivery_fail (pop3->ep, DELIVERY_INTERNAL, "out of memory");
  return DELIVERY_OK;
}

static int
fail_nonsense (struct pop3 *pop3, const char *what, const char *line)
{
  return delivery_fail (pop3->ep, DELIVERY_PROTOCOL,
                        "the server answers %s with what makes no sense: "
                        "%s",
                        what, line);
}

/* Their numbers rise: none comes twice. */
static int
read_unique_ids (struct pop3 *pop3, struct listing *listing, uint32_t *count)
{
  const char *line, *uid;
  uint32_t number;
  int result;

  *count = 0;
  for (;;) {
    result = delivery_stream_read_dotted (pop3->stream, &line, NULL);
    if (result != DELIVERY_OK || !line)
      return result;
    if (!parse_unique_id (line, &number, &uid) || number <= *count)
      return fail_nonsense (pop3, "UIDL", line);
    result = add (pop3, listing, number, uid);
    if (result != DELIVERY_OK)
      return result;
    *count = number;
  }
}

/* Without UIDL the number of messages must do. */
static int
list_blindly (struct pop3 *pop3, struct listing *listing, uint32_t *count)
{
  struct answer answer;
  const char *at;
  uint32_t first;
  int result = pop3_ask (pop3, &answer, "STAT");

  if (result != DELIVERY_OK)
    return result;
  if (answer.status != STATUS_OK)
    return pop3_refuse (pop3, &answer, "STAT", DELIVERY_REJECTED);
  at = answer.text;
  if (!take_number (&at, count))
    return fail_nonsense (pop3, "STAT", answer.text);
  first = pop3->is_known ? pop3->known_count : 0;
  if (first<*count && * count - first> BLIND_MAX)
    first = *count - BLIND_MAX;
  for (uint32_t i = first; i < *count && result == DELIVERY_OK; i++)
    result = add (pop3, listing, i + 1, "");
  return result;
}

int
pop3_list (struct pop3 *pop3, struct listing *listing, uint32_t *count)
{
  struct answer answer;
  int result = pop3_ask (pop3, &answer, "UIDL");

  if (result != DELIVERY_OK)
    return result;
  if (answer.status == STATUS_OK)
    return read_unique_ids (pop3, listing, count);
  return list_blindly (pop3, listing, count);
}
