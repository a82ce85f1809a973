/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A plugin with every callback, which calls every function of
 * delivery/plugin.h and tells in facts what came of it.  Both ends of a run
 * are in one process, so that "sent" is a variable.
 */
#include <delivery/plugin.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int sent;

/* The endpoint's data: which callbacks were called, by their first letters,
 * and how often was looked. */
struct every {
  char calls[64];
  int looks;
};

static void
called (struct delivery_endpoint *ep, const char *letter)
{
  struct every *every = delivery_data (ep);

  strncat (every->calls, letter,
           sizeof every->calls - 1 - strlen (every->calls));
  delivery_fact (ep, "calls", "%s", every->calls);
}

static const char *
or_none (const char *text)
{
  return text ? text : "-";
}

static void
tell_url (struct delivery_endpoint *ep)
{
  delivery_fact (ep, "url", "%s %s %s %s %u %s %s", delivery_scheme (ep),
                 or_none (delivery_user (ep)),
                 delivery_password (ep) ? "with" : "without",
                 or_none (delivery_host (ep)), delivery_port (ep),
                 or_none (delivery_path (ep)),
                 or_none (delivery_peer_user (ep)));
  delivery_fact (ep, "role", "%d %d", delivery_role (ep),
                 delivery_family (ep));
}

static void
tell_params (struct delivery_endpoint *ep)
{
  size_t n = delivery_param_count (ep, "list");

  delivery_fact (
      ep, "params", "%s %d %d %.2f %s %d:%s %d%d", delivery_param (ep, "text"),
      delivery_param_bool (ep, "bool"), (int)delivery_param_int (ep, "int"),
      delivery_param_seconds (ep, "time"), delivery_param (ep, "choice"),
      (int)n, n ? delivery_param_at (ep, "list", n - 1) : "-",
      delivery_param_is_declared (ep, "choice"),
      delivery_param_is_declared (ep, "voice"));
}

static int
every_open (struct delivery_endpoint *ep, uint32_t flags)
{
  struct every *every = calloc (1, sizeof *every);

  (void)flags;
  if (!every)
    return delivery_fail (ep, DELIVERY_INTERNAL, "no memory");
  delivery_set_data (ep, every);
  called (ep, "o");
  tell_url (ep);
  tell_params (ep);
  return delivery_token (ep)
             ? delivery_fail (ep, DELIVERY_INTERNAL, "a token already")
             : DELIVERY_OK;
}

static int
every_free (struct delivery_endpoint *ep, uint32_t flags)
{
  (void)flags;
  free (delivery_data (ep));
  delivery_set_data (ep, NULL);
  return DELIVERY_OK;
}

static int
every_connect_early (struct delivery_endpoint *ep, uint32_t flags)
{
  (void)flags;
  called (ep, "e");
  return DELIVERY_OK;
}

/* What a pipe is ready for, empty and with something in it. */
static int
every_connect (struct delivery_endpoint *ep, uint32_t flags)
{
  struct delivery_pollfd polled[2];
  int fds[2], room, ready, more;

  (void)flags;
  called (ep, "c");
  if (pipe (fds) < 0)
    return delivery_fail (ep, DELIVERY_IO, "pipe: %m");
  room = delivery_poll (ep, fds[1], DELIVERY_WRITE);
  polled[0] = (struct delivery_pollfd){ fds[0], DELIVERY_READ, 0 };
  polled[1] = (struct delivery_pollfd){ -1, DELIVERY_READ, 0 };
  ready = delivery_poll_many (ep, polled, 2, delivery_now ());
  if (write (fds[1], "x", 1) != 1)
    ready = -1;
  more = delivery_poll_many (ep, polled, 2, INT64_MAX);
  delivery_fact (ep, "polls", "%d %d %d %d", room, ready, more,
                 polled[0].ready);
  close (fds[0]);
  close (fds[1]);
  return DELIVERY_OK;
}

