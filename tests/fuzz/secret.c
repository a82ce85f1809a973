/* SPDX-License-Identifier: BSD-2-Clause */
/* No form of a secret survives, wherever it stands and is cut.  Input: the
 * secret, a form of it, three lines of text (before, behind, another secret),
 * where to cut. */
#include "fuzz.h"

#include "secret.h"

#include <string.h>

/* As core/secret.c has it: shorter ones are masked as whole words only. */
#define SHORT 4

static char *
hex (const char *text, const char *digits)
{
  GString *out = g_string_new (NULL);

  for (; *text; text++) {
    g_string_append_c (out, digits[(guchar)*text >> 4]);
    g_string_append_c (out, digits[(guchar)*text & 15]);
  }
  return g_string_free (out, FALSE);
}

/* In base64 behind `n` other bytes and before some more, as a server may echo
 * it: what of that is not the secret's alone is cut off. */
static char *
base64 (const char *secret, gsize n)
{
  g_autofree char *all = g_strconcat (n > 1 ? "xy"
                                      : n   ? "x"
                                            : "",
                                      secret, "zzz", NULL);
  g_autofree char *encoded
      = g_base64_encode ((const guchar *)all, strlen (all));
  gsize from = (n * 8 + 5) / 6, to = (n + strlen (secret)) * 8 / 6;

  return g_strndup (encoded + from, to > from ? to - from : 0);
}

static char *
form_of (const char *secret, guint form)
{
  switch (form) {
  case 0:
    return g_strdup (secret);
  case 1:
    return hex (secret, "0123456789abcdef");
  case 2:
    return hex (secret, "0123456789ABCDEF");
  case 3:
    return g_uri_escape_string (secret, NULL, FALSE);
  default:
    return base64 (secret, form % 3);
  }
}

/* Uncut, it is not to be seen any more.  One with a "*" in it could arise
 * from the stars themselves. */
static void
check_masked (const struct secrets *secrets, const char *text,
              const char *form)
{
  g_autofree char *masked = secrets_mask (secrets, text);

  FUZZ_REQUIRE (strchr (form, '*') || !strstr (masked, form));
  FUZZ_REQUIRE (strstr (masked, "***"));
}

/* Cut within the form, nothing of the form is left. */
static void
check_cut (const struct secrets *secrets, const char *text, gsize before,
           gsize cut)
{
  g_autofree char *rest = g_strndup (text, before + cut);

  secrets_trim_cut (secrets, rest);
  FUZZ_REQUIRE (!cut || strlen (rest) <= before);
}

/* What no secret begins with stays. */
static void
check_kept (const struct secrets *secrets, const char *text)
{
  g_autofree char *ended = g_strconcat (text, "\x01", NULL);
  gsize length = strlen (ended);

  secrets_trim_cut (secrets, ended);
  FUZZ_REQUIRE (strlen (ended) == length);
}

FUZZ_TARGET (secret)
{
  struct fuzz_input input = { data, size };
  g_autofree char *secret = fuzz_line (&input);
  g_autofree char *form = form_of (secret, fuzz_below (&input, 7));
  g_autofree char *before = fuzz_line (&input);
  g_autofree char *behind = fuzz_line (&input);
  g_autofree char *other = fuzz_line (&input);
  g_autofree char *text = g_strconcat (before, form, behind, NULL);
  struct secrets *secrets = secrets_new ();

  secrets_add (secrets, secret);
  secrets_add (secrets, other);
  if (strlen (secret) >= SHORT && *form) {
    check_masked (secrets, text, form);
    if (!strchr (secret, '\x01') && !strchr (other, '\x01'))
      check_kept (secrets, text);
    check_cut (secrets, text, strlen (before),
               fuzz_byte (&input) % (strlen (form) + 1));
  } else {
    g_autofree char *masked = secrets_mask (secrets, text);

    secrets_trim_cut (secrets, masked);
  }
  secrets_free (secrets);
  return 0;
}
