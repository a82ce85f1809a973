/* SPDX-License-Identifier: BSD-2-Clause */
/* Results as text: for Nagios, and as JSON that is read back. */
#include "render.h"

#include "unit.h"

#include <jansson.h>
#include <locale.h>
#include <math.h>
#include <string.h>

static struct result *
a_result (const char *scenario, int reason, const char *step,
          const char *message)
{
  struct result *result = result_new (scenario);
  struct settings settings;

  settings_init (&settings);
  result_set (result, reason, step, message);
  result_fold (result, &settings);
  return result;
}

static struct result *
a_success (const char *scenario)
{
  struct result *result
      = a_result (scenario, DELIVERY_OK, "finished", "delivered");

  result->delivery = 0.412;
  result_add_step (result, "send_conn", 0.012);
  result_add_step (result, "waited", 2);
  result_add_step (result, "recv_recv", 0.4);
  return result;
}

static GPtrArray *
list_of (struct result *first, ...)
{
  GPtrArray *list
      = g_ptr_array_new_with_free_func ((GDestroyNotify)result_free);
  va_list args;

  va_start (args, first);
  for (struct result *r = first; r; r = va_arg (args, struct result *))
    g_ptr_array_add (list, r);
  va_end (args);
  return list;
}

/* Without thresholds. */
static char *
nagios (const GPtrArray *results)
{
  g_autoptr (GPtrArray) settings = g_ptr_array_new ();

  g_ptr_array_set_size (settings, (int)results->len);
  return render_nagios (results, settings);
}

static gsize
first_line (const char *text)
{
  return strcspn (text, "\n");
}

static guint
count (const char *text, char c)
{
  guint n = 0;

  for (; *text; text++)
    n += *text == c;
  return n;
}

START_TEST (a_success_is_one_line_with_perfdata)
{
  g_autoptr (GPtrArray) results = list_of (a_success (NULL), NULL);
  g_autofree char *text = nagios (results);

  ck_assert_str_eq (text, "OK - delivered | delivery=0.412000s;;;0 "
                          "send_conn=0.012000s waited=2.000000s "
                          "recv_recv=0.400000s active_duration=0.412000s\n");
}
END_TEST

START_TEST (thresholds_stand_behind_the_delivery_time)
{
  g_autoptr (GPtrArray) results = list_of (a_success (NULL), NULL);
  g_autoptr (GPtrArray) list = g_ptr_array_new ();
  struct settings settings;
  g_autofree char *text = NULL;

  settings_init (&settings);
  settings_set (&settings, "warning", "0:10", NULL);
  settings_set (&settings, "critical", "@~:0.5", NULL);
  g_ptr_array_add (list, &settings);
  text = render_nagios (results, list);
  ck_assert_msg (strstr (text, "| delivery=0.412000s;10;@~:0.5;0 ") != NULL,
                 "%s", text);
}
END_TEST

START_TEST (a_failure_names_its_step_and_has_no_delivery_time)
{
  g_autoptr (GPtrArray) results = list_of (
      a_result (NULL, DELIVERY_AUTH, "send_conn", "login refused"), NULL);
  g_autofree char *text = nagios (results);

  ck_assert_str_eq (text, "CRITICAL - send_conn - login refused | "
                          "active_duration=0.000000s\n");
}
END_TEST

START_TEST (details_follow_the_first_line)
{
  struct result *result
      = a_result (NULL, DELIVERY_TIMEOUT, "recv_recv", "over");
  g_autoptr (GPtrArray) results = list_of (result, NULL);
  g_autofree char *text = NULL;

  result_add_detail (result, "one");
  result_add_detail (result, "two");
  text = nagios (results);
  ck_assert_str_eq (text, "UNKNOWN - recv_recv - over | "
                          "active_duration=0.000000s\none\ntwo\n");
}
END_TEST

