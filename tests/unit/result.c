/* SPDX-License-Identifier: BSD-2-Clause */
/* Results as data, and the state folded from them. */
#include "result.h"

#include "unit.h"

#include <math.h>
#include <string.h>

START_TEST (a_new_result_is_an_internal_failure)
{
  struct result *result = result_new (NULL);
  struct settings settings;

  settings_init (&settings);
  result_fold (result, &settings);
  ck_assert_int_eq (result->state, STATE_UNKNOWN);
  ck_assert_int_eq (result->reason, DELIVERY_INTERNAL);
  ck_assert (result->scenario == NULL && result->token == NULL);
  ck_assert (isnan (result->delivery));
  ck_assert (result_details (result) == NULL);
  ck_assert_double_eq (result_active (result), 0);
  result_free (result);
}
END_TEST

#define NONE ((double)NAN)

static const struct {
  int reason;
  gboolean warned;
  double delivery;
  const char *warning, *critical;
  enum state state;
} folds[] = {
  { DELIVERY_OK, FALSE, 1, NULL, NULL, STATE_OK },
  { DELIVERY_OK, FALSE, 1, "10", "20", STATE_OK },
  { DELIVERY_OK, FALSE, 10, "10", "20", STATE_OK },
  { DELIVERY_OK, FALSE, 10.5, "10", "20", STATE_WARNING },
  { DELIVERY_OK, FALSE, 20, "10", "20", STATE_WARNING },
  { DELIVERY_OK, FALSE, 20.5, "10", "20", STATE_CRITICAL },
  { DELIVERY_OK, FALSE, 20.5, "10", NULL, STATE_WARNING },
  { DELIVERY_OK, FALSE, 20.5, NULL, "20", STATE_CRITICAL },
  { DELIVERY_OK, FALSE, 5, "@4:6", NULL, STATE_WARNING },
  { DELIVERY_OK, FALSE, 5, "6:", NULL, STATE_WARNING },
  { DELIVERY_OK, FALSE, 5, "1", "@5", STATE_CRITICAL },
  { DELIVERY_OK, TRUE, 1, "10", "20", STATE_WARNING },
  { DELIVERY_OK, TRUE, 21, "10", "20", STATE_CRITICAL },
  /* Found, with a flaw: thresholds may raise it, and never lower it. */
  { DELIVERY_MISPLACED, FALSE, 1, "10", "20", STATE_WARNING },
  { DELIVERY_DUPLICATE, FALSE, 21, "10", "20", STATE_CRITICAL },
  { DELIVERY_MANGLED, TRUE, 11, "10", "20", STATE_WARNING },
  /* Not found: there is nothing to judge by thresholds. */
  { DELIVERY_NOT_FOUND, FALSE, NONE, "10", "20", STATE_CRITICAL },
  { DELIVERY_NOT_FOUND, TRUE, NONE, "@~:", NULL, STATE_CRITICAL },
  { DELIVERY_TIMEOUT, FALSE, NONE, "@~:", "@~:", STATE_UNKNOWN },
  { DELIVERY_CONFIG, FALSE, NONE, "10", "20", STATE_UNKNOWN },
  { REASON_PLUGIN, FALSE, NONE, "@~:", "@~:", STATE_UNKNOWN },
  { REASON_PLUGIN, FALSE, 1, "@~:", "@~:", STATE_UNKNOWN },
};

START_TEST (the_state_follows_reason_warnings_and_thresholds)
{
  struct result *result = result_new ("s");
  struct settings settings;

  settings_init (&settings);
  ck_assert (!folds[_i].warning
             || settings_set (&settings, "warning", folds[_i].warning, NULL));
  ck_assert (
      !folds[_i].critical
      || settings_set (&settings, "critical", folds[_i].critical, NULL));
  result_set (result, folds[_i].reason, "finished", "message");
  result->delivery = folds[_i].delivery;
  result->warned = folds[_i].warned;
  result_fold (result, &settings);
  ck_assert_msg (result->state == folds[_i].state, "%d: %s, %s", _i,
                 state_name (result->state), result->message);
  ck_assert_int_eq (result->reason, folds[_i].reason);
  ck_assert (g_str_has_prefix (result->message, "message"));
  result_free (result);
}
END_TEST

