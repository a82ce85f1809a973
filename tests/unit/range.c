/* SPDX-License-Identifier: BSD-2-Clause */
/* Threshold ranges, by the grammar of the Monitoring Plugins guidelines. */
#include "range.h"

#include "reason.h"
#include "unit.h"

#include <locale.h>
#include <math.h>

/* INFINITY is a float. */
#define ENDLESS ((double)INFINITY)

static const struct {
  const char *text;
  double start, end;
  gboolean inside;
  const char *written; /* by range_text */
} good[] = {
  { "10", 0, 10, FALSE, "10" },
  { "0", 0, 0, FALSE, "0" },
  { "0:10", 0, 10, FALSE, "10" },
  { "10:", 10, ENDLESS, FALSE, "10:" },
  { "0:", 0, ENDLESS, FALSE, "0:" },
  { "~:10", -ENDLESS, 10, FALSE, "~:10" },
  { "~:", -ENDLESS, ENDLESS, FALSE, "~:" },
  { "10:20", 10, 20, FALSE, "10:20" },
  { "10:10", 10, 10, FALSE, "10:10" },
  { "@10:20", 10, 20, TRUE, "@10:20" },
  { "@10", 0, 10, TRUE, "@0:10" },
  { "@~:10", -ENDLESS, 10, TRUE, "@~:10" },
  { "@10:", 10, ENDLESS, TRUE, "@10:" },
  { "-5:5", -5, 5, FALSE, "-5:5" },
  { "-20:-10", -20, -10, FALSE, "-20:-10" },
  { "~:-1.5", -ENDLESS, -1.5, FALSE, "~:-1.5" },
  { "0.5", 0, 0.5, FALSE, "0.5" },
  { "1.", 0, 1, FALSE, "1" },
  { "0.1:0.30", 0.1, 0.3, FALSE, "0.1:0.3" },
  { "007", 0, 7, FALSE, "7" },
  { "0.000001", 0, 0.000001, FALSE, "0.000001" },
  { "123456789012345", 0, 123456789012345, FALSE, "123456789012345" },
  { "12345678.9012345", 0, 12345678.9012345, FALSE, "12345678.9012345" },
};

START_TEST (good_ranges_are_read)
{
  struct range range;
  GError *error = NULL;

  ck_assert_msg (range_parse (good[_i].text, &range, &error), "'%s'",
                 good[_i].text);
  ck_assert (error == NULL);
  ck_assert_msg (range.start == good[_i].start && range.end == good[_i].end,
                 "'%s' is %f to %f", good[_i].text, range.start, range.end);
  ck_assert_int_eq (range.inside, good[_i].inside);
}
END_TEST

/* And what is written reads as the same range. */
START_TEST (ranges_are_written_shortly_in_every_locale)
{
  static const char *const locales[] = { "C", "de_DE.UTF-8", "de_DE" };

  for (gsize i = 0; i < G_N_ELEMENTS (locales); i++) {
    struct range range, again;
    g_autofree char *text = NULL;

    if (!setlocale (LC_ALL, locales[i]))
      continue;
    ck_assert (range_parse (good[_i].text, &range, NULL));
    text = range_text (&range);
    unit_check_text (good[_i].text, text, good[_i].written);
    ck_assert (range_parse (text, &again, NULL));
    ck_assert (again.start == range.start && again.end == range.end);
    ck_assert_int_eq (again.inside, range.inside);
  }
}
END_TEST

static const char *const bad[] = { "",
                                   " ",
                                   ":",
                                   "@",
                                   "@:",
                                   "~",
                                   "@~",
                                   ":10",
                                   "abc",
                                   "nan",
                                   "inf",
                                   "-inf",
                                   "1e3",
                                   "1e400",
                                   "0x10",
                                   "+1",
                                   "--1",
                                   "-",
                                   ".5",
                                   ".",
                                   "10,5",
                                   "10s",
                                   "5m",
                                   "10 ",
                                   " 10",
                                   "10\n",
                                   "10 :",
                                   "1:2:3",
                                   "~~:1",
                                   "1:~",
                                   "10:~",
                                   "@@1",
                                   "1@:2",
                                   "10:x",
                                   "x:10",
                                   "1..2",
                                   "1.2.3",
                                   "-~:1",
                                   "10;20",
                                   "10|",
                                   "1:+2",
                                   "99999999999999999999",
                                   "0.12345678901234567890",
                                   "\xd9\xa1" };

START_TEST (bad_ranges_are_refused)
{
  struct range range;
  GError *error = NULL;

  ck_assert_msg (!range_parse (bad[_i], &range, &error), "'%s'", bad[_i]);
  unit_check_error (&error, DELIVERY_CONFIG, "not a range");
}
END_TEST

static const char *const backwards[]
    = { "10:5", "-1", "@20:10", "0:-0.5", "-1:-2", "@-1" };

START_TEST (a_range_that_runs_backwards_is_refused)
{
  struct range range;
  GError *error = NULL;

  ck_assert_msg (!range_parse (backwards[_i], &range, &error), "'%s'",
                 backwards[_i]);
  unit_check_error (&error, DELIVERY_CONFIG, "above its end");
}
END_TEST

static const struct {
  const char *range;
  double value;
  gboolean alerts;
} values[] = {
  { "10", -0.001, TRUE },    { "10", 0, FALSE },
  { "10", 10, FALSE },       { "10", 10.001, TRUE },
  { "10:", 9.999, TRUE },    { "10:", 10, FALSE },
  { "10:", 1e300, FALSE },   { "~:10", -1e300, FALSE },
  { "~:10", 10, FALSE },     { "~:10", 10.001, TRUE },
  { "10:20", 9.999, TRUE },  { "10:20", 10, FALSE },
  { "10:20", 15, FALSE },    { "10:20", 20, FALSE },
  { "10:20", 20.001, TRUE }, { "@10:20", 9.999, FALSE },
  { "@10:20", 10, TRUE },    { "@10:20", 15, TRUE },
  { "@10:20", 20, TRUE },    { "@10:20", 20.001, FALSE },
  { "~:", 0, FALSE },        { "@~:", 0, TRUE },
  { "0", 0, FALSE },         { "0", 0.001, TRUE },
  { "@0", 0, TRUE },         { "@0", 0.001, FALSE },
  { "-5:5", -5, FALSE },     { "-5:5", -5.001, TRUE },
};

START_TEST (the_end_points_are_inside)
{
  struct range range;

  ck_assert (range_parse (values[_i].range, &range, NULL));
  ck_assert_msg (range_alerts (&range, values[_i].value) == values[_i].alerts,
                 "%s and %f", values[_i].range, values[_i].value);
}
END_TEST

void
unit_add (TCase *tcase)
{
  unit_add_table (tcase, good_ranges_are_read, good);
  unit_add_table (tcase, ranges_are_written_shortly_in_every_locale, good);
  unit_add_table (tcase, bad_ranges_are_refused, bad);
  unit_add_table (tcase, a_range_that_runs_backwards_is_refused, backwards);
  unit_add_table (tcase, the_end_points_are_inside, values);
}