START_TEST (metrics_are_perfdata_too)
{
  struct result *result = a_success (NULL);
  g_autoptr (GPtrArray) results = list_of (result, NULL);
  g_autofree char *text = NULL;

  result_add_metric (result, "send_cert_days", 58, "");
  result_add_metric (result, "recv_size", 1.5, "B");
  text = nagios (results);
  ck_assert_msg (g_str_has_suffix (text, " send_cert_days=58"
                                         " recv_size=1.500000B\n"),
                 "%s", text);
}
END_TEST

START_TEST (perfdata_has_points_in_every_locale)
{
  g_autoptr (GPtrArray) results = list_of (a_success (NULL), NULL);
  g_autofree char *text = NULL;

  if (!setlocale (LC_ALL, "de_DE.UTF-8"))
    setlocale (LC_ALL, "de_DE");
  text = nagios (results);
  ck_assert (strstr (text, "delivery=0.412000s") != NULL);
}
END_TEST

/* So many metrics and so long a message that they do not fit. */
START_TEST (the_first_line_has_a_longest_length)
{
  g_autofree char *message = g_strnfill ((gsize)_i * 20, 'm');
  struct result *result
      = a_result (NULL, DELIVERY_REJECTED, "send_send", message);
  g_autoptr (GPtrArray) results = list_of (result, NULL);
  g_autofree char *text = NULL;
  const char *last;

  result->delivery = 1;
  for (int i = 0; i < _i; i++) {
    g_autofree char *name = g_strdup_printf ("metric_number_%d", i);

    result_add_metric (result, name, i, "s");
  }
  text = nagios (results);
  ck_assert_uint_le (first_line (text) + 1, RENDER_LINE_MAX);
  ck_assert_uint_eq (count (text, '|'), 1);
  ck_assert (strstr (text, " | delivery=1.000000s;;;0 ") != NULL);
  ck_assert (strstr (text, " active_duration=") != NULL);
  /* Nothing is cut in the middle. */
  last = strrchr (text, ' ');
  ck_assert_msg (g_str_has_suffix (last, "00s\n"), "%s", last);
}
END_TEST

START_TEST (several_are_led_by_the_worst)
{
  g_autoptr (GPtrArray) results = list_of (
      a_success ("one"),
      a_result ("two", DELIVERY_CONFIG, "config", "no such file"),
      a_result ("three", DELIVERY_CONNECT, "send_conn", "refused"),
      a_result ("four", DELIVERY_MISPLACED, "finished", "in Junk"), NULL);
  g_autofree char *text = nagios (results);
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);

  ck_assert_int_eq (render_state (results), STATE_CRITICAL);
  ck_assert_uint_eq (g_strv_length (lines), 6);
  ck_assert_msg (g_str_has_prefix (lines[0], "CRITICAL - three: send_conn - "
                                             "refused"),
                 "%s", lines[0]);
  ck_assert (strstr (lines[0], "1 of 4") != NULL);
  ck_assert_str_eq (lines[1], "one: OK - delivered");
  ck_assert_str_eq (lines[2], "two: UNKNOWN - config - no such file");
  ck_assert_str_eq (lines[3], "three: CRITICAL - send_conn - refused");
  ck_assert (g_str_has_prefix (lines[4], "four: WARNING - finished - in Junk "
                                         "| one.delivery=0.412000s;;;0 "
                                         "one.send_conn="));
  ck_assert (strstr (lines[4], " three.active_duration=0.000000s") != NULL);
  ck_assert_str_eq (lines[5], "");
  ck_assert_uint_eq (count (text, '|'), 1);
}
END_TEST

START_TEST (several_that_are_ok_are_ok)
{
  g_autoptr (GPtrArray) results
      = list_of (a_success ("one"), a_success ("two"), NULL);
  g_autofree char *text = nagios (results);

  ck_assert_int_eq (render_state (results), STATE_OK);
  ck_assert (g_str_has_prefix (text, "OK - "));
}
END_TEST

