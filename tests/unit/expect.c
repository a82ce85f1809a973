/* SPDX-License-Identifier: BSD-2-Clause */
/* Conditions on a result, one of each field and method, and together. */
#include "expect.h"

#include "unit.h"

#include <math.h>
#include <string.h>

/* A run that found nothing, and said why. */
static struct result *
a_failure (int reason)
{
  struct result *result = result_new ("s");

  result_set (result, reason, "recv_recv", "450 try (again) later");
  result_add_detail (result, "first detail");
  result_add_detail (result, "second detail");
  result->state = reason_state (reason, STATE_UNKNOWN);
  return result;
}

/* A run that found the token after one and a quarter seconds. */
static struct result *
a_success (void)
{
  struct result *result = result_new ("s");

  result_set (result, DELIVERY_OK, "finished", "delivered in 1.250 s");
  result->delivery = 1.25;
  result->state = STATE_OK;
  return result;
}

static void
add (GPtrArray *expects, const char *field, const char *method,
     const char *value)
{
  g_autoptr (GError) error = NULL;
  struct expect *expect = expect_parse (field, method, value, &error);

  ck_assert_msg (expect != NULL, "%s.%s = %s: %s", field, method, value,
                 error ? error->message : "");
  g_ptr_array_add (expects, expect);
}

static GPtrArray *
expects_new (void)
{
  return g_ptr_array_new_with_free_func ((GDestroyNotify)expect_free);
}

/* Judged of a_failure (DELIVERY_TEMPFAIL). */
static const struct {
  const char *field, *method, *value;
  gboolean holds;
} one[] = {
  { "status", "eq", "2", TRUE },
  { "status", "eq", "0", FALSE },
  { "status", "neq", "0", TRUE },
  { "status", "neq", "2", FALSE },
  { "status", "regexp", "[12]", TRUE },
  { "status", "regexp", "[01]", FALSE },
  { "status", "nregexp", "[01]", TRUE },
  { "status", "nregexp", "2", FALSE },
  { "status", "lt", "3", TRUE },
  { "status", "lt", "2", FALSE },
  { "status", "gt", "1.5", TRUE },
  { "status", "gt", "2", FALSE },
  { "message", "eq", "450 try (again) later", TRUE },
  { "message", "eq", "450", FALSE },
  { "message", "neq", "450", TRUE },
  { "message", "neq", "450 try (again) later", FALSE },
  { "message", "regexp", "450", TRUE },
  { "message", "regexp", "4\\d\\d .*later$", TRUE },
  { "message", "regexp", "try", FALSE },
  { "message", "regexp", ".*try", TRUE },
  { "message", "regexp", "x|try", FALSE },
  { "message", "nregexp", "try", TRUE },
  { "message", "nregexp", "4", FALSE },
  { "details", "eq", "first detail\nsecond detail", TRUE },
  { "details", "eq", "first detail", FALSE },
  { "details", "neq", "", TRUE },
  { "details", "neq", "first detail\nsecond detail", FALSE },
  { "details", "regexp", "(?s).*second", TRUE },
  { "details", "regexp", "second", FALSE },
  { "details", "nregexp", "second", TRUE },
  { "details", "nregexp", "first", FALSE },
  { "step", "eq", "recv_recv", TRUE },
  { "step", "eq", "finished", FALSE },
  { "step", "neq", "finished", TRUE },
  { "step", "neq", "recv_recv", FALSE },
  { "step", "regexp", "recv_", TRUE },
  { "step", "regexp", "send_", FALSE },
  { "step", "nregexp", "send_", TRUE },
  { "step", "nregexp", "recv_", FALSE },
  { "reason", "eq", "tempfail", TRUE },
  { "reason", "eq", "rejected", FALSE },
  { "reason", "neq", "rejected", TRUE },
  { "reason", "neq", "tempfail", FALSE },
  { "reason", "regexp", "temp|rej", TRUE },
  { "reason", "regexp", "fail", FALSE },
  { "reason", "nregexp", "fail", TRUE },
  { "reason", "nregexp", "temp", FALSE },
  /* The token was not seen: there is no delivery time to compare. */
  { "delivery", "eq", "", TRUE },
  { "delivery", "neq", "1.250000", TRUE },
  { "delivery", "regexp", "$", TRUE },
  { "delivery", "nregexp", "\\d", TRUE },
  { "delivery", "lt", "1000", FALSE },
  { "delivery", "gt", "0", FALSE },
};

START_TEST (each_field_goes_with_each_method)
{
  g_autoptr (GPtrArray) expects = expects_new ();
  struct result *result = a_failure (DELIVERY_TEMPFAIL);

  add (expects, one[_i].field, one[_i].method, one[_i].value);
  expect_judge (expects, result, G_MAXLONG);
  ck_assert_msg (result->state == (one[_i].holds ? STATE_OK : STATE_CRITICAL),
                 "%s.%s = %s: %s", one[_i].field, one[_i].method,
                 one[_i].value, result->message);
  ck_assert_int_eq (result->reason, DELIVERY_TEMPFAIL);
  result_free (result);
}
END_TEST

