/* SPDX-License-Identifier: BSD-2-Clause */
/* One line for a pager, and performance data that Nagios, Icinga, Telegraf
 * and Sensu all read: plain labels, no quotes, one pipe in all. */
#include "render.h"

#include "text.h"

#include <math.h>
#include <string.h>

/* Of one run, in the first line, if its message needs the rest. */
#define PERFDATA_MAX (RENDER_LINE_MAX * 3 / 4)

enum state
render_state (const GPtrArray *results)
{
  enum state worst = STATE_OK;

  for (guint i = 0; i < results->len; i++) {
    const struct result *result = results->pdata[i];

    worst = state_worse (worst, result->state);
  }
  return worst;
}

static void
append_item (GString *out, const char *prefix, const char *label, double value,
             const char *unit)
{
  gboolean is_count = strcmp (unit, "s") != 0 && value == trunc (value);
  g_autofree char *number
      = is_count ? g_strdup_printf ("%.0f", value) : text_seconds (value);

  if (out->len)
    g_string_append_c (out, ' ');
  g_string_append_printf (out, "%s%s=%s%s", prefix, label, number, unit);
}

/* ";warn;crit;0" behind the delivery time. */
static void
append_thresholds (GString *out, const struct settings *settings)
{
  g_autofree char *warning = settings && settings->has_warning
                                 ? range_text (&settings->warning)
                                 : g_strdup ("");
  g_autofree char *critical = settings && settings->has_critical
                                  ? range_text (&settings->critical)
                                  : g_strdup ("");

  g_string_append_printf (out, ";%s;%s;0", warning, critical);
}

/* A metric that has the name of a step gets another label, and whether or not
 * that step ran, so that labels stay the same. */
static void
append_metric (GString *out, const struct result_metric *metric,
               const char *prefix)
{
  static const char *const steps[]
      = { "recv_conn_early", "send_conn",       "send_send", "send_clean",
          "send_close",      "recv_conn",       "recv_recv", "recv_clean",
          "recv_close",      "send_close_late", NULL };
  gboolean clashes = g_strv_contains (steps, metric->name);
  g_autofree char *label
      = g_strconcat (metric->name, clashes ? "_metric" : "", NULL);

  append_item (out, prefix, label, metric->value, metric->unit);
}

static void
append_perfdata (GString *out, const struct result *result,
                 const struct settings *settings, const char *prefix)
{
  if (!isnan (result->delivery)) {
    append_item (out, prefix, "delivery", result->delivery, "s");
    append_thresholds (out, settings);
  }
  for (guint i = 0; i < result->steps->len; i++) {
    const struct result_step *step = result->steps->pdata[i];
    g_autofree char *label = text_label (step->name);

    append_item (out, prefix, label, step->seconds, "s");
  }
  append_item (out, prefix, "active_duration", result_active (result), "s");
  for (guint i = 0; i < result->metrics->len; i++)
    append_metric (out, result->metrics->pdata[i], prefix);
}

/* "STATE - message", with the step where there is a failure to place. */
static char *
headline (const struct result *result)
{
  gboolean ok = result->state == STATE_OK;

  return g_strdup_printf ("%s - %s%s%s", state_name (result->state),
                          ok ? "" : result->step, ok ? "" : " - ",
                          result->message);
}

/* Leaves out the last items where not all fit: half of one is no number, and
 * JSON has them all. */
static void
cut_perfdata (GString *perfdata, gsize room)
{
  gsize end = room;

  if (perfdata->len <= room)
    return;
  while (end && perfdata->str[end] != ' ')
    end--;
  g_string_truncate (perfdata, end);
}

static char *
render_one (const struct result *result, const struct settings *settings)
{
  g_autoptr (GString) perfdata = g_string_new (NULL);
  g_autofree char *head = headline (result);
  g_autofree char *details = result_details (result);
  g_autofree char *cut = NULL;

  append_perfdata (perfdata, result, settings, "");
  /* 4: " | " and the newline. */
  cut = text_clean (head,
                    RENDER_LINE_MAX - 4 - MIN (perfdata->len, PERFDATA_MAX));
  cut_perfdata (perfdata, RENDER_LINE_MAX - 4 - strlen (cut));
  return g_strdup_printf ("%s | %s\n%s%s", cut, perfdata->str,
                          details ? details : "", details ? "\n" : "");
}

/* The first line of several: how many, and the worst by name. */
static void
append_summary (GString *out, const GPtrArray *results)
{
  enum state worst = render_state (results);
  const struct result *named = NULL;
  g_autofree char *line = NULL;
  g_autofree char *cut = NULL;
  guint n = 0;

  for (guint i = 0; i < results->len; i++) {
    const struct result *result = results->pdata[i];

    if (result->state != worst)
      continue;
    n++;
    if (!named)
      named = result;
  }
  if (worst == STATE_OK || !named)
    line = g_strdup_printf ("OK - %u scenarios are OK", results->len);
  else
    line = g_strdup_printf ("%s - %s: %s - %s (%u of %u scenarios %s)",
                            state_name (worst), named->scenario, named->step,
                            named->message, n, results->len,
                            state_name (worst));
  cut = text_clean (line, RENDER_LINE_MAX - 1);
  g_string_append_printf (out, "%s\n", cut);
}

/* A scenario's name as the prefix of its labels, unlike those before it.  It
 * belongs to `seen`, which counts how many wanted each. */
static const char *
unique_prefix (GHashTable *seen, const char *scenario)
{
  g_autofree char *label = text_label (scenario);
  char *prefix = g_strconcat (label, ".", NULL);
  guint *wanted = g_hash_table_lookup (seen, prefix), *count;

  while (wanted && g_hash_table_contains (seen, prefix)) {
    g_free (prefix);
    prefix = g_strdup_printf ("%s_%u.", label, ++*wanted);
  }
  count = g_new (guint, 1);
  *count = 1;
  g_hash_table_insert (seen, prefix, count);
  return prefix;
}

static void
append_lines (GString *out, const struct result *result)
{
  g_autofree char *head = headline (result);
  g_autofree char *name = text_clean (result->scenario, 200);
  g_autofree char *line = text_clean (head, RENDER_LINE_MAX);

  g_string_append_printf (out, "%s: %s\n", name, line);
  for (guint i = 0; i < result->details->len; i++)
    g_string_append_printf (out, "%s: %s\n", name,
                            (char *)result->details->pdata[i]);
}

char *
render_nagios (const GPtrArray *results, const GPtrArray *settings)
{
  g_autoptr (GHashTable) seen
      = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_autoptr (GString) perfdata = g_string_new (NULL);
  GString *out;

  if (results->len == 1)
    return render_one (results->pdata[0], settings->pdata[0]);
  out = g_string_new (NULL);
  append_summary (out, results);
  for (guint i = 0; i < results->len; i++) {
    const struct result *result = results->pdata[i];

    append_lines (out, result);
    append_perfdata (perfdata, result, settings->pdata[i],
                     unique_prefix (seen, result->scenario));
  }
  g_string_truncate (out, out->len - 1);
  g_string_append_printf (out, " | %s\n", perfdata->str);
  return g_string_free (out, FALSE);
}
