/* SPDX-License-Identifier: BSD-2-Clause */
/* Which descriptors are open: for finding those that a plugin forgot. */
#ifndef CORE_FDS_H
#define CORE_FDS_H

#include <glib.h>

/* All that are open now, as a set of "NUMBER LINK" as /proc has them; without
 * those that have no name there (anon_inode), which belong to libraries. */
GHashTable *fds_open (void);

/* Those that are open now and were not: "5 (socket:[1234])", with commas
 * between them; NULL where there are none. */
char *fds_left (GHashTable *before);

#endif
