/* SPDX-License-Identifier: BSD-2-Clause */
/* Messages of IRC.  Input: lines; each is a message, and a nick to compare
 * with the one before. */
#include "fuzz.h"

#include "../../plugins/irc/irc.h"
#include "../../plugins/irc/message.h"

#include <string.h>

static void
check_message (const char *line)
{
  struct message message;
  gsize all = 0;

  FUZZ_REQUIRE (message_parse (&message, line) == 0);
  FUZZ_REQUIRE (message.n_params <= PARAMS_MAX);
  for (size_t i = 0; i < PARAMS_MAX; i++) {
    FUZZ_REQUIRE (message.params[i]);
    FUZZ_REQUIRE (i < message.n_params || !*message.params[i]);
    all += strlen (message.params[i]);
  }
  FUZZ_REQUIRE (all + strlen (message.command) + strlen (message.nick)
                <= strlen (line));
  FUZZ_REQUIRE (!strchr (message.command, ' ') && !strchr (message.nick, ' ')
                && !strchr (message.nick, '!'));
  FUZZ_REQUIRE (!message.n_params
                || message.text == message.params[message.n_params - 1]);
  FUZZ_REQUIRE (!message_is_one_of (&message, "PRIVMSG NOTICE")
                || message_is (&message, "PRIVMSG")
                || message_is (&message, "NOTICE"));
  message_free (&message);
}

static void
check_nick (const char *nick, const char *other)
{
  char made[NICK_MAX];

  FUZZ_REQUIRE (same_name (nick, nick));
  FUZZ_REQUIRE (same_name (nick, other) == same_name (other, nick));
  FUZZ_REQUIRE (!same_name (nick, other) || strlen (nick) == strlen (other));
  for (unsigned variant = 0; variant < 3; variant++) {
    nick_make (made, *nick ? nick : NULL, variant);
    FUZZ_REQUIRE (*made && strlen (made) < NICK_MAX);
  }
}

FUZZ_TARGET (irc)
{
  struct fuzz_input input = { data, size };
  char *before = g_strdup ("probe1");

  while (input.left) {
    char *line = fuzz_line (&input);

    check_message (line);
    check_nick (line, before);
    g_free (before);
    before = line;
  }
  g_free (before);
  return 0;
}
