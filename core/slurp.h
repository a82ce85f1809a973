/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading a small regular file whole. */
#ifndef CORE_SLURP_H
#define CORE_SLURP_H

#include <glib.h>
#include <sys/stat.h>

/*
 * Reads a regular file of at most `max` bytes.  Never blocks: a FIFO, device
 * or directory is refused by looking at the open descriptor.  `what` names
 * the file in errors ("--conf /etc/x.ini").  `st`, if not NULL, is what
 * fstat(2) said.  The content ends in a NUL that does not count.
 */
GString *slurp (const char *path, gsize max, const char *what, struct stat *st,
                GError **error);

#endif
