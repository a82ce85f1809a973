/* SPDX-License-Identifier: BSD-2-Clause */
/* What a scenario may set beside its URLs. */
#include "settings.h"

#include "unit.h"

#include <math.h>
#include <string.h>

#define SECOND ((gint64)G_USEC_PER_SEC)

START_TEST (the_defaults_are_the_documented_ones)
{
  struct settings settings;

  memset (&settings, 0xff, sizeof settings);
  settings_init (&settings);
  ck_assert_int_eq (settings.wait, 0);
  ck_assert_int_eq (settings.patience, 30 * SECOND);
  ck_assert_int_eq (settings.timeout, 60 * SECOND);
  ck_assert_int_eq (settings.on_timeout, STATE_UNKNOWN);
  ck_assert (!settings.has_warning && !settings.has_critical);
  ck_assert (settings_check (&settings, NULL));
}
END_TEST

START_TEST (their_names_are_those_of_the_options)
{
  g_autofree char *names = g_strjoinv (" ", (char **)settings_names);

  ck_assert_str_eq (names, "wait patience timeout warning critical");
}
END_TEST

static const struct {
  const char *text;
  gint64 us;
  enum state state;
} timeouts[] = {
  { "60", 60 * SECOND, STATE_UNKNOWN },
  { "0.5", SECOND / 2, STATE_UNKNOWN },
  { "90s:unknown", 90 * SECOND, STATE_UNKNOWN },
  { "2m:warning", 120 * SECOND, STATE_WARNING },
  { "60:CRITICAL", 60 * SECOND, STATE_CRITICAL },
  { "0.001", SECOND / 1000, STATE_UNKNOWN },
  { "1d", 86400 * SECOND, STATE_UNKNOWN },
};

START_TEST (a_timeout_has_a_duration_and_a_state)
{
  struct settings settings;

  settings_init (&settings);
  settings.on_timeout = STATE_CRITICAL; /* of an earlier value */
  ck_assert (settings_set (&settings, "timeout", timeouts[_i].text, NULL));
  ck_assert_int_eq (settings.timeout, timeouts[_i].us);
  ck_assert_int_eq (settings.on_timeout, timeouts[_i].state);
}
END_TEST

START_TEST (each_setting_sets_its_own)
{
  struct settings settings;

  settings_init (&settings);
  ck_assert (settings_set (&settings, "wait", "1.5", NULL));
  ck_assert (settings_set (&settings, "patience", "0", NULL));
  ck_assert (settings_set (&settings, "warning", "10", NULL));
  ck_assert (settings.has_warning && !settings.has_critical);
  ck_assert (settings_set (&settings, "critical", "@20:", NULL));
  ck_assert (settings.has_critical);
  ck_assert_int_eq (settings.wait, SECOND * 3 / 2);
  ck_assert_int_eq (settings.patience, 0);
  ck_assert_int_eq (settings.timeout, 60 * SECOND);
  ck_assert_double_eq (settings.warning.end, 10);
  ck_assert_double_eq (settings.critical.start, 20);
  ck_assert (settings.critical.inside && isinf (settings.critical.end));
}
END_TEST

static const struct {
  const char *name, *text, *part;
} bad[] = {
  { "wait", "", "not a duration" },
  { "wait", "-1", "not a duration" },
  { "wait", CANARY, "not a duration" },
  { "patience", "1e9", "not a duration" },
  { "patience", "inf", "not a duration" },
  { "timeout", "", "not a duration" },
  { "timeout", "abc", "not a duration" },
  { "timeout", "-1", "not a duration" },
  { "timeout", "1e9", "not a duration" },
  { "timeout", ":critical", "not a duration" },
  { "timeout", "0", "between" },
  { "timeout", "0.0009", "between" },
  { "timeout", "86401", "between" },
  { "timeout", "99999999999", "not a duration" },
  { "timeout", "60:", "60:critical" },
  { "timeout", "60:ok", "60:critical" },
  { "timeout", "60:" CANARY, "60:critical" },
  { "timeout", "60:critical:", "60:critical" },
  { "timeout", "60: critical", "60:critical" },
  { "warning", "", "not a range" },
  { "warning", "10s", "not a range" },
  { "critical", CANARY, "not a range" },
  { "critical", "20:10", "above its end" },
};

START_TEST (bad_values_are_refused_and_not_shown)
{
  GError *error = NULL;
  struct settings settings;

  settings_init (&settings);
  ck_assert_msg (!settings_set (&settings, bad[_i].name, bad[_i].text, &error),
                 "%s %s", bad[_i].name, bad[_i].text);
  unit_check_error (&error, DELIVERY_CONFIG, bad[_i].part);
}
END_TEST

static const struct {
  const char *wait, *timeout, *warning, *critical;
  const char *part; /* of the error; NULL: they make sense */
} together[] = {
  { "59.9", "60", NULL, NULL, NULL },
  { "60", "60", NULL, NULL, "wait is not below timeout" },
  { "61", "60", NULL, NULL, "wait is not below timeout" },
  { "0", "60", "10", "60", NULL },
  { "0", "60", "10", "10", NULL },
  { "0", "60", "60", "10", "warning is above critical; swap them" },
  { "0", "60", "0:60", "0:10", "warning is above critical" },
  { "0", "60", "60:", "10", NULL },
  { "0", "60", "@60", "10", NULL },
  { "0", "60", "@0:60", "10", NULL },
  { "0", "60", "60", "@0:10", NULL },
  { "0", "60", "60", "5:10", NULL },
  { "0", "60", "60", "0:", NULL },
  { "0", "60", "60", NULL, NULL },
  { "0", "60", NULL, "10", NULL },
};

START_TEST (settings_must_make_sense_together)
{
  struct settings s;
  GError *error = NULL;

  settings_init (&s);
  ck_assert (settings_set (&s, "wait", together[_i].wait, NULL));
  ck_assert (settings_set (&s, "timeout", together[_i].timeout, NULL));
  ck_assert (!together[_i].warning
             || settings_set (&s, "warning", together[_i].warning, NULL));
  ck_assert (!together[_i].critical
             || settings_set (&s, "critical", together[_i].critical, NULL));
  ck_assert_int_eq (settings_check (&s, &error), together[_i].part == NULL);
  if (together[_i].part)
    unit_check_error (&error, DELIVERY_CONFIG, together[_i].part);
}
END_TEST

void
unit_add (TCase *tcase)
{
  tcase_add_test (tcase, the_defaults_are_the_documented_ones);
  tcase_add_test (tcase, their_names_are_those_of_the_options);
  unit_add_table (tcase, a_timeout_has_a_duration_and_a_state, timeouts);
  tcase_add_test (tcase, each_setting_sets_its_own);
  unit_add_table (tcase, bad_values_are_refused_and_not_shown, bad);
  unit_add_table (tcase, settings_must_make_sense_together, together);
}
