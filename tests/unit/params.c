/* SPDX-License-Identifier: BSD-2-Clause */
/* Parameters of a URL against a transport's table, and tables themselves. */
#include "params.h"

#include "reason.h"
#include "unit.h"

#include <string.h>

#define TEXT DELIVERY_PARAM_STRING
#define BOOL DELIVERY_PARAM_BOOL
#define INT DELIVERY_PARAM_INTEGER
#define SECONDS DELIVERY_PARAM_SECONDS
#define CHOICE DELIVERY_PARAM_CHOICE

static const struct delivery_param table[] = {
  { "text", TEXT, 0, NULL, NULL, "any text" },
  { "flag", BOOL, 0, "no", NULL, "yes or no" },
  { "number", INT, 0, NULL, "-5:10", "a number" },
  { "free", INT, 0, NULL, NULL, "any number" },
  { "low", INT, 0, NULL, "1:", "a number from 1" },
  { "high", INT, 0, NULL, ":9", "a number to 9" },
  { "pause", SECONDS, 0, "1", "0.5:1m", "a duration" },
  { "ssl_verify", CHOICE, 0, "REQUIRED", "REQUIRED|OPTIONAL|NONE", "how" },
  { "many", TEXT, DELIVERY_PARAM_REPEATABLE, NULL, NULL, "as often" },
  { "token", TEXT, DELIVERY_PARAM_SECRET, NULL, NULL, "a secret" },
};

static gboolean
check (const struct delivery_param *params, gsize n, const char *query,
       struct url **url, GError **error)
{
  g_autofree char *text = g_strconcat ("x://h:1/", query, NULL);

  *url = url_parse (text, NULL);
  ck_assert_msg (*url != NULL, "%s", text);
  return params_check (params, n, *url, error);
}

static const char *const good[] = {
  "",
  "?text=",
  "?text=%7C%3C%3E%20x",
  "?flag=yes",
  "?flag=FALSE",
  "?flag=On",
  "?flag=0",
  "?number=-5",
  "?number=10",
  "?number=0",
  "?free=-2147483648&low=1&high=9",
  "?free=2147483647&low=2147483647&high=-7",
  "?pause=0.5",
  "?pause=500ms",
  "?pause=60",
  "?pause=1m",
  "?ssl_verify=NONE",
  "?many=1&many=1&text=x&many=",
  ("?token=" CANARY),
};

START_TEST (good_parameters_pass)
{
  GError *error = NULL;
  struct url *url;

  ck_assert_msg (check (table, G_N_ELEMENTS (table), good[_i], &url, &error),
                 "%s: %s", good[_i], error ? error->message : "no error");
  url_free (url);
}
END_TEST

static const struct {
  const char *query, *part;
} bad[] = {
  { "?verify=no", "no parameter 'verify'" },
  { "?timeout=", "no parameter 'timeout'" },
  { "?ssl_verfy=" CANARY, "did you mean 'ssl_verify'" },
  { "?completely_else=" CANARY, "there is text, flag" },
  { "?text=1&text=1", "stands twice" },
  { "?token=" CANARY "&token=" CANARY, "'token' stands twice" },
  { "?ssl_verify=REQUIRED&ssl_verify=NONE", "stands twice" },
  { "?flag=" CANARY, "'flag' is yes or no" },
  { "?flag=", "yes or no" },
  { "?flag=y", "yes or no" },
  { "?flag=2", "yes or no" },
  { "?number=" CANARY, "within -5:10" },
  { "?number=", "within -5:10" },
  { "?number=-6", "within -5:10" },
  { "?number=11", "within -5:10" },
  { "?number=1.5", "whole number" },
  { "?number=%201", "whole number" },
  { "?number=1x", "whole number" },
  { "?number=0x1", "whole number" },
  { "?free=1e3", "whole number" },
  { "?free=99999999999999999999", "whole number" },
  { "?low=0", "within 1:" },
  { "?high=10", "within :9" },
  { "?pause=0.4", "within 0.5:1m" },
  { "?pause=61", "within 0.5:1m" },
  { "?pause=-1", "duration" },
  { "?pause=" CANARY, "duration" },
  { "?ssl_verify=" CANARY, "REQUIRED, OPTIONAL, NONE" },
  { "?ssl_verify=", "REQUIRED, OPTIONAL, NONE" },
  { "?ssl_verify=REQUIRED|NONE", "one of" },
  { "?ssl_verify=NON", "one of" },
};

