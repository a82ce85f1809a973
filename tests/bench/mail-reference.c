/* SPDX-License-Identifier: BSD-2-Clause */
/* What a mail check costs at least: a fixed dialogue, pipelined, without any
 * check of what the servers say but whether the message is there.
 *
 *   mail-reference MODE SMTP-PORT IMAP-PORT USER PASSWORD CA-FILE
 *
 * MODE is clear, starttls or tls. */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

struct link {
  int fd;
  SSL *ssl;
  char in[65536];
  size_t length;
};

static void
die (const char *what)
{
  perror (what);
  exit (1);
}

static void
dial (struct link *link, const char *port)
{
  struct sockaddr_in to = { .sin_family = AF_INET,
                            .sin_port = htons ((unsigned short)atoi (port)) };
  int on = 1;

  link->fd = socket (AF_INET, SOCK_STREAM, 0);
  to.sin_addr.s_addr = htonl (INADDR_LOOPBACK);
  if (connect (link->fd, (struct sockaddr *)&to, sizeof to) < 0)
    die ("connect");
  setsockopt (link->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

static void
secure (struct link *link, SSL_CTX *ctx)
{
  link->ssl = SSL_new (ctx);
  SSL_set_fd (link->ssl, link->fd);
  SSL_set_tlsext_host_name (link->ssl, "localhost");
  SSL_set1_host (link->ssl, "localhost");
  if (SSL_connect (link->ssl) != 1)
    die ("TLS");
}

static void
put (struct link *link, const char *text)
{
  int length = (int)strlen (text);

  if ((link->ssl ? SSL_write (link->ssl, text, length)
                 : (int)send (link->fd, text, (size_t)length, 0))
      != length)
    die ("write");
}

/* Reads until that text has come, and forgets all up to its line's end. */
static void
until (struct link *link, const char *wanted)
{
  int on = 1, n;

  link->length = 0;
  link->in[0] = '\0';
  while (!strstr (link->in, wanted) || link->in[link->length - 1] != '\n') {
    char *room = link->in + link->length;
    int size = (int)(sizeof link->in - 1 - link->length);

    setsockopt (link->fd, IPPROTO_TCP, TCP_QUICKACK, &on, sizeof on);
    n = link->ssl ? SSL_read (link->ssl, room, size)
                  : (int)recv (link->fd, room, (size_t)size, 0);
    if (n <= 0)
      die (wanted);
    link->length += (size_t)n;
    link->in[link->length] = '\0';
  }
}

static char *
plain (const char *user, const char *password)
{
  static char encoded[1024];
  unsigned char text[512];
  int length
      = snprintf ((char *)text, sizeof text, "%c%s%c%s", 0, user, 0, password);

  EVP_EncodeBlock ((unsigned char *)encoded, text, length);
  return encoded;
}

static void
begin_imap (struct link *imap, const char *mode, SSL_CTX *ctx,
            const char *response)
{
  char line[2048];

  if (strcmp (mode, "tls") == 0)
    secure (imap, ctx);
  until (imap, "* OK");
  if (strcmp (mode, "starttls") == 0) {
    put (imap, "s STARTTLS\r\n");
    until (imap, "s OK");
    secure (imap, ctx);
  }
  snprintf (line, sizeof line, "a AUTHENTICATE PLAIN %s\r\n", response);
  put (imap, line);
  until (imap, "a OK");
  put (imap, "b SELECT INBOX\r\n");
  until (imap, "b OK");
}

static void
send_mail (struct link *smtp, const char *mode, SSL_CTX *ctx, char **argv,
           const char *token)
{
  char line[2048];

  if (strcmp (mode, "tls") == 0)
    secure (smtp, ctx);
  until (smtp, "220 ");
  put (smtp, "EHLO localhost\r\n");
  until (smtp, "250 ");
  if (strcmp (mode, "starttls") == 0) {
    put (smtp, "STARTTLS\r\n");
    until (smtp, "220 ");
    secure (smtp, ctx);
    put (smtp, "EHLO localhost\r\n");
    until (smtp, "250 ");
  }
  snprintf (line, sizeof line, "AUTH PLAIN %s\r\n", plain (argv[4], argv[5]));
  put (smtp, line);
  until (smtp, "235 ");
  snprintf (line, sizeof line, "MAIL FROM:<%s>\r\nRCPT TO:<%s>\r\nDATA\r\n",
            argv[4], argv[4]);
  put (smtp, line);
  until (smtp, "354 ");
  snprintf (line, sizeof line,
            "From: <%s>\r\nTo: <%s>\r\nSubject: %s\r\nX-Token: %s\r\n\r\n"
            "%s\r\n.\r\nQUIT\r\n",
            argv[4], argv[4], token, token, token);
  put (smtp, line);
  until (smtp, "221 ");
}

/* Every 5 ms, until the message is there; then it is removed. */
static void
find_mail (struct link *imap, const char *next, const char *token)
{
  char line[512], uid[32] = "";

  for (;;) {
    const char *found;

    snprintf (line, sizeof line,
              "c NOOP\r\nd UID FETCH %s:4294967295 (BODY.PEEK[HEADER.FIELDS "
              "(X-TOKEN)])\r\n",
              next);
    put (imap, line);
    until (imap, "d OK");
    found = strstr (imap->in, "(UID ");
    if (found && strstr (imap->in, token)) {
      sscanf (found + 5, "%31[0-9]", uid);
      break;
    }
    poll (NULL, 0, 5);
  }
  snprintf (line, sizeof line,
            "e UID STORE %s +FLAGS.SILENT (\\Deleted)\r\nf UID EXPUNGE %s\r\n"
            "g LOGOUT\r\n",
            uid, uid);
  put (imap, line);
  until (imap, "g OK");
}

int
main (int argc, char **argv)
{
  static struct link smtp, imap;
  struct timespec now;
  char token[64], next[32] = "1", *said;
  SSL_CTX *ctx = NULL;

  if (argc != 7)
    return 2;
  if (strcmp (argv[1], "clear") != 0) {
    ctx = SSL_CTX_new (TLS_client_method ());
    SSL_CTX_set_verify (ctx, SSL_VERIFY_PEER, NULL);
    if (SSL_CTX_load_verify_locations (ctx, argv[6], NULL) != 1)
      die (argv[6]);
  }
  clock_gettime (CLOCK_REALTIME, &now);
  snprintf (token, sizeof token, "ref-%ld-%ld", (long)now.tv_nsec,
            (long)getpid ());
  dial (&imap, argv[3]);
  begin_imap (&imap, argv[1], ctx, plain (argv[4], argv[5]));
  said = strstr (imap.in, "UIDNEXT ");
  if (said)
    sscanf (said + 8, "%31[0-9]", next);
  dial (&smtp, argv[2]);
  send_mail (&smtp, argv[1], ctx, argv, token);
  find_mail (&imap, next, token);
  return 0;
}
