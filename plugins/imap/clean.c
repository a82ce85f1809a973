/* SPDX-License-Identifier: BSD-2-Clause */
/* Removing what was found, and nothing else. */
#include "imap.h"

#include <inttypes.h>
#include <stdio.h>

/* A copy that is still to be removed. */
static struct copy *
next_copy (struct imap *imap)
{
  for (size_t i = 0; i < imap->n_copies; i++)
    if (!imap->copies[i].is_removed)
      return &imap->copies[i];
  return NULL;
}

/* All that are in the same place, as a set of numbers: "7,9". */
static void
take_set (struct imap *imap, size_t place, char *set, size_t size)
{
  size_t length = 0;

  for (size_t i = 0; i < imap->n_copies; i++) {
    struct copy *copy = &imap->copies[i];

    if (copy->is_removed || copy->place != place)
      continue;
    copy->is_removed = 1;
    if (copy->validity == imap->places[place].validity)
      length += (size_t)snprintf (set + length, size - length, "%s%" PRIu32,
                                  length ? "," : "", copy->uid);
  }
}

/* EXPUNGE and CLOSE would remove what others have marked.  Without UIDPLUS a
 * mark is all that can be done. */
static unsigned
say_remove (struct imap *imap, const char *set)
{
  unsigned store
      = imap_say (imap, "UID STORE %s +FLAGS.SILENT (\\Deleted)", set);

  if (imap->offered & IMAP_UIDPLUS)
    imap_say (imap, "UID EXPUNGE %s", set);
  else
    delivery_detail (imap->ep,
                     "the message is marked as deleted only: the server "
                     "cannot remove a single one (no UIDPLUS)");
  return store;
}

/* In one go: remove, look for a copy that came meanwhile, and say goodbye. */
static int
remove_set (struct imap *imap, const char *set)
{
  unsigned store = say_remove (imap, set), fetch = imap_say_fetch (imap);
  unsigned logout;
  int result;

  imap->may_leave = 1;
  logout = imap_say (imap, "LOGOUT");
  result = imap_await_ok (imap, store, "removing the message");
  if (result == DELIVERY_OK && fetch > store + 1)
    result = imap_await_ok (imap, store + 1, "removing the message");
  if (result == DELIVERY_OK)
    result = imap_await_ok (imap, fetch, "FETCH");
  if (result == DELIVERY_OK)
    result = imap_await_ok (imap, logout, "LOGOUT");
  return result;
}

static int
clean_place (struct imap *imap, size_t place)
{
  char set[COPIES_MAX * 12] = "";
  size_t before = imap->n_copies;
  int result = DELIVERY_OK;

  if (imap->may_leave || !imap->stream) {
    imap_drop (imap);
    result = imap_connect (imap);
  }
  if (result == DELIVERY_OK && (imap->selected != place || place != 0))
    result = imap_select (imap, place, "SELECT");
  if (result == DELIVERY_OK)
    result = imap_stop_idling (imap);
  if (result != DELIVERY_OK)
    return result;
  take_set (imap, place, set, sizeof set);
  if (!*set)
    return DELIVERY_OK;
  result = remove_set (imap, set);
  if (imap->n_copies > before)
    delivery_warn (imap->ep, "it arrived more than once");
  return result;
}

int
imap_clean (struct imap *imap)
{
  const struct copy *copy;
  int result = DELIVERY_OK;

  while (result == DELIVERY_OK && (copy = next_copy (imap)))
    result = clean_place (imap, copy->place);
  return result;
}