static const struct {
  const char *method, *value;
  gboolean holds;
} delivery[] = {
  { "eq", "1.250000", TRUE },   { "neq", "1.250000", FALSE },
  { "regexp", "1\\.25", TRUE }, { "nregexp", "1", FALSE },
  { "lt", "1.3", TRUE },        { "lt", "1.25", FALSE },
  { "gt", "1", TRUE },          { "gt", "1.25", FALSE },
  { "lt", "-1", FALSE },        { "gt", "1e-3", TRUE },
};

START_TEST (the_delivery_time_is_compared)
{
  g_autoptr (GPtrArray) expects = expects_new ();
  struct result *result = a_success ();

  add (expects, "delivery", delivery[_i].method, delivery[_i].value);
  expect_judge (expects, result, G_MAXLONG);
  ck_assert_msg (result->state
                     == (delivery[_i].holds ? STATE_OK : STATE_CRITICAL),
                 "%s %s", delivery[_i].method, delivery[_i].value);
  result_free (result);
}
END_TEST

static const struct {
  const char *field, *method, *value, *part;
} bad[] = {
  { "stats", "eq", "0", "did you mean 'status'" },
  { "", "eq", "0", "there is status, message" },
  { "Status", "eq", "0", "status" },
  { "status", "eqq", "0", "did you mean 'eq'" },
  { "status", "contains", "0", "there is eq, neq" },
  { "status", "", "0", "no method" },
  { "status", "eq", "4", "0, 1, 2 or 3" },
  { "status", "eq", "OK", "0, 1, 2 or 3" },
  { "status", "eq", "02", "0, 1, 2 or 3" },
  { "status", "neq", "", "0, 1, 2 or 3" },
  { "status", "lt", "x", "not a number" },
  { "status", "gt", "", "not a number" },
  { "delivery", "lt", "1s", "not a number" },
  { "delivery", "gt", "nan", "not a number" },
  { "delivery", "gt", "inf", "not a number" },
  { "message", "lt", "1", "status and delivery only" },
  { "details", "gt", "1", "status and delivery only" },
  { "step", "gt", "1", "status and delivery only" },
  { "reason", "lt", "1", "status and delivery only" },
  { "reason", "eq", "notfound", "did you mean 'not_found'?" },
  { "reason", "neq", "", "no such reason" },
  { "message", "regexp", "(" CANARY, "not a regular expression" },
  { "message", "nregexp", "*", "not a regular expression" },
};

START_TEST (what_makes_no_sense_is_a_configuration_error)
{
  GError *error = NULL;

  ck_assert (
      expect_parse (bad[_i].field, bad[_i].method, bad[_i].value, &error)
      == NULL);
  unit_check_error (&error, DELIVERY_CONFIG, bad[_i].part);
}
END_TEST

START_TEST (names_are_known_or_not)
{
  GError *error = NULL;

  ck_assert (expect_known ("status", "eq", NULL));
  ck_assert (expect_known ("delivery", "gt", NULL));
  ck_assert (!expect_known ("status", "eqq", &error));
  unit_check_error (&error, DELIVERY_CONFIG, "'eq'");
  ck_assert (!expect_known ("reson", "eq", &error));
  unit_check_error (&error, DELIVERY_CONFIG, "'reason'");
}
END_TEST

START_TEST (without_conditions_the_state_stands)
{
  g_autoptr (GPtrArray) expects = expects_new ();
  struct result *result = a_failure (DELIVERY_TEMPFAIL);

  expect_judge (expects, result, G_MAXLONG);
  ck_assert_int_eq (result->state, STATE_CRITICAL);
  ck_assert_str_eq (result->message, "450 try (again) later");
  result_free (result);
}
END_TEST

START_TEST (all_conditions_must_hold)
{
  g_autoptr (GPtrArray) expects = expects_new ();
  struct result *result = a_failure (DELIVERY_REJECTED);

  add (expects, "reason", "eq", "rejected");
  add (expects, "step", "eq", "send_send");
  add (expects, "status", "eq", "2");
  expect_judge (expects, result, G_MAXLONG);
  ck_assert_int_eq (result->state, STATE_CRITICAL);
  /* Which one, and what was seen. */
  ck_assert (strstr (result->message, "step eq 'send_send'") != NULL);
  ck_assert (strstr (result->message, "'recv_recv'") != NULL);
  ck_assert (strstr (result->message, "try (again) later") != NULL);
  result_free (result);
}
END_TEST

START_TEST (a_success_that_was_not_expected_is_critical)
{
  g_autoptr (GPtrArray) expects = expects_new ();
  struct result *result = a_success ();

  add (expects, "reason", "eq", "rejected");
  expect_judge (expects, result, G_MAXLONG);
  ck_assert_int_eq (result->state, STATE_CRITICAL);
  ck_assert (strstr (result->message, "'ok'") != NULL);
  result_free (result);
}
END_TEST

START_TEST (what_a_condition_shows_is_clean)
{
  g_autoptr (GPtrArray) expects = expects_new ();
  struct result *result = a_failure (DELIVERY_REJECTED);

  add (expects, "details", "eq", "a|b\nc");
  expect_judge (expects, result, G_MAXLONG);
  ck_assert (strpbrk (result->message, "|\n") == NULL);
  result_free (result);
}
END_TEST

