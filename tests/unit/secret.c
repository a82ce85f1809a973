/* SPDX-License-Identifier: BSD-2-Clause */
/* Masking: no form in which a peer may echo a secret gets through. */
#include "secret.h"
#include "unit.h"

#include <string.h>

/* Masks with the secrets given, a list ended by NULL. */
static char *
mask (const char *const *list, const char *text)
{
  struct secrets *secrets = secrets_new ();
  char *masked;

  for (; *list; list++)
    secrets_add (secrets, *list);
  masked = secrets_mask (secrets, text);
  secrets_free (secrets);
  return masked;
}

static char *
mask_canary (const char *text)
{
  static const char *const canary[] = { CANARY, NULL };

  return mask (canary, text);
}

static const struct {
  const char *text, *masked;
} echoes[] = {
  { "", "" },
  { "nothing to hide", "nothing to hide" },
  { CANARY, "***" },
  { "no login for x:" CANARY " here", "no login for x:*** here" },
  { "a" CANARY "b" CANARY "c", "a***b***c" },
  { "hex 5333637233742d506135357730726421", "hex ***21" },
  { "HEX 5333637233742D5061353577307264", "HEX ***" },
  { "S3cr3t-Pa55w0r", "S3cr3t-Pa55w0r" },
  { "%s%n " CANARY, "%s%n ***" },
  { "\xff" CANARY "\xc3", "\xff***\xc3" },
};

START_TEST (a_secret_is_masked_raw_and_in_hexadecimal)
{
  g_autofree char *masked = mask_canary (echoes[_i].text);

  unit_check_text (echoes[_i].text, masked, echoes[_i].masked);
}
END_TEST

/* A password in which nearly all must be encoded. */
#define ODD "p@S/s w:\xc3\xbc"

static const char *const encoded[] = {
  ODD,
  "p%40S%2Fs%20w%3A%C3%BC",
  "p%40S%2fs%20w%3a%c3%bc",
  "7040532F7320773AC3BC",
  "7040532f7320773ac3bc",
};

START_TEST (each_encoding_of_an_odd_secret_is_masked)
{
  static const char *const odd[] = { ODD, NULL };
  g_autofree char *text = g_strdup_printf ("<%s>", encoded[_i]);
  g_autofree char *masked = mask (odd, text);

  unit_check_text (encoded[_i], masked, "<***>");
}
END_TEST

/* Base64 of something before the secret, the secret, and something behind:
 * every character that the secret alone decides must go. */
START_TEST (base64_is_masked_wherever_the_secret_begins)
{
  gsize before = (gsize)_i, length = strlen (CANARY);

  for (gsize behind = 0; behind < 5; behind++) {
    g_autofree char *plain
        = g_strdup_printf ("%.*s" CANARY "%.*s", (int)before, "user\\0\\0x",
                           (int)behind, "@host");
    g_autofree char *base64
        = g_base64_encode ((const guchar *)plain, strlen (plain));
    gsize first = (before * 8 + 5) / 6, end = (before + length) * 8 / 6;
    g_autofree char *wanted
        = g_strdup_printf ("%.*s***%s", (int)first, base64, base64 + end);
    g_autofree char *masked = mask_canary (base64);

    unit_check_text (base64, masked, wanted);
  }
}
END_TEST

static const struct {
  const char *text, *masked;
} short_ones[] = {
  { "a", "a" },
  { "pw", "***" },
  { "pwd", "pwd" },
  { "cpw", "cpw" },
  { "pass pw.", "pass ***." },
  { "pw pw", "*** ***" },
  { "pwpw", "pwpw" },
  { "(pw)", "(***)" },
  { "xpw pw", "xpw ***" },
};

START_TEST (a_short_secret_is_masked_where_it_stands_alone)
{
  static const char *const two[] = { "pw", NULL };
  g_autofree char *masked = mask (two, short_ones[_i].text);

  unit_check_text (short_ones[_i].text, masked, short_ones[_i].masked);
}
END_TEST

static const struct {
  const char *secrets[4];
  const char *text, *masked;
} together[] = {
  /* One is the beginning of another, in either order. */
  { { "secret", "secret99", NULL }, "it is secret99!", "it is ***!" },
  { { "secret99", "secret", NULL }, "it is secret99!", "it is ***!" },
  /* One is inside, or at the end of, another. */
  { { "ecre", "secret", NULL }, "secret", "***" },
  { { "cret", "secret", NULL }, "secret", "***" },
  /* They overlap. */
  { { "abcdef", "defghi", NULL }, "abcdefghi", "***" },
  { { "defghi", "abcdef", NULL }, "abcdefghi", "***" },
  /* One overlaps itself. */
  { { "abab", NULL }, "ababab", "***" },
  { { "aaaa", NULL }, "aaaaaa b", "*** b" },
  /* One looks like the mask. */
  { { "***", "**", "****", NULL }, "x **** y", "x *** y" },
  { { "secret", "***", NULL }, "secret", "***" },
};

START_TEST (of_several_secrets_nothing_remains)
{
  g_autofree char *masked = mask (together[_i].secrets, together[_i].text);

  unit_check_text (together[_i].text, masked, together[_i].masked);
}
END_TEST

START_TEST (null_and_empty_are_no_secrets)
{
  struct secrets *secrets = secrets_new ();
  g_autofree char *masked = NULL;

  secrets_add (secrets, NULL);
  secrets_add (secrets, "");
  masked = secrets_mask (secrets, "all of it");
  ck_assert_str_eq (masked, "all of it");
  secrets_free (secrets);
  secrets_free (NULL);
}
END_TEST

START_TEST (a_long_text_is_masked_in_time)
{
  GString *text = g_string_new (NULL);
  g_autofree char *masked = NULL;

  for (int i = 0; i < 20000; i++)
    g_string_append (text, CANARY " ");
  masked = mask_canary (text->str);
  ck_assert (strstr (masked, CANARY) == NULL);
  ck_assert_uint_eq (strlen (masked), 20000 * strlen ("*** "));
  g_string_free (text, TRUE);
}
END_TEST

START_TEST (what_is_freed_may_be_null)
{
  secret_free (NULL);
  secret_free (g_strdup (CANARY));
  secret_string_free (g_string_new (CANARY));
}
END_TEST

void
unit_add (TCase *tcase)
{
  unit_add_table (tcase, a_secret_is_masked_raw_and_in_hexadecimal, echoes);
  unit_add_table (tcase, each_encoding_of_an_odd_secret_is_masked, encoded);
  tcase_add_loop_test (tcase, base64_is_masked_wherever_the_secret_begins, 0,
                       9);
  unit_add_table (tcase, a_short_secret_is_masked_where_it_stands_alone,
                  short_ones);
  unit_add_table (tcase, of_several_secrets_nothing_remains, together);
  tcase_add_test (tcase, null_and_empty_are_no_secrets);
  tcase_add_test (tcase, a_long_text_is_masked_in_time);
  tcase_add_test (tcase, what_is_freed_may_be_null);
}
