/* SPDX-License-Identifier: BSD-2-Clause */
#include "listing.h"

#include <stdlib.h>
#include <string.h>

/* Makes room for one more piece of `length`; 0 if there is none. */
static int
grow (void **memory, size_t *size, size_t wanted, size_t piece)
{
  size_t enough = wanted * 2 + 16;
  void *more;

  if (wanted <= *size)
    return 1;
  if (wanted > UINT32_MAX / 2)
    return 0;
  more = realloc (*memory, enough * piece);
  if (!more)
    return 0;
  *memory = more;
  *size = enough;
  return 1;
}

int
listing_add (struct listing *listing, uint32_t number, const char *uid)
{
  size_t length = strlen (uid) + 1;
  void *text = listing->text, *entries = listing->entries;
  int done = grow (&text, &listing->size, listing->length + length, 1)
             && grow (&entries, &listing->room, listing->n + 1,
                      sizeof *listing->entries);

  listing->text = text;
  listing->entries = entries;
  if (!done)
    return 0;
  memcpy (listing->text + listing->length, uid, length);
  listing->entries[listing->n++]
      = (struct entry){ number, (uint32_t)listing->length };
  listing->length += length;
  return 1;
}

const char *
listing_uid (const struct listing *listing, size_t index)
{
  return listing->text + listing->entries[index].uid;
}

/* ---- Looking up -------------------------------------------------------- */

static int
compare (const void *one, const void *other, void *text)
{
  return strcmp ((const char *)text + ((const struct entry *)one)->uid,
                 (const char *)text + ((const struct entry *)other)->uid);
}

void
listing_sort (struct listing *listing)
{
  size_t kept = 0;

  for (size_t i = 0; i < listing->n; i++)
    if (listing->entries[i].number)
      listing->entries[kept++] = listing->entries[i];
  listing->n = kept;
  if (listing->n)
    qsort_r (listing->entries, listing->n, sizeof *listing->entries, compare,
             listing->text);
}

int
listing_has (const struct listing *listing, const char *uid)
{
  size_t low = 0, high = listing->n;

  while (low < high) {
    size_t middle = low + (high - low) / 2;
    int order = strcmp (uid, listing_uid (listing, middle));

    if (order == 0)
      return 1;
    if (order < 0)
      high = middle;
    else
      low = middle + 1;
  }
  return 0;
}

void
listing_clear (struct listing *listing)
{
  free (listing->text);
  free (listing->entries);
  *listing = (struct listing){ 0 };
}
