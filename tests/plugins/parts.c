/* SPDX-License-Identifier: BSD-2-Clause */
/* A plugin that behaves: a transport for each way to treat the parts of a
 * URL, and one with parameters of all types, whose values become facts. */
#include <delivery/plugin.h>

#include <stdio.h>
#include <string.h>

static int sent;

static int
parts_send (struct delivery_endpoint *ep, uint32_t flags)
{
  (void)ep;
  (void)flags;
  sent = 1;
  return DELIVERY_OK;
}

static int
parts_recv (struct delivery_endpoint *ep, uint32_t flags)
{
  (void)flags;
  (void)ep;
  return sent ? DELIVERY_OK : DELIVERY_NOT_FOUND;
}

/* The parts as the plugin sees them. */
static int
parts_open (struct delivery_endpoint *ep, uint32_t flags)
{
  const char *host = delivery_host (ep), *user = delivery_user (ep);
  const char *password = delivery_password (ep), *path = delivery_path (ep);

  (void)flags;
  delivery_fact (ep, "parts", "%s,%s,%u,%s,%s,%s", delivery_scheme (ep),
                 host ? host : "-", delivery_port (ep), user ? user : "-",
                 password ? "with" : "-", path ? path : "-");
  return DELIVERY_OK;
}

static int
values_open (struct delivery_endpoint *ep, uint32_t flags)
{
  size_t n = delivery_param_count (ep, "list");
  const char *text = delivery_param (ep, "text");

  (void)flags;
  delivery_fact (ep, "text", "%s", text ? text : "(none)");
  delivery_fact (ep, "bool", "%d", delivery_param_bool (ep, "bool"));
  delivery_fact (ep, "int", "%d", (int)delivery_param_int (ep, "int"));
  delivery_fact (ep, "seconds", "%.3f", delivery_param_seconds (ep, "time"));
  delivery_fact (ep, "choice", "%s", delivery_param (ep, "choice"));
  delivery_fact (ep, "list", "%d:%s:%s", (int)n,
                 n > 0 ? delivery_param_at (ep, "list", 0) : "",
                 n > 1 ? delivery_param_at (ep, "list", 1) : "");
  delivery_fact (ep, "beyond", "%s",
                 delivery_param_at (ep, "list", n) ? "there" : "null");
  return DELIVERY_OK;
}

static const struct delivery_param params[] = {
  { "text", DELIVERY_PARAM_STRING, 0, NULL, NULL, "Some text." },
  { "bool", DELIVERY_PARAM_BOOL, 0, "yes", NULL, "Whether or not." },
  { "int", DELIVERY_PARAM_INTEGER, 0, "7", "-5:10", "A number." },
  { "time", DELIVERY_PARAM_SECONDS, 0, "1.5", "0.1:1h", "A while." },
  { "choice", DELIVERY_PARAM_CHOICE, 0, "One", "One|Two|three",
    "One of them." },
  { "list", DELIVERY_PARAM_STRING, DELIVERY_PARAM_REPEATABLE, NULL, NULL,
    "As often as you like; this help is long enough that it must be broken "
    "into two lines at least." },
  { "secret", DELIVERY_PARAM_STRING, DELIVERY_PARAM_SECRET, NULL, NULL,
    "Nobody may see it." },
};

static const struct delivery_param needed[] = {
  { "must", DELIVERY_PARAM_STRING, DELIVERY_PARAM_REQUIRED, NULL, NULL,
    "What has to be given." },
};

static const char *const other_names[] = { "parts.else", "parts.too", NULL };

#define COMMON(name)                                              \
  .scheme = name, .synopsis = name "://SYNOPSIS",                 \
  .description = "A transport of the tests.", .send = parts_send, \
  .recv = parts_recv, .open = parts_open

static const struct delivery_transport transports[] = {
  { COMMON ("parts"), .params = params,
    .n_params = sizeof params / sizeof params[0], .open = values_open,
    .other_names = other_names },
  { COMMON ("parts.must"), .params = needed, .n_params = 1 },
  { COMMON ("parts.nothing") },
  { COMMON ("parts.all"), .url = 0xaa },
  { COMMON ("parts.host"), .url = DELIVERY_NEEDS_HOST },
  { COMMON ("parts.user"), .url = DELIVERY_NEEDS_USER | DELIVERY_TAKES_HOST },
  { COMMON ("parts.password"), .url = DELIVERY_NEEDS_PASSWORD
                                      | DELIVERY_TAKES_USER
                                      | DELIVERY_TAKES_HOST },
  { COMMON ("parts.path"), .url = DELIVERY_NEEDS_PATH },
  { COMMON ("parts.send"), .recv = NULL },
  { COMMON ("parts.recv"), .send = NULL },
};

static const struct delivery_plugin parts = {
  .name = "parts",
  .version = "2.5",
  .summary = "the parts of a URL",
  .author = "Some Body",
  .home_page = "https://example.org/parts",
  .transports = transports,
  .n_transports = sizeof transports / sizeof transports[0],
};
DELIVERY_PLUGIN (parts);
