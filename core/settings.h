/* SPDX-License-Identifier: BSD-2-Clause */
/* What a scenario may set beside its URLs, by INI or by option. */
#ifndef CORE_SETTINGS_H
#define CORE_SETTINGS_H

#include "range.h"
#include "reason.h"

#include <glib.h>

#define SETTINGS_TIMEOUT_DEFAULT (60 * G_USEC_PER_SEC)
#define SETTINGS_PATIENCE_DEFAULT (30 * G_USEC_PER_SEC)

struct settings {
  gint64 wait, patience, timeout; /* microseconds */
  enum state on_timeout;
  gboolean has_warning, has_critical;
  struct range warning, critical; /* on the delivery time in seconds */
};

/* Their names, as in the INI and as long options; ended by NULL. */
extern const char *const settings_names[];

void settings_init (struct settings *settings);

/* Reads one setting; `name` is one of settings_names. */
gboolean settings_set (struct settings *settings, const char *name,
                       const char *text, GError **error);

/* Whether they make sense together. */
gboolean settings_check (const struct settings *settings, GError **error);

#endif
