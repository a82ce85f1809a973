/* SPDX-License-Identifier: BSD-2-Clause */
/* A plugin that writes down which callback is called when, fails where it is
 * told to, and looks at what the host tells it. */
#include <delivery/plugin.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timerfd.h>
#include <unistd.h>

/* One for each end: whether they are mixed up would show. */
struct end {
  const char *letter;
  unsigned looks;
};

static struct end ends[2] = { { "S", 0 }, { "R", 0 } };

static int DELIVERY_PRINTF (3, 4)
    vfail (struct delivery_endpoint *ep, int reason, const char *format, ...)
{
  va_list args;
  int given;

  va_start (args, format);
  given = delivery_vfail (ep, reason, format, args);
  va_end (args);
  return given;
}

/* Notes "S connect", and fails if "fail=Sconnect" is asked for. */
static int
note (struct delivery_endpoint *ep, const char *callback)
{
  const struct end *end = &ends[delivery_role (ep)];
  const char *fail = delivery_param (ep, "fail");
  FILE *log = fopen (delivery_path (ep), "a");
  char name[64];

  snprintf (name, sizeof name, "%s%s", end->letter, callback);
  if (log) {
    fprintf (log, "%s %s\n", end->letter, callback);
    fclose (log);
  }
  if (strcmp (callback, "open") != 0 && delivery_data (ep) != end)
    return delivery_fail (ep, DELIVERY_INTERNAL, "the data of another end");
  if (fail && strcmp (fail, name) == 0)
    return vfail (ep, (int)delivery_param_int (ep, "reason"), "%s fails",
                  name);
  return DELIVERY_OK;
}

/* What the host tells at the beginning. */
static void
tell_facts (struct delivery_endpoint *ep)
{
  const char *peer = delivery_peer_user (ep);

  delivery_fact (ep, "peer", "%s", peer ? peer : "-");
  delivery_fact (ep, "family", "%d", delivery_family (ep));
  delivery_fact (ep, "token", "%s", delivery_token (ep) ? "there" : "not yet");
}

static int
contract_open (struct delivery_endpoint *ep, uint32_t flags)
{
  delivery_set_data (ep, &ends[delivery_role (ep)]);
  tell_facts (ep);
  return flags ? delivery_fail (ep, DELIVERY_INTERNAL, "flags")
               : note (ep, "open");
}

static int
contract_free (struct delivery_endpoint *ep, uint32_t flags)
{
  (void)flags;
  return note (ep, "free");
}

static int
contract_connect_early (struct delivery_endpoint *ep, uint32_t flags)
{
  (void)flags;
  return note (ep, "connect_early");
}

static int
contract_connect (struct delivery_endpoint *ep, uint32_t flags)
{
  (void)flags;
  return note (ep, "connect");
}

/* Polls a pipe in each of its states; the last one waits for the deadline,
 * where there is one to wait for. */
static void
tell_polls (struct delivery_endpoint *ep)
{
  int fds[2], closed, idle, full, room;

  if (pipe (fds) < 0)
    return;
  room = delivery_poll (ep, fds[1], DELIVERY_WRITE);
  full = write (fds[1], "x", 1) == 1
             ? delivery_poll (ep, fds[0], DELIVERY_READ | DELIVERY_WRITE)
             : -1;
  close (fds[1]);
  closed = delivery_poll (ep, fds[0], DELIVERY_READ);
  close (fds[0]);
  errno = 0;
  idle = delivery_poll (ep, 999, DELIVERY_READ);
  delivery_fact (ep, "polls", "%d %d %d %d", room, full, closed, idle);
}

static int
contract_send (struct delivery_endpoint *ep, uint32_t flags)
{
  int64_t left = delivery_deadline (ep) - delivery_now ();

  (void)flags;
  delivery_fact (ep, "left", "%d", (int)((left + 999999) / 1000000));
  delivery_fact (ep, "left_ms", "%d", delivery_remaining_ms (ep) / 1000 + 1);
  delivery_fact (ep, "token", "%s", delivery_token (ep));
  tell_polls (ep);
  return note (ep, "send");
}

/* Found at the third look. */
static int
contract_recv (struct delivery_endpoint *ep, uint32_t flags)
{
  struct end *end = delivery_data (ep);
  int given = note (ep, "recv");

  (void)flags;
  if (given != DELIVERY_OK)
    return given;
  return ++end->looks < 3 ? DELIVERY_NOT_FOUND : DELIVERY_OK;
}

/* Waits for a pipe that stays empty: until the next look is due. */
static int
contract_wait (struct delivery_endpoint *ep, uint32_t flags)
{
  int fds[2], ready = -1;

  (void)flags;
  if (pipe (fds) == 0) {
    ready = delivery_poll (ep, fds[0], DELIVERY_READ);
    close (fds[0]);
    close (fds[1]);
  }
  delivery_fact (ep, "waited", "%d %s", ready,
                 delivery_now () >= delivery_deadline (ep)
                         && delivery_remaining_ms (ep) == 0
                     ? "to the end"
                     : "in vain");
  return note (ep, "wait");
}

static int
contract_clean (struct delivery_endpoint *ep, uint32_t flags)
{
  (void)flags;
  return note (ep, "clean");
}

/* There is time to close politely, even after an interruption. */
static int
contract_close (struct delivery_endpoint *ep, uint32_t flags)
{
  struct itimerspec soon = { .it_value = { 0, 30 * 1000 * 1000 } };
  int timer = timerfd_create (CLOCK_MONOTONIC, 0);

  (void)flags;
  timerfd_settime (timer, 0, &soon, NULL);
  delivery_fact (ep, "closing", "%d",
                 delivery_poll (ep, timer, DELIVERY_READ));
  close (timer);
  return note (ep, "close");
}

static int
contract_close_late (struct delivery_endpoint *ep, uint32_t flags)
{
  (void)flags;
  return note (ep, "close_late");
}

static const struct delivery_param params[] = {
  { "fail", DELIVERY_PARAM_STRING, 0, NULL, NULL, "Which callback fails." },
  { "reason", DELIVERY_PARAM_INTEGER, 0, "8", NULL, "And with which reason." },
};

static const struct delivery_transport transport = {
  .scheme = "contract",
  .synopsis = "contract://USER@HOST/LOG",
  .description = "Writes down what is called when.",
  .params = params,
  .n_params = sizeof params / sizeof params[0],
  .url = DELIVERY_TAKES_USER | DELIVERY_TAKES_HOST | DELIVERY_NEEDS_PATH,
  .open = contract_open,
  .free = contract_free,
  .connect_early = contract_connect_early,
  .connect = contract_connect,
  .send = contract_send,
  .recv = contract_recv,
  .wait = contract_wait,
  .clean = contract_clean,
  .close = contract_close,
  .close_late = contract_close_late,
};

static const struct delivery_plugin contract = {
  .name = "contract",
  .version = "1",
  .summary = "the contract, as it is kept",
  .transports = &transport,
  .n_transports = 1,
};
DELIVERY_PLUGIN (contract);
