/* SPDX-License-Identifier: BSD-2-Clause */
/* The server of a session: connections, the clock, TLS. */
#include "net/connect.h"
#include "net/stream.h"
#include "net/tls.h"
#include "session.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

/* Bytes of the script that mean something. */
enum {
  SAY_TOKEN = 1,
  SAY_TAG = 2,
  SAY_PASSWORD = 3,
  NEXT_ANSWER = 4,
  CLOSE = 5,
  RESET = 6,
  SAY_BASE64 = 7,
  AS_IT_IS = 16
};

/* What a flood says at a time. */
#define FLOOD 65536

/* Long before it the client must be gone. */
#define SAID_MAX ((gsize)256 << 20)

/* ---- Hearing ----------------------------------------------------------- */

/* The tags of IMAP, of the random bytes that there are here. */
static void
take_tags (struct connection *connection)
{
  const GString *heard = connection->heard;

  while (connection->taken < heard->len) {
    const char *line = heard->str + connection->taken;
    const char *end = strchr (line, '\n');

    if (!end)
      return;
    if (g_str_has_prefix (line, "ABCD"))
      g_queue_push_tail (connection->tags,
                         g_strndup (line, strcspn (line, " \r")));
    connection->taken += (gsize)(end - line) + 1;
  }
}

void
session_hear (struct connection *connection)
{
  char bytes[4096];
  ssize_t n;

  if (connection->server < 0)
    return;
  while ((n = recv (connection->server, bytes, sizeof bytes, 0)) > 0)
    g_string_append_len (connection->heard, bytes, n);
  take_tags (connection);
}

/* ---- Speaking ---------------------------------------------------------- */

/* The last one again, for an answer too many. */
static void
say_tag (struct connection *connection, GString *answer)
{
  if (connection->tags->length) {
    g_free (connection->tag);
    connection->tag = g_queue_pop_head (connection->tags);
  }
  if (connection->tag)
    g_string_append (answer, connection->tag);
}

static void
say (struct connection *connection, GString *answer, guint8 byte)
{
  const char *password = session_now->password;
  g_autofree char *base64 = NULL;

  switch (byte) {
  case SAY_TOKEN:
    g_string_append (answer, session_now->token);
    break;
  case SAY_TAG:
    say_tag (connection, answer);
    break;
  case SAY_PASSWORD:
    g_string_append (answer, password);
    break;
  case SAY_BASE64:
    base64 = g_base64_encode ((const guchar *)password, strlen (password));
    g_string_append (answer, base64);
    break;
  default:
    g_string_append_c (answer, (char)byte);
  }
}

/* From the script.  FALSE where there is no more. */
static gboolean
next_answer (struct connection *connection, GString *answer)
{
  struct session *session = session_now;
  gboolean at_once
      = session->how != SESSION_FLOOD && (session->how & SESSION_AT_ONCE);

  if (session->at == session->end)
    return FALSE;
  while (session->at < session->end && !connection->ends) {
    guint8 byte = *session->at++;

    if (byte == NEXT_ANSWER && !at_once)
      break;
    if (byte == CLOSE || byte == RESET)
      connection->ends = byte;
    else if (byte == AS_IT_IS && session->at < session->end)
      g_string_append_c (answer, (char)*session->at++);
    else if (byte != NEXT_ANSWER)
      say (connection, answer, byte);
  }
  if (connection->ends && session->at < session->end
      && *session->at == NEXT_ANSWER)
    session->at++;
  return TRUE;
}

static void
flood (struct connection *connection)
{
  const GString *last = session_now->last;

  while (last->len && connection->pending->len < FLOOD)
    g_string_append_len (connection->pending, last->str, (gssize)last->len);
}

static void
prepare (struct connection *connection)
{
  struct session *session = session_now;

  if (next_answer (connection, connection->pending)) {
    g_string_assign (session->last, connection->pending->str);
    return;
  }
  if (session->how == SESSION_FLOOD && !connection->is_beside)
    flood (connection);
  else if (session->how == SESSION_FLOOD || !(session->how & SESSION_SILENT))
    connection->ends = CLOSE;
}

/* What a judge reads shall not end where a server says NUL.  Of a flood the
 * beginning must do. */
static void
note (struct connection *connection, const char *bytes, gsize n)
{
  GString *said = connection->said;
  gsize before = said->len;
  char *nul;

  session_now->amount += n;
  session_check (session_now->amount <= SAID_MAX, "it reads without end");
  if (session_now->how == SESSION_FLOOD && before > FLOOD)
    return;
  g_string_append_len (said, bytes, (gssize)n);
  while ((nul = memchr (said->str + before, '\0', said->len - before)))
    *nul = '?';
}

