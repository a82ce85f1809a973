/* SPDX-License-Identifier: BSD-2-Clause */
#include "names.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* A power of two, as all sizes are. */
#define FIRST_SIZE 256

/* FNV-1a. */
static uint64_t
hash (const char *name)
{
  uint64_t value = UINT64_C (0xcbf29ce484222325);

  for (; *name; name++)
    value = (value ^ (unsigned char)*name) * UINT64_C (0x100000001b3);
  return value;
}

/* Where a name is, or where it belongs: one slot at least is free. */
static size_t
find (char *const *slots, size_t n_slots, const char *name)
{
  size_t at = (size_t)hash (name) & (n_slots - 1);

  while (slots[at] && strcmp (slots[at], name) != 0)
    at = (at + 1) & (n_slots - 1);
  return at;
}

/* To twice as many slots. */
static int
grow (struct names *names)
{
  size_t n_slots = names->n_slots ? names->n_slots * 2 : FIRST_SIZE;
  char **slots = calloc (n_slots, sizeof *slots);

  if (!slots)
    return 0;
  for (size_t i = 0; i < names->n_slots; i++)
    if (names->slots[i])
      slots[find (slots, n_slots, names->slots[i])] = names->slots[i];
  free (names->slots);
  names->slots = slots;
  names->n_slots = n_slots;
  return 1;
}

int
names_has (const struct names *names, const char *name)
{
  return names->n_slots
         && names->slots[find (names->slots, names->n_slots, name)];
}

int
names_add (struct names *names, const char *name)
{
  char **slot;

  if (names->n_names >= names->n_slots / 2 && !grow (names))
    return 0;
  slot = &names->slots[find (names->slots, names->n_slots, name)];
  if (*slot)
    return 1;
  *slot = strdup (name);
  names->n_names += *slot != NULL;
  return *slot != NULL;
}

void
names_clear (struct names *names)
{
  for (size_t i = 0; i < names->n_slots; i++)
    free (names->slots[i]);
  free (names->slots);
  *names = (struct names){ 0 };
}
