/* SPDX-License-Identifier: BSD-2-Clause */
/* An FTP server that says whatever the input is (see session.h), on its data
 * connections too: those are closed by ^E, behind what they bring. */
#include "session.h"

#include <string.h>

#define USER "anna:PASSWORD@ftp.example.org:21/in/probe"

static const struct session_pair pairs[] = {
  { { "ftp://" USER, STUB } },
  { { STUB, "ftp://" USER } },
  { { "ftps://" USER, STUB } },
  { { STUB, "ftps://" USER } },
  { { "ftp://ftp.example.org:21/probe?rename=no", STUB } },
  { { "ftps://" USER "?implicit=yes", STUB } },
};

static const struct session_clear clear[] = {
  { "ftps", "AUTH QUIT" },
  { NULL, NULL },
};

/* Whether the server's answer behind something that it heard is a good one. */
static gboolean
is_granted (const struct connection *connection, const char *heard)
{
  const char *answer = session_said_behind (connection, heard);

  return answer && *answer == '2';
}

static gboolean
is_token (const struct session *session, const GString *bytes)
{
  gsize length = strlen (session->token);

  return g_str_has_prefix (bytes->str, session->token)
         && (bytes->len == length
             || (bytes->len == length + 1 && bytes->str[length] == '\n'));
}

/* A file of ours was stored (or brought) by a data connection that the other
 * end has closed properly, and the control connection says that this is so. */
static gboolean
is_transferred (const struct session *session, const char *verb)
{
  gboolean has_data = FALSE, has_word = FALSE;
  gboolean stores = strcmp (verb, "STOR") == 0;

  for (guint i = 0; i < session->connections->len; i++) {
    const struct connection *connection = session->connections->pdata[i];
    const char *behind = session_said_behind (connection, verb);

    if (connection->is_beside)
      has_data
          |= is_token (session, stores ? connection->heard : connection->said)
             && (stores || connection->ends == 5);
    else
      has_word |= behind && session_line (behind, "1")
                  && session_line (session_line (behind, "1"), "2")
                  && (!strstr (connection->heard->str, "RNFR")
                      || is_granted (connection, "RNTO /in/probe\r\n"));
  }
  return has_data && has_word;
}

/* A sender that asked for the final name looks at what stands under it. */
static gboolean
is_looked_at (const struct session *session)
{
  gboolean is_asked = FALSE, is_ours = FALSE;

  for (guint i = 0; i < session->connections->len; i++) {
    const struct connection *connection = session->connections->pdata[i];

    is_asked |= strstr (connection->heard->str, "RNTO /in/probe\r") != NULL;
    is_ours |= connection->is_beside && is_token (session, connection->said);
  }
  return is_asked && is_ours;
}

static void
judge (const struct session *session)
{
  gboolean stores = FALSE;
  gboolean may_remove = session->is_found || is_looked_at (session);

  for (guint i = 0; i < session->connections->len; i++) {
    const struct connection *connection = session->connections->pdata[i];
    const char *heard = connection->heard->str;

    stores |= strstr (heard, "STOR ") != NULL;
    session_check (may_remove || !strstr (heard, "DELE /in/probe\r"),
                   "it removes what is not ours");
  }
  if (session->reason == DELIVERY_OK)
    session_check (is_transferred (session, stores ? "STOR" : "RETR"),
                   "transferred, though nobody says so");
}

static const struct session_target target = {
  .entries = { ftp_LTX_delivery_plugin_entry },
  .pairs = pairs,
  .n_pairs = G_N_ELEMENTS (pairs),
  .clear = clear,
  .judge = judge,
};

FUZZ_TARGET (session_ftp) { return session_play (&target, data, size); }
