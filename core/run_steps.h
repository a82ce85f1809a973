/* SPDX-License-Identifier: BSD-2-Clause */
/* The steps of a run: each is announced, timed, judged, and told. */
#ifndef CORE_RUN_STEPS_H
#define CORE_RUN_STEPS_H

#include "endpoint.h"
#include "run.h"

#include <glib.h>

struct steps {
  struct run_shared shared;
  const struct run_order *order;

  /* The running step. */
  const char *name;
  gint64 begun;

  gint64 sent;  /* when the peer had accepted the message */
  gint64 found; /* when the token was seen; 0: it was not */

  /* How it ended: the first failure, or what was found. */
  gboolean failed;
  int reason;
  char *where;
  char *message;

  gboolean opened[2]; /* by role: open() was called */
  GHashTable *fds;    /* open before that; NULL: not to be listed */
};

void steps_init (struct steps *steps, const struct run_order *order, int out,
                 int cancel_fd);
void steps_clear (struct steps *steps);

/* A step begins; `plugin` is at work, "" if none is.  A second begin with the
 * same name only tells that another plugin is at work now. */
void steps_begin (struct steps *steps, const char *name, const char *plugin);
void steps_end (struct steps *steps);

/* The first failure is kept, later ones become details. */
void steps_fail (struct steps *steps, const char *where, int reason,
                 const char *message);

/* Fails the step if the run was interrupted or its time is over; `said` is
 * what the plugin had to say last, or NULL. */
void steps_check_time (struct steps *steps, const char *where,
                       const char *said);

/* Whether a recv that said "not yet" last could not look: it failed for the
 * reason in ep->reason. */
gboolean steps_is_in_doubt (const struct delivery_endpoint *ep);

/* Makes one call to a callback, with its deadline, and judges what it gives
 * back: a reason of the contract, with its text in ep->text.  What no plugin
 * may do becomes REASON_PLUGIN. */
int steps_callback (struct steps *steps, struct delivery_endpoint *ep,
                    delivery_callback *callback, gint64 deadline,
                    gboolean may_look);

/* Turns what a callback gave back into how the run ends. */
void steps_judge (struct steps *steps, struct delivery_endpoint *ep,
                  int given);

/* A whole step of one call; nothing at all where `callback` is NULL. */
void steps_call (struct steps *steps, struct delivery_endpoint *ep,
                 const char *name, delivery_callback *callback);

/* The same for cleaning and closing: done after failures too, with a little
 * more time, and without changing how the run ended. */
void steps_clear_up (struct steps *steps, struct delivery_endpoint *ep,
                     const char *name, delivery_callback *callback);

/* open() and free() of the endpoint, within the running step. */
void steps_open (struct steps *steps, struct delivery_endpoint *ep);
void steps_free_endpoint (struct steps *steps, struct delivery_endpoint *ep);

/* Writes RECORD_RESULT. */
void steps_tell_result (struct steps *steps);

#endif
