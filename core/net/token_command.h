/* SPDX-License-Identifier: BSD-2-Clause */
/* A command that prints an access token. */
#ifndef CORE_NET_TOKEN_COMMAND_H
#define CORE_NET_TOKEN_COMMAND_H

#include <delivery/plugin.h>

/* Whether a command can be made of it. */
int token_command_check (struct delivery_endpoint *ep, const char *command);

/*
 * Runs it without a shell, within the deadline; its first line is the token.
 * The command inherits the environment; its standard input is empty, and what
 * it says on standard error counts where it fails.  Fails with DELIVERY_AUTH,
 * DELIVERY_CONFIG (no such command), DELIVERY_TIMEOUT.  `*token` is to be
 * wiped and freed by the caller.
 */
int token_command_run (struct delivery_endpoint *ep, const char *command,
                       char **token);

#endif
