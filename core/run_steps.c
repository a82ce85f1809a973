/* SPDX-License-Identifier: BSD-2-Clause */
#include "run_steps.h"

#include "reason.h"
#include "text.h"

#include <fcntl.h>
#include <math.h>
#include <string.h>

void
steps_init (struct steps *steps, const struct run_order *order, int out,
            int cancel_fd)
{
  *steps = (struct steps){ .order = order };
  steps->shared = (struct run_shared){ .out = out,
                                       .cancel_fd = cancel_fd,
                                       .secrets = secrets_new (),
                                       .family = order->family,
                                       .verbosity = order->verbosity };
}

void
steps_clear (struct steps *steps)
{
  g_free (steps->where);
  g_free (steps->message);
  g_clear_pointer (&steps->fds, g_hash_table_unref);
  g_free (steps->shared.token);
  secrets_free (steps->shared.secrets);
}

void
steps_begin (struct steps *steps, const char *name, const char *plugin)
{
  gboolean again = steps->name && strcmp (steps->name, name) == 0;

  if (!again)
    steps->begun = g_get_monotonic_time ();
  steps->name = name;
  /* Before it is talked about, so that whoever reads of a step, and then ends
   * this process, finds that step in the result. */
  record_write (steps->shared.out, RECORD_BEGIN,
                g_variant_new ("(ss)", name, plugin));
  if (!again)
    run_debug (&steps->shared, 1, name, *plugin ? plugin : "begins");
}

void
steps_end (struct steps *steps)
{
  gint64 took = g_get_monotonic_time () - steps->begun;

  record_write (steps->shared.out, RECORD_STEP,
                g_variant_new ("(sd)", steps->name, (double)took / 1e6));
  steps->name = NULL;
}

void
steps_fail (struct steps *steps, const char *where, int reason,
            const char *message)
{
  g_autofree char *clean = run_clean (&steps->shared, message);

  if (steps->failed) {
    g_autofree char *detail
        = g_strdup_printf ("%s: %s (%s)", where, clean, reason_name (reason));

    record_write (steps->shared.out, RECORD_DETAIL,
                  g_variant_new ("(s)", detail));
    return;
  }
  steps->failed = TRUE;
  steps->reason = reason;
  g_free (steps->where);
  g_free (steps->message);
  steps->where = g_strdup (where);
  steps->message = g_steal_pointer (&clean);
}

/* The text of a timeout, with what the callback itself had to say. */
static void
fail_by_time (struct steps *steps, const char *where, const char *said)
{
  g_autofree char *seconds = NULL;
  g_autofree char *message = NULL;
  char buffer[G_ASCII_DTOSTR_BUF_SIZE];

  if (run_is_cancelled (&steps->shared)) {
    steps_fail (steps, where, REASON_INTERRUPTED, "interrupted by a signal");
    return;
  }
  seconds = g_strdup (g_ascii_formatd (buffer, sizeof buffer, "%g",
                                       (double)steps->order->timeout / 1e6));
  message = g_strdup_printf ("the timeout of %s s is over%s%s", seconds,
                             said ? ": " : "", said ? said : "");
  steps_fail (steps, where, DELIVERY_TIMEOUT, message);
}

void
steps_check_time (struct steps *steps, const char *where, const char *said)
{
  if (run_is_cancelled (&steps->shared)
      || g_get_monotonic_time () >= steps->order->deadline)
    fail_by_time (steps, where, said);
}

static int
faulty (struct delivery_endpoint *ep, const char *what)
{
  char *text
      = g_strdup_printf ("plugin %s is faulty: %s", ep->plugin->p.name, what);

  g_free (ep->text);
  ep->text = text;
  return REASON_PLUGIN;
}

/* Whether the callback closed the descriptor that tells of interruptions, by
 * closing one of its own twice, say.  poll() would take that for one. */
static gboolean
closed_ours (struct run_shared *shared)
{
  if (shared->cancel_fd < 0 || fcntl (shared->cancel_fd, F_GETFD) >= 0)
    return FALSE;
  shared->cancel_fd = -1;
  return TRUE;
}

gboolean
steps_is_in_doubt (const struct delivery_endpoint *ep)
{
  return ep->text && reason_is_of_plugins (ep->reason)
         && !reason_is_found (ep->reason) && ep->reason != DELIVERY_NOT_FOUND;
}

