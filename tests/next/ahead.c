/* SPDX-License-Identifier: BSD-2-Clause */
/* A plugin for the made-up next minor: by its tables alone, or by a call of a
 * function too. */
#include <delivery/plugin.h>

static int sent;

static int
ahead_send (struct delivery_endpoint *ep, uint32_t flags)
{
  (void)flags;
#ifdef AHEAD_CALLS
  delivery_fact (ep, "number", "%d", (int)delivery_next (ep));
#endif
  (void)ep;
  sent = 1;
  return DELIVERY_OK;
}

static int
ahead_recv (struct delivery_endpoint *ep, uint32_t flags)
{
  (void)ep;
  (void)flags;
  return sent ? DELIVERY_OK : DELIVERY_NOT_FOUND;
}

static const struct delivery_param params[] = {
  { .name = "text", .help = "Some text.", .next_text = "of a later version" },
  { .name = "word", .help = "A word.", .next_number = 7 },
};

#ifdef AHEAD_CALLS
#define NAME "ahead-calls"
#else
#define NAME "ahead"
#endif

static const struct delivery_transport transports[] = {
  {
      .scheme = NAME,
      .synopsis = NAME ":",
      .description = "Is ahead.",
      .send = ahead_send,
      .recv = ahead_recv,
      .next_number = 41,
  },
  {
      .scheme = NAME ".second",
      .synopsis = NAME ".second:",
      .description = "Is ahead, and has parameters.",
      .params = params,
      .n_params = 2,
      .send = ahead_send,
      .recv = ahead_recv,
      .next_number = 42,
  },
};

static const struct delivery_plugin ahead = {
  .name = NAME,
  .version = "1",
  .summary = "ahead of its time",
  .transports = transports,
  .n_transports = 2,
  .next_text = "of a later version",
};
DELIVERY_PLUGIN (ahead);
