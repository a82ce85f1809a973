/* SPDX-License-Identifier: BSD-2-Clause */
#include "result.h"

#include <math.h>
#include <string.h>

/* "send_" and what a plugin may call it. */
#define METRIC_NAME_MAX 37

static void
step_free (void *p)
{
  struct result_step *step = p;

  g_free (step->name);
  g_free (step);
}

static void
fact_free (void *p)
{
  struct result_fact *fact = p;

  g_free (fact->name);
  g_free (fact->text);
  g_free (fact);
}

static void
metric_free (void *p)
{
  struct result_metric *metric = p;

  g_free (metric->name);
  g_free (metric->unit);
  g_free (metric);
}

struct result *
result_new (const char *scenario)
{
  struct result *result = g_new0 (struct result, 1);

  result->scenario = g_strdup (scenario);
  result->delivery = (double)NAN;
  result->started = g_get_real_time ();
  result->details = g_ptr_array_new_with_free_func (g_free);
  result->steps = g_ptr_array_new_with_free_func (step_free);
  result->facts = g_ptr_array_new_with_free_func (fact_free);
  result->metrics = g_ptr_array_new_with_free_func (metric_free);
  result_set (result, DELIVERY_INTERNAL, "config", "nothing was done");
  return result;
}

void
result_free (struct result *result)
{
  g_free (result->scenario);
  g_free (result->step);
  g_free (result->message);
  g_free (result->token);
  for (int i = 0; i < 2; i++) {
    g_free (result->ends[i].url);
    g_free (result->ends[i].plugin);
    g_free (result->ends[i].version);
  }
  g_ptr_array_unref (result->details);
  g_ptr_array_unref (result->steps);
  g_ptr_array_unref (result->facts);
  g_ptr_array_unref (result->metrics);
  g_free (result);
}

void
result_set (struct result *result, int reason, const char *step,
            const char *message)
{
  char *old_step = result->step, *old_message = result->message;

  result->reason = reason;
  result->step = g_strdup (step);
  result->message = g_strdup (message);
  g_free (old_step);
  g_free (old_message);
}

void
result_add_step (struct result *result, const char *name, double seconds)
{
  struct result_step *step = g_new0 (struct result_step, 1);

  step->name = g_strdup (name);
  step->seconds = seconds;
  g_ptr_array_add (result->steps, step);
}

void
result_add_detail (struct result *result, const char *text)
{
  g_ptr_array_add (result->details, g_strdup (text));
}

void
result_add_fact (struct result *result, const char *name, const char *text)
{
  struct result_fact *fact;

  for (guint i = 0; i < result->facts->len; i++) {
    fact = result->facts->pdata[i];
    if (strcmp (fact->name, name) == 0) {
      g_free (fact->text);
      fact->text = g_strdup (text);
      return;
    }
  }
  fact = g_new0 (struct result_fact, 1);
  fact->name = g_strdup (name);
  fact->text = g_strdup (text);
  g_ptr_array_add (result->facts, fact);
}

gboolean
result_metric_is_proper (const char *name, double value, const char *unit)
{
  static const char *const units[] = { "", "s", "%", "B", "c", NULL };
  gsize length = strlen (name);

  return length > 0 && length <= METRIC_NAME_MAX
         && strspn (name, G_CSET_a_2_z G_CSET_DIGITS "_") == length
         && value > -1e15 && value < 1e15 && unit
         && g_strv_contains (units, unit);
}

void
result_add_metric (struct result *result, const char *name, double value,
                   const char *unit)
{
  struct result_metric *metric;

  for (guint i = 0; i < result->metrics->len; i++) {
    metric = result->metrics->pdata[i];
    if (strcmp (metric->name, name) == 0) {
      metric->value = value;
      g_free (metric->unit);
      metric->unit = g_strdup (unit);
      return;
    }
  }
  metric = g_new0 (struct result_metric, 1);
  metric->name = g_strdup (name);
  metric->value = value;
  metric->unit = g_strdup (unit);
  g_ptr_array_add (result->metrics, metric);
}

static gboolean
raise_to (struct result *result, enum state state, const struct range *range)
{
  g_autofree char *threshold = range_text (range);
  g_autofree char *message = NULL;

  if (!range_alerts (range, result->delivery))
    return FALSE;
  message = g_strdup_printf ("%s, %s the %s range %s", result->message,
                             range->inside ? "inside" : "outside",
                             state == STATE_CRITICAL ? "critical" : "warning",
                             threshold);
  result_set (result, result->reason, "recv_recv", message);
  result->state = state_worse (result->state, state);
  return TRUE;
}

void
result_fold (struct result *result, const struct settings *settings)
{
  result->state = reason_state (result->reason, settings->on_timeout);
  if (result->warned && result->state == STATE_OK)
    result->state = STATE_WARNING;
  if (isnan (result->delivery) || !reason_is_found (result->reason))
    return;
  if (settings->has_critical
      && raise_to (result, STATE_CRITICAL, &settings->critical))
    return;
  if (settings->has_warning)
    raise_to (result, STATE_WARNING, &settings->warning);
}

char *
result_details (const struct result *result)
{
  GString *out;

  if (result->details->len == 0)
    return NULL;
  out = g_string_new (NULL);
  for (guint i = 0; i < result->details->len; i++)
    g_string_append_printf (out, "%s%s", i ? "\n" : "",
                            (char *)result->details->pdata[i]);
  return g_string_free (out, FALSE);
}

double
result_active (const struct result *result)
{
  double sum = 0;

  for (guint i = 0; i < result->steps->len; i++) {
    const struct result_step *step = result->steps->pdata[i];

    if (strcmp (step->name, "waited") != 0)
      sum += step->seconds;
  }
  return sum;
}
