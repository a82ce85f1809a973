/* SPDX-License-Identifier: BSD-2-Clause */
/* A set of names. */
#ifndef PLUGINS_MAILDIR_NAMES_H
#define PLUGINS_MAILDIR_NAMES_H

/* Empty when it is zero. */
struct names {
  void *root;
};

int names_has (const struct names *names, const char *name);

/* Returns 0 when there is no memory for it. */
int names_add (struct names *names, const char *name);

void names_clear (struct names *names);

#endif
