/* SPDX-License-Identifier: BSD-2-Clause */
#include "encoded_word.h"

#include <glib.h>
#include <string.h>

/* A line with an encoded word has 76 characters at most (RFC 2047, section 2),
 * of which "Subject: =?UTF-8?B?" and "?=" take 21; base64 makes four of three
 * bytes. */
#define BYTES_MAX ((76 - 21) / 4 * 3)

/* ASCII stays as it is, for people and filters; but plain text that looks like
 * an encoded word would be read as one. */
static gboolean
is_plain (const char *word, gsize length)
{
  for (gsize i = 0; i < length; i++)
    if ((guchar)word[i] >= 0x80 || (word[i] == '=' && word[i + 1] == '?'))
      return FALSE;
  return TRUE;
}

/* How many bytes from `text` on belong into encoded words: up to the next
 * plain word.  What separates encoded words from each other is not shown, so
 * the blanks between them are inside. */
static gsize
run_length (const char *text)
{
  gsize length = 0, next = 0;

  while (text[next]) {
    gsize word = strcspn (text + next, " ");

    if (is_plain (text + next, word) && word)
      break;
    next += word;
    if (word)
      length = next;
    next += strspn (text + next, " ");
  }
  return length;
}

/* How much of `length` bytes goes into one word: whole characters only. */
static gsize
piece_length (const char *text, gsize length)
{
  const char *end = text;

  while (end < text + length) {
    const char *next = g_utf8_next_char (end);

    if (next - text > BYTES_MAX)
      break;
    end = next;
  }
  return (gsize)(end - text);
}

static void
add_run (GString *words, const char *text, gsize length)
{
  while (length) {
    gsize piece = piece_length (text, length);
    g_autofree char *encoded = g_base64_encode ((const guchar *)text, piece);

    g_string_append_printf (words, "=?UTF-8?B?%s?=", encoded);
    text += piece;
    length -= piece;
    if (length)
      g_string_append_c (words, ' ');
  }
}

char *
encoded_words (const char *text)
{
  GString *words = g_string_new (NULL);

  while (*text) {
    gsize length = strcspn (text, " ");

    if (is_plain (text, length))
      g_string_append_len (words, text, (gssize)length);
    else {
      length = run_length (text);
      add_run (words, text, length);
    }
    text += length;
    while (*text == ' ')
      g_string_append_c (words, *text++);
  }
  return g_string_free (words, FALSE);
}
