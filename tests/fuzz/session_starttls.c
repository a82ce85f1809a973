/* SPDX-License-Identifier: BSD-2-Clause */
/* What servers say around the start of TLS (see session.h): the script begins
 * where the client has asked for it. */
#include "session.h"

#include <string.h>

#define ANNA "anna%40example.org:PASSWORD@"
#define BOB "bob%40example.net:PASSWORD@"
#define PROBE "anna:PASSWORD@ftp.example.org:21/in/probe"

/* In the order of the pairs. */
static const char *const before[] = {
  "220 mx\r\n\004250-mx\r\n250-STARTTLS\r\n250 AUTH PLAIN LOGIN\r\n\004",
  "* OK [CAPABILITY IMAP4rev1 STARTTLS AUTH=PLAIN] hello\r\n\004",
  "* PREAUTH [CAPABILITY IMAP4rev1 STARTTLS] welcome\r\n\004",
  "+OK hello\r\n\004+OK\r\nSTLS\r\nUSER\r\nSASL PLAIN\r\n.\r\n\004",
  "220 hello\r\n\004",
  "220 hello\r\n\004",
};

static const struct session_pair pairs[] = {
  { { "smtpstarttls://" ANNA "mx.example.org:587", STUB } },
  { { STUB, "imapstarttls://" BOB "imap.example.net:143" } },
  { { STUB, "imapstarttls://" BOB "imap.example.net:143" } },
  { { STUB, "pop3starttls://" BOB "pop.example.net:110" } },
  { { "ftps://" PROBE, STUB } },
  { { STUB, "ftps://" PROBE } },
};

static const struct session_clear clear[] = {
  { "smtpstarttls", "EHLO STARTTLS QUIT" },
  { "imapstarttls", "STARTTLS LOGOUT" },
  { "pop3starttls", "CAPA STLS QUIT" },
  { "ftps", "AUTH QUIT" },
  { NULL, NULL },
};

/* Where the handshake did not come about, it ended in failure. */
static void
judge (const struct session *session)
{
  for (guint i = 0; i < session->connections->len; i++) {
    const struct connection *connection = session->connections->pdata[i];

    session_check (connection->has_tls || connection->is_beside
                       || !session->is_found || session->connections->len > 1,
                   "delivered without TLS");
  }
  session_check (!session->is_found || session->connections->len,
                 "delivered to nobody");
}

static const struct session_target target = {
  .entries = { smtp_LTX_delivery_plugin_entry, imap_LTX_delivery_plugin_entry,
               pop3_LTX_delivery_plugin_entry, ftp_LTX_delivery_plugin_entry },
  .pairs = pairs,
  .n_pairs = G_N_ELEMENTS (pairs),
  .clear = clear,
  .judge = judge,
};

FUZZ_TARGET (session_starttls)
{
  g_autoptr (GByteArray) whole = g_byte_array_new ();
  const char *beginning;

  if (size < 3)
    return 0;
  beginning = before[(guint8)(data[0] - '0') % G_N_ELEMENTS (before)];
  g_byte_array_append (whole, data, 3);
  g_byte_array_append (whole, (const guint8 *)beginning,
                       (guint)strlen (beginning));
  g_byte_array_append (whole, data + 3, (guint)size - 3);
  return session_play (&target, whole->data, whole->len);
}
