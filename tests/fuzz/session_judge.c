/* SPDX-License-Identifier: BSD-2-Clause */
/* What was said and heard, for judgements on it. */
#include "session.h"

#include <string.h>
#include <strings.h>

const char *
session_said (const struct connection *connection)
{
  return connection->said->str
         + (connection->has_tls ? connection->clear_said : 0);
}

/* The last place of a text in another. */
static const char *
find_last (const char *text, const char *wanted)
{
  const char *found = NULL, *at = text;

  while ((at = strstr (at, wanted)))
    found = at++;
  return found;
}

const char *
session_said_behind (const struct connection *connection, const char *heard)
{
  const char *all = connection->heard->str;
  const char *found = find_last (all, heard);
  gsize end = found ? (gsize)(found - all) + strlen (heard) : 0;

  for (guint i = 0; found && i < connection->turns->len; i++) {
    const struct turn *turn
        = &g_array_index (connection->turns, struct turn, i);

    if (turn->heard >= end)
      return connection->said->str + turn->said;
  }
  return found ? connection->said->str + connection->said->len : NULL;
}

const char *
session_line (const char *text, const char *beginning)
{
  gsize length = strlen (beginning);

  for (const char *line = text; line;) {
    const char *end = strchr (line, '\n');

    if (strncasecmp (line, beginning, length) == 0)
      return end ? end + 1 : "";
    line = end ? end + 1 : NULL;
  }
  return NULL;
}

/* Where the message begins that `at` is in: behind the last line that
 * announces a literal, or that is an answer itself. */
static const char *
message_before (const char *text, const char *at)
{
  const char *line = text, *found = text, *end;

  while ((end = memchr (line, '\n', (gsize)(at - line)))) {
    if (strncmp (line, "* ", 2) == 0 || strncmp (line, "+OK", 3) == 0
        || (end > line + 1 && end[-2] == '}'))
      found = end;
    line = end + 1;
  }
  return found;
}

/* No empty line stands before it.  What is quoted has no lines. */
static gboolean
is_in_header (const char *text, const char *at)
{
  const char *start = message_before (text, at);

  if (at > text && at[-1] == '"')
    return TRUE;
  return !g_strstr_len (start, at - start, "\n\n")
         && !g_strstr_len (start, at - start, "\n\r\n");
}

/* Whether what stands before `at` ends in the name of a field of a header and
 * its colon, with white space behind that. */
static gboolean
is_value_of (const char *text, const char *at, const char *name)
{
  gsize length = strlen (name);
  const char *field;

  while (at > text && g_ascii_isspace (at[-1]))
    at--;
  if (at == text || at[-1] != ':' || (gsize)(at - 1 - text) < length)
    return FALSE;
  field = at - 1 - length;
  return strncasecmp (field, name, length) == 0 && is_in_header (text, field);
}

const char *
session_field (const struct session *session, const char *text)
{
  const char *at = text;

  while ((at = strstr (at, session->token))) {
    if (is_value_of (text, at, "X-Check-Delivery-Token"))
      return at + strlen (session->token);
    at++;
  }
  return NULL;
}

const char *
session_id (const struct session *session, const char *text)
{
  const char *at = text;

  while ((at = strstr (at, session->token))) {
    const char *behind = at + strlen (session->token);

    if (at > text && at[-1] == '<' && *behind == '@'
        && is_value_of (text, at - 1, "Message-ID"))
      return behind;
    at++;
  }
  return NULL;
}

/* Whether a connection brought what was found, and to its end. */
static gboolean
has_brought (const struct session *session,
             const struct connection *connection, const char *end)
{
  const char *said = session_said (connection);
  const char *field = session_field (session, said);
  const char *id = session_id (session, said);

  if (session->reason == DELIVERY_OK && (!field || !id))
    return FALSE;
  return (field && session_line (field, end))
         || (id && session_line (id, end));
}

void
session_judge_mail (const struct session *session, const char *end,
                    const char *const *removing)
{
  gboolean is_brought = FALSE;

  for (guint i = 0; i < session->connections->len; i++) {
    const struct connection *connection = session->connections->pdata[i];

    is_brought |= session->is_found && has_brought (session, connection, end);
    for (gsize j = 0; !session->is_found && removing[j]; j++)
      session_check (!strstr (connection->heard->str, removing[j]),
                     "it removes what is not ours");
  }
  session_check (!session->is_found || is_brought,
                 "it finds what nobody has said");
}