static void
speak (struct connection *connection)
{
  GString *pending = connection->pending, *said = connection->said;
  gsize length = pending->len;
  ssize_t n;

  if (session_now->how != SESSION_FLOOD && session_now->how & SESSION_PIECES)
    length = MIN (length, 1 + said->len / 64);
  if (!length)
    return;
  n = send (connection->server, pending->str, length, MSG_NOSIGNAL);
  if (n > 0) {
    note (connection, pending->str, (gsize)n);
    g_string_erase (pending, 0, n);
  }
}

/* A reset is the close of a socket where something is not read yet: a byte of
 * the client's is put there, unless it has said that nothing follows. */
static void
end (struct connection *connection)
{
  connection->is_over = TRUE;
  if (connection->ends == CLOSE) {
    shutdown (connection->server, SHUT_WR);
    return;
  }
  if (send (connection->client, "", 1, MSG_NOSIGNAL) < 0)
    shutdown (connection->server, SHUT_WR);
  close (connection->server);
  connection->server = -1;
}

/* The client waits for this connection. */
static void
take_turn (struct connection *connection)
{
  struct turn turn;

  if (connection->server < 0)
    return;
  session_hear (connection);
  if (connection->is_over)
    return;
  if (!connection->pending->len && !connection->ends)
    prepare (connection);
  turn = (struct turn){ connection->heard->len, connection->said->len };
  g_array_append_val (connection->turns, turn);
  speak (connection);
  if (connection->ends && !connection->pending->len)
    end (connection);
}

/* ---- Connections ------------------------------------------------------- */

int __wrap_connect_make (struct delivery_endpoint *ep,
                         GSocketConnection **connection);
int __wrap_connect_beside (struct delivery_endpoint *ep,
                           GSocketConnection *first, unsigned port,
                           gint64 until, GSocketConnection **connection);

static struct connection *
find_connection (int client)
{
  for (guint i = session_now->connections->len; i > 0; i--) {
    struct connection *connection = session_now->connections->pdata[i - 1];

    if (connection->client == client)
      return connection;
  }
  return NULL;
}

static struct connection *
connection_new (const int fds[2], gboolean is_beside)
{
  struct connection *connection = g_new0 (struct connection, 1);

  connection->client = fds[0];
  connection->server = fds[1];
  connection->is_beside = is_beside;
  connection->heard = g_string_new (NULL);
  connection->said = g_string_new (NULL);
  connection->pending = g_string_new (NULL);
  connection->turns = g_array_new (FALSE, FALSE, sizeof (struct turn));
  connection->tags = g_queue_new ();
  g_ptr_array_add (session_now->connections, connection);
  return connection;
}

void
session_connection_free (struct connection *connection)
{
  if (connection->server >= 0)
    close (connection->server);
  g_string_free (connection->heard, TRUE);
  g_string_free (connection->said, TRUE);
  g_string_free (connection->pending, TRUE);
  g_array_unref (connection->turns);
  g_queue_free_full (connection->tags, g_free);
  g_free (connection->tag);
  g_free (connection);
}

static int
make (struct delivery_endpoint *ep, gboolean is_beside,
      GSocketConnection **connection)
{
  g_autoptr (GSocket) socket = NULL;
  struct connection *made;
  int fds[2];

  *connection = NULL;
  if (session_now->at == session_now->end)
    return delivery_fail (ep, DELIVERY_CONNECT, "nobody is there");
  session_check (
      socketpair (AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds)
          == 0,
      "no socket pair");
  socket = g_socket_new_from_fd (fds[0], NULL);
  session_check (socket != NULL, "no GSocket");
  *connection = g_socket_connection_factory_create_connection (socket);
  made = connection_new (fds, is_beside);
  if (session_now->how != SESSION_FLOOD && session_now->how & SESSION_AT_ONCE)
    take_turn (made);
  return DELIVERY_OK;
}

int
__wrap_connect_make (struct delivery_endpoint *ep,
                     GSocketConnection **connection)
{
  return make (ep, FALSE, connection);
}

int
__wrap_connect_beside (struct delivery_endpoint *ep, GSocketConnection *first,
                       unsigned port, gint64 until,
                       GSocketConnection **connection)
{
  (void)first;
  (void)until;
  session_check (port > 0 && port <= 65535, "a port that is none");
  return make (ep, TRUE, connection);
}

/* ---- The clock --------------------------------------------------------- */

int __wrap_poll (struct pollfd *fds, nfds_t n, int timeout);
int __real_poll (struct pollfd *fds, nfds_t n, int timeout);
gint64 __wrap_g_get_monotonic_time (void);
gint64 __real_g_get_monotonic_time (void);
ssize_t __wrap_getrandom (void *bytes, size_t length, unsigned flags);

