/* SPDX-License-Identifier: BSD-2-Clause */
/* A session of FTP (RFC 959), as its client. */
#ifndef PLUGINS_FTP_FTP_H
#define PLUGINS_FTP_FTP_H

#include <delivery/net.h>

/* A token has 64 bytes at most; no file of ours is larger than this. */
#define CONTENT_MAX 65536

struct ftp {
  struct delivery_endpoint *ep;
  struct delivery_net *net;
  struct delivery_stream *control;
  int is_secure;       /* ftps: data connections have TLS too */
  int is_ready;        /* the control connection is past the login */
  int is_waiting;      /* a command has no answer yet */
  int is_leaving;      /* the server said 421, or was told QUIT */
  int has_no_epsv;     /* it knows PASV only, or a firewall before it does */
  char *temporary;     /* sender: the name before the rename */
  const char *left;    /* sender: what a failed send may have left, or NULL */
  int has_begun;       /* sender: the server said that it is about to store */
  int may_be_renamed;  /* sender: RNTO was asked, and not answered */
  const char *trouble; /* receiver: with the data connection, or NULL */
  int found_is_ours;   /* the file held the token and nothing else */
  int found_is_part;   /* it held the beginning of it, or nothing */
  int is_unread;       /* it has a size, and was not fetched yet */
  unsigned n_size_refusals; /* 550, since anything else was said of the file */
};

/* session.c: connects and logs in, anew if need be; QUIT; closes without a
 * word. */
int ftp_begin (struct ftp *ftp);
void ftp_end (struct ftp *ftp);
void ftp_drop (struct ftp *ftp);

/* Sends a command and reads its answer. */
int ftp_ask (struct ftp *ftp, const struct delivery_reply **reply,
             const char *format, ...) DELIVERY_PRINTF (3, 4);

/* Reads an answer that follows another one, as behind a transfer. */
int ftp_answer (struct ftp *ftp, const struct delivery_reply **reply);

/* Sends a command of two words, and wants an answer of the class of `wanted`
 * (200, 300); any other is a failure. */
int ftp_ask_for (struct ftp *ftp, const char *verb, const char *what,
                 int wanted);

/* transfer.c: a file at once.  Fetching fails with DELIVERY_NOT_FOUND where
 * there is none; `*bytes` is the caller's, to be freed with free(). */
int ftp_store (struct ftp *ftp, const char *path, const char *text);
int ftp_fetch (struct ftp *ftp, const char *path, char **bytes,
               size_t *length);

/* data.c: what servers answer to PASV and EPSV: the port, or 0 where that
 * makes no sense.  The address is not looked at. */
unsigned ftp_pasv_port (const char *text);
unsigned ftp_epsv_port (const char *text);

#endif
