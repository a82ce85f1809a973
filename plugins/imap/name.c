/* SPDX-License-Identifier: BSD-2-Clause */
#include "name.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Base64 with a comma for the slash, which separates folders. */
static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                               "abcdefghijklmnopqrstuvwxyz0123456789+,";

struct encoder {
  char *out;
  uint32_t bits; /* not written yet: the lowest `n_bits` of them */
  int n_bits;
};

static void
put_unit (struct encoder *encoder, uint32_t unit)
{
  encoder->bits = encoder->bits << 16 | unit;
  encoder->n_bits += 16;
  while (encoder->n_bits >= 6) {
    encoder->n_bits -= 6;
    *encoder->out++ = alphabet[encoder->bits >> encoder->n_bits & 63];
  }
}

/* In UTF-16, beyond the first plane as two surrogates. */
static void
put_character (struct encoder *encoder, uint32_t c)
{
  if (c < 0x10000) {
    put_unit (encoder, c);
    return;
  }
  put_unit (encoder, 0xd800 + ((c - 0x10000) >> 10));
  put_unit (encoder, 0xdc00 + ((c - 0x10000) & 0x3ff));
}

/* The next character of a proper UTF-8 text, as the host guarantees. */
static uint32_t
next_character (const unsigned char **text)
{
  const unsigned char *at = *text;
  int more = *at < 0xe0 ? 1 : *at < 0xf0 ? 2 : 3;
  uint32_t c = *at & (0x3f >> more);

  for (at++; more > 0 && *at; more--)
    c = c << 6 | (*at++ & 0x3f);
  *text = at;
  return c;
}

/* A run of characters that are not ASCII: "&...-". */
static const unsigned char *
put_run (struct encoder *encoder, const unsigned char *at)
{
  *encoder->out++ = '&';
  encoder->bits = 0;
  encoder->n_bits = 0;
  while (*at >= 0x80)
    put_character (encoder, next_character (&at));
  if (encoder->n_bits)
    *encoder->out++ = alphabet[encoder->bits << (6 - encoder->n_bits) & 63];
  *encoder->out++ = '-';
  return at;
}

char *
name_encode (const char *name)
{
  const unsigned char *at = (const unsigned char *)name;
  /* Two bytes become one unit of 16 bits at worst: "&", 3, "-". */
  char *encoded = malloc (3 * strlen (name) + 3);
  struct encoder encoder = { encoded, 0, 0 };

  while (encoded && *at) {
    if (*at >= 0x80) {
      at = put_run (&encoder, at);
      continue;
    }
    *encoder.out++ = (char)*at;
    if (*at++ == '&')
      *encoder.out++ = '-';
  }
  if (encoded)
    *encoder.out = '\0';
  return encoded;
}

char *
name_quote (const char *text)
{
  char *quoted = malloc (2 * strlen (text) + 3), *out = quoted;

  if (!quoted)
    return NULL;
  *out++ = '"';
  for (; *text; text++) {
    if (*text == '\r' || *text == '\n' || (unsigned char)*text >= 0x80) {
      free (quoted);
      errno = EILSEQ;
      return NULL;
    }
    if (*text == '"' || *text == '\\')
      *out++ = '\\';
    *out++ = *text;
  }
  *out++ = '"';
  *out = '\0';
  return quoted;
}
