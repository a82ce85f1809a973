/* SPDX-License-Identifier: BSD-2-Clause */
/* Commands with their tags, and responses with their literals. */
#ifndef PLUGINS_IMAP_COMMAND_H
#define PLUGINS_IMAP_COMMAND_H

#include "parse.h"

#include <delivery/plugin.h>

struct imap;

/* Commands that are under way at once: a look, with a STATUS for each place.
 */
#define COMMANDS_MAX 16

/* Responses between two commands: a mailbox may fill, or be emptied, but not
 * without end. */
#define UNTAGGED_MAX 1000
#define MESSAGES_MAX 10000

enum status { STATUS_PENDING, STATUS_OK, STATUS_NO, STATUS_BAD };

struct command {
  unsigned number; /* 0: none */
  enum status status;
  char *text; /* what the server said of it */
};

/* A response with its literals, in one piece. */
struct response {
  char *data;
  size_t length, size;
};

/* Writes a command behind a new tag, and returns its number. */
unsigned imap_say (struct imap *imap, const char *format, ...)
    DELIVERY_PRINTF (2, 3);

/* The number of a new command, whose line the caller writes. */
unsigned imap_new_tag (struct imap *imap);

/* Writes the tag of a new command, its verb, and a secret. */
unsigned imap_say_secret (struct imap *imap, const char *verb,
                          const char *secret);

/* Reads until the server has answered a command, and takes all that it says
 * meanwhile; `*command` is its answer. */
int imap_await (struct imap *imap, unsigned number,
                const struct command **command);

/* The same, and whatever it says but OK is a failure of `what`. */
int imap_await_ok (struct imap *imap, unsigned number, const char *what);

/* Reads until the server asks for more ("+"; `*challenge` is what stands
 * behind it, valid until the next read), or has answered the command
 * (`*challenge` is NULL). */
int imap_await_more (struct imap *imap, unsigned number,
                     const char **challenge);

/* Reads one response, whatever it is. */
int imap_take_one (struct imap *imap);

/* Fails with what the server said of a command. */
int imap_fail (struct imap *imap, const struct command *command,
               const char *what, int reason);

/* A new prefix; nothing is under way. */
int imap_reset_commands (struct imap *imap);
void imap_free_commands (struct imap *imap);

#endif
