/* SPDX-License-Identifier: BSD-2-Clause */
/* Reasons, states, and the one place that maps the first to the second. */
#ifndef CORE_REASON_H
#define CORE_REASON_H

#include "delivery/plugin.h"

#include <glib.h>

/* The reasons that only the host gives, after those of the contract. */
enum {
  REASON_PLUGIN = DELIVERY_INTERNAL + 1, /* a plugin is faulty */
  REASON_INTERRUPTED,                    /* a signal ended the run */
  N_REASONS
};

/* The values are the exit codes. */
enum state {
  STATE_OK,
  STATE_WARNING,
  STATE_CRITICAL,
  STATE_UNKNOWN,
  N_STATES
};

/* Errors of the core: the code is a reason, the message is for people and
 * never holds a secret. */
#define CORE_ERROR (core_error_quark ())
GQuark core_error_quark (void);

/* Sets an error whose reason is `config`.  Always returns FALSE. */
gboolean config_error (GError **error, const char *format, ...)
    G_GNUC_PRINTF (2, 3);

/* The reason that an error of the core carries. */
int error_reason (const GError *error);

/* The name of a reason as it is printed, "internal" for a wrong number. */
const char *reason_name (int reason);

/* Whether there is a reason of that name. */
gboolean reason_known (const char *name);

/* Whether a plugin may give this reason. */
gboolean reason_is_of_plugins (int reason);

/* Whether the check could not be made, or not to its end (configuration,
 * plugin, our own failure, a signal, the timeout), so that it says nothing
 * about the delivery. */
gboolean reason_is_unjudged (int reason);

/* Whether the token was seen. */
gboolean reason_is_found (int reason);

/* The state of a reason; `on_timeout` is that of DELIVERY_TIMEOUT. */
enum state reason_state (int reason, enum state on_timeout);

/* "OK", "WARNING", "CRITICAL", "UNKNOWN". */
const char *state_name (enum state state);

/* The worse of two, by OK < UNKNOWN < WARNING < CRITICAL. */
enum state state_worse (enum state a, enum state b);

#endif
