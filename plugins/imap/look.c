/* SPDX-License-Identifier: BSD-2-Clause */
/* Looking for new messages, and waiting for them. */
#include "imap.h"

#include <string.h>
#include <strings.h>

/* How often the places aside are looked at, in microseconds. */
#define ASIDE_INTERVAL 250000

/* While the looks follow each other as quickly as this (in microseconds),
 * IDLE would be slower: servers announce new mail late, Dovecot by half a
 * second. */
#define IDLE_FROM 300000

/* ---- The look ---------------------------------------------------------- */

/* A slow server may not have agreed to it when the wait was over. */
static int
await_idling (struct imap *imap)
{
  const char *challenge;
  int result = imap_await_more (imap, imap->idling, &challenge);

  if (result != DELIVERY_OK)
    return result;
  imap->is_idling = challenge != NULL;
  if (!challenge) {
    imap->idling = 0;
    imap->offered &= ~IMAP_IDLE;
  }
  return result;
}

/* Ends IDLE; its answer comes before those of the commands behind.  One that
 * the server has ended by itself is over. */
int
imap_stop_idling (struct imap *imap)
{
  const struct command *idle;
  int result = DELIVERY_OK;

  if (imap->idling && !imap->is_idling)
    result = await_idling (imap);
  if (result != DELIVERY_OK || !imap->idling)
    return result;
  idle = &imap->commands[imap->idling % COMMANDS_MAX];
  if (idle->status == STATUS_PENDING)
    delivery_stream_printf (imap->stream, "DONE");
  imap->idling = 0;
  imap->is_idling = 0;
  return result;
}

/* RFC 5530: others removed some of the messages meanwhile (RFC 2180, section
 * 4.1).  The next look sees those that are left; without one, nobody knows. */
static int
is_expunged (const struct command *command)
{
  return command->status == STATUS_NO
         && strncasecmp (command->text, "[EXPUNGEISSUED]", 15) == 0;
}

static int
await_fetch (struct imap *imap, unsigned fetch)
{
  struct place *place = &imap->places[imap->selected];
  const struct command *command;
  int result = imap_await (imap, fetch, &command);

  if (result == DELIVERY_OK && is_expunged (command)) {
    imap_fail (imap, command, "FETCH", DELIVERY_TEMPFAIL);
    return DELIVERY_NOT_FOUND;
  }
  if (result == DELIVERY_OK && command->status != STATUS_OK)
    return imap_fail (imap, command, "FETCH", DELIVERY_REJECTED);
  if (result == DELIVERY_OK && place->top > place->next)
    place->next = place->top;
  return result;
}

/* Asks where new messages of the places aside begin by now, if it is time to:
 * behind the commands that look into the mailbox, in one go with them. */
static unsigned
say_status (struct imap *imap)
{
  unsigned first = 0;

  if (delivery_now () < imap->next_aside)
    return 0;
  imap->next_aside = delivery_now () + ASIDE_INTERVAL;
  for (size_t i = 1; i < imap->n_places; i++) {
    unsigned number = imap_say (imap, "STATUS %s (UIDNEXT UIDVALIDITY)",
                                imap->places[i].quoted);

    if (!first)
      first = number;
  }
  return first;
}

/* A place that has vanished is no reason to fail. */
static int
await_status (struct imap *imap, unsigned first)
{
  const struct command *command;
  int result = DELIVERY_OK;

  for (size_t i = 1; first && result == DELIVERY_OK && i < imap->n_places; i++)
    result = imap_await (imap, first + (unsigned)i - 1, &command);
  return result;
}

static int
look_at_mailbox (struct imap *imap)
{
  unsigned noop, fetch, status;
  int result = imap->selected == 0 ? imap_stop_idling (imap)
                                   : imap_select (imap, 0, "SELECT");
  int aside = DELIVERY_OK;

  if (result != DELIVERY_OK)
    return result;
  noop = imap_say (imap, "NOOP");
  fetch = imap_say_fetch (imap);
  status = say_status (imap);
  imap->has_news = 0;
  result = imap_await_ok (imap, noop, "NOOP");
  if (result == DELIVERY_OK)
    result = await_fetch (imap, fetch);
  if (result == DELIVERY_OK || result == DELIVERY_NOT_FOUND)
    aside = await_status (imap, status);
  return aside == DELIVERY_OK ? result : aside;
}