START_TEST (a_threshold_that_was_hit_is_named)
{
  struct result *result = result_new ("s");
  struct settings settings;

  settings_init (&settings);
  settings_set (&settings, "warning", "~:10", NULL);
  settings_set (&settings, "critical", "@20:30", NULL);
  result_set (result, DELIVERY_OK, "finished", "found");
  result->delivery = 15;
  result_fold (result, &settings);
  ck_assert (strstr (result->message, "warning") != NULL);
  ck_assert (strstr (result->message, "~:10") != NULL);
  result_set (result, DELIVERY_OK, "finished", "found");
  result->delivery = 25;
  result_fold (result, &settings);
  ck_assert (strstr (result->message, "critical") != NULL);
  ck_assert (strstr (result->message, "@20:30") != NULL);
  result_free (result);
}
END_TEST

START_TEST (a_timeout_has_the_state_of_the_settings)
{
  struct result *result = result_new ("s");
  struct settings settings;

  settings_init (&settings);
  settings.on_timeout = STATE_CRITICAL;
  result_set (result, DELIVERY_TIMEOUT, "recv_recv", "over");
  result_fold (result, &settings);
  ck_assert_int_eq (result->state, STATE_CRITICAL);
  result_free (result);
}
END_TEST

START_TEST (an_end_may_be_set_from_its_own_texts)
{
  struct result *result = result_new ("s");

  result_set (result, DELIVERY_OK, "finished", "message");
  result_set (result, DELIVERY_AUTH, result->step, result->message);
  ck_assert_str_eq (result->step, "finished");
  ck_assert_str_eq (result->message, "message");
  result_free (result);
}
END_TEST

START_TEST (details_stand_a_line_each)
{
  struct result *result = result_new ("s");
  g_autofree char *details = NULL;

  result_add_detail (result, "one");
  result_add_detail (result, "two");
  details = result_details (result);
  ck_assert_str_eq (details, "one\ntwo");
  result_free (result);
}
END_TEST

START_TEST (waiting_is_not_active)
{
  struct result *result = result_new ("s");

  result_add_step (result, "send_send", 0.5);
  result_add_step (result, "waited", 100);
  result_add_step (result, "recv_recv", 0.25);
  ck_assert_double_eq (result_active (result), 0.75);
  ck_assert_uint_eq (result->steps->len, 3);
  result_free (result);
}
END_TEST

START_TEST (the_last_value_of_a_name_holds)
{
  struct result *result = result_new ("s");
  const struct result_fact *fact;
  const struct result_metric *metric;

  result_add_fact (result, "send_a", "1");
  result_add_fact (result, "send_b", "x");
  result_add_fact (result, "send_a", "2");
  result_add_metric (result, "recv_m", 1, "s");
  result_add_metric (result, "recv_n", 7, "");
  result_add_metric (result, "recv_m", 2, "B");
  ck_assert_uint_eq (result->facts->len, 2);
  ck_assert_uint_eq (result->metrics->len, 2);
  fact = result->facts->pdata[0];
  ck_assert_str_eq (fact->text, "2");
  metric = result->metrics->pdata[0];
  ck_assert_double_eq (metric->value, 2);
  ck_assert_str_eq (metric->unit, "B");
  result_free (result);
}
END_TEST

void
unit_add (TCase *tcase)
{
  tcase_add_test (tcase, a_new_result_is_an_internal_failure);
  unit_add_table (tcase, the_state_follows_reason_warnings_and_thresholds,
                  folds);
  tcase_add_test (tcase, a_threshold_that_was_hit_is_named);
  tcase_add_test (tcase, a_timeout_has_the_state_of_the_settings);
  tcase_add_test (tcase, an_end_may_be_set_from_its_own_texts);
  tcase_add_test (tcase, details_stand_a_line_each);
  tcase_add_test (tcase, waiting_is_not_active);
  tcase_add_test (tcase, the_last_value_of_a_name_holds);
}