int
steps_callback (struct steps *steps, struct delivery_endpoint *ep,
                delivery_callback *callback, gint64 deadline,
                gboolean may_look)
{
  g_autofree char *what = NULL;
  int given;

  g_clear_pointer (&ep->text, g_free);
  ep->reason = DELIVERY_OK;
  ep->deadline = deadline;
  given = callback (ep, 0);
  if (closed_ours (&steps->shared))
    return faulty (ep, "it closed a descriptor that is not its own");
  what = g_steal_pointer (&ep->fault);
  if (what)
    return faulty (ep, what);
  if (!reason_is_of_plugins (given)) {
    what = g_strdup_printf ("%s returned %d, which is no reason", steps->name,
                            given);
    return faulty (ep, what);
  }
  if (!may_look
      && (given == DELIVERY_NOT_FOUND
          || (given != DELIVERY_OK && reason_is_found (given)))) {
    what = g_strdup_printf ("%s returned '%s', which is for recv only",
                            steps->name, reason_name (given));
    return faulty (ep, what);
  }
  if (ep->text && ep->reason != given
      && !(may_look && given == DELIVERY_NOT_FOUND && steps_is_in_doubt (ep)))
    g_clear_pointer (&ep->text, g_free);
  if (!ep->text && given != DELIVERY_OK && given != DELIVERY_NOT_FOUND)
    ep->text
        = g_strdup_printf ("plugin %s did not say why", ep->plugin->p.name);
  return given;
}

void
steps_judge (struct steps *steps, struct delivery_endpoint *ep, int given)
{
  if (given == DELIVERY_TIMEOUT || run_is_cancelled (&steps->shared))
    fail_by_time (steps, steps->name,
                  given == DELIVERY_TIMEOUT ? ep->text : NULL);
  else if (given != DELIVERY_OK)
    steps_fail (steps, steps->name, given, ep->text);
  else
    steps_check_time (steps, steps->name, NULL);
}

void
steps_call (struct steps *steps, struct delivery_endpoint *ep,
            const char *name, delivery_callback *callback)
{
  if (!callback)
    return;
  steps_begin (steps, name, ep->plugin->p.name);
  steps_judge (
      steps, ep,
      steps_callback (steps, ep, callback, steps->order->deadline, FALSE));
  steps_end (steps);
}

/* What went wrong in clearing up is told, and changes nothing else. */
static void
note_failure (struct steps *steps, struct delivery_endpoint *ep, int given)
{
  g_autofree char *detail = NULL;

  if (given == DELIVERY_OK)
    return;
  detail = g_strdup_printf ("%s: %s (%s)", steps->name, ep->text,
                            reason_name (given));
  record_write (steps->shared.out, RECORD_DETAIL,
                g_variant_new ("(s)", detail));
}

static gint64
clear_up_deadline (const struct steps *steps)
{
  return MIN (steps->order->deadline + RUN_CLEAR_UP_GRACE,
              g_get_monotonic_time () + RUN_CLEAR_UP_MAX);
}

void
steps_clear_up (struct steps *steps, struct delivery_endpoint *ep,
                const char *name, delivery_callback *callback)
{
  if (!callback)
    return;
  steps_begin (steps, name, ep->plugin->p.name);
  ep->closing = TRUE;
  note_failure (
      steps, ep,
      steps_callback (steps, ep, callback, clear_up_deadline (steps), FALSE));
  ep->closing = FALSE;
  steps_end (steps);
}

void
steps_open (struct steps *steps, struct delivery_endpoint *ep)
{
  g_autofree char *said = NULL;
  int given;

  if (steps->failed || !ep->transport->t.open)
    return;
  steps->opened[ep->role] = TRUE;
  steps_begin (steps, "config", ep->plugin->p.name);
  given = steps_callback (steps, ep, ep->transport->t.open,
                          steps->order->deadline, FALSE);
  if (ep->text) {
    said = ep->text;
    ep->text = g_strdup_printf (
        "%s: %s", ep->role == DELIVERY_SENDER ? "send" : "recv", said);
  }
  steps_judge (steps, ep, given);
}

void
steps_free_endpoint (struct steps *steps, struct delivery_endpoint *ep)
{
  delivery_callback *callback = ep->transport->t.free;

  if (!callback || (ep->transport->t.open && !steps->opened[ep->role]))
    return;
  steps_begin (steps, "finished", ep->plugin->p.name);
  ep->closing = TRUE;
  ep->deadline = clear_up_deadline (steps);
  callback (ep, 0);
}

void
steps_tell_result (struct steps *steps)
{
  double delivery = (double)NAN;
  g_autofree char *message = NULL;
  char buffer[G_ASCII_DTOSTR_BUF_SIZE];

  if (steps->found)
    delivery = (double)MAX (steps->found - steps->sent, 0) / 1e6;
  if (!steps->failed)
    message = g_strdup_printf (
        "delivered in %s s",
        g_ascii_formatd (buffer, sizeof buffer, "%.3f", delivery));
  record_write (
      steps->shared.out, RECORD_RESULT,
      g_variant_new ("(issd)", steps->failed ? steps->reason : DELIVERY_OK,
                     steps->failed ? steps->where : "finished",
                     steps->failed ? steps->message : message, delivery));
}
