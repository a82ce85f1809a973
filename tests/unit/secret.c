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
  { "PASS S3CR3T-PA55W0RD?", "PASS ***?" },
  { "s3cr3t-pa55w0rd", "***" },
};

START_TEST (a_secret_is_masked_raw_and_in_hexadecimal)
{
  g_autofree char *masked = mask_canary (echoes[_i].text);

  unit_check_text (echoes[_i].text, masked, echoes[_i].masked);
}
END_TEST

/* A password in which nearly all must be encoded. */
#define ODD "p@S/s w:\"\\%\xc3\xbc"

static const char *const encoded[] = {
  ODD,
  "P@s/S W:\"\\%\xc3\xbc",
  "p%40S%2Fs%20w%3A%22%5C%25%C3%BC",
  "p%40S%2fs%20w%3a%22%5c%25%c3%bc",
  "p%40S/s+w:%22%5C%25%c3%bc",
  "%70%40%53%2F%73%20%77%3A%22%5C%25%C3%BC",
  "p@S/s w:\\\"\\\\%\xc3\xbc",
  "p@S\\/s w:\\\"\\\\%\\u00fc",
  "p@S\\/s w:\\u0022\\u005C%\\u00FC",
  "7040532F7320773A225C25C3BC",
  "7040532f7320773a225c25c3bc",
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

/* Of a secret that is longer than PART. */
#define LONG "0123456789-abcdefghij"

static const struct {
  const char *text, *masked;
} parts[] = {
  { "AUTH 0123456789-abcde", "AUTH ***" },
  { "AUTH 0123456789-abcde... no", "AUTH ***... no" },
  { "AUTH 0123456789-abcdefghi\n", "AUTH ***\n" },
  { "0123456789-ABCDEFGHI", "***" },
  { "%30123456789-abcdef", "***" },
  { "303132333435363738392d", "***" },
  /* Too short to be more than a word that happens to be there. */
  { "0123456789-abc", "0123456789-abc" },
  /* Not from its beginning: no cut of a server's. */
  { "456789-abcdefghij", "456789-abcdefghij" },
};

START_TEST (of_a_long_secret_the_beginning_is_masked_too)
{
  static const char *const one[] = { LONG, NULL };
  g_autofree char *masked = mask (one, parts[_i].text);

  unit_check_text (parts[_i].text, masked, parts[_i].masked);
}
END_TEST

static const struct {
  const char *whole; /* to be cut anywhere */
  gsize before;      /* no more than this may stay */
} cuts[] = {
  { "wrong: " CANARY, 7 },
  { "wrong: S3CR3T-PA55W0RD", 7 },
  { "wrong: %53%33%63%72%33%74%2D%50%61%35%35%77%30%72%64", 7 },
  { "wrong: S3cr3t\\u002dPa55w0rd", 7 },
  { "wrong: 5333637233742d50613535773072", 7 },
  /* base64 of "user" NUL and the canary: the second character of its own. */
  { "wrong: dXNlcgBTM2NyM3QtUGE1NXcwcm", 15 },
  { "twice " CANARY CANARY, 6 },
};

/* A text that was cut within a secret loses that part. */
START_TEST (where_a_text_was_cut_no_part_of_a_secret_remains)
{
  struct secrets *secrets = secrets_new ();
  const char *whole = cuts[_i].whole;

  secrets_add (secrets, CANARY);
  for (gsize n = cuts[_i].before; n <= strlen (whole); n++) {
    g_autofree char *cut = g_strndup (whole, n);
    g_autofree char *masked = NULL;

    secrets_trim_cut (secrets, cut);
    masked = secrets_mask (secrets, cut);
    if (!g_str_has_suffix (masked, "***"))
      ck_assert_msg (strlen (masked) <= cuts[_i].before
                         && g_str_has_prefix (whole, masked),
                     "%.*s: '%s'", (int)n, whole, masked);
  }
  secrets_free (secrets);
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
  unit_add_table (tcase, of_a_long_secret_the_beginning_is_masked_too, parts);
  unit_add_table (tcase, where_a_text_was_cut_no_part_of_a_secret_remains,
                  cuts);
  tcase_add_test (tcase, null_and_empty_are_no_secrets);
  tcase_add_test (tcase, a_long_text_is_masked_in_time);
  tcase_add_test (tcase, what_is_freed_may_be_null);
}
