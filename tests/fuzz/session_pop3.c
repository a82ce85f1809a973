/* SPDX-License-Identifier: BSD-2-Clause */
/* A POP3 server that says whatever the input is (see session.h). */
#include "session.h"

#define USER "bob%40example.net:PASSWORD@pop.example.net:110"
#define RECV(url)                        \
  {                                      \
    {                                    \
      "stub://anna%40example.org@/", url \
    }                                    \
  }

static const struct session_pair pairs[] = {
  RECV ("pop3://" USER),
  RECV ("pop3starttls://" USER),
  RECV ("pop3s://" USER),
  RECV ("pop3://" USER "?auth=cram-md5"),
  RECV ("pop3://" USER "?auth=plain"),
  RECV ("pop3://" USER "?auth=oauthbearer"),
};

static const struct session_clear clear[] = {
  { "pop3s", "" },
  { "pop3starttls", "CAPA STLS QUIT" },
  { NULL, NULL },
};

static void
judge (const struct session *session)
{
  static const char *const removing[] = { "DELE ", NULL };

  session_judge_mail (session, ".\r", removing);
}

static const struct session_target target = {
  .entries = { pop3_LTX_delivery_plugin_entry },
  .pairs = pairs,
  .n_pairs = G_N_ELEMENTS (pairs),
  .clear = clear,
  .judge = judge,
};

FUZZ_TARGET (session_pop3) { return session_play (&target, data, size); }