static int
every_send (struct delivery_endpoint *ep, uint32_t flags)
{
  int64_t left = delivery_deadline (ep) - delivery_now ();

  (void)flags;
  called (ep, "s");
  delivery_secret (ep, "very-secret");
  delivery_detail (ep, "sent %s, very-secret", delivery_token (ep));
  delivery_debug (ep, 1, "sent %s, very-secret", delivery_token (ep));
  delivery_metric (ep, "size", 2.5, "B");
  delivery_fact (ep, "left", "%d", left > 0 && delivery_remaining_ms (ep) > 0);
  sent = 1;
  return DELIVERY_OK;
}

static int DELIVERY_PRINTF (2, 3)
    fails (struct delivery_endpoint *ep, const char *format, ...)
{
  int result;
  va_list args;

  va_start (args, format);
  result = delivery_vfail (ep, DELIVERY_MISPLACED, format, args);
  va_end (args);
  return result;
}

/* Found at the second look. */
static int
every_recv (struct delivery_endpoint *ep, uint32_t flags)
{
  struct every *every = delivery_data (ep);

  (void)flags;
  called (ep, "r");
  if (!sent || every->looks++ == 0)
    return delivery_fail (ep, DELIVERY_NOT_FOUND, "nothing yet");
  if (strcmp (delivery_param (ep, "choice"), "warn") == 0)
    delivery_warn (ep, "a warning");
  if (strcmp (delivery_param (ep, "choice"), "fail") == 0)
    return fails (ep, "in %s", delivery_param (ep, "text"));
  return DELIVERY_OK;
}

static int
every_wait (struct delivery_endpoint *ep, uint32_t flags)
{
  (void)flags;
  called (ep, "w");
  return DELIVERY_OK;
}

static int
every_clean (struct delivery_endpoint *ep, uint32_t flags)
{
  (void)flags;
  called (ep, "k");
  return DELIVERY_OK;
}

static int
every_close (struct delivery_endpoint *ep, uint32_t flags)
{
  (void)flags;
  called (ep, "x");
  return DELIVERY_OK;
}

static int
every_close_late (struct delivery_endpoint *ep, uint32_t flags)
{
  (void)flags;
  called (ep, "l");
  return DELIVERY_OK;
}

static const struct delivery_param params[] = {
  { "text", DELIVERY_PARAM_STRING, 0, "words", NULL, "Some text." },
  { "bool", DELIVERY_PARAM_BOOL, 0, "yes", NULL, "Whether or not." },
  { "int", DELIVERY_PARAM_INTEGER, 0, "-7", "-10:10", "A number." },
  { "time", DELIVERY_PARAM_SECONDS, 0, "1.5", "0.1:1h", "A while." },
  { "choice", DELIVERY_PARAM_CHOICE, 0, "find", "find|warn|fail",
    "What the receiver says." },
  { "list", DELIVERY_PARAM_STRING, DELIVERY_PARAM_REPEATABLE, NULL, NULL,
    "As often as you like." },
  { "secret", DELIVERY_PARAM_STRING, DELIVERY_PARAM_SECRET, NULL, NULL,
    "Nobody may see it." },
};

static const char *const other_names[] = { "every.other", NULL };

static const struct delivery_transport transport = {
  .scheme = "every",
  .other_names = other_names,
  .synopsis = "every://[USER[:PASSWORD]@]HOST[:PORT][/PATH]",
  .description = "Uses all of the contract.",
  .params = params,
  .n_params = sizeof params / sizeof params[0],
  .url = DELIVERY_TAKES_HOST | DELIVERY_TAKES_USER | DELIVERY_TAKES_PASSWORD
         | DELIVERY_TAKES_PATH,
  .open = every_open,
  .free = every_free,
  .connect_early = every_connect_early,
  .connect = every_connect,
  .send = every_send,
  .recv = every_recv,
  .wait = every_wait,
  .clean = every_clean,
  .close = every_close,
  .close_late = every_close_late,
};

static const struct delivery_plugin every = {
  .name = "every",
  .version = "1",
  .summary = "all of the contract",
  .author = "the authors of check_delivery",
  .home_page = "https://example.org/every",
  .transports = &transport,
  .n_transports = 1,
};
DELIVERY_PLUGIN (every);
