/* SPDX-License-Identifier: BSD-2-Clause */
#include "reason.h"

#include <string.h>

G_DEFINE_QUARK (core - error, core_error)

static const struct {
  const char *name;
  enum state state;
} reasons[N_REASONS] = {
  [DELIVERY_OK] = { "ok", STATE_OK },
  [DELIVERY_NOT_FOUND] = { "not_found", STATE_CRITICAL },
  [DELIVERY_MISPLACED] = { "misplaced", STATE_WARNING },
  [DELIVERY_DUPLICATE] = { "duplicate", STATE_WARNING },
  [DELIVERY_MANGLED] = { "mangled", STATE_WARNING },
  [DELIVERY_RESOLVE] = { "resolve", STATE_CRITICAL },
  [DELIVERY_CONNECT] = { "connect", STATE_CRITICAL },
  [DELIVERY_TLS] = { "tls", STATE_CRITICAL },
  [DELIVERY_CLOSED] = { "closed", STATE_CRITICAL },
  [DELIVERY_AUTH] = { "auth", STATE_CRITICAL },
  [DELIVERY_TEMPFAIL] = { "tempfail", STATE_CRITICAL },
  [DELIVERY_REJECTED] = { "rejected", STATE_CRITICAL },
  [DELIVERY_PROTOCOL] = { "protocol", STATE_CRITICAL },
  [DELIVERY_IO] = { "io", STATE_CRITICAL },
  [DELIVERY_TIMEOUT] = { "timeout", STATE_UNKNOWN },
  [DELIVERY_CONFIG] = { "config", STATE_UNKNOWN },
  [DELIVERY_INTERNAL] = { "internal", STATE_UNKNOWN },
  [REASON_PLUGIN] = { "plugin", STATE_UNKNOWN },
  [REASON_INTERRUPTED] = { "interrupted", STATE_UNKNOWN },
};

gboolean
config_error (GError **error, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  g_propagate_error (
      error, g_error_new_valist (CORE_ERROR, DELIVERY_CONFIG, format, args));
  va_end (args);
  return FALSE;
}

int
error_reason (const GError *error)
{
  return error->domain == CORE_ERROR ? error->code : DELIVERY_INTERNAL;
}

const char *
reason_name (int reason)
{
  if (reason < 0 || reason >= N_REASONS)
    reason = DELIVERY_INTERNAL;
  return reasons[reason].name;
}

gboolean
reason_known (const char *name)
{
  for (int i = 0; i < N_REASONS; i++)
    if (strcmp (reasons[i].name, name) == 0)
      return TRUE;
  return FALSE;
}

gboolean
reason_is_of_plugins (int reason)
{
  return reason >= DELIVERY_OK && reason <= DELIVERY_INTERNAL;
}

gboolean
reason_is_unjudged (int reason)
{
  return reason == DELIVERY_TIMEOUT || reason == DELIVERY_CONFIG
         || reason == DELIVERY_INTERNAL || reason == REASON_PLUGIN
         || reason == REASON_INTERRUPTED;
}

gboolean
reason_is_found (int reason)
{
  return reason == DELIVERY_OK || reason == DELIVERY_MISPLACED
         || reason == DELIVERY_DUPLICATE || reason == DELIVERY_MANGLED;
}

enum state
reason_state (int reason, enum state on_timeout)
{
  if (reason < 0 || reason >= N_REASONS)
    return STATE_UNKNOWN;
  return reason == DELIVERY_TIMEOUT ? on_timeout : reasons[reason].state;
}

const char *
state_name (enum state state)
{
  static const char *const names[N_STATES]
      = { "OK", "WARNING", "CRITICAL", "UNKNOWN" };

  return names[state];
}

enum state
state_worse (enum state a, enum state b)
{
  static const int severity[N_STATES] = { [STATE_OK] = 0,
                                          [STATE_UNKNOWN] = 1,
                                          [STATE_WARNING] = 2,
                                          [STATE_CRITICAL] = 3 };

  return severity[a] >= severity[b] ? a : b;
}
