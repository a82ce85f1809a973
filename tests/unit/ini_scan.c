/* SPDX-License-Identifier: BSD-2-Clause */
/* The layer in front of GKeyFile, on text in memory. */
#include "ini_scan.h"

#include "ini.h"
#include "reason.h"
#include "unit.h"

#include <string.h>

static GHashTable *
lines_new (void)
{
  return g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
}

/* Each text in an allocation of its exact size and one NUL, as slurp() has
 * it. */
static GString *
scan (const char *text, gssize length, GHashTable *lines, GError **error)
{
  GString exact = { 0 };
  GString *out;

  exact.len = length < 0 ? strlen (text) : (gsize)length;
  exact.allocated_len = exact.len + 1;
  exact.str = g_malloc (exact.len + 1);
  memcpy (exact.str, text, exact.len);
  exact.str[exact.len] = '\0';
  out = ini_scan (&exact, "f.ini", lines, error);
  g_free (exact.str);
  return out;
}

START_TEST (names_are_written_plainly_and_values_escaped)
{
  g_autoptr (GHashTable) lines = lines_new ();
  GString *out = scan ("[a [b] c]\nK\xc3\x9c Y = \\x\\n = : ; #\n  more\n", -1,
                       lines, NULL);

  ck_assert (out != NULL);
  ck_assert_str_eq (out->str, "[a%20%5Bb%5D%20c]\n"
                              "k%C3%BC%20y=\\\\x\\\\n = : ; #\\nmore\n");
  g_string_free (out, TRUE);
}
END_TEST

START_TEST (lines_are_noted_for_sections_and_options)
{
  g_autoptr (GHashTable) lines = lines_new ();
  GString *out
      = scan ("# 1\n[s]\n\nA = 1\n  2\nb : 2\n[t]\na=3", -1, lines, NULL);
  static const struct {
    const char *section, *option;
    guint line;
  } wanted[] = { { "s", NULL, 2 }, { "s", "a", 4 }, { "s", "b", 6 },
                 { "t", NULL, 7 }, { "t", "a", 8 }, { "s", "c", 0 } };

  ck_assert (out != NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (wanted); i++) {
    g_autofree char *key = ini_scan_key (wanted[i].section, wanted[i].option);

    ck_assert_uint_eq (GPOINTER_TO_UINT (g_hash_table_lookup (lines, key)),
                       wanted[i].line);
  }
  g_string_free (out, TRUE);
}
END_TEST

START_TEST (a_name_keeps_letters_digits_and_three_more)
{
  g_autofree char *name = ini_scan_name ("aZ09_.- [%]\xc3\xbc=");

  ck_assert_str_eq (name, "aZ09_.-%20%5B%25%5D%C3%BC%3D");
}
END_TEST

/* `length` is needed where there is a NUL in the text. */
static const struct {
  const char *text;
  gssize length;
  const char *part;
} bad[] = {
  { "k = " CANARY "\n", -1, "f.ini:1: no [section]" },
  { "\n\n" CANARY "\n", -1, "f.ini:3: no [section]" },
  { "[s]\n" CANARY "\n", -1, "f.ini:2: neither" },
  { "[s\n" CANARY "\n", -1, "f.ini:1: a '[' without a name and a ']'" },
  { "[s]\n[]\n", -1, "f.ini:2: a '[' without a name and a ']'" },
  { "[s]\n[" CANARY "\n", -1, "f.ini:2: a '[' without a name and a ']'" },
  { "[s]\n= " CANARY "\n", -1, "f.ini:2: no key" },
  { "[s]\n: " CANARY "\n", -1, "f.ini:2: no key" },
  { "[s]\nk = 1\n\nK : " CANARY "\n", -1,
    "f.ini:4: option 'k' of section [s] stands in line 2" },
  { "[s]\n\xc3\x9c=1\n\xc3\xbc=2\n", -1, "stands in line 2" },
  { "[s]\n[t]\n# x\n[s]\nk = " CANARY "\n", -1,
    "f.ini:4: section [s] stands in line 1" },
  { "[DEFAULT]\nk=1\n[DEFAULT]\nk=2\n", -1, "f.ini:4: " },
  { "[s]\nk = " CANARY "\xff\n", -1, "f.ini:2: not UTF-8" },
  { "[s]\nk = " CANARY "\xc3\n", -1, "f.ini:2: not UTF-8" },
  { "[s]\nk = gr\xfc\xdf " CANARY "\n", -1, "f.ini:2: not UTF-8" },
  { "[s]\n# \xed\xa0\x80\n", -1, "f.ini:2: not UTF-8" },
  { "[s]\nk = \xf0\x9f\x98", -1, "f.ini:2: not UTF-8" },
  { "[s]\nk = a\rb" CANARY "\n", -1, "f.ini:2: control character" },
  { "[s]\rk = 1\r", -1, "f.ini:1: control character" },
  { "[s]\nk = 1\r\r\n", -1, "f.ini:2: control character" },
  { "[s]\nk = \x1b[2J\n", -1, "f.ini:2: control character" },
  { "[s]\n# \x07\n", -1, "f.ini:2: control character" },
  { "[s]\nk = \x7f\n", -1, "f.ini:2: control character" },
  { "[s]\nk = \xc2\x85\n", -1, "f.ini:2: control character" },
  { "[s]\nk = 1\n  \f2\n", -1, "f.ini:3: control character" },
  { "[s]\nk = a\0b" CANARY "\n", 26, "f.ini:2: " },
  { "[s]\nk = 1\n\0", 11, "f.ini:3: " },
  { "\0[s]\n", 5, "f.ini:1: " },
  /* Bytes that claim to begin a long character hide nothing behind them. */
  { "[s]\nk = \xfc\0x\n", 12, "f.ini:2: " },
  { "[s]\nk = \xf0\0\n", 11, "f.ini:2: " },
  { "[s]\nk = \xe2\0", 10, "f.ini:2: " },
};

