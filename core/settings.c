/* SPDX-License-Identifier: BSD-2-Clause */
#include "settings.h"

#include "text.h"

#include <math.h>
#include <string.h>

const char *const settings_names[]
    = { "wait", "patience", "timeout", "warning", "critical", NULL };

void
settings_init (struct settings *settings)
{
  *settings = (struct settings){
    .patience = SETTINGS_PATIENCE_DEFAULT,
    .timeout = SETTINGS_TIMEOUT_DEFAULT,
    .on_timeout = STATE_UNKNOWN,
  };
}

static gboolean
set_duration (gint64 *us, const char *text, GError **error)
{
  if (text_duration (text, us))
    return TRUE;
  return config_error (error, "not a duration; write 30, 0.5, 90s or 5m");
}

static gboolean
set_timeout (struct settings *settings, const char *text, GError **error)
{
  static const enum state states[]
      = { STATE_WARNING, STATE_CRITICAL, STATE_UNKNOWN };
  const char *colon = strchr (text, ':');
  g_autofree char *duration
      = g_strndup (text, colon ? (gsize)(colon - text) : strlen (text));

  if (!set_duration (&settings->timeout, duration, error))
    return FALSE;
  if (settings->timeout < 1000
      || settings->timeout > G_GINT64_CONSTANT (86400) * G_USEC_PER_SEC)
    return config_error (error, "a timeout is between 0.001 s and a day");
  settings->on_timeout = STATE_UNKNOWN;
  if (!colon)
    return TRUE;
  for (gsize i = 0; i < G_N_ELEMENTS (states); i++)
    if (g_ascii_strcasecmp (colon + 1, state_name (states[i])) == 0) {
      settings->on_timeout = states[i];
      return TRUE;
    }
  return config_error (error, "the state of a timeout is warning, critical or "
                              "unknown, as in 60:critical");
}

gboolean
settings_set (struct settings *settings, const char *name, const char *text,
              GError **error)
{
  if (strcmp (name, "wait") == 0)
    return set_duration (&settings->wait, text, error);
  if (strcmp (name, "patience") == 0)
    return set_duration (&settings->patience, text, error);
  if (strcmp (name, "timeout") == 0)
    return set_timeout (settings, text, error);
  if (strcmp (name, "warning") == 0) {
    settings->has_warning = range_parse (text, &settings->warning, error);
    return settings->has_warning;
  }
  settings->has_critical = range_parse (text, &settings->critical, error);
  return settings->has_critical;
}

static gboolean
is_upper_bound (const struct range *range)
{
  return !range->inside && range->start == 0 && !isinf (range->end);
}

gboolean
settings_check (const struct settings *settings, GError **error)
{
  if (settings->wait >= settings->timeout)
    return config_error (error, "wait is not below timeout, so there would "
                                "never be a look");
  if (settings->has_warning && settings->has_critical
      && is_upper_bound (&settings->warning)
      && is_upper_bound (&settings->critical)
      && settings->warning.end > settings->critical.end)
    return config_error (error,
                         "warning is above critical; swap them, or write "
                         "30: to alert below 30");
  return TRUE;
}
