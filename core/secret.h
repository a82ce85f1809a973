/* SPDX-License-Identifier: BSD-2-Clause */
/* Secrets: wiped after use, and masked in whatever is printed. */
#ifndef CORE_SECRET_H
#define CORE_SECRET_H

#include <glib.h>

/* A set of texts that must not be printed. */
struct secrets;

struct secrets *secrets_new (void);
void secrets_free (struct secrets *secrets);

/* Adds a text in every form in which a peer may echo it: as it is, in upper or
 * lower case, percent-encoded, with the escapes of quoted strings and JSON, in
 * hexadecimal, in base64 at each of the three offsets; and the beginning of a
 * long one.  NULL and "" are passed over. */
void secrets_add (struct secrets *secrets, const char *text);

/* Takes from the end of a text that was cut what may be the beginning of a
 * secret, which secrets_mask would not know any more. */
void secrets_trim_cut (const struct secrets *secrets, char *text);

/* A copy of `text` in which every form of every secret is "***". */
char *secrets_mask (const struct secrets *secrets, const char *text);

/* Wipes and frees a string; NULL is nothing. */
void secret_free (char *text);

/* Wipes and frees a GString. */
void secret_string_free (GString *string);

#endif
