/* SPDX-License-Identifier: BSD-2-Clause */
#include "message.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Cuts off the word at `*rest`, and goes on behind the blanks after it. */
static char *
next_word (char **rest)
{
  char *word = *rest;

  *rest += strcspn (word, " ");
  if (**rest)
    *(*rest)++ = '\0';
  *rest += strspn (*rest, " ");
  return word;
}

static void
parse_params (struct message *message, char *rest)
{
  while (*rest) {
    int is_last = *rest == ':' || message->n_params == PARAMS_MAX - 1;

    if (*rest == ':')
      rest++;
    message->params[message->n_params++] = is_last ? rest : next_word (&rest);
    if (is_last)
      break;
  }
  if (message->n_params)
    message->text = message->params[message->n_params - 1];
}

int
message_parse (struct message *message, const char *line)
{
  char *rest;

  memset (message, 0, sizeof *message);
  message->nick = message->command = message->text = "";
  for (size_t i = 0; i < PARAMS_MAX; i++)
    message->params[i] = "";
  rest = message->copy = strdup (line);
  if (!rest)
    return -1;
  if (*rest == '@')
    next_word (&rest);
  if (*rest == ':') {
    message->nick = next_word (&rest) + 1;
    /* "nick!user@host" */
    ((char *)message->nick)[strcspn (message->nick, "!")] = '\0';
  }
  message->command = next_word (&rest);
  parse_params (message, rest);
  return 0;
}

void
message_free (struct message *message)
{
  free (message->copy);
  message->copy = NULL;
}

int
message_is (const struct message *message, const char *command)
{
  return strcasecmp (message->command, command) == 0;
}

int
message_is_one_of (const struct message *message, const char *commands)
{
  size_t length = strlen (message->command);

  while (*commands) {
    size_t word = strcspn (commands, " ");

    if (word == length && strncasecmp (commands, message->command, word) == 0)
      return 1;
    commands += word;
    commands += strspn (commands, " ");
  }
  return 0;
}

/* "{}|^" are the lower case of "[]\~". */
static int
lower (char c)
{
  if (c >= 'A' && c <= 'Z')
    return c - 'A' + 'a';
  switch (c) {
  case '[':
    return '{';
  case ']':
    return '}';
  case '\\':
    return '|';
  case '~':
    return '^';
  default:
    return c;
  }
}

int
same_name (const char *a, const char *b)
{
  while (*a && lower (*a) == lower (*b)) {
    a++;
    b++;
  }
  return lower (*a) == lower (*b);
}
