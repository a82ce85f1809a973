/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A plugin that does on request what no plugin should:
 *
 *     zoo:?misdeed=crash&in=recv
 *
 * Both ends of a run are in one process, so that "sent" is a variable.  The
 * constructor and the destructor, which know no URL, take their misdeeds from
 * the environment (ZOO_CONSTRUCTOR, ZOO_DESTRUCTOR).
 */
#include "misdeeds.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int sent;

/* What the running callback must return; -1: what it would anyway. */
static int
act (struct delivery_endpoint *ep, const char *where)
{
  const char *in = delivery_param (ep, "in");

  delivery_debug (ep, 1, "in %s", where);
  if (strcmp (in, where) != 0)
    return -1;
  return misdeed_do (ep, delivery_param (ep, "misdeed"));
}

#define CALLBACK(name, otherwise)                                      \
  static int zoo_##name (struct delivery_endpoint *ep, uint32_t flags) \
  {                                                                    \
    int given = act (ep, #name);                                       \
                                                                       \
    (void)flags;                                                       \
    return given == -1 ? (otherwise) : given;                          \
  }

CALLBACK (open, DELIVERY_OK)
CALLBACK (free, DELIVERY_OK)
CALLBACK (connect_early, DELIVERY_OK)
CALLBACK (connect, DELIVERY_OK)
CALLBACK (send, (sent = 1, DELIVERY_OK))
CALLBACK (recv, sent &&delivery_param_bool (ep, "found") ? DELIVERY_OK
                                                         : DELIVERY_NOT_FOUND)
CALLBACK (clean, DELIVERY_OK)
CALLBACK (close, DELIVERY_OK)
CALLBACK (close_late, DELIVERY_OK)

/* Without a misdeed it waits as it should, for what never comes. */
static int
zoo_wait (struct delivery_endpoint *ep, uint32_t flags)
{
  int given = act (ep, "wait"), fds[2];

  (void)flags;
  if (given != -1 || pipe (fds) < 0)
    return given == -1 ? DELIVERY_OK : given;
  delivery_poll (ep, fds[0], DELIVERY_READ);
  close (fds[0]);
  close (fds[1]);
  return DELIVERY_OK;
}

__attribute__ ((constructor)) static void
zoo_constructor (void)
{
  const char *name = getenv ("ZOO_CONSTRUCTOR");

  if (name)
    misdeed_in_process (name);
}

__attribute__ ((destructor)) static void
zoo_destructor (void)
{
  const char *name = getenv ("ZOO_DESTRUCTOR");

  if (name)
    misdeed_in_process (name);
}

static const struct delivery_param params[] = {
  { "misdeed", DELIVERY_PARAM_STRING, 0, "none", NULL, "What to do." },
  { "in", DELIVERY_PARAM_CHOICE, 0, "nowhere",
    "nowhere|open|connect_early|connect|send|recv|wait|clean|close|"
    "close_late|free",
    "Which callback does it." },
  { "found", DELIVERY_PARAM_BOOL, 0, "yes", NULL,
    "Whether recv finds what was sent." },
  { "text", DELIVERY_PARAM_STRING, 0, NULL, NULL, "What to say." },
  { "secret", DELIVERY_PARAM_STRING, DELIVERY_PARAM_SECRET, NULL, NULL,
    "What must never be printed." },
};

static const struct delivery_transport transports[] = {
  {
      .scheme = "zoo",
      .synopsis = "zoo:?misdeed=NAME&in=CALLBACK",
      .description = "Misbehaves.",
      .params = params,
      .n_params = sizeof params / sizeof params[0],
      .url = DELIVERY_TAKES_HOST | DELIVERY_TAKES_USER
             | DELIVERY_TAKES_PASSWORD | DELIVERY_TAKES_PATH,
      .open = zoo_open,
      .free = zoo_free,
      .connect_early = zoo_connect_early,
      .connect = zoo_connect,
      .send = zoo_send,
      .recv = zoo_recv,
      .wait = zoo_wait,
      .clean = zoo_clean,
      .close = zoo_close,
      .close_late = zoo_close_late,
  },
};

static const struct delivery_plugin zoo = {
  .name = "zoo",
  .version = "1.0",
  .summary = "all that a plugin must not do",
  .transports = transports,
  .n_transports = sizeof transports / sizeof transports[0],
};
DELIVERY_PLUGIN (zoo);
