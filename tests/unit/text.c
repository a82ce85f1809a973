/* SPDX-License-Identifier: BSD-2-Clause */
/* Text from outside made fit for output, and numbers read and written. */
#include "text.h"
#include "unit.h"

#include <locale.h>
#include <string.h>

#define RLO "\xe2\x80\xae" /* U+202E, right-to-left override */

static const struct {
  const char *text, *clean;
} cleaned[] = {
  { "", "" },
  { "plain text", "plain text" },
  { "gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x98\x80",
    "gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x98\x80" },
  { "two\r\nlines", "two lines" },
  { "a\t\v\f  \n b", "a b" },
  { "  both ends \n", "both ends" },
  { "\n", "" },
  { "bell\abell", "bell bell" },
  { "a\x1b[2Jb", "a [2Jb" },
  { "del\x7f.", "del ." },
  { "c1\xc2\x9b.", "c1 ." },
  { "nel\xc2\x85.", "nel ." },
  { "nbsp\xc2\xa0.", "nbsp ." },
  { "line\xe2\x80\xa8sep", "line sep" },
  { "a|b||c", "a!b!!c" },
  { "<b>`id`</b>", "(b)'id'(/b)" },
  { "x" RLO "y", "x?y" },
  { "\xe2\x80\x8ex\xe2\x80\x8f", "?x?" },
  { "\xe2\x81\xa6x\xe2\x81\xa9", "?x?" },
  { "\xef\xbb\xbfx", "?x" },
  { "zero\xe2\x80\x8bwidth", "zero?width" },
  { "unassigned \xcd\xb8", "unassigned ?" },
  { "noncharacter \xef\xbf\xbf", "noncharacter ?" },
  { "%s%n", "%s%n" },
};

START_TEST (clean_text_is_one_printable_line)
{
  g_autofree char *seen = text_clean (cleaned[_i].text, TEXT_MAX);

  unit_check_text ("text_clean", seen, cleaned[_i].clean);
}
END_TEST

/* Wrong UTF-8 as it is, cut off, overlong, a surrogate, too high. */
static const char *const wrong_utf8[] = { "\x80",
                                          "\xbf",
                                          "\xc0\xaf",
                                          "\xc3",
                                          "\xe2\x82",
                                          "\xed\xa0\x80",
                                          "\xf0\x9f\x98",
                                          "\xf0\x80\x80\xaf",
                                          "\xf4\x90\x80\x80",
                                          "\xf8\x88\x80\x80\x80",
                                          "\xfe",
                                          "\xff" };

/* Each in an allocation of its exact size, at each place of a word. */
START_TEST (wrong_utf8_becomes_question_marks_wherever_it_stands)
{
  static const char word[] = "word";

  for (gsize at = 0; at <= strlen (word); at++) {
    g_autofree char *text = g_strdup_printf ("%.*s%s%s", (int)at, word,
                                             wrong_utf8[_i], word + at);
    g_autofree char *seen = text_clean (text, TEXT_MAX);
    g_autofree char *rest = g_strdup (seen);
    gsize kept = 0;

    ck_assert (g_utf8_validate (seen, -1, NULL));
    for (const char *p = seen; *p; p++)
      if (*p != '?')
        rest[kept++] = *p;
    rest[kept] = '\0';
    unit_check_text ("what is left", rest, word);
    ck_assert_msg (strlen (seen) > strlen (word), "no '?' in '%s'", seen);
  }
}
END_TEST

/* Characters of one, two, three and four bytes, and a space. */
#define MIXED "a\xc3\xbc\xe2\x82\xac\xf0\x9f\x98\x80 b\xc3\xbc\xe2\x82\xac"

START_TEST (text_is_cut_on_a_character_at_every_max)
{
  gsize max = (gsize)_i;
  g_autofree char *seen = text_clean (MIXED, max);
  gsize length = strlen (seen);

  ck_assert_msg (length <= max, "%d: '%s' is too long", _i, seen);
  ck_assert_msg (g_utf8_validate (seen, -1, NULL), "%d: '%s'", _i, seen);
  if (max >= strlen (MIXED)) {
    ck_assert_str_eq (seen, MIXED);
  } else if (max >= 3) {
    ck_assert_msg (g_str_has_suffix (seen, "..."), "%d: '%s'", _i, seen);
    ck_assert (strncmp (seen, MIXED, length - 3) == 0);
    /* No more is lost than one character and the dots. */
    ck_assert_msg (length + 3 >= max, "%d: '%s' is too short", _i, seen);
  }
}
END_TEST

