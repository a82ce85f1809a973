/* SPDX-License-Identifier: BSD-2-Clause */
#include "address.h"

#include <string.h>

/* RFC 5321, section 4.5.3.1. */
#define LOCAL_MAX 64
#define DOMAIN_MAX 255
#define ADDRESS_MAX 254

const char *
address_domain (const char *address)
{
  const char *at = strrchr (address, '@');

  return at ? at + 1 : NULL;
}

/* A letter of an atom; bytes that are not ASCII are of UTF-8. */
static gboolean
is_atext (char c)
{
  static const char others[] = "!#$%&'*+-/=?^_`{|}~";

  return (guchar)c >= 0x80 || g_ascii_isalnum (c)
         || memchr (others, c, sizeof others - 1);
}

/* Atoms with single dots between them. */
static gboolean
is_dot_string (const char *text, gsize length)
{
  gboolean after_dot = TRUE;

  for (gsize i = 0; i < length; i++) {
    gboolean is_dot = text[i] == '.';

    if (is_dot ? after_dot : !is_atext (text[i]))
      return FALSE;
    after_dot = is_dot;
  }
  return !after_dot;
}

/* "..." with backslashes before what would end it. */
static gboolean
is_quoted_string (const char *text, gsize length)
{
  if (length < 2 || text[0] != '"' || text[length - 1] != '"')
    return FALSE;
  for (gsize i = 1; i < length - 1; i++) {
    if (text[i] == '\\')
      i++;
    else if (text[i] == '"')
      return FALSE;
    if (i == length - 1 || g_ascii_iscntrl (text[i]))
      return FALSE;
  }
  return TRUE;
}

static gboolean
is_domain (const char *text)
{
  gsize length = strlen (text);

  if (length == 0 || length > DOMAIN_MAX)
    return FALSE;
  if (text[0] == '[')
    return length > 2 && text[length - 1] == ']'
           && strspn (text + 1, G_CSET_a_2_z G_CSET_A_2_Z G_CSET_DIGITS ".:-")
                  == length - 2;
  for (gsize i = 0; i < length; i++)
    if ((guchar)text[i] < 0x80 && !g_ascii_isalnum (text[i])
        && !strchr ("-._", text[i]))
      return FALSE;
  return text[0] != '.' && text[0] != '-' && !strstr (text, "..");
}

gboolean
address_is_proper (const char *address)
{
  const char *domain = address_domain (address);
  gsize local = domain ? (gsize)(domain - 1 - address) : strlen (address);

  if (strlen (address) > ADDRESS_MAX || local == 0 || local > LOCAL_MAX
      || !g_utf8_validate (address, -1, NULL))
    return FALSE;
  return (is_dot_string (address, local) || is_quoted_string (address, local))
         && (!domain || is_domain (domain));
}
