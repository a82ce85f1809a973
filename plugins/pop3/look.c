/* SPDX-License-Identifier: BSD-2-Clause */
/* What is there, and what is new.  Each look is a session of its own: a server
 * shows new messages to new sessions only. */
#include "pop3.h"

#include <stdlib.h>

/* The newest messages that are looked at: of those that came since the last
 * session, and of all if there was none. */
#define NEW_MAX 1000
#define UNKNOWN_MAX 32

/* ---- What is there ----------------------------------------------------- */

/* Takes over the listing. */
static void
remember (struct pop3 *pop3, struct listing *listing, uint32_t count)
{
  listing_clear (&pop3->known);
  if (listing->n && !*listing_uid (listing, 0))
    listing_clear (listing);
  listing_sort (listing);
  pop3->known = *listing;
  *listing = (struct listing){ 0 };
  pop3->known_count = pop3->unread ? pop3->unread - 1 : count;
  pop3->is_known = 1;
}

int
pop3_note (struct pop3 *pop3)
{
  struct listing listing = { 0 };
  uint32_t count;
  int result = pop3_begin (pop3);

  pop3->unread = 0;
  if (result == DELIVERY_OK)
    result = pop3_list (pop3, &listing, &count);
  if (result == DELIVERY_OK)
    remember (pop3, &listing, count);
  listing_clear (&listing);
  return result;
}

/* ---- What is new ------------------------------------------------------- */

/* By their numbers, if either session had no unique-ids. */
static int
is_new (const struct pop3 *pop3, const struct listing *listing, size_t index)
{
  const char *uid = listing_uid (listing, index);

  if (*uid && (pop3->known.n || !pop3->known_count))
    return !listing_has (&pop3->known, uid);
  return listing->entries[index].number > pop3->known_count;
}

static int
add_copy (struct pop3 *pop3, uint32_t number, const char *uid, int judgement)
{
  if (pop3->copies.n == COPIES_MAX)
    return DELIVERY_OK;
  if (pop3->copies.n == 0)
    pop3->verdict = judgement;
  if (!listing_add (&pop3->copies, number, uid))
    return delivery_fail (pop3->ep, DELIVERY_INTERNAL, "out of memory");
  return DELIVERY_OK;
}

/* One that cannot be read may have been removed by somebody else meanwhile, or
 * can be read the next time. */
static int
look_at (struct pop3 *pop3, struct listing *listing, size_t index)
{
  uint32_t number = listing->entries[index].number;
  char *header;
  size_t length;
  int judgement, result = pop3_read_header (pop3, number, &header, &length);

  if (result == DELIVERY_OK && !header) {
    pop3->unread = number;
    listing->entries[index].number = 0;
  } else if (result == DELIVERY_OK) {
    judgement = delivery_mail_judge (pop3->ep, header, length);
    if (judgement != DELIVERY_NOT_FOUND)
      result
          = add_copy (pop3, number, listing_uid (listing, index), judgement);
  }
  free (header);
  return result;
}

/* From the newest one on. */
static int
look_at_new (struct pop3 *pop3, struct listing *listing)
{
  int left = pop3->is_known ? NEW_MAX : UNKNOWN_MAX;
  int result = DELIVERY_OK;

  for (size_t i = listing->n; i > 0 && left && result == DELIVERY_OK; i--)
    if (is_new (pop3, listing, i - 1)) {
      result = look_at (pop3, listing, i - 1);
      left--;
    }
  return result;
}

/* ---- The look ---------------------------------------------------------- */

static int
judge (struct pop3 *pop3)
{
  const char *uid = listing_uid (&pop3->copies, 0);

  if (*uid)
    delivery_fact (pop3->ep, "uid", "%s", uid);
  if (pop3->copies.n > 1)
    return delivery_fail (pop3->ep, DELIVERY_DUPLICATE, "found %zu times",
                          pop3->copies.n);
  return pop3->verdict;
}

int
pop3_look (struct pop3 *pop3)
{
  struct listing listing = { 0 };
  uint32_t count;
  int result = pop3_begin (pop3);

  pop3->unread = 0;
  listing_clear (&pop3->copies);
  if (result == DELIVERY_OK)
    result = pop3_list (pop3, &listing, &count);
  if (result == DELIVERY_OK)
    result = look_at_new (pop3, &listing);
  if (result == DELIVERY_OK && pop3->copies.n == 0) {
    remember (pop3, &listing, count);
    result = DELIVERY_NOT_FOUND;
  }
  listing_clear (&listing);
  return result == DELIVERY_OK ? judge (pop3) : result;
}
