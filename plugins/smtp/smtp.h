/* SPDX-License-Identifier: BSD-2-Clause */
/* A session of SMTP (RFC 5321), as its client. */
#ifndef PLUGINS_SMTP_SMTP_H
#define PLUGINS_SMTP_SMTP_H

#include <delivery/net.h>

/* What the server offers in its answer to EHLO. */
#define SMTP_PIPELINING 0x01u /* RFC 2920 */
#define SMTP_SIZE 0x02u       /* RFC 1870 */
#define SMTP_8BITMIME 0x04u   /* RFC 6152 */
#define SMTP_SMTPUTF8 0x08u   /* RFC 6531 */
#define SMTP_STARTTLS 0x10u   /* RFC 3207 */
#define SMTP_AUTH 0x20u       /* RFC 4954 */

struct smtp {
  struct delivery_endpoint *ep;
  struct delivery_net *net;
  struct delivery_mail *mail;
  struct delivery_stream *stream;
  unsigned offered;     /* SMTP_... */
  uint64_t size_max;    /* of a message; 0 for no limit */
  char *mechanisms;     /* of AUTH, with blanks between them, or NULL */
  unsigned outstanding; /* answers that are not read yet */
  int is_out_of_step;   /* the server spoke without being asked */
  int quit_is_sent;
};

/* Greeting, EHLO, STARTTLS where the scheme says so, and login. */
int smtp_begin (struct smtp *smtp);

/* Sends the message.  DELIVERY_OK when the server has taken it over. */
int smtp_send_message (struct smtp *smtp);

/* QUIT, and its answer if that comes soon. */
int smtp_end (struct smtp *smtp);

/* To be called behind each line that was written and will be answered.  What
 * the server had said by then would be taken for that answer: reading it
 * fails. */
void smtp_asked (struct smtp *smtp);

/* Reads the answer to the oldest command that has none. */
int smtp_answer (struct smtp *smtp, const struct delivery_reply **reply);

#endif
