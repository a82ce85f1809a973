/* SPDX-License-Identifier: BSD-2-Clause */
/* An LMTP server that says whatever the input is (see session.h). */
#include "session.h"

#include <string.h>

static const struct session_pair pairs[] = {
  { { "lmtp://anna%40example.org@mx.example.org:24", STUB } },
  { { "lmtp://mx.example.org:24?from=&lhlo=me.example.org", STUB } },
};

/* Behind a reply of one or more lines; NULL if it is not whole. */
static const char *
behind_reply (const char *text)
{
  const char *end = strchr (text, '\n');

  while (end && strlen (text) > 3 && text[3] == '-') {
    text = end + 1;
    end = strchr (text, '\n');
  }
  return end ? end + 1 : NULL;
}

/* One answer for the one recipient, and behind it that to QUIT, or none. */
static gboolean
is_accepted (const struct connection *connection)
{
  const char *answer = session_said_behind (connection, "\r\n.\r\n");
  const char *next = answer && strncmp (answer, "250", 3) == 0
                         ? behind_reply (answer)
                         : NULL;

  return next
         && (!behind_reply (next) || strncmp (next, "221", 3) == 0
             || strncmp (next, "421", 3) == 0);
}

static void
judge (const struct session *session)
{
  for (guint i = 0; i < session->connections->len; i++) {
    const struct connection *connection = session->connections->pdata[i];

    session_check (!strstr (connection->heard->str, "X-Check-Delivery-Token:")
                       || session_line (session_said (connection), "354"),
                   "the message goes out without 354");
    session_check (session->reason != DELIVERY_OK || is_accepted (connection),
                   "sent, though the message was not accepted");
  }
  session_check (session->reason != DELIVERY_OK || session->connections->len,
                 "sent to nobody");
}

static const struct session_target target = {
  .entries = { lmtp_LTX_delivery_plugin_entry },
  .pairs = pairs,
  .n_pairs = G_N_ELEMENTS (pairs),
  .judge = judge,
};

FUZZ_TARGET (session_lmtp) { return session_play (&target, data, size); }
