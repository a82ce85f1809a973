/* SPDX-License-Identifier: BSD-2-Clause */
/* A session of SMTP (RFC 5321), as its client. */
#ifndef PLUGINS_SMTP_SMTP_H
#define PLUGINS_SMTP_SMTP_H

#include <delivery/net.h>

struct smtp {
  struct delivery_endpoint *ep;
  struct delivery_net *net;
  struct delivery_mail *mail;
  struct delivery_stream *stream;
  struct delivery_smtp *session;
};

/* Greeting, EHLO, STARTTLS where the scheme says so, and login. */
int smtp_begin (struct smtp *smtp);

#endif
