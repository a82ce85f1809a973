/* SPDX-License-Identifier: BSD-2-Clause */
/* A plugin whose tables the host takes, and --check-plugin frowns at. */
#include <delivery/plugin.h>

static int
untidy (struct delivery_endpoint *ep, uint32_t flags)
{
  (void)flags;
  return delivery_fail (ep, DELIVERY_IO, "untidy");
}

static const struct delivery_param params[] = {
  { "api_token", DELIVERY_PARAM_STRING, 0, NULL, NULL, "A secret." },
  { "token_file", DELIVERY_PARAM_STRING, 0, NULL, NULL, "A path." },
  { "must", DELIVERY_PARAM_STRING, DELIVERY_PARAM_REQUIRED, "x", NULL,
    "Required, with a default" },
};

static const struct delivery_transport transports[] = {
  { .scheme = "untidy.send",
    .synopsis = "send://",
    .description = "A description",
    .params = params,
    .n_params = sizeof params / sizeof params[0],
    .open = untidy,
    .connect_early = untidy,
    .connect = untidy,
    .send = untidy,
    .wait = untidy },
  { .scheme = "other",
    .synopsis = "other://",
    .description = "Receives.",
    .recv = untidy,
    .close_late = untidy },
};

static const struct delivery_plugin plugin = {
  .name = "untidy",
  .version = "1",
  .summary = "a summary that is longer than sixty characters, which is a lot.",
  .transports = transports,
  .n_transports = sizeof transports / sizeof transports[0],
};
DELIVERY_PLUGIN (plugin);
