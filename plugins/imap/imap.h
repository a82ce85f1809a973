/* SPDX-License-Identifier: BSD-2-Clause */
/* A session of IMAP (RFC 3501), as its client. */
#ifndef PLUGINS_IMAP_IMAP_H
#define PLUGINS_IMAP_IMAP_H

#include "command.h"

#include <delivery/net.h>

/* What the server offers. */
#define IMAP_STARTTLS 0x001u
#define IMAP_LOGINDISABLED 0x002u
#define IMAP_SASL_IR 0x004u       /* RFC 4959 */
#define IMAP_LITERAL_PLUS 0x008u  /* RFC 7888 */
#define IMAP_IDLE 0x010u          /* RFC 2177 */
#define IMAP_UIDPLUS 0x020u       /* RFC 4315 */
#define IMAP_SPECIAL_USE 0x040u   /* RFC 6154 */
#define IMAP_LIST_STATUS 0x080u   /* RFC 5819 */
#define IMAP_LIST_EXTENDED 0x100u /* RFC 5258 */

/* The mailbox itself, and where messages go astray. */
#define PLACES_MAX 8

/* Copies of our message; more are not counted. */
#define COPIES_MAX 16

/* A mailbox that is looked into. */
struct place {
  char *name;   /* for people */
  char *quoted; /* for the server */
  /* What the server said at last. */
  uint32_t said_next, said_validity;
  /* Where new messages begin: all from here on were not looked at yet. */
  uint32_t next, validity;
  uint32_t top; /* behind the last that was seen in a look */
  int is_known; /* `next` and `validity` are set */
};

/* A copy of our message. */
struct copy {
  size_t place;
  uint32_t validity, uid;
  int is_removed;
};

struct imap {
  struct delivery_endpoint *ep;
  struct delivery_net *net;
  struct delivery_stream *stream;

  /* The dialogue. */
  char prefix[8]; /* of all tags */
  unsigned last;  /* number of the last command */
  struct command commands[COMMANDS_MAX];
  struct response response;
  unsigned untagged; /* responses since the last command */
  unsigned fetched;  /* those of FETCH */
  unsigned expunged; /* those of EXPUNGE */
  int may_leave;     /* BYE is due */
  int is_starved;    /* a command was not sent for want of memory */

  /* The session. */
  unsigned offered; /* IMAP_... */
  int is_told;      /* `offered` and `mechanisms` are known */
  char *mechanisms; /* with blanks between them, or NULL */
  int is_logged_in;
  int is_begun;       /* what it says of mailboxes counts, from the login on */
  int is_listing;     /* places were asked for, and none comes later */
  size_t selected;    /* a place, or PLACES_MAX for none */
  int has_news;       /* EXISTS was seen */
  int is_empty;       /* the place that is selected, by its last EXISTS */
  int is_asking_last; /* FETCH tells the number of the last message */
  unsigned idling;    /* number of the IDLE that is under way, or 0 */
  int is_idling;      /* and the server has agreed to it */
  int64_t next_aside; /* when to look at the other places again */

  struct place places[PLACES_MAX];
  size_t n_places;
  struct copy copies[COPIES_MAX];
  size_t n_copies;
  int verdict; /* of delivery_mail_judge(), for the first copy */
};

/* session.c: greeting, STARTTLS, login; and its end. */
int imap_begin (struct imap *imap);
void imap_end (struct imap *imap);

/* Reads a list of capabilities, up to `end` or "]". */
int imap_note_capabilities (struct imap *imap, const char *at,
                            const char *end);

/* places.c: opens the mailbox and finds the other places; notes where new
 * messages begin. */
int imap_name_places (struct imap *imap);
int imap_open_places (struct imap *imap);
int imap_select (struct imap *imap, size_t place, const char *verb);
void imap_free_places (struct imap *imap);

/* Take what LIST and STATUS say. */
int imap_note_list (struct imap *imap, struct parser *parser);
int imap_note_status (struct imap *imap, struct parser *parser);

/* fetch.c: asks for the header fields of new messages in the place that is
 * selected, and takes what comes. */
unsigned imap_say_fetch (struct imap *imap);
int imap_note_fetch (struct imap *imap, struct parser *parser);

/* look.c: the look and the wait. */
int imap_look (struct imap *imap);
int imap_wait (struct imap *imap);
int imap_stop_idling (struct imap *imap);

/* clean.c: removes the copies that were found, and says LOGOUT. */
int imap_clean (struct imap *imap);

/* Connects anew, with all that belongs to it. */
int imap_connect (struct imap *imap);

/* Drops the connection. */
void imap_drop (struct imap *imap);

#endif
