/* SPDX-License-Identifier: BSD-2-Clause */
/* One end of a run, in the worker: behind the contract's functions. */
#ifndef CORE_ENDPOINT_H
#define CORE_ENDPOINT_H

#include "plugin.h"
#include "record.h"
#include "secret.h"
#include "url.h"

/* What both ends of a run share. */
struct run_shared {
  int out;       /* records go here */
  int cancel_fd; /* readable when the run was interrupted */
  char *token;
  struct secrets *secrets;
  int family;
  int verbosity;
};

/* More details, facts or metrics than this are not taken. */
#define ENDPOINT_NOTES_MAX 64

struct delivery_endpoint {
  struct run_shared *shared;
  int role;
  struct url *url;
  const struct delivery_endpoint *peer;
  const struct plugin *plugin;
  const struct transport *transport;
  void *data;
  gint64 deadline;
  gboolean closing; /* clearing up: an interruption does not end that */
  guint n_notes;

  /* What the running callback said; `text` is clean, NULL for nothing. */
  int reason;
  char *text;
  char *fault; /* what it did that the contract forbids */
};

/* A new end of a URL, not yet of a transport; takes the URL. */
struct delivery_endpoint *endpoint_new (struct run_shared *shared, int role,
                                        struct url *url);
void endpoint_free (struct delivery_endpoint *ep);

/* Makes it an end of that transport, after checking that the URL fits. */
gboolean endpoint_bind (struct delivery_endpoint *ep,
                        const struct plugin *plugin,
                        const struct transport *transport, GError **error);

/* Whether the run was interrupted. */
gboolean run_is_cancelled (const struct run_shared *shared);

/* Text as it may be printed: masked, clean, not too long. */
char *run_clean (const struct run_shared *shared, const char *text);

/* A line for -v; `who` is a plugin or step. */
void run_debug (const struct run_shared *shared, int level, const char *who,
                const char *text);

#endif
