/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A whole session with a server that says whatever the input is.
 *
 * The real plugin speaks in a real run (core/run.c) through the real toolkit.
 * Four things stand in for the world: connections are socket pairs, with the
 * server at their other end, in this process; the clock is ours, and jumps
 * where somebody would wait in vain; the handshake of TLS is a word that the
 * server is told, so that what is said before and behind it can be seen; and
 * the other end of the run is a plugin that sends and finds everything.
 *
 * An input is a line and a script.  The first byte of the line ('0', '1', ...)
 * chooses the URLs, the second how the server speaks ('@' and the sum of what
 * is below, so that 'B' is in pieces, or '!' for a flood), the third is the
 * newline.  The script is what the server says, with these bytes in it:
 *
 *   ^A  the token of the run
 *   ^B  the tag of the oldest IMAP command that has no answer yet
 *   ^C  the password
 *   ^D  the next answer begins: it waits until the client waits for it.
 *       Two of them are silence, which lasts until the client is tired of it
 *   ^E  the server closes the connection; a next one goes on behind it
 *   ^F  the same, by a reset
 *   ^G  the password in base64
 *   ^P  the byte behind it as it is
 *
 * Where the script ends, the server closes, and takes no connection any more.
 *
 * With SESSION_VERBOSE in the environment, all that the run tells is shown:
 *
 *   SESSION_VERBOSE=1 tests/fuzz/sessions session_smtp FILE
 */
#ifndef TESTS_FUZZ_SESSION_H
#define TESTS_FUZZ_SESSION_H

#include "fuzz.h"

#include <delivery/plugin.h>

#include <glib.h>

/* How the server speaks. */
#define SESSION_AT_ONCE 1   /* all up to the end of the connection */
#define SESSION_PIECES 2    /* first byte by byte, then in larger pieces */
#define SESSION_PATIENT 4   /* the run has some seconds of patience */
#define SESSION_SILENT 8    /* does not close where the script ends */
#define SESSION_NO_SHAKE 16 /* and its handshakes fail */
#define SESSION_FLOOD '!'   /* says its last answer over and over */

/* A connection, as the server sees it. */
struct connection {
  int client, server; /* the descriptors; -1: closed */
  gboolean is_beside; /* made beside another (data of FTP) */
  gboolean is_over;   /* the server says no more */
  int ends;           /* how, behind `pending`: a byte of the script, or 0 */
  GString *heard, *said; /* of a flood not all */
  GString *pending;      /* to be said */
  GArray *turns;         /* of struct turn */
  gsize taken;           /* of `heard`: lines that were looked at for tags */
  GQueue *tags;          /* of char *, of commands without an answer */
  char *tag;             /* that was answered last */
  gboolean has_tls;
  gsize clear_heard, clear_said; /* what was before TLS, of both */
};

/* How much was heard and said when the client waited. */
struct turn {
  gsize heard, said;
};

struct session {
  const struct session_target *target;
  guint8 how;
  const guint8 *at, *end; /* the script */
  GString *last;          /* the last answer, for a flood */
  char token[40], password[24];
  gboolean has_password;  /* that is in the URLs */
  GPtrArray *connections; /* of struct connection, in their order */
  gsize amount;           /* bytes that were said */
  gint64 clock, begun;

  /* How it ended. */
  int reason;
  gboolean is_found;
};

/* The entries of the plugins, by the names that they have here. */
typedef const struct delivery_plugin_record *session_entry (void);
session_entry ftp_LTX_delivery_plugin_entry, imap_LTX_delivery_plugin_entry,
    irc_LTX_delivery_plugin_entry, lmtp_LTX_delivery_plugin_entry,
    pop3_LTX_delivery_plugin_entry, smtp_LTX_delivery_plugin_entry;

/* The URLs of a run; "PASSWORD" in them is one, and STUB the end that always
 * works. */
struct session_pair {
  const char *urls[2]; /* by enum delivery_role */
};
#define STUB "stub://bob%40example.net@/"

struct session_target {
  session_entry *entries[5]; /* up to NULL */
  const struct session_pair *pairs;
  gsize n_pairs;
  /* What may be said before TLS, by the scheme, where that asks for it: the
   * beginnings of lines, with blanks between them.  An IMAP tag before one
   * does not count. */
  const struct session_clear {
    const char *scheme, *verbs;
  } * clear;
  /* Looks at a run that is over, and fails if it cannot have been so. */
  void (*judge) (const struct session *session);
};

/* Plays one input.  Returns 0, as a fuzz target does. */
int session_play (const struct session_target *target, const guint8 *data,
                  gsize size);

/* Ends the process with a text where something is not as it must be. */
#define session_check(is_right, what) \
  ((is_right) ? (void)0 : fuzz_failed (__FILE__, __LINE__, what))

/* What was said on a connection under TLS, or from the start if it has none.
 */
const char *session_said (const struct connection *connection);

/* What the server said from the moment on when it had heard this text (its
 * last one); NULL if it never did. */
const char *session_said_behind (const struct connection *connection,
                                 const char *heard);

/* Behind the first line of `text` that begins so, in any case; NULL if none
 * does. */
const char *session_line (const char *text, const char *beginning);

/* Whether a message of ours stands in a text: as a field of its header that
 * has the token, or as its Message-ID.  What stands behind it, or NULL. */
const char *session_field (const struct session *session, const char *text);
const char *session_id (const struct session *session, const char *text);

/* For receivers of mail: what was found must have been said, in a text that
 * ended in a line that begins with `end`; and without that nothing is removed
 * by any of these verbs. */
void session_judge_mail (const struct session *session, const char *end,
                         const char *const *removing);

/* ---- The server's side, for session.c ---------------------------------- */

/* The one session that is played, or NULL. */
extern struct session *session_now;

void session_hear (struct connection *connection);
void session_connection_free (struct connection *connection);

#endif