START_TEST (what_fits_is_not_cut)
{
  static const char *const fit[] = { "abcd", "abcd ", "abcd \n\n", " abcd" };

  for (gsize i = 0; i < G_N_ELEMENTS (fit); i++) {
    g_autofree char *seen = text_clean (fit[i], 4);

    unit_check_text (fit[i], seen, "abcd");
  }
}
END_TEST

START_TEST (what_is_lost_behind_a_space_is_marked)
{
  g_autofree char *seen = text_clean ("abcd e", 4);

  ck_assert_str_eq (seen, "a...");
}
END_TEST

START_TEST (a_long_text_is_cut_in_time)
{
  g_autofree char *text = g_strnfill (8 * 1024 * 1024, '\n');
  g_autofree char *seen = NULL;

  text[8 * 1024 * 1024 - 1] = 'x';
  seen = text_clean (text, TEXT_MAX);
  ck_assert_str_eq (seen, "x");
}
END_TEST

START_TEST (a_label_has_plain_characters_only)
{
  g_autofree char *label = text_label ("aZ09_.-|=' \t;\xc3\xbc\x7f/:");

  ck_assert_str_eq (label, "aZ09_.-___________");
}
END_TEST

static const struct {
  double seconds;
  const char *text;
} written[] = {
  { 0, "0.000000" },         { 0.5, "0.500000" },
  { 0.0000004, "0.000000" }, { 0.0000006, "0.000001" },
  { 1e-300, "0.000000" },    { 1234567.25, "1234567.250000" },
  { 86400, "86400.000000" }, { 1e15, "1000000000000000.000000" },
};

START_TEST (seconds_have_six_decimals_in_every_locale)
{
  static const char *const locales[]
      = { "C", "de_DE.UTF-8", "de_DE", "tr_TR.UTF-8", "fr_FR.UTF-8" };

  for (gsize i = 0; i < G_N_ELEMENTS (locales); i++) {
    g_autofree char *text = NULL;

    if (!setlocale (LC_ALL, locales[i]))
      continue;
    text = text_seconds (written[_i].seconds);
    unit_check_text (locales[i], text, written[_i].text);
  }
}
END_TEST

static const char *const known[]
    = { "ssl_verify", "tls_min", "servername", "to", "from", "tor", NULL };

static const struct {
  const char *wanted, *nearest;
} near[] = {
  { "ssl_verify", "ssl_verify" },
  { "ssl_verfy", "ssl_verify" },
  { "sslverify", "ssl_verify" },
  { "tls_mni", "tls_min" },
  { "servernam", "servername" },
  { "form", "from" },
  { "fro", "from" },
  { "too", "to" },
  { "t", "to" },
  { "completely_else", NULL },
  { "abc", NULL },
};

START_TEST (the_nearest_name_is_found)
{
  unit_check_text (near[_i].wanted, text_nearest (near[_i].wanted, known),
                   near[_i].nearest);
}
END_TEST

START_TEST (nothing_is_near_where_nothing_is_known)
{
  static const char *const none[] = { NULL };
  g_autofree char *hint = text_suggest ("x", none);

  ck_assert (text_nearest ("x", none) == NULL);
  ck_assert_str_eq (hint, "");
}
END_TEST

START_TEST (a_suggestion_names_the_nearest_or_all)
{
  g_autofree char *near_one = text_suggest ("tls_mim", known);
  g_autofree char *all = text_suggest ("completely_else", known);

  ck_assert_str_eq (near_one, "; did you mean 'tls_min'?");
  ck_assert_str_eq (all, "; there is ssl_verify, tls_min, servername, to, "
                         "from, tor");
}
END_TEST

START_TEST (a_suggestion_ends_after_a_dozen)
{
  static const char *const many[]
      = { "n01", "n02", "n03", "n04", "n05", "n06", "n07", "n08",
          "n09", "n10", "n11", "n12", "n13", "n14", NULL };
  g_autofree char *hint = text_suggest ("something", many);

  ck_assert (strstr (hint, "n12") != NULL);
  ck_assert (strstr (hint, "n13") == NULL);
}
END_TEST

START_TEST (a_name_of_a_megabyte_is_near_to_nothing)
{
  g_autofree char *name = g_strnfill (1024 * 1024, 'x');

  ck_assert (text_nearest (name, known) == NULL);
}
END_TEST