/* By what STATUS said at last.  With new numbers for its messages, all of them
 * may be. */
static int
has_new (const struct place *place)
{
  return place->is_known && place->said_next
         && (place->said_next > place->next
             || place->said_validity != place->validity);
}

/* Only where something new has come.  What was there when it was opened, and
 * is in no answer, somebody has taken away: it is not asked for again. */
static int
look_at_place (struct imap *imap, size_t number)
{
  struct place *place = &imap->places[number];
  uint32_t next;
  int result;

  if (!has_new (place))
    return DELIVERY_OK;
  result = imap_select (imap, number, "EXAMINE");
  if (result == DELIVERY_REJECTED)
    return DELIVERY_OK;
  next = place->said_next;
  if (result == DELIVERY_OK)
    result = await_fetch (imap, imap_say_fetch (imap));
  if (result == DELIVERY_OK && next > place->next)
    place->next = next;
  return result;
}

/* What is said of messages there is no news of the mailbox. */
static int
look_aside (struct imap *imap)
{
  int had_news = imap->has_news, result = DELIVERY_OK;

  for (size_t i = 1; result == DELIVERY_OK && i < imap->n_places; i++)
    result = look_at_place (imap, i);
  imap->has_news = had_news;
  return result;
}

static int
judge (struct imap *imap)
{
  const struct copy *copy = &imap->copies[0];
  const char *name = imap->places[copy->place].name;

  if (imap->n_copies == 0)
    return delivery_fail (imap->ep, DELIVERY_NOT_FOUND,
                          "no new message in %s is ours",
                          imap->places[0].name);
  delivery_fact (imap->ep, "uid", "%u", (unsigned)copy->uid);
  delivery_fact (imap->ep, "mailbox", "%s", name);
  if (imap->n_copies > 1)
    return delivery_fail (imap->ep, DELIVERY_DUPLICATE, "found %zu times",
                          imap->n_copies);
  if (copy->place != 0)
    return delivery_fail (imap->ep, DELIVERY_MISPLACED,
                          "found in %s instead of %s", name,
                          imap->places[0].name);
  return imap->verdict;
}

/* What was found counts only once the server has ended its answers; the next
 * look must find it again. */
static void
forget_copies (struct imap *imap)
{
  for (size_t i = 0; i < imap->n_copies; i++) {
    struct place *place = &imap->places[imap->copies[i].place];

    if (imap->copies[i].uid < place->next)
      place->next = imap->copies[i].uid;
  }
  imap->n_copies = 0;
}

/* The mailbox first: most messages arrive where they should. */
int
imap_look (struct imap *imap)
{
  int result = look_at_mailbox (imap);

  if (result == DELIVERY_OK && imap->n_copies == 0)
    result = look_aside (imap);
  if (result == DELIVERY_OK)
    return judge (imap);
  forget_copies (imap);
  return result;
}

/* ---- The wait ---------------------------------------------------------- */

static int
start_idling (struct imap *imap)
{
  imap->idling = imap_say (imap, "IDLE");
  return await_idling (imap);
}

/* Something that came may be no news: then it goes on until the next look is
 * due. */
static int
wait_for_news (struct imap *imap)
{
  int64_t until = delivery_deadline (imap->ep);
  int ready = 1, result = DELIVERY_OK;

  while (result == DELIVERY_OK && ready && !imap->has_news) {
    result = delivery_stream_wait (imap->stream, until, &ready);
    if (result == DELIVERY_OK && ready)
      result = imap_take_one (imap);
  }
  return result;
}

int
imap_wait (struct imap *imap)
{
  int is_long = delivery_deadline (imap->ep) - delivery_now () > IDLE_FROM;
  int result = DELIVERY_OK;

  if (is_long && imap->offered & IMAP_IDLE && !imap->idling
      && imap->selected == 0 && !imap->has_news)
    result = start_idling (imap);
  return result == DELIVERY_OK ? wait_for_news (imap) : result;
}
