/* SPDX-License-Identifier: BSD-2-Clause */
/* The reference of "make bench" for mail: one fixed dialogue with servers
 * that are known, pipelined as far as the protocols allow, without a check of
 * anything but the certificate.
 *
 *   mail-reference MODE SMTP-PORT IMAP-PORT USER PASSWORD CA-FILE
 *
 * MODE is clear, starttls or tls.  It exits 0 when the message was found at
 * 127.0.0.1, and removed there. */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define HOST "127.0.0.1"
#define FIELDS "BODY.PEEK[HEADER.FIELDS (MESSAGE-ID X-CHECK-DELIVERY-TOKEN)]"

enum mode { CLEAR, STARTTLS, TLS };

struct plan {
  enum mode mode;
  SSL_CTX *tls;
  const char *user;
  char login[1024];
  char token[33];
};

/* What the last request was answered, behind a line's end, so that each line
 * of it is found by "\r\n" and its first words. */
struct channel {
  int fd;
  SSL *ssl;
  size_t length;
  char reply[65536];
};

static void
fail (const char *what)
{
  fprintf (stderr, "mail-reference: %s\n", what);
  exit (2);
}

/* ---- Connections -------------------------------------------------------- */

/* Linux forgets TCP_QUICKACK by and by.  Without it an answer that waits for
 * the acknowledgement of the one before comes 40 ms late. */
static void
acknowledge_at_once (int fd)
{
  setsockopt (fd, IPPROTO_TCP, TCP_QUICKACK, &(int){ 1 }, sizeof (int));
}

static void
await (struct channel *channel, const char *end)
{
  while (!strstr (channel->reply, end)) {
    size_t room = sizeof channel->reply - channel->length - 1;
    char *place = channel->reply + channel->length;
    ssize_t n;

    acknowledge_at_once (channel->fd);
    n = channel->ssl ? SSL_read (channel->ssl, place, (int)room)
                     : read (channel->fd, place, room);
    if (n <= 0)
      fail (end);
    channel->length += (size_t)n;
    channel->reply[channel->length] = '\0';
  }
}

static void
forget_reply (struct channel *channel)
{
  strcpy (channel->reply, "\r\n");
  channel->length = 2;
}

/* Sends, and waits for a line of the answer that begins as `end` says. */
static void __attribute__ ((format (printf, 3, 4)))
ask (struct channel *channel, const char *end, const char *format, ...)
{
  char request[4096];
  va_list arguments;
  int length;
  ssize_t n;

  va_start (arguments, format);
  length = vsnprintf (request, sizeof request, format, arguments);
  va_end (arguments);
  forget_reply (channel);
  n = channel->ssl ? SSL_write (channel->ssl, request, length)
                   : write (channel->fd, request, (size_t)length);
  if (n != length)
    fail (request);
  await (channel, end);
}

static void
secure (struct channel *channel, SSL_CTX *tls)
{
  channel->ssl = SSL_new (tls);
  X509_VERIFY_PARAM_set1_ip_asc (SSL_get0_param (channel->ssl), HOST);
  SSL_set_fd (channel->ssl, channel->fd);
  acknowledge_at_once (channel->fd);
  if (SSL_connect (channel->ssl) != 1)
    fail ("TLS");
}

static struct channel *
dial (const struct plan *plan, const char *port)
{
  struct channel *channel = calloc (1, sizeof *channel);
  struct sockaddr_in address = { .sin_family = AF_INET };

  address.sin_port = htons ((unsigned short)atoi (port));
  inet_pton (AF_INET, HOST, &address.sin_addr);
  channel->fd = socket (AF_INET, SOCK_STREAM, 0);
  setsockopt (channel->fd, IPPROTO_TCP, TCP_NODELAY, &(int){ 1 },
              sizeof (int));
  if (connect (channel->fd, (struct sockaddr *)&address, sizeof address) < 0)
    fail ("connect");
  if (plan->mode == TLS)
    secure (channel, plan->tls);
  forget_reply (channel);
  return channel;
}

/* ---- The dialogues ------------------------------------------------------ */