START_TEST (bad_parameters_are_refused_and_show_no_value)
{
  GError *error = NULL;
  struct url *url;

  ck_assert_msg (
      !check (table, G_N_ELEMENTS (table), bad[_i].query, &url, &error), "%s",
      bad[_i].query);
  unit_check_error (&error, DELIVERY_CONFIG, bad[_i].part);
  url_free (url);
}
END_TEST

static const char *const choices[]
    = { "REQUIRED", "required", "Required", "rEQUIRED" };

START_TEST (a_choice_comes_in_the_spelling_of_the_table)
{
  g_autofree char *query = g_strconcat ("?ssl_verify=", choices[_i], NULL);
  const struct url_param *param;
  struct url *url;

  ck_assert (check (table, G_N_ELEMENTS (table), query, &url, NULL));
  param = url->params->pdata[0];
  ck_assert_str_eq (param->value, "REQUIRED");
  url_free (url);
}
END_TEST

START_TEST (a_required_parameter_must_be_there)
{
  static const struct delivery_param needs[] = {
    { "room", TEXT, DELIVERY_PARAM_REQUIRED, NULL, NULL, "which room" },
  };
  GError *error = NULL;
  struct url *url;

  ck_assert (!check (needs, 1, "", &url, &error));
  ck_assert (strstr (error->message, "which room") != NULL);
  unit_check_error (&error, DELIVERY_CONFIG, "'room' is missing");
  url_free (url);
  ck_assert (check (needs, 1, "?room=1", &url, NULL));
  url_free (url);
}
END_TEST

START_TEST (a_transport_without_a_table_takes_no_parameter)
{
  GError *error = NULL;
  struct url *url;

  ck_assert (check (NULL, 0, "", &url, NULL));
  url_free (url);
  ck_assert (!check (NULL, 0, "?a=1", &url, &error));
  unit_check_error (&error, DELIVERY_CONFIG, "no parameter 'a'");
  url_free (url);
}
END_TEST

START_TEST (an_entry_is_found_by_its_whole_name)
{
  ck_assert (params_find (table, G_N_ELEMENTS (table), "number") == &table[2]);
  ck_assert (params_find (table, G_N_ELEMENTS (table), "numbe") == NULL);
  ck_assert (params_find (table, G_N_ELEMENTS (table), "") == NULL);
  ck_assert (params_find (NULL, 0, "number") == NULL);
}
END_TEST

START_TEST (yes_is_read_in_any_case)
{
  static const char *const yes[] = { "yes", "TRUE", "On", "1" };
  static const char *const no[] = { "no", "False", "OFF", "0" };

  for (int i = 0; i < 4; i++) {
    ck_assert (param_bool (yes[i]));
    ck_assert (!param_bool (no[i]));
  }
}
END_TEST

START_TEST (each_entry_of_a_sound_table_passes)
{
  ck_assert (param_check_declared (&table[_i], NULL));
}
END_TEST

#define LONGEST "abcdefghijklmnopqrstuvwxyz_01234"

static const struct delivery_param sound[] = {
  { LONGEST, TEXT, 0, "any", NULL, NULL }, { "x", BOOL, 7, "YES", NULL, "" },
  { "x", INT, 0, "7", "7:7", "" },         { "x", INT, 0, NULL, ":", "" },
  { "x", SECONDS, 0, "5m", "1:1h", "" },
};

START_TEST (odd_but_sound_entries_pass)
{
  GError *error = NULL;

  ck_assert_msg (param_check_declared (&sound[_i], &error), "%d: %s", _i,
                 error ? error->message : "");
}
END_TEST

