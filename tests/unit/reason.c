/* SPDX-License-Identifier: BSD-2-Clause */
/* The closed list of reasons, their states, and the order of states. */
#include "reason.h"
#include "unit.h"

#include <string.h>

static const struct {
  int reason;
  const char *name;
  enum state state;
  gboolean of_plugins, unjudged, found;
} reasons[] = {
  { DELIVERY_OK, "ok", STATE_OK, TRUE, FALSE, TRUE },
  { DELIVERY_NOT_FOUND, "not_found", STATE_CRITICAL, TRUE, FALSE, FALSE },
  { DELIVERY_MISPLACED, "misplaced", STATE_WARNING, TRUE, FALSE, TRUE },
  { DELIVERY_DUPLICATE, "duplicate", STATE_WARNING, TRUE, FALSE, TRUE },
  { DELIVERY_MANGLED, "mangled", STATE_WARNING, TRUE, FALSE, TRUE },
  { DELIVERY_RESOLVE, "resolve", STATE_CRITICAL, TRUE, FALSE, FALSE },
  { DELIVERY_CONNECT, "connect", STATE_CRITICAL, TRUE, FALSE, FALSE },
  { DELIVERY_TLS, "tls", STATE_CRITICAL, TRUE, FALSE, FALSE },
  { DELIVERY_CLOSED, "closed", STATE_CRITICAL, TRUE, FALSE, FALSE },
  { DELIVERY_AUTH, "auth", STATE_CRITICAL, TRUE, FALSE, FALSE },
  { DELIVERY_TEMPFAIL, "tempfail", STATE_CRITICAL, TRUE, FALSE, FALSE },
  { DELIVERY_REJECTED, "rejected", STATE_CRITICAL, TRUE, FALSE, FALSE },
  { DELIVERY_PROTOCOL, "protocol", STATE_CRITICAL, TRUE, FALSE, FALSE },
  { DELIVERY_IO, "io", STATE_CRITICAL, TRUE, FALSE, FALSE },
  { DELIVERY_TIMEOUT, "timeout", STATE_UNKNOWN, TRUE, TRUE, FALSE },
  { DELIVERY_CONFIG, "config", STATE_UNKNOWN, TRUE, TRUE, FALSE },
  { DELIVERY_INTERNAL, "internal", STATE_UNKNOWN, TRUE, TRUE, FALSE },
  { REASON_PLUGIN, "plugin", STATE_UNKNOWN, FALSE, TRUE, FALSE },
  { REASON_INTERRUPTED, "interrupted", STATE_UNKNOWN, FALSE, TRUE, FALSE },
};

START_TEST (each_reason_has_its_name_and_state)
{
  ck_assert_str_eq (reason_name (reasons[_i].reason), reasons[_i].name);
  ck_assert (reason_known (reasons[_i].name));
  ck_assert_int_eq (reason_state (reasons[_i].reason, STATE_UNKNOWN),
                    reasons[_i].state);
}
END_TEST

START_TEST (each_reason_is_of_its_kinds)
{
  int reason = reasons[_i].reason;

  ck_assert_int_eq (reason_is_of_plugins (reason), reasons[_i].of_plugins);
  ck_assert_int_eq (reason_is_unjudged (reason), reasons[_i].unjudged);
  ck_assert_int_eq (reason_is_found (reason), reasons[_i].found);
}
END_TEST

START_TEST (the_table_of_this_test_is_complete)
{
  ck_assert_int_eq (G_N_ELEMENTS (reasons), N_REASONS);
  for (int i = 0; i < N_REASONS; i++)
    ck_assert_int_eq (reasons[i].reason, i);
}
END_TEST

START_TEST (only_a_timeout_has_the_state_that_was_asked_for)
{
  enum state wanted = reasons[_i].reason == DELIVERY_TIMEOUT
                          ? STATE_WARNING
                          : reasons[_i].state;

  ck_assert_int_eq (reason_state (reasons[_i].reason, STATE_WARNING), wanted);
}
END_TEST

static const int wrong[]
    = { -1, N_REASONS, N_REASONS + 1, 4711, G_MININT, G_MAXINT };

START_TEST (a_wrong_number_is_an_internal_failure)
{
  ck_assert_str_eq (reason_name (wrong[_i]), "internal");
  ck_assert_int_eq (reason_state (wrong[_i], STATE_CRITICAL), STATE_UNKNOWN);
  ck_assert (!reason_is_of_plugins (wrong[_i]));
  ck_assert (!reason_is_found (wrong[_i]));
}
END_TEST

static const char *const no_names[] = { "", "OK", "ok ", "not found", "foo" };

START_TEST (other_names_are_unknown)
{
  ck_assert (!reason_known (no_names[_i]));
}
END_TEST

START_TEST (states_have_names_and_exit_codes)
{
  static const char *const names[]
      = { "OK", "WARNING", "CRITICAL", "UNKNOWN" };

  for (int i = 0; i < 4; i++)
    ck_assert_str_eq (state_name ((enum state)i), names[i]);
}
END_TEST

START_TEST (the_worse_of_two_is_ok_unknown_warning_critical)
{
  static const enum state order[]
      = { STATE_OK, STATE_UNKNOWN, STATE_WARNING, STATE_CRITICAL };

  for (int a = 0; a < 4; a++)
    for (int b = 0; b < 4; b++)
      ck_assert_int_eq (state_worse (order[a], order[b]), order[MAX (a, b)]);
}
END_TEST

START_TEST (config_error_returns_false_and_sets_the_reason)
{
  GError *error = NULL;

  ck_assert (!config_error (&error, "no %s", "such thing"));
  unit_check_error (&error, DELIVERY_CONFIG, "no such thing");
  ck_assert (!config_error (NULL, "nobody listens"));
}
END_TEST

START_TEST (an_error_of_somebody_else_is_internal)
{
  g_autoptr (GError) error = g_error_new (G_FILE_ERROR, 1, "text");

  ck_assert_int_eq (error_reason (error), DELIVERY_INTERNAL);
}
END_TEST

void
unit_add (TCase *tcase)
{
  unit_add_table (tcase, each_reason_has_its_name_and_state, reasons);
  unit_add_table (tcase, each_reason_is_of_its_kinds, reasons);
  tcase_add_test (tcase, the_table_of_this_test_is_complete);
  unit_add_table (tcase, only_a_timeout_has_the_state_that_was_asked_for,
                  reasons);
  unit_add_table (tcase, a_wrong_number_is_an_internal_failure, wrong);
  unit_add_table (tcase, other_names_are_unknown, no_names);
  tcase_add_test (tcase, states_have_names_and_exit_codes);
  tcase_add_test (tcase, the_worse_of_two_is_ok_unknown_warning_critical);
  tcase_add_test (tcase, config_error_returns_false_and_sets_the_reason);
  tcase_add_test (tcase, an_error_of_somebody_else_is_internal);
}
