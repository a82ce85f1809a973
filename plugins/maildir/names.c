/* SPDX-License-Identifier: BSD-2-Clause */
#include "names.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

static int
compare (const void *a, const void *b)
{
  return strcmp (a, b);
}

int
names_has (const struct names *names, const char *name)
{
  return tfind (name, &names->root, compare) != NULL;
}

int
names_add (struct names *names, const char *name)
{
  char *own = strdup (name);
  char **node = own ? tsearch (own, &names->root, compare) : NULL;

  if (!node || *node != own)
    free (own);
  return node != NULL;
}

void
names_clear (struct names *names)
{
  tdestroy (names->root, free);
  names->root = NULL;
}