static const struct {
  const char *text;
  gint64 us;
} durations[] = {
  { "0", 0 },
  { "0.5", 500000 },
  { "1.5", 1500000 },
  { "90s", 90000000 },
  { "5m", 300000000 },
  { "1h", 3600000000 },
  { "250ms", 250000 },
  { "1.5h", 5400000000 },
  { "0.000001", 1 },
  { "007", 7000000 },
  { "1m", 60000000 },
  { "3650d", 315360000000000 },
  { "0.1234567", 123457 },
};

START_TEST (good_durations_are_read)
{
  gint64 us = -1;

  ck_assert_msg (text_duration (durations[_i].text, &us), "%s",
                 durations[_i].text);
  ck_assert_int_eq (us, durations[_i].us);
}
END_TEST

static const char *const no_durations[]
    = { "",      " ",      "s",         "ms",
        "-1",    "+1",     "1.",        ".5",
        "1.s",   "1e3",    "1e9",       "0x10",
        "nan",   "inf",    "infinity",  "1 s",
        " 1",    "1 ",     "1\n",       "1ss",
        "1sm",   "1,5",    "1:2",       "1S",
        "3651d", "87601h", "315360001", "99999999999999999999",
        "1w",    "--1",    "1h30m",     "\xd9\xa1" };

START_TEST (bad_durations_are_refused)
{
  gint64 us;

  ck_assert_msg (!text_duration (no_durations[_i], &us), "'%s'",
                 no_durations[_i]);
}
END_TEST

START_TEST (a_duration_of_many_digits_is_refused)
{
  g_autofree char *digits = g_strnfill (5000, '9');
  gint64 us;

  ck_assert (!text_duration (digits, &us));
}
END_TEST

static const struct {
  const char *text;
  guint64 max, number;
} numbers[] = {
  { "0", 0, 0 },
  { "1", 1, 1 },
  { "65535", 65535, 65535 },
  { "18446744073709551615", G_MAXUINT64, G_MAXUINT64 },
};

START_TEST (good_numbers_are_read)
{
  guint64 number = 4711;

  ck_assert (text_number (numbers[_i].text, numbers[_i].max, &number));
  ck_assert_uint_eq (number, numbers[_i].number);
}
END_TEST

static const char *const no_numbers[]
    = { "",        "-1",  "+1",          " 1",
        "1 ",      "1\n", "0x10",        "1e1",
        "1.",      "1.0", "abc",         "1a",
        "65536",   "-0",  "99999999999", "18446744073709551616",
        "\xd9\xa1" };

START_TEST (bad_numbers_are_refused)
{
  guint64 number;

  ck_assert_msg (!text_number (no_numbers[_i], 65535, &number), "'%s'",
                 no_numbers[_i]);
}
END_TEST

void
unit_add (TCase *tcase)
{
  unit_add_table (tcase, clean_text_is_one_printable_line, cleaned);
  unit_add_table (tcase, wrong_utf8_becomes_question_marks_wherever_it_stands,
                  wrong_utf8);
  tcase_add_loop_test (tcase, text_is_cut_on_a_character_at_every_max, 0,
                       (int)sizeof MIXED + 2);
  tcase_add_test (tcase, what_fits_is_not_cut);
  tcase_add_test (tcase, what_is_lost_behind_a_space_is_marked);
  tcase_add_test (tcase, a_long_text_is_cut_in_time);
  tcase_add_test (tcase, a_label_has_plain_characters_only);
  unit_add_table (tcase, seconds_have_six_decimals_in_every_locale, written);
  unit_add_table (tcase, the_nearest_name_is_found, near);
  tcase_add_test (tcase, nothing_is_near_where_nothing_is_known);
  tcase_add_test (tcase, a_suggestion_names_the_nearest_or_all);
  tcase_add_test (tcase, a_suggestion_ends_after_a_dozen);
  tcase_add_test (tcase, a_name_of_a_megabyte_is_near_to_nothing);
  unit_add_table (tcase, good_durations_are_read, durations);
  unit_add_table (tcase, bad_durations_are_refused, no_durations);
  tcase_add_test (tcase, a_duration_of_many_digits_is_refused);
  unit_add_table (tcase, good_numbers_are_read, numbers);
  unit_add_table (tcase, bad_numbers_are_refused, no_numbers);
}