START_TEST (bad_text_is_refused_with_its_line_and_no_value)
{
  g_autoptr (GHashTable) lines = lines_new ();
  GError *error = NULL;
  GString *out = scan (bad[_i].text, bad[_i].length, lines, &error);

  ck_assert_msg (out == NULL, "'%s' became '%s'", bad[_i].text,
                 out ? out->str : "");
  unit_check_error (&error, DELIVERY_CONFIG, bad[_i].part);
}
END_TEST

START_TEST (a_line_has_a_longest_length)
{
  g_autoptr (GHashTable) lines = lines_new ();
  g_autoptr (GString) text = g_string_new ("[s]\nk=");
  GError *error = NULL;
  GString *out;

  for (int i = 2; i < INI_LINE_MAX; i++)
    g_string_append_c (text, 'x');
  out = scan (text->str, -1, lines, &error);
  ck_assert (out != NULL);
  g_string_free (out, TRUE);
  g_string_append_c (text, 'x');
  g_hash_table_remove_all (lines);
  ck_assert (scan (text->str, -1, lines, &error) == NULL);
  unit_check_error (&error, DELIVERY_CONFIG, "f.ini:2: line of more than");
}
END_TEST

/* Whatever is read can be read by GKeyFile, wherever the text ends. */
START_TEST (what_is_written_is_what_gkeyfile_reads)
{
  static const char text[]
      = "\xef\xbb\xbf; c\r\n[a b]\r\nk = v\r\n\tw\r\n\r\n x\r\n# c\r\n"
        "[DEFAULT]\n\xe2\x82\xac key: \\\xe2\x82\xac\\ \n[c]d\n e=\n f:=\n";

  for (gssize length = 0; length <= (gssize)strlen (text); length++) {
    g_autoptr (GHashTable) lines = lines_new ();
    g_autoptr (GKeyFile) file = g_key_file_new ();
    g_autoptr (GError) error = NULL;
    GString *out = scan (text, length, lines, &error);

    ck_assert ((out != NULL) == (error == NULL));
    if (!out)
      continue;
    ck_assert_msg (out->len == 0
                       || g_key_file_load_from_data (file, out->str, out->len,
                                                     G_KEY_FILE_NONE, NULL),
                   "'%s'", out->str);
    g_string_free (out, TRUE);
  }
}
END_TEST

void
unit_add (TCase *tcase)
{
  tcase_add_test (tcase, names_are_written_plainly_and_values_escaped);
  tcase_add_test (tcase, lines_are_noted_for_sections_and_options);
  tcase_add_test (tcase, a_name_keeps_letters_digits_and_three_more);
  unit_add_table (tcase, bad_text_is_refused_with_its_line_and_no_value, bad);
  tcase_add_test (tcase, a_line_has_a_longest_length);
  tcase_add_test (tcase, what_is_written_is_what_gkeyfile_reads);
}
