/* SPDX-License-Identifier: BSD-2-Clause */
/* A session of IRC (RFC 2812), as its client. */
#ifndef PLUGINS_IRC_IRC_H
#define PLUGINS_IRC_IRC_H

#include "message.h"

#include <delivery/net.h>

/* A nick with a variant's digit behind it; servers cut at 9 or more. */
#define NICK_MAX 64

/* Variants of a nick that is in use. */
#define VARIANTS_MAX 3

struct irc {
  struct delivery_endpoint *ep;
  struct delivery_net *net;
  struct delivery_stream *stream;
  char nick[NICK_MAX]; /* that we have, or ask for */
  unsigned variant;    /* 0: the nick of the URL itself */
  unsigned lines;      /* read since we asked for something */
  int is_registered;
  int said_pass; /* the password went to the server: no SASL was offered */
  const char *channel;     /* of the path, or NULL */
  const char *channel_key; /* or NULL */
  const char *target;      /* sender: to whom */
  unsigned found;          /* receiver: copies of our message */
  int is_changed;          /* and that it holds more than the token */
  struct message message;  /* read last */
};

/* nick.c: the nick of a URL's user (NULL: of nobody), and its variants. */
void nick_make (char *nick, const char *user, unsigned variant);

/* dialogue.c: reads the next message, and takes what needs no question: PING,
 * ERROR, what becomes of us.  It lives until the next one is read. */
int irc_read (struct irc *irc, const struct message **message);

/* Fails with what the server said. */
int irc_fail (struct irc *irc, const struct message *message, int reason,
              const char *what);

/* session.c: from the connection to the registration; what the server calls
 * us, then and later; into the channel; and the end. */
int irc_begin (struct irc *irc);
int irc_take_nick (struct irc *irc, const struct message *message);
int irc_join (struct irc *irc);
void irc_end (struct irc *irc);

/* login.c: CAP and SASL, or the server's password. */
int irc_login (struct irc *irc);

/* Whether that is an answer to CAP LS with SASL in it. */
int irc_offers_sasl (const struct message *message);

#endif
