/* SPDX-License-Identifier: BSD-2-Clause */
/* An SMTP server that says whatever the input is (see session.h). */
#include "session.h"

#include <string.h>

#define HOST "@mx.example.org:25"
#define USER "anna%40example.org"
#define SEND(scheme, who, more)        \
  {                                    \
    {                                  \
      scheme "://" who HOST more, STUB \
    }                                  \
  }

static const struct session_pair pairs[] = {
  SEND ("smtp", USER, ""),
  SEND ("smtp", USER ":PASSWORD", ""),
  SEND ("smtpstarttls", USER ":PASSWORD", ""),
  SEND ("smtps", USER ":PASSWORD", ""),
  SEND ("smtpstarttls", USER, "?helo=me.example.org"),
  SEND ("smtp", USER ":PASSWORD", "?auth=cram-md5"),
  SEND ("smtp", USER ":PASSWORD", "?auth=scram-sha-256"),
  SEND ("smtp", USER ":PASSWORD", "?auth=oauthbearer"),
  SEND ("smtp", USER ":PASSWORD", "?auth=login"),
  SEND ("smtp", USER, "?to=b%C3%B6b%40example.net&from="),
};

static const struct session_clear clear[] = {
  { "smtps", "" },
  { "smtpstarttls", "EHLO STARTTLS QUIT" },
  { NULL, NULL },
};

/* Sent is what was handed over after 354, and accepted by 250 behind it. */
static void
judge (const struct session *session)
{
  for (guint i = 0; i < session->connections->len; i++) {
    const struct connection *connection = session->connections->pdata[i];
    const char *heard = connection->heard->str;
    const char *behind = session_said_behind (connection, "\r\n.\r\n");

    session_check (!strstr (heard, "X-Check-Delivery-Token:")
                       || session_line (session_said (connection), "354"),
                   "the message goes out without 354");
    session_check (session->reason != DELIVERY_OK
                       || (behind && strncmp (behind, "250", 3) == 0),
                   "sent, though the message was not accepted");
  }
  session_check (session->reason != DELIVERY_OK || session->connections->len,
                 "sent to nobody");
}

static const struct session_target target = {
  .entries = { smtp_LTX_delivery_plugin_entry },
  .pairs = pairs,
  .n_pairs = G_N_ELEMENTS (pairs),
  .clear = clear,
  .judge = judge,
};

FUZZ_TARGET (session_smtp) { return session_play (&target, data, size); }
