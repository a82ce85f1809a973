/* SPDX-License-Identifier: BSD-2-Clause */
/* IRC servers that say whatever the input is (see session.h): both ends of the
 * run are of IRC, and the first connection is the receiver's. */
#include "session.h"

#include <string.h>

#define PAIR(scheme, who, path, more)                               \
  {                                                                 \
    {                                                               \
      scheme "://probe1" who "@one.example.org:6667/" path more,    \
          scheme "://probe2" who "@two.example.org:6667/" path more \
    }                                                               \
  }

static const struct session_pair pairs[] = {
  PAIR ("irc", "", "%23c", ""),
  PAIR ("irc", ":PASSWORD", "%23c", ""),
  PAIR ("irctls", ":PASSWORD", "%23c", ""),
  PAIR ("irc", "", "", ""),
  PAIR ("irc", ":PASSWORD", "%23c", "?auth=plain&notice=yes"),
  PAIR ("irc", ":PASSWORD", "%23c", "?auth=scram-sha-256"),
  PAIR ("irc", "", "%23c", "?from=relay&channel_key=k"),
  PAIR ("irctls", ":PASSWORD", "%23c", "?auth=external"),
};

static const struct session_clear clear[] = {
  { "irctls", "" },
  { NULL, NULL },
};

/* RFC 2812, section 2.3. */
static void
check_length (const GString *heard)
{
  gsize length = 0;

  for (gsize i = 0; i < heard->len; i++) {
    length = heard->str[i] == '\n' ? 0 : length + 1;
    session_check (length <= 511, "it says more than a line may have");
  }
}

/* Whether a text has a line with a command and the token. */
static gboolean
has_line_with_token (const struct session *session, const char *text,
                     const char *command)
{
  const char *at = text;

  while ((at = strstr (at, session->token))) {
    const char *start = at;
    g_autofree char *line = NULL;

    while (start > text && start[-1] != '\n')
      start--;
    line = g_ascii_strup (start, (gssize)strcspn (start, "\n"));
    if (strstr (line, command))
      return TRUE;
    at++;
  }
  return FALSE;
}

/* The sender has the answer to its PING, the receiver has heard the token. */
static void
judge (const struct session *session)
{
  gboolean is_sent = FALSE, is_heard = FALSE;

  for (guint i = 0; i < session->connections->len; i++) {
    const struct connection *connection = session->connections->pdata[i];
    const char *said = session_said (connection), *behind;

    check_length (connection->heard);
    if (!session->is_found)
      continue;
    behind = session_said_behind (connection, session->token);
    is_sent |= behind && has_line_with_token (session, behind, "PONG");
    is_heard |= !behind
                && (has_line_with_token (session, said, "PRIVMSG")
                    || has_line_with_token (session, said, "NOTICE"));
  }
  session_check (!session->is_found || (is_sent && is_heard),
                 "delivered, though nobody says so");
}

static const struct session_target target = {
  .entries = { irc_LTX_delivery_plugin_entry },
  .pairs = pairs,
  .n_pairs = G_N_ELEMENTS (pairs),
  .clear = clear,
  .judge = judge,
};

FUZZ_TARGET (session_irc) { return session_play (&target, data, size); }
