/* SPDX-License-Identifier: BSD-2-Clause */
/* Messages of IRC: "[@tags] [:prefix] COMMAND params" (RFC 2812, section
 * 2.3.1; message tags of IRCv3). */
#ifndef PLUGINS_IRC_MESSAGE_H
#define PLUGINS_IRC_MESSAGE_H

#include <stddef.h>

/* RFC 2812 knows 15. */
#define PARAMS_MAX 15

/* Nothing in it is NULL: what a message does not have is "". */
struct message {
  char *copy;          /* that the others point into */
  const char *nick;    /* of the prefix, or the name of a server */
  const char *command; /* "PRIVMSG", "001" */
  const char *params[PARAMS_MAX];
  size_t n_params;
  const char *text; /* the last param */
};

/* 0, or -1 without memory. */
int message_parse (struct message *message, const char *line);
void message_free (struct message *message);

int message_is (const struct message *message, const char *command);

/* Whether it is one of those in `commands`, which have blanks between them. */
int message_is_one_of (const struct message *message, const char *commands);

/* Whether nicks or channels are the same: in ASCII, and in the alphabet of
 * RFC 2812, section 2.2, upper and lower case are one. */
int same_name (const char *a, const char *b);

#endif
