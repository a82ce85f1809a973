/* SPDX-License-Identifier: BSD-2-Clause */
/* Text in header fields (RFC 2047). */
#ifndef CORE_NET_ENCODED_WORD_H
#define CORE_NET_ENCODED_WORD_H

/* `text`, of UTF-8, as it may stand in a field: words of ASCII as they are,
 * the others as encoded words with blanks between them.  To be freed with
 * g_free(). */
char *encoded_words (const char *text);

#endif