/* Returns the UID that the next message will have. */
static unsigned long
open_inbox (struct channel *imap, const struct plan *plan)
{
  const char *next;

  await (imap, "\r\n* OK");
  if (plan->mode == STARTTLS) {
    ask (imap, "\r\na OK", "a STARTTLS\r\n");
    secure (imap, plan->tls);
  }
  ask (imap, "\r\nc OK", "b AUTHENTICATE PLAIN %s\r\nc SELECT INBOX\r\n",
       plan->login);
  next = strstr (imap->reply, "[UIDNEXT ");
  if (!next)
    fail ("UIDNEXT");
  return strtoul (next + strlen ("[UIDNEXT "), NULL, 10);
}

static void
submit (struct channel *smtp, const struct plan *plan)
{
  await (smtp, "\r\n220 ");
  ask (smtp, "\r\n250 ", "EHLO [" HOST "]\r\n");
  if (plan->mode == STARTTLS) {
    ask (smtp, "\r\n220 ", "STARTTLS\r\n");
    secure (smtp, plan->tls);
    ask (smtp, "\r\n250 ", "EHLO [" HOST "]\r\n");
  }
  ask (smtp, "\r\n235 ", "AUTH PLAIN %s\r\n", plan->login);
  ask (smtp, "\r\n354 ", "MAIL FROM:<%s>\r\nRCPT TO:<%s>\r\nDATA\r\n",
       plan->user, plan->user);
  ask (smtp, "\r\n250 ",
       "From: <%s>\r\nTo: <%s>\r\nSubject: check_delivery %s\r\n"
       "Message-ID: <%s@example.test>\r\nX-Check-Delivery-Token: %s\r\n"
       "\r\n%s\r\n.\r\nQUIT\r\n",
       plan->user, plan->user, plan->token, plan->token, plan->token,
       plan->token);
}

/* Looks until the message is there; returns its UID. */
static unsigned long
find (struct channel *imap, const char *token, unsigned long next)
{
  for (;;) {
    const char *found;

    ask (imap, "\r\ne OK",
         "d NOOP\r\ne UID FETCH %lu:4294967295 " FIELDS "\r\n", next);
    found = strstr (imap->reply, "(UID ");
    if (found && strstr (found, token))
      return strtoul (found + strlen ("(UID "), NULL, 10);
    /* Dovecot tells of a message that the FETCH beside it cannot see yet. */
    if (!strstr (imap->reply, " EXISTS\r\n"))
      nanosleep (&(struct timespec){ .tv_nsec = 5000000 }, NULL);
  }
}

static void
deliver (const struct plan *plan, const char *smtp_port, const char *imap_port)
{
  struct channel *imap = dial (plan, imap_port);
  unsigned long uid = open_inbox (imap, plan);

  submit (dial (plan, smtp_port), plan);
  uid = find (imap, plan->token, uid);
  ask (imap, "\r\nh OK",
       "f UID STORE %lu +FLAGS.SILENT (\\Deleted)\r\n"
       "g UID EXPUNGE %lu\r\nh LOGOUT\r\n",
       uid, uid);
}

/* ---- The plan ----------------------------------------------------------- */

static void
make_token (char *token)
{
  unsigned char random[16];

  if (getrandom (random, sizeof random, 0) != sizeof random)
    fail ("getrandom");
  for (size_t i = 0; i < sizeof random; i++)
    token += sprintf (token, "%02x", random[i]);
}

static void
make_login (char *login, const char *user, const char *password)
{
  char plain[512];
  int length
      = snprintf (plain, sizeof plain, "%c%s%c%s", 0, user, 0, password);

  EVP_EncodeBlock ((unsigned char *)login, (unsigned char *)plain, length);
}

static SSL_CTX *
trusting (const char *ca_file)
{
  SSL_CTX *tls;

  OPENSSL_init_ssl (OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
  tls = SSL_CTX_new (TLS_client_method ());
  SSL_CTX_set_verify (tls, SSL_VERIFY_PEER, NULL);
  SSL_CTX_set_read_ahead (tls, 1);
  if (SSL_CTX_load_verify_locations (tls, ca_file, NULL) != 1)
    fail (ca_file);
  return tls;
}

int
main (int argc, char **argv)
{
  struct plan plan = { .mode = CLEAR };

  if (argc != 7)
    fail ("wrong usage");
  alarm (30);
  if (strcmp (argv[1], "clear") != 0) {
    plan.mode = strcmp (argv[1], "tls") == 0 ? TLS : STARTTLS;
    plan.tls = trusting (argv[6]);
  }
  plan.user = argv[4];
  make_login (plan.login, argv[4], argv[5]);
  make_token (plan.token);
  deliver (&plan, argv[2], argv[3]);
  return 0;
}