START_TEST (labels_of_several_never_collide)
{
  g_autoptr (GPtrArray) results
      = list_of (a_success ("a b"), a_success ("a_b"), a_success ("a|b"),
                 a_success ("a_b_2"), NULL);
  g_autofree char *text = nagios (results);
  g_autoptr (GHashTable) seen
      = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_auto (GStrv) items = g_strsplit (strchr (text, '|') + 2, " ", -1);

  ck_assert_uint_eq (count (text, '|'), 1);
  for (char **item = items; *item; item++) {
    gsize length = strcspn (*item, "=");

    ck_assert (length > 0 && (*item)[length] == '=');
    ck_assert_msg (g_hash_table_add (seen, g_strndup (*item, length)), "%s",
                   *item);
  }
  ck_assert_uint_eq (g_hash_table_size (seen), 4 * 5);
}
END_TEST

START_TEST (the_first_line_of_several_has_a_longest_length)
{
  g_autofree char *message = g_strnfill (3000, 'm');
  g_autofree char *name = g_strnfill (3000, 'n');
  g_autoptr (GPtrArray) results
      = list_of (a_result (name, DELIVERY_IO, "send_send", message),
                 a_success ("x"), NULL);
  g_autofree char *text = nagios (results);

  ck_assert_uint_le (first_line (text) + 1, RENDER_LINE_MAX);
  ck_assert_uint_eq (count (text, '|'), 1);
}
END_TEST

/* ---- JSON -------------------------------------------------------------- */

static json_t *
json (const GPtrArray *results)
{
  g_autofree char *text = render_json (results);
  json_error_t error;
  json_t *root = json_loads (text, JSON_REJECT_DUPLICATES, &error);

  ck_assert_msg (root != NULL, "%s: %s", error.text, text);
  ck_assert_uint_eq (count (text, '\n'), 1);
  ck_assert (g_str_has_suffix (text, "\n"));
  return root;
}

static void
check_string (const json_t *object, const char *key, const char *wanted)
{
  const json_t *value = json_object_get (object, key);

  ck_assert_msg (value != NULL, "no %s", key);
  ck_assert_msg (wanted ? json_is_string (value) : json_is_null (value), "%s",
                 key);
  unit_check_text (key, json_string_value (value), wanted);
}

static void
check_real (const json_t *value, double wanted)
{
  ck_assert (json_is_number (value));
  ck_assert_double_eq_tol (json_number_value (value), wanted, 1e-9);
}

START_TEST (a_success_has_all_keys)
{
  struct result *result = a_success ("mx1");
  g_autoptr (GPtrArray) results = list_of (result, NULL);
  json_t *root, *durations, *plugins;

  result->token = g_strdup ("cd-x");
  result->started = G_GINT64_CONSTANT (1700000000000042);
  result->ends[DELIVERY_SENDER].url = g_strdup ("smtp://u@h:25");
  result->ends[DELIVERY_SENDER].plugin = g_strdup ("smtp");
  result->ends[DELIVERY_SENDER].version = g_strdup ("1.2");
  result_add_fact (result, "send_tls", "TLSv1.3");
  result_add_metric (result, "send_days", 7.5, "");
  root = json (results);
  check_string (root, "schema", "check_delivery/1");
  check_string (root, "scenario", "mx1");
  check_string (root, "state", "OK");
  check_string (root, "reason", "ok");
  check_string (root, "message", "delivered");
  check_string (root, "details", NULL);
  check_string (root, "step", "finished");
  check_string (root, "send", "smtp://u@h:25");
  check_string (root, "recv", NULL);
  check_string (root, "token", "cd-x");
  check_string (root, "started", "2023-11-14T22:13:20.000042Z");
  ck_assert (json_is_integer (json_object_get (root, "status")));
  ck_assert_int_eq (json_integer_value (json_object_get (root, "status")), 0);
  check_real (json_object_get (root, "delivery"), 0.412);
  durations = json_object_get (root, "durations");
  ck_assert_uint_eq (json_array_size (durations), 3);
  ck_assert_str_eq (
      json_string_value (json_array_get (json_array_get (durations, 1), 0)),
      "waited");
  check_real (json_array_get (json_array_get (durations, 1), 1), 2);
  plugins = json_object_get (root, "plugins");
  check_string (json_object_get (plugins, "send"), "name", "smtp");
  check_string (json_object_get (plugins, "send"), "version", "1.2");
  check_string (plugins, "recv", NULL);
  check_string (json_object_get (root, "facts"), "send_tls", "TLSv1.3");
  check_real (
      json_object_get (
          json_object_get (json_object_get (root, "metrics"), "send_days"),
          "value"),
      7.5);
  json_decref (root);
}
END_TEST

