/* SPDX-License-Identifier: BSD-2-Clause */
/* Names of mailboxes. */
#ifndef PLUGINS_IMAP_NAME_H
#define PLUGINS_IMAP_NAME_H

/* A name of UTF-8 in the modified UTF-7 of RFC 3501, section 5.1.3, which is
 * printable ASCII.  To be freed; NULL when out of memory. */
char *name_encode (const char *name);

/* The text as a quoted string.  To be freed; NULL when out of memory, or if
 * it cannot be quoted, since it has line breaks or is not ASCII: EILSEQ. */
char *name_quote (const char *text);

#endif
