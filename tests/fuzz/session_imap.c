/* SPDX-License-Identifier: BSD-2-Clause */
/* An IMAP server that says whatever the input is (see session.h).  The tags
 * are ABCD1, ABCD2 and so on. */
#include "session.h"

#define USER "bob%40example.net:PASSWORD@imap.example.net:143"
#define RECV(url)                        \
  {                                      \
    {                                    \
      "stub://anna%40example.org@/", url \
    }                                    \
  }

static const struct session_pair pairs[] = {
  RECV ("imap://" USER),
  RECV ("imapstarttls://" USER),
  RECV ("imaps://" USER),
  RECV ("imap://" USER "/Work?junk=Spam&junk=B%C3%B6se"),
  RECV ("imap://" USER "?auth=cram-md5"),
  RECV ("imap://" USER "?auth=scram-sha-256"),
  RECV ("imap://" USER "?auth=xoauth2"),
  RECV ("imap://b%C3%B6b:PASSWORD@imap.example.net:143"),
  RECV ("imap://bob@imap.example.net:143?auth=none"),
  RECV ("imapstarttls://" USER "?auth=login"),
};

static const struct session_clear clear[] = {
  { "imaps", "" },
  { "imapstarttls", "CAPABILITY STARTTLS LOGOUT" },
  { NULL, NULL },
};

static void
judge (const struct session *session)
{
  static const char *const removing[] = { " STORE ", " EXPUNGE", NULL };

  session_judge_mail (session, "ABCD", removing);
}

static const struct session_target target = {
  .entries = { imap_LTX_delivery_plugin_entry },
  .pairs = pairs,
  .n_pairs = G_N_ELEMENTS (pairs),
  .clear = clear,
  .judge = judge,
};

FUZZ_TARGET (session_imap) { return session_play (&target, data, size); }
