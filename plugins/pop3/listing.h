/* SPDX-License-Identifier: BSD-2-Clause */
/* The messages of a session, by their numbers and unique-ids. */
#ifndef PLUGINS_POP3_LISTING_H
#define PLUGINS_POP3_LISTING_H

#include <stddef.h>
#include <stdint.h>

struct entry {
  uint32_t number;
  uint32_t uid; /* where in `text` */
};

/* Packed closely: a mailbox may be large. */
struct listing {
  char *text;
  size_t length, size;
  struct entry *entries;
  size_t n, room;
};

/* Adds a message behind the others.  0 if there is no memory. */
int listing_add (struct listing *listing, uint32_t number, const char *uid);

/* The unique-id of an entry; valid until one is added. */
const char *listing_uid (const struct listing *listing, size_t index);

/* Sorts by unique-ids, which listing_has() needs.  Entries whose number was
 * set to 0 are taken out. */
void listing_sort (struct listing *listing);
int listing_has (const struct listing *listing, const char *uid);

void listing_clear (struct listing *listing);

#endif
