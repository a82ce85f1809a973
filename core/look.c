/* SPDX-License-Identifier: BSD-2-Clause */
#include "look.h"

#include "reason.h"

#include <poll.h>

/* A wait() that comes back within HASTY (in microseconds) this often in a row
 * does not wait. */
#define HASTY 1000
#define HASTY_MAX 3

struct looking {
  struct steps *steps;
  struct delivery_endpoint *receiver;
  gint64 end;      /* of patience */
  gint64 interval; /* to the next look */
  guint looks;
  guint hasty; /* waits in a row that took no time */
};

void
look_sleep (const struct steps *steps, gint64 until)
{
  struct pollfd fd = { steps->shared.cancel_fd, POLLIN, 0 };
  gint64 left;

  while ((left = until - g_get_monotonic_time ()) > 0)
    if (poll (&fd, 1, (int)MIN ((left + 999) / 1000, G_MAXINT)) > 0)
      return;
}

/* Waits for the next look to be due.  An interval that was slept through is
 * doubled; something that came is no reason to look more rarely.  Something
 * that comes all the time is: then this sleeps, but not for long. */
static int
wait_for_next (struct looking *looking)
{
  delivery_callback *wait = looking->receiver->transport->t.wait;
  gint64 limit = MIN (looking->end, looking->steps->order->deadline);
  gint64 begun = g_get_monotonic_time (), now;
  gint64 until = MIN (begun + looking->interval, limit);
  int given = DELIVERY_OK;

  if (wait && looking->hasty < HASTY_MAX) {
    given = steps_callback (looking->steps, looking->receiver, wait, until,
                            FALSE);
    now = g_get_monotonic_time ();
    looking->hasty = now - begun < HASTY ? looking->hasty + 1 : 0;
  } else {
    looking->hasty = 0;
    look_sleep (looking->steps, wait ? MIN (until, begun + LOOK_BUSY) : until);
    now = until;
  }
  if (now >= until)
    looking->interval = MIN (looking->interval * 2, LOOK_LONGEST);
  return given == DELIVERY_TIMEOUT ? DELIVERY_OK : given;
}

/* Not there: because time is over, or patience, or not yet.  Where the last
 * look was none, nobody knows: what must not arrive may have arrived. */
static gboolean
is_over (struct looking *looking)
{
  struct steps *steps = looking->steps;
  const struct delivery_endpoint *receiver = looking->receiver;
  const char *said = receiver->text;
  g_autofree char *message = NULL;
  char buffer[G_ASCII_DTOSTR_BUF_SIZE];

  steps_check_time (steps, "recv_recv", said);
  if (steps->failed)
    return TRUE;
  if (g_get_monotonic_time () < looking->end)
    return FALSE;
  g_ascii_formatd (buffer, sizeof buffer, "%g",
                   (double)steps->order->patience / 1e6);
  message = g_strdup_printf (
      "not found within %s s (looked %u time%s)%s%s", buffer, looking->looks,
      looking->looks == 1 ? "" : "s", said ? ": " : "", said ? said : "");
  steps_fail (steps, "recv_recv",
              steps_is_in_doubt (receiver) ? receiver->reason
                                           : DELIVERY_NOT_FOUND,
              message);
  return TRUE;
}

/* Looks once.  FALSE when there is no more to look for. */
static gboolean
look_once (struct looking *looking)
{
  struct steps *steps = looking->steps;
  struct delivery_endpoint *receiver = looking->receiver;
  int given = steps_callback (steps, receiver, receiver->transport->t.recv,
                              steps->order->deadline, TRUE);

  looking->looks++;
  if (reason_is_found (given)) {
    steps->found = g_get_monotonic_time ();
    if (steps->found >= steps->order->deadline)
      steps_check_time (steps, "recv_recv", NULL);
  }
  if (given == DELIVERY_OK)
    return FALSE;
  if (given == DELIVERY_NOT_FOUND)
    return !is_over (looking);
  if (!reason_is_found (given))
    steps_judge (steps, receiver, given);
  else if (!steps->failed)
    steps_fail (steps, "recv_recv", given, receiver->text);
  return FALSE;
}

void
look (struct steps *steps, struct delivery_endpoint *receiver)
{
  struct looking looking
      = { .steps = steps, .receiver = receiver, .interval = LOOK_FIRST };
  int given;

  steps_begin (steps, "recv_recv", receiver->plugin->p.name);
  looking.end = g_get_monotonic_time () + steps->order->patience;
  while (look_once (&looking)) {
    given = wait_for_next (&looking);
    if (given != DELIVERY_OK) {
      steps_judge (steps, receiver, given);
      break;
    }
  }
  steps_end (steps);
}