static const int own[] = { DELIVERY_CONFIG, DELIVERY_INTERNAL, REASON_PLUGIN,
                           REASON_INTERRUPTED, DELIVERY_TIMEOUT };

START_TEST (what_does_not_name_what_happened_is_no_help)
{
  g_autoptr (GPtrArray) expects = expects_new ();
  struct result *result = a_failure (own[_i]);
  enum state before = result->state;

  add (expects, "status", "neq", "0");
  add (expects, "details", "regexp", "first");
  add (expects, "message", "regexp", "");
  add (expects, "delivery", "eq", "");
  expect_judge (expects, result, G_MAXLONG);
  ck_assert_int_eq (result->state, before);
  result_free (result);
}
END_TEST

/* The steps that the expression takes double with each letter; what PCRE
 * allows by itself would be enough for twenty. */
static const struct {
  gsize letters;
  enum state state;
} long_ones[]
    = { { 15, STATE_OK }, { 20, STATE_CRITICAL }, { 400, STATE_CRITICAL } };

START_TEST (an_expression_that_takes_too_long_does_not_hold)
{
  g_autoptr (GPtrArray) expects = expects_new ();
  g_autofree char *message = g_strnfill (long_ones[_i].letters, 'a');
  struct result *result = a_failure (DELIVERY_REJECTED);

  result_set (result, DELIVERY_REJECTED, "send_send", message);
  add (expects, "message", "nregexp", "(a+)+[YZ]");
  expect_judge (expects, result, G_MAXLONG);
  ck_assert_int_eq (result->state, long_ones[_i].state);
  result_free (result);
}
END_TEST

START_TEST (a_secret_value_is_not_shown)
{
  g_autoptr (GPtrArray) expects = expects_new ();
  struct result *result = a_failure (DELIVERY_REJECTED);

  add (expects, "message", "eq", CANARY);
  expect_hide (expects->pdata[0]);
  expect_judge (expects, result, G_MAXLONG);
  ck_assert (strstr (result->message, CANARY) == NULL);
  ck_assert (strstr (result->message, "'***'") != NULL);
  result_free (result);
}
END_TEST

START_TEST (negative_conditions_alone_never_make_our_own_failure_ok)
{
  static const struct {
    const char *field, *method, *value;
  } negative[] = {
    { "status", "neq", "0" },      { "reason", "neq", "ok" },
    { "message", "nregexp", "x" }, { "status", "gt", "0" },
    { "status", "lt", "4" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (negative); i++) {
    g_autoptr (GPtrArray) expects = expects_new ();
    struct result *result = a_failure (own[_i]);

    add (expects, negative[i].field, negative[i].method, negative[i].value);
    expect_judge (expects, result, G_MAXLONG);
    ck_assert_msg (result->state == STATE_UNKNOWN, "%s.%s", negative[i].field,
                   negative[i].method);
    result_free (result);
  }
}
END_TEST

START_TEST (our_own_failure_can_be_expected_by_name)
{
  g_autoptr (GPtrArray) expects = expects_new ();
  struct result *result = a_failure (own[_i]);

  add (expects, "reason", "eq", reason_name (own[_i]));
  add (expects, "status", "neq", "0");
  expect_judge (expects, result, G_MAXLONG);
  ck_assert_int_eq (result->state, STATE_OK);
  result_free (result);
}
END_TEST

START_TEST (negative_conditions_do_for_a_failed_delivery)
{
  g_autoptr (GPtrArray) expects = expects_new ();
  struct result *result = a_failure (DELIVERY_NOT_FOUND);

  add (expects, "status", "neq", "0");
  expect_judge (expects, result, G_MAXLONG);
  ck_assert_int_eq (result->state, STATE_OK);
  result_free (result);
}
END_TEST

void
unit_add (TCase *tcase)
{
  unit_add_table (tcase, each_field_goes_with_each_method, one);
  unit_add_table (tcase, the_delivery_time_is_compared, delivery);
  unit_add_table (tcase, what_makes_no_sense_is_a_configuration_error, bad);
  tcase_add_test (tcase, names_are_known_or_not);
  tcase_add_test (tcase, without_conditions_the_state_stands);
  tcase_add_test (tcase, all_conditions_must_hold);
  tcase_add_test (tcase, a_success_that_was_not_expected_is_critical);
  tcase_add_test (tcase, what_a_condition_shows_is_clean);
  tcase_add_test (tcase, a_secret_value_is_not_shown);
  tcase_add_loop_test (tcase, an_expression_that_takes_too_long_does_not_hold,
                       0, G_N_ELEMENTS (long_ones));
  unit_add_table (tcase, what_does_not_name_what_happened_is_no_help, own);
  unit_add_table (
      tcase, negative_conditions_alone_never_make_our_own_failure_ok, own);
  unit_add_table (tcase, our_own_failure_can_be_expected_by_name, own);
  tcase_add_test (tcase, negative_conditions_do_for_a_failed_delivery);
}
