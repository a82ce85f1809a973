/* SPDX-License-Identifier: BSD-2-Clause */
/* The schema "check_delivery/1"; check_delivery(1) documents its keys. */
#include "render.h"

#include <jansson.h>
#include <math.h>

#define SCHEMA "check_delivery/1"

static json_t *
text_or_null (const char *text)
{
  return text ? json_string (text) : json_null ();
}

/* Whole microseconds, so that it prints in few digits. */
static json_t *
seconds (double value)
{
  return isnan (value) ? json_null () : json_real (round (value * 1e6) / 1e6);
}

static json_t *
durations (const struct result *result)
{
  json_t *list = json_array ();

  for (guint i = 0; i < result->steps->len; i++) {
    const struct result_step *step = result->steps->pdata[i];

    json_array_append_new (
        list, json_pack ("[s, o]", step->name, seconds (step->seconds)));
  }
  return list;
}

static json_t *
plugin (const struct result_end *end)
{
  if (!end->plugin)
    return json_null ();
  return json_pack ("{s:s, s:s}", "name", end->plugin, "version",
                    end->version);
}

static json_t *
facts (const struct result *result)
{
  json_t *object = json_object ();

  for (guint i = 0; i < result->facts->len; i++) {
    const struct result_fact *fact = result->facts->pdata[i];

    json_object_set_new (object, fact->name, json_string (fact->text));
  }
  return object;
}

static json_t *
metrics (const struct result *result)
{
  json_t *object = json_object ();

  for (guint i = 0; i < result->metrics->len; i++) {
    const struct result_metric *metric = result->metrics->pdata[i];

    json_object_set_new (object, metric->name,
                         json_pack ("{s:f, s:s}", "value", metric->value,
                                    "unit", metric->unit));
  }
  return object;
}

static json_t *
started (const struct result *result)
{
  g_autoptr (GDateTime) time
      = g_date_time_new_from_unix_utc (result->started / G_USEC_PER_SEC);
  g_autofree char *day = g_date_time_format (time, "%Y-%m-%dT%H:%M:%S");

  return json_sprintf ("%s.%06dZ", day,
                       (int)(result->started % G_USEC_PER_SEC));
}

static json_t *
one (const struct result *result)
{
  const struct result_end *send = &result->ends[DELIVERY_SENDER];
  const struct result_end *recv = &result->ends[DELIVERY_RECEIVER];
  g_autofree char *details = result_details (result);

  return json_pack (
      "{s:s, s:o, s:i, s:s, s:s, s:s, s:o, s:s, s:o, s:o, s:o, s:o, s:o,"
      " s:{s:o, s:o}, s:o, s:o, s:o}",
      "schema", SCHEMA, "scenario", text_or_null (result->scenario), "status",
      (int)result->state, "state", state_name (result->state), "reason",
      reason_name (result->reason), "message", result->message, "details",
      text_or_null (details), "step", result->step, "delivery",
      seconds (result->delivery), "durations", durations (result), "send",
      text_or_null (send->url), "recv", text_or_null (recv->url), "token",
      text_or_null (result->token), "plugins", "send", plugin (send), "recv",
      plugin (recv), "facts", facts (result), "metrics", metrics (result),
      "started", started (result));
}

static json_t *
several (const GPtrArray *results)
{
  json_t *list = json_array ();

  for (guint i = 0; i < results->len; i++)
    json_array_append_new (list, one (results->pdata[i]));
  return json_pack ("{s:s, s:i, s:s, s:o}", "schema", SCHEMA, "status",
                    (int)render_state (results), "state",
                    state_name (render_state (results)), "results", list);
}

/* Where memory is out, Jansson would leave something out and go on: an answer
 * without its state is none. */
char *
render_json (const GPtrArray *results)
{
  g_autofree char *dumped = NULL;
  json_t *root;

  json_set_alloc_funcs (g_malloc, g_free);
  root = results->len == 1 ? one (results->pdata[0]) : several (results);
  dumped = json_dumps (root, JSON_REAL_PRECISION (15));
  json_decref (root);
  return g_strconcat (dumped ? dumped : "{}", "\n", NULL);
}
