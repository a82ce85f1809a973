/* SPDX-License-Identifier: BSD-2-Clause */
#include "encoded_word.h"

#include <glib.h>
#include <string.h>

/* A line with an encoded word has 76 characters at most (RFC 2047, section 2),
 * of which "Subject: =?UTF-8?B?" and "?=" take 21; base64 makes four of three
 * bytes. */
#define BYTES_MAX ((76 - 21) / 4 * 3)

/* How much of the text goes into one word: whole characters only. */
static gsize
word_length (const char *text)
{
  const char *end = text;

  while (*end) {
    const char *next = g_utf8_next_char (end);

    if (next - text > BYTES_MAX)
      break;
    end = next;
  }
  return (gsize)(end - text);
}

char *
encoded_words (const char *text)
{
  g_autoptr (GString) words = g_string_new (NULL);

  /* Plain text that looks like an encoded word would be read as one. */
  if (g_str_is_ascii (text) && !strstr (text, "=?"))
    return g_strdup (text);
  while (*text) {
    gsize length = word_length (text);
    g_autofree char *encoded = g_base64_encode ((const guchar *)text, length);

    g_string_append_printf (words, "%s=?UTF-8?B?%s?=", words->len ? " " : "",
                            encoded);
    text += length;
  }
  return g_string_free (g_steal_pointer (&words), FALSE);
}
