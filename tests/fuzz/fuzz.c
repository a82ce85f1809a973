/* SPDX-License-Identifier: BSD-2-Clause */
/* What the fuzz targets share. */
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
fuzz_failed (const char *file, int line, const char *condition)
{
  fprintf (stderr, "%s:%d: does not hold: %s\n", file, line, condition);
  abort ();
}

/* A copy of `length` bytes up to the first NUL, in just the memory it needs:
 * who reads beyond its end is seen by AddressSanitizer. */
static char *
exact_text (const uint8_t *bytes, size_t length)
{
  size_t n = length ? strnlen ((const char *)bytes, length) : 0;
  char *text = g_malloc (n + 1);

  if (n)
    memcpy (text, bytes, n);
  text[n] = '\0';
  return text;
}

static void
skip (struct fuzz_input *input, size_t n)
{
  if (!n)
    return;
  input->at += n;
  input->left -= n;
}

char *
fuzz_line (struct fuzz_input *input)
{
  const uint8_t *end
      = input->left ? memchr (input->at, '\n', input->left) : NULL;
  size_t length = end ? (size_t)(end - input->at) : input->left;
  char *line = exact_text (input->at, length);

  skip (input, length + (end ? 1 : 0));
  return line;
}

char *
fuzz_rest (struct fuzz_input *input)
{
  char *rest = exact_text (input->at, input->left);

  skip (input, input->left);
  return rest;
}

guint8
fuzz_byte (struct fuzz_input *input)
{
  guint8 byte = input->left ? *input->at : 0;

  skip (input, input->left ? 1 : 0);
  return byte;
}

guint
fuzz_below (struct fuzz_input *input, guint n)
{
  return fuzz_byte (input) % n;
}

gboolean
fuzz_is_clean (const char *text, gsize max)
{
  if (strlen (text) > max || !g_utf8_validate (text, -1, NULL))
    return FALSE;
  for (const char *p = text; *p; p = g_utf8_next_char (p))
    if (*p == '|' || !g_unichar_isprint (g_utf8_get_char (p)))
      return FALSE;
  return TRUE;
}

/* A complaint of GLib's is a fault of ours, under libFuzzer and in the
 * replay. */
static void __attribute__ ((constructor)) be_strict (void)
{
  g_log_set_always_fatal (G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_WARNING
                          | (GLogLevelFlags)G_LOG_FATAL_MASK);
}