START_TEST (a_failure_has_nulls_where_nothing_is)
{
  struct result *result
      = a_result (NULL, DELIVERY_NOT_FOUND, "recv_recv", "did not arrive");
  g_autoptr (GPtrArray) results = list_of (result, NULL);
  json_t *root;

  result_add_detail (result, "one");
  result_add_detail (result, "two");
  root = json (results);
  check_string (root, "scenario", NULL);
  check_string (root, "state", "CRITICAL");
  check_string (root, "reason", "not_found");
  check_string (root, "details", "one\ntwo");
  check_string (root, "token", NULL);
  check_string (root, "delivery", NULL);
  ck_assert_int_eq (json_integer_value (json_object_get (root, "status")), 2);
  ck_assert_uint_eq (json_array_size (json_object_get (root, "durations")), 0);
  json_decref (root);
}
END_TEST

START_TEST (odd_text_is_still_json)
{
  static const char odd[] = "\"quoted\" \\ / \xe2\x80\xa8 \xf0\x9f\x98\x80 %s";
  g_autoptr (GPtrArray) results
      = list_of (a_result (odd, DELIVERY_REJECTED, odd, odd), NULL);
  json_t *root = json (results);

  check_string (root, "scenario", odd);
  check_string (root, "message", odd);
  check_string (root, "step", odd);
  json_decref (root);
}
END_TEST

START_TEST (several_are_a_list_with_the_worst_state)
{
  g_autoptr (GPtrArray) results
      = list_of (a_success ("one"),
                 a_result ("two", DELIVERY_CONFIG, "config", "x"), NULL);
  json_t *root = json (results), *list = json_object_get (root, "results");

  check_string (root, "schema", "check_delivery/1");
  ck_assert_int_eq (json_integer_value (json_object_get (root, "status")), 3);
  ck_assert_uint_eq (json_array_size (list), 2);
  check_string (json_array_get (list, 0), "scenario", "one");
  check_string (json_array_get (list, 1), "scenario", "two");
  check_string (json_array_get (list, 1), "reason", "config");
  json_decref (root);
}
END_TEST

START_TEST (json_has_points_in_every_locale)
{
  g_autoptr (GPtrArray) results = list_of (a_success (NULL), NULL);
  json_t *root;

  if (!setlocale (LC_ALL, "de_DE.UTF-8"))
    setlocale (LC_ALL, "de_DE");
  root = json (results);
  check_real (json_object_get (root, "delivery"), 0.412);
  json_decref (root);
}
END_TEST

void
unit_add (TCase *tcase)
{
  tcase_add_test (tcase, a_success_is_one_line_with_perfdata);
  tcase_add_test (tcase, thresholds_stand_behind_the_delivery_time);
  tcase_add_test (tcase, a_failure_names_its_step_and_has_no_delivery_time);
  tcase_add_test (tcase, details_follow_the_first_line);
  tcase_add_test (tcase, metrics_are_perfdata_too);
  tcase_add_test (tcase, perfdata_has_points_in_every_locale);
  tcase_add_loop_test (tcase, the_first_line_has_a_longest_length, 0, 70);
  tcase_add_test (tcase, several_are_led_by_the_worst);
  tcase_add_test (tcase, several_that_are_ok_are_ok);
  tcase_add_test (tcase, labels_of_several_never_collide);
  tcase_add_test (tcase, the_first_line_of_several_has_a_longest_length);
  tcase_add_test (tcase, a_success_has_all_keys);
  tcase_add_test (tcase, a_failure_has_nulls_where_nothing_is);
  tcase_add_test (tcase, odd_text_is_still_json);
  tcase_add_test (tcase, several_are_a_list_with_the_worst_state);
  tcase_add_test (tcase, json_has_points_in_every_locale);
}