/* It goes on by itself too, so that nobody looks at it for ever. */
gint64
__wrap_g_get_monotonic_time (void)
{
  return session_now ? ++session_now->clock : __real_g_get_monotonic_time ();
}

/* Nobody else does anything while we wait: what is not there now will not
 * come, and the time goes by. */
int
__wrap_poll (struct pollfd *fds, nfds_t n, int timeout)
{
  int ready;

  if (!session_now)
    return __real_poll (fds, n, timeout);
  for (nfds_t i = 0; timeout != 0 && i < n; i++) {
    struct connection *connection
        = fds[i].fd >= 0 ? find_connection (fds[i].fd) : NULL;

    if (connection && fds[i].events & POLLIN)
      take_turn (connection);
    else if (connection)
      session_hear (connection);
  }
  ready = __real_poll (fds, n, 0);
  if (ready == 0 && timeout > 0)
    session_now->clock += timeout * (gint64)1000;
  session_check (ready != 0 || timeout >= 0, "it waits for ever");
  return ready;
}

/* For tags of IMAP that a script can know. */
ssize_t
__wrap_getrandom (void *bytes, size_t length, unsigned flags)
{
  guint8 *at = bytes;

  (void)flags;
  for (size_t i = 0; i < length; i++)
    at[i] = (guint8)i;
  return (ssize_t)length;
}

/* ---- TLS --------------------------------------------------------------- */

struct tls_context {
  struct delivery_endpoint *ep;
};

struct tls {
  int fd;
};

static int
context_new (struct delivery_endpoint *ep, struct tls_context **context)
{
  *context = g_new0 (struct tls_context, 1);
  (*context)->ep = ep;
  return DELIVERY_OK;
}

static void
context_free (struct tls_context *context)
{
  g_free (context);
}

static int
start (struct tls_context *context, int fd, const struct tls *like,
       int64_t until, struct tls **tls, char **why)
{
  struct connection *connection = find_connection (fd);

  (void)until;
  (void)context;
  (void)like;
  session_check (connection != NULL, "TLS on a descriptor of somebody else");
  session_hear (connection);
  if (session_now->how != SESSION_FLOOD
      && session_now->how & SESSION_NO_SHAKE) {
    *why = g_strdup ("no handshake");
    return DELIVERY_TLS;
  }
  connection->has_tls = TRUE;
  connection->clear_heard = connection->heard->len;
  connection->clear_said = connection->said->len;
  *tls = g_new0 (struct tls, 1);
  (*tls)->fd = fd;
  return DELIVERY_OK;
}

static int
judge_call (ssize_t n, int event, size_t *done, int *wants)
{
  *done = n > 0 ? (size_t)n : 0;
  *wants = n < 0 && errno == EAGAIN ? event : 0;
  return n >= 0 || errno == EAGAIN ? DELIVERY_OK : DELIVERY_CLOSED;
}

static int
tls_read (struct tls *tls, void *buffer, size_t size, size_t *done, int *wants)
{
  return judge_call (recv (tls->fd, buffer, size, 0), DELIVERY_READ, done,
                     wants);
}

static int
tls_write (struct tls *tls, const void *bytes, size_t length, size_t *done,
           int *wants)
{
  return judge_call (send (tls->fd, bytes, length, MSG_NOSIGNAL),
                     DELIVERY_WRITE, done, wants);
}

static int
tls_end (struct tls *tls, int *wants)
{
  (void)tls;
  *wants = 0;
  return DELIVERY_OK;
}

static void
tls_free (struct tls *tls)
{
  g_free (tls);
}

static const struct tls_ops ops
    = { context_new, context_free, start,   tls_read,
        tls_write,   tls_end,      tls_free };

int
tls_load (struct delivery_endpoint *ep, const struct tls_ops **found)
{
  (void)ep;
  *found = &ops;
  return DELIVERY_OK;
}

int __wrap_delivery_stream_start_tls (struct delivery_stream *stream);
int __real_delivery_stream_start_tls (struct delivery_stream *stream);

/* What the server has said by now was said in the clear. */
int
__wrap_delivery_stream_start_tls (struct delivery_stream *stream)
{
  gsize unread = stream->in_end - stream->in_start;
  int result, queued = 0;

  ioctl (stream->fd, FIONREAD, &queued);
  result = __real_delivery_stream_start_tls (stream);
  session_check (result != DELIVERY_OK || (unread == 0 && queued == 0),
                 "TLS begins though something is not read yet");
  return result;
}
