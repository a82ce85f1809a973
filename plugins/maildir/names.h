/* SPDX-License-Identifier: BSD-2-Clause */
/* A set of names, for maildirs of a hundred thousand messages. */
#ifndef PLUGINS_MAILDIR_NAMES_H
#define PLUGINS_MAILDIR_NAMES_H

#include <stddef.h>

/* Empty when all of it is zero. */
struct names {
  char **slots; /* of a hash table with open addressing; NULL is free */
  size_t n_slots;
  size_t n_names;
};

int names_has (const struct names *names, const char *name);

/* Returns 0 when there is no memory for it. */
int names_add (struct names *names, const char *name);

void names_clear (struct names *names);

#endif
