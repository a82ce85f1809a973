/* SPDX-License-Identifier: BSD-2-Clause */
#include "run.h"

#include "endpoint.h"
#include "fds.h"
#include "look.h"
#include "reason.h"
#include "registry.h"
#include "run_steps.h"
#include "text.h"
#include "token.h"

#include <math.h>
#include <string.h>

static void
load_notice (gpointer data, const char *file_name)
{
  struct steps *steps = data;
  g_autofree char *name = g_utf8_make_valid (file_name, -1);

  steps_begin (steps, "config", name);
}

/* From a URL to its transport and its endpoint. */
static struct delivery_endpoint *
make_endpoint (struct steps *steps, struct registry *registry, int role,
               char *text, GError **error)
{
  const char *side = role == DELIVERY_SENDER ? "send" : "recv";
  struct url *url = url_parse (text, error);
  const struct transport *transport;
  const struct plugin *plugin = NULL;
  struct delivery_endpoint *ep;
  g_autofree char *public = NULL;

  explicit_bzero (text, strlen (text));
  if (!url) {
    g_prefix_error (error, "%s: ", side);
    return NULL;
  }
  ep = endpoint_new (&steps->shared, role, url);
  transport = registry_find (registry, url->scheme, &plugin, load_notice,
                             steps, error);
  public = url_public (url);
  record_write (steps->shared.out, RECORD_END_INFO,
                g_variant_new ("(isss)", role, plugin ? plugin->p.name : "",
                               plugin ? plugin->p.version : "", public));
  if (transport && endpoint_bind (ep, plugin, transport, error))
    return ep;
  g_prefix_error (error, "%s: ", side);
  endpoint_free (ep);
  return NULL;
}

/* The config step: both endpoints, opened. */
static gboolean
configure (struct steps *steps, struct registry **registry,
           struct delivery_endpoint *ends[2])
{
  const struct run_order *order = steps->order;
  g_autoptr (GError) error = NULL;
  gboolean made;

  steps_begin (steps, "config", "");
  *registry = registry_new (order->plugin_dirs, &error);
  made = *registry != NULL;
  for (int role = 0; made && role < 2; role++) {
    ends[role]
        = make_endpoint (steps, *registry, role, order->urls[role], &error);
    made = ends[role] != NULL;
  }
  if (!made) {
    steps_fail (steps, "config", error_reason (error), error->message);
  } else {
    if (order->lists_fds)
      steps->fds = fds_open ();
    ends[0]->peer = ends[1];
    ends[1]->peer = ends[0];
    for (int role = 1; role >= 0; role--)
      steps_open (steps, ends[role]);
  }
  steps_end (steps);
  return made && !steps->failed;
}

static void
make_token (struct steps *steps)
{
  g_autoptr (GError) error = NULL;

  steps_begin (steps, "token", "");
  steps->shared.token = token_new (&error);
  if (error)
    steps_fail (steps, "token", DELIVERY_INTERNAL, error->message);
  else
    record_write (steps->shared.out, RECORD_TOKEN,
                  g_variant_new ("(s)", steps->shared.token));
  steps_end (steps);
}

/* The sender, from connecting to closing. */
static void
send_message (struct steps *steps, struct delivery_endpoint *sender)
{
  const struct delivery_transport *t = &sender->transport->t;

  if (steps->failed)
    return;
  steps_call (steps, sender, "send_conn", t->connect);
  if (!steps->failed) {
    steps_call (steps, sender, "send_send", t->send);
    steps->sent = g_get_monotonic_time ();
  }
  steps_clear_up (steps, sender, "send_clean", t->clean);
  steps_clear_up (steps, sender, "send_close", t->close);
}

static void
wait_before_looking (struct steps *steps)
{
  gint64 until = g_get_monotonic_time () + steps->order->wait;

  if (steps->failed || steps->order->wait == 0)
    return;
  steps_begin (steps, "waited", "");
  look_sleep (steps, MIN (until, steps->order->deadline));
  steps_check_time (steps, "waited", NULL);
  steps_end (steps);
}

static void
receive_message (struct steps *steps, struct delivery_endpoint *receiver,
                 gboolean connected)
{
  const struct delivery_transport *t = &receiver->transport->t;
  gboolean connects = !steps->failed;

  if (connects) {
    steps_call (steps, receiver, "recv_conn", t->connect);
    if (!steps->failed)
      look (steps, receiver);
    if (!steps->failed || steps->found)
      steps_clear_up (steps, receiver, "recv_clean", t->clean);
  }
  if (connects || connected)
    steps_clear_up (steps, receiver, "recv_close", t->close);
}

static void
deliver (struct steps *steps, struct delivery_endpoint *ends[2])
{
  struct delivery_endpoint *sender = ends[DELIVERY_SENDER];
  struct delivery_endpoint *receiver = ends[DELIVERY_RECEIVER];
  const struct delivery_transport *t = &receiver->transport->t;
  gboolean early = t->connect_early != NULL && !steps->failed, sends;

  if (early)
    steps_call (steps, receiver, "recv_conn_early", t->connect_early);
  sends = !steps->failed;
  send_message (steps, sender);
  wait_before_looking (steps);
  receive_message (steps, receiver, early);
  if (sends)
    steps_clear_up (steps, sender, "send_close_late",
                    sender->transport->t.close_late);
}

/* Once both ends are freed, what they opened should be closed. */
static void
tell_fds (struct steps *steps)
{
  g_autofree char *left = steps->fds ? fds_left (steps->fds) : NULL;

  if (left)
    record_write (steps->shared.out, RECORD_FACT,
                  g_variant_new ("(ss)", RUN_FACT_FDS, left));
}

void
run (const struct run_order *order, int out, int cancel_fd)
{
  struct steps steps;
  struct registry *registry = NULL;
  struct delivery_endpoint *ends[2] = { NULL, NULL };

  steps_init (&steps, order, out, cancel_fd);
  if (configure (&steps, &registry, ends)) {
    make_token (&steps);
    deliver (&steps, ends);
  }
  for (int role = 0; role < 2; role++)
    if (ends[role] && ends[role]->transport)
      steps_free_endpoint (&steps, ends[role]);
  tell_fds (&steps);
  steps_tell_result (&steps);
  for (int role = 0; role < 2; role++)
    endpoint_free (ends[role]);
  registry_free (registry);
  steps_clear (&steps);
}
