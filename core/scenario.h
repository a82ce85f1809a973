/* SPDX-License-Identifier: BSD-2-Clause */
/* A named pair of URLs with its settings and expectations. */
#ifndef CORE_SCENARIO_H
#define CORE_SCENARIO_H

#include "settings.h"

#include <glib.h>

struct scenario {
  char *name;    /* NULL: --send and --recv */
  char *urls[2]; /* by enum delivery_role; may hold secrets */
  struct settings settings;
  GPtrArray *expects; /* of struct expect */
  char *problem;      /* why it cannot be played; NULL: it can */
};

struct scenario *scenario_new (const char *name);
void scenario_free (struct scenario *scenario); /* wipes the URLs */

/* Wipes and forgets the URLs: for a process that does not need them. */
void scenario_forget_urls (struct scenario *scenario);

/* The same for what is expected, which may be a secret too. */
void scenario_forget_expects (struct scenario *scenario);

/*
 * A scenario from the body of RECORD_SCENARIO, which goes from the process
 * that reads the INI to the one that plays: name, URL to send, URL to
 * receive, settings by name, expectations as (field, method, value, whether it
 * is secret), problem
 * ("" for none).  NULL where its settings or expectations make no sense.
 */
struct scenario *scenario_from_record (GVariant *body);

#endif