static const struct {
  struct delivery_param param;
  const char *part;
} unsound[] = {
  { { NULL, TEXT, 0, NULL, NULL, "" }, "name" },
  { { "", TEXT, 0, NULL, NULL, "" }, "name" },
  { { "Name", TEXT, 0, NULL, NULL, "" }, "name" },
  { { "1a", TEXT, 0, NULL, NULL, "" }, "name" },
  { { "_a", TEXT, 0, NULL, NULL, "" }, "name" },
  { { "a-b", TEXT, 0, NULL, NULL, "" }, "name" },
  { { "a\n", TEXT, 0, NULL, NULL, "" }, "name" },
  { { "\xc3\xbc", TEXT, 0, NULL, NULL, "" }, "name" },
  { { LONGEST "5", TEXT, 0, NULL, NULL, "" }, "name" },
  { { "x", CHOICE, 0, "ONE", "one", "" }, "default" },
  { { "a", CHOICE + 1, 0, NULL, NULL, "" }, "type" },
  { { "a", G_MAXUINT32, 0, NULL, NULL, "" }, "type" },
  { { "a", TEXT, 8, NULL, NULL, "" }, "flag" },
  { { "a", TEXT, 0x80000000u, NULL, NULL, "" }, "flag" },
  { { "a", CHOICE, 0, NULL, NULL, "" }, "values" },
  { { "a", CHOICE, 0, NULL, "", "" }, "values" },
  { { "a", INT, 0, NULL, "", "" }, "values" },
  { { "a", INT, 0, NULL, "5", "" }, "values" },
  { { "a", INT, 0, NULL, "5:1", "" }, "values" },
  { { "a", INT, 0, NULL, "1:2:3", "" }, "values" },
  { { "a", INT, 0, NULL, "x:y", "" }, "values" },
  { { "a", INT, 0, NULL, "1s:2s", "" }, "values" },
  { { "a", SECONDS, 0, NULL, "1h:1m", "" }, "values" },
  { { "a", SECONDS, 0, NULL, "-1:1", "" }, "values" },
  { { "a", BOOL, 0, "maybe", NULL, "" }, "default" },
  { { "a", INT, 0, "x", NULL, "" }, "default" },
  { { "a", INT, 0, "11", "1:10", "" }, "default" },
  { { "a", SECONDS, 0, "", NULL, "" }, "default" },
  { { "a", CHOICE, 0, "three", "one|two", "" }, "default" },
};

START_TEST (unsound_entries_are_refused)
{
  GError *error = NULL;

  ck_assert_msg (!param_check_declared (&unsound[_i].param, &error), "%d", _i);
  unit_check_error (&error, DELIVERY_CONFIG, unsound[_i].part);
}
END_TEST

START_TEST (each_type_has_a_name_and_others_have_none)
{
  for (guint i = TEXT; i <= CHOICE; i++)
    ck_assert_str_ne (param_type_name (i), "unknown");
  ck_assert_str_eq (param_type_name (CHOICE + 1), "unknown");
  ck_assert_str_eq (param_type_name (G_MAXUINT), "unknown");
}
END_TEST

void
unit_add (TCase *tcase)
{
  unit_add_table (tcase, good_parameters_pass, good);
  unit_add_table (tcase, bad_parameters_are_refused_and_show_no_value, bad);
  unit_add_table (tcase, a_choice_comes_in_the_spelling_of_the_table, choices);
  tcase_add_test (tcase, a_required_parameter_must_be_there);
  tcase_add_test (tcase, a_transport_without_a_table_takes_no_parameter);
  tcase_add_test (tcase, an_entry_is_found_by_its_whole_name);
  tcase_add_test (tcase, yes_is_read_in_any_case);
  unit_add_table (tcase, each_entry_of_a_sound_table_passes, table);
  unit_add_table (tcase, odd_but_sound_entries_pass, sound);
  unit_add_table (tcase, unsound_entries_are_refused, unsound);
  tcase_add_test (tcase, each_type_has_a_name_and_others_have_none);
}
