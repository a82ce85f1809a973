/* SPDX-License-Identifier: BSD-2-Clause */
/* A session of POP3 (RFC 1939), as its client. */
#ifndef PLUGINS_POP3_POP3_H
#define PLUGINS_POP3_POP3_H

#include "listing.h"
#include "parse.h"

#include <delivery/net.h>

/* What the server offers in its answer to CAPA (RFC 2449). */
#define POP3_CAPA 0x01u /* it has one */
#define POP3_STLS 0x02u /* RFC 2595 */
#define POP3_USER 0x04u
#define POP3_TOP 0x08u

/* Copies of our message; more are not counted. */
#define COPIES_MAX 16

struct answer {
  enum status status;
  enum code code;
  const char *text; /* behind "+OK", "-ERR", "+"; until the next read */
};

struct pop3 {
  struct delivery_endpoint *ep;
  struct delivery_net *net;
  struct delivery_stream *stream;

  /* The session. */
  unsigned offered;       /* POP3_... */
  char *mechanisms;       /* of AUTH, with blanks between them, or NULL */
  unsigned outstanding;   /* answers that nobody reads */
  enum code refused_with; /* the code of the last refusal */
  char *refusal;          /* and its text, or NULL */

  /* How soon the server allows the next login (LOGIN-DELAY). */
  uint32_t login_delay; /* in seconds */
  int delay_may_differ; /* that of this user may be shorter */
  int64_t next_login;

  /* What was there in the last session, and was looked at or is old. */
  struct listing known; /* sorted; empty where the server has no UIDL */
  uint32_t known_count; /* those up to this number */
  int is_known;         /* there was such a session */

  /* The first message of this session that could not be read, or 0; `refusal`
   * says why. */
  uint32_t unread;
  /* Whether the last look was made, and made to its end. */
  int has_looked;
  /* Copies of our message in this session. */
  struct listing copies;
  int verdict; /* of delivery_mail_judge(), for the first one */
};

/* answer.c: the dialogue.  pop3_say() fails if the server spoke without being
 * asked; pop3_read() reads the first line of an answer, pop3_ask() does both,
 * and takes no challenge. */
int pop3_say (struct pop3 *pop3, const char *line, const char *secret);
int pop3_read (struct pop3 *pop3, struct answer *answer);
int pop3_ask (struct pop3 *pop3, struct answer *answer, const char *format,
              ...) DELIVERY_PRINTF (3, 4);

/* Keeps what the server says in `refusal`. */
int pop3_note_refusal (struct pop3 *pop3, const struct answer *answer,
                       const char *what);

/* The same, and fails with it: for the reason that its code names, else for
 * `reason`. */
int pop3_refuse (struct pop3 *pop3, const struct answer *answer,
                 const char *what, int reason);

/* The same, for `reason` whatever its code. */
int pop3_refuse_as (struct pop3 *pop3, const struct answer *answer,
                    const char *what, int reason);

/* session.c: makes the connection, up to the login. */
int pop3_begin (struct pop3 *pop3);

/* QUIT, which fails if the server does not confirm that it has removed what it
 * should; and QUIT where nothing hangs on it.  Both end the connection. */
int pop3_quit (struct pop3 *pop3);
void pop3_leave (struct pop3 *pop3);

/* login.c */
int pop3_login (struct pop3 *pop3);

/* list.c: the messages that are there.  Where the server has no UIDL they have
 * no unique-ids, and those that are known already are left out. */
int pop3_list (struct pop3 *pop3, struct listing *listing, uint32_t *count);

/* header.c: reads the header of a message.  `*header` is the caller's, to be
 * freed with free(); NULL where the server does not give it out: `refusal`
 * says why. */
int pop3_read_header (struct pop3 *pop3, uint32_t number, char **header,
                      size_t *length);

/* look.c: both open a session, which goes on: it is the caller's to end. Notes
 * what is there already; looks at what is new. */
int pop3_note (struct pop3 *pop3);
int pop3_look (struct pop3 *pop3);

/* clean.c: removes the copies that were found, and says QUIT. */
int pop3_clean (struct pop3 *pop3);

#endif
