/* SPDX-License-Identifier: BSD-2-Clause */
/* Removing what was found, and nothing else. */
#include "pop3.h"

#include <inttypes.h>
#include <string.h>

static int
fail_other_message (struct pop3 *pop3, uint32_t number)
{
  return delivery_fail (pop3->ep, DELIVERY_PROTOCOL,
                        "message %" PRIu32 " is not the one any more that was "
                        "found; it stays",
                        number);
}

/* Whether the number still is that of the message.  It has to be in the same
 * session, but what is removed is lost. */
static int
check_unique_id (struct pop3 *pop3, uint32_t number, const char *uid)
{
  struct answer answer;
  const char *said;
  uint32_t same;
  int result = pop3_ask (pop3, &answer, "UIDL %" PRIu32, number);

  if (result != DELIVERY_OK)
    return result;
  if (answer.status != STATUS_OK)
    return pop3_refuse (pop3, &answer, "removing the message",
                        DELIVERY_REJECTED);
  if (!parse_unique_id (answer.text, &same, &said) || same != number
      || strcmp (said, uid) != 0)
    return fail_other_message (pop3, number);
  return DELIVERY_OK;
}

static int
remove_copy (struct pop3 *pop3, uint32_t number, const char *uid)
{
  struct answer answer;
  int result = *uid ? check_unique_id (pop3, number, uid) : DELIVERY_OK;

  if (result == DELIVERY_OK)
    result = pop3_ask (pop3, &answer, "DELE %" PRIu32, number);
  if (result == DELIVERY_OK && answer.status != STATUS_OK)
    return pop3_refuse (pop3, &answer, "removing the message",
                        DELIVERY_REJECTED);
  return result;
}

/* What DELE marks, QUIT removes.  Where one fails, QUIT is left to
 * pop3_leave() and removes the others. */
int
pop3_clean (struct pop3 *pop3)
{
  int result = DELIVERY_OK;

  for (size_t i = 0; i < pop3->copies.n && result == DELIVERY_OK; i++)
    result = remove_copy (pop3, pop3->copies.entries[i].number,
                          listing_uid (&pop3->copies, i));
  return result == DELIVERY_OK ? pop3_quit (pop3) : result;
}
