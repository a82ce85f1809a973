/* SPDX-License-Identifier: BSD-2-Clause */
#include "connect.h"

#include "param.h"

#include <delivery/net.h>
#include <gio/gunixsocketaddress.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>

/* How long GIO may take to say that it has stopped. */
#define STOP_MAX (G_USEC_PER_SEC / 10)

/* ---- Parameters -------------------------------------------------------- */

static int
check_source (struct delivery_endpoint *ep, const char *source)
{
  g_autoptr (GInetAddress) address = g_inet_address_new_from_string (source);
  int family = delivery_family (ep);

  if (!address)
    return delivery_fail (ep, DELIVERY_CONFIG,
                          "source=%s: not an address of this machine", source);
  if (family
      && (family == 6)
             != (g_inet_address_get_family (address) == G_SOCKET_FAMILY_IPV6))
    return delivery_fail (ep, DELIVERY_CONFIG,
                          "source=%s does not go with the option -%d", source,
                          family);
  return DELIVERY_OK;
}

static int
check_socket (struct delivery_endpoint *ep, const char *path)
{
  struct sockaddr_un address;

  if (path[0] != '/')
    return delivery_fail (ep, DELIVERY_CONFIG,
                          "socket=%s: not an absolute path", path);
  if (strlen (path) >= sizeof address.sun_path)
    return delivery_fail (
        ep, DELIVERY_CONFIG,
        "socket=%s: longer than %zu bytes, which no socket's "
        "path may be",
        path, sizeof address.sun_path - 1);
  return DELIVERY_OK;
}

/* The system would say "Invalid argument". */
static int
check_family (struct delivery_endpoint *ep)
{
  const char *host = delivery_host (ep);
  g_autoptr (GInetAddress) address
      = host ? g_inet_address_new_from_string (host) : NULL;
  int family = delivery_family (ep);

  if (!address || !family
      || (family == 6)
             == (g_inet_address_get_family (address) == G_SOCKET_FAMILY_IPV6))
    return DELIVERY_OK;
  return delivery_fail (ep, DELIVERY_CONFIG,
                        "%s is not an address of IPv%d, which the option -%d "
                        "asks for",
                        host, family, family);
}

int
connect_check (struct delivery_endpoint *ep)
{
  const char *source = net_param (ep, "source");
  const char *path = net_param (ep, "socket");

  if (source && path)
    return delivery_fail (ep, DELIVERY_CONFIG,
                          "source= and socket= do not go together");
  if (source && check_source (ep, source) != DELIVERY_OK)
    return DELIVERY_CONFIG;
  return path ? check_socket (ep, path) : check_family (ep);
}

char *
connect_port_name (struct delivery_endpoint *ep, unsigned port)
{
  const char *host = delivery_host (ep);

  return g_strdup_printf (strchr (host, ':') ? "[%s]:%u" : "%s:%u", host,
                          port);
}

char *
connect_peer_name (struct delivery_endpoint *ep)
{
  const char *path = net_param (ep, "socket");

  return path ? g_strdup (path) : connect_port_name (ep, delivery_port (ep));
}

/* ---- Where to, and from where ------------------------------------------ */

/* A path that leads elsewhere may be somebody else's doing. */
static int
find_socket (struct delivery_endpoint *ep, const char *path,
             GSocketConnectable **target)
{
  struct stat st;

  if (lstat (path, &st) < 0)
    return delivery_fail (ep, DELIVERY_CONNECT, "%s: %s", path,
                          g_strerror (errno));
  if (!S_ISSOCK (st.st_mode))
    return delivery_fail (ep, DELIVERY_CONNECT, "%s: not a socket", path);
  *target = G_SOCKET_CONNECTABLE (g_unix_socket_address_new (path));
  return DELIVERY_OK;
}

static int
find_target (struct delivery_endpoint *ep, GSocketConnectable **target)
{
  const char *path = net_param (ep, "socket");

  if (path)
    return find_socket (ep, path, target);
  *target = g_network_address_new (delivery_host (ep),
                                   (guint16)delivery_port (ep));
  return DELIVERY_OK;
}

/* No proxy: looking for one would load GIO's modules, and ask others. */
static GSocketClient *
make_client (struct delivery_endpoint *ep)
{
  GSocketClient *client = g_socket_client_new ();
  const char *source = net_param (ep, "source");
  int family = delivery_family (ep);

  g_socket_client_set_enable_proxy (client, FALSE);
  if (source) {
    g_autoptr (GSocketAddress) local
        = g_inet_socket_address_new_from_string (source, 0);

    g_socket_client_set_local_address (client, local);
    g_socket_client_set_family (client, g_socket_address_get_family (local));
  } else if (family && !net_param (ep, "socket"))
    g_socket_client_set_family (client, family == 6 ? G_SOCKET_FAMILY_IPV6
                                                    : G_SOCKET_FAMILY_IPV4);
  return client;
}

/* ---- The attempt ------------------------------------------------------- */

/* Lives until GIO has answered, which may be after we gave up. */
struct attempt {
  gboolean is_done, is_given_up;
  GSocketConnection *connection;
  GError *error;
};

static void
attempt_free (struct attempt *attempt)
{
  g_clear_object (&attempt->connection);
  g_clear_error (&attempt->error);
  g_free (attempt);
}

static void
on_connected (GObject *client, GAsyncResult *result, gpointer data)
{
  struct attempt *attempt = data;

  attempt->connection = g_socket_client_connect_finish (
      G_SOCKET_CLIENT (client), result, &attempt->error);
  attempt->is_done = TRUE;
  if (attempt->is_given_up)
    attempt_free (attempt);
}

/* What GIO waits for: a descriptor an attempt, and a wake-up. */
static GPollFD *
query (GMainContext *context, gint priority, gint *timeout, gint *n)
{
  GPollFD *wanted = NULL;
  gint room = 0;

  while ((*n = g_main_context_query (context, priority, timeout, wanted, room))
         > room) {
    room = *n;
    wanted = g_renew (GPollFD, wanted, (gsize)room);
  }
  return wanted;
}

/* The waiting is done by the host: by its clock, and to be interrupted by
 * it. */
static void
wait_for (struct delivery_endpoint *ep, GPollFD *wanted, gint n, gint64 until)
{
  g_autofree struct delivery_pollfd *fds
      = g_new0 (struct delivery_pollfd, (gsize)n);

  for (gint i = 0; i < n; i++)
    fds[i] = (struct delivery_pollfd){
      wanted[i].fd,
      (wanted[i].events & G_IO_IN ? DELIVERY_READ : 0)
          | (wanted[i].events & G_IO_OUT ? DELIVERY_WRITE : 0),
      0
    };
  delivery_poll_many (ep, fds, (size_t)n, until);
  for (gint i = 0; i < n; i++)
    wanted[i].revents
        = (gushort)((fds[i].ready & DELIVERY_READ ? G_IO_IN : 0)
                    | (fds[i].ready & DELIVERY_WRITE ? G_IO_OUT : 0));
}

/* One turn of GIO's main loop.  FALSE when the time is over. */
static gboolean
turn (struct delivery_endpoint *ep, GMainContext *context, gint64 until)
{
  gint priority, timeout, n;
  gint64 now = g_get_monotonic_time ();
  g_autofree GPollFD *wanted = NULL;

  g_main_context_prepare (context, &priority);
  wanted = query (context, priority, &timeout, &n);
  for (gint i = 0; i < n; i++)
    wanted[i].revents = 0;
  if (timeout != 0)
    wait_for (ep, wanted, n,
              timeout < 0 ? until : MIN (until, now + timeout * (gint64)1000));
  if (g_main_context_check (context, priority, wanted, n))
    g_main_context_dispatch (context);
  return delivery_remaining_ms (ep) > 0 && g_get_monotonic_time () < until;
}

/* Tells GIO to stop and lets it: a look-up that is under way in a thread may
 * not hear that, and ends with the process. */
static void
give_up (struct attempt *attempt, GMainContext *context,
         GCancellable *cancellable)
{
  gint64 end = g_get_monotonic_time () + STOP_MAX;

  g_cancellable_cancel (cancellable);
  while (!attempt->is_done && g_get_monotonic_time () < end)
    if (!g_main_context_iteration (context, FALSE))
      g_usleep (1000);
}

/* In the one context that there is anyway: of an attempt that takes long, and
 * then fails, GIO keeps what it knew, its context with a descriptor included,
 * and a receiver may look for hours at a server that is away. */
static void
try_to_connect (struct delivery_endpoint *ep, GSocketConnectable *target,
                gint64 until, struct attempt *attempt)
{
  GMainContext *context = g_main_context_default ();
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GSocketClient) client = make_client (ep);

  g_main_context_push_thread_default (context);
  g_main_context_acquire (context);
  g_socket_client_connect_async (client, target, cancellable, on_connected,
                                 attempt);
  while (!attempt->is_done && turn (ep, context, until))
    ;
  if (!attempt->is_done)
    give_up (attempt, context, cancellable);
  g_main_context_release (context);
  g_main_context_pop_thread_default (context);
}

/* GIO's texts name the host again before their last colon. */
static int
fail_by_error (struct delivery_endpoint *ep, const char *peer,
               const GError *error)
{
  const char *why = strrchr (error->message, ':');

  why = why ? why + 1 + strspn (why + 1, " ") : error->message;
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return delivery_fail (ep, DELIVERY_TIMEOUT, "no connection to %s", peer);
  if (error->domain == G_RESOLVER_ERROR)
    return delivery_fail (ep, DELIVERY_RESOLVE, "%s: %s", delivery_host (ep),
                          why);
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_TOO_MANY_OPEN_FILES))
    return delivery_fail (ep, DELIVERY_INTERNAL, "%s: %s", peer, why);
  return delivery_fail (ep, DELIVERY_CONNECT, "%s: %s", peer, why);
}

static int
connect_target (struct delivery_endpoint *ep, GSocketConnectable *target,
                const char *peer, gint64 until, GSocketConnection **connection)
{
  struct attempt *attempt = g_new0 (struct attempt, 1);
  int result = DELIVERY_OK;

  try_to_connect (ep, target, until, attempt);
  if (!attempt->is_done) {
    attempt->is_given_up = TRUE;
    return delivery_fail (ep, DELIVERY_TIMEOUT, "no connection to %s", peer);
  }
  *connection = g_steal_pointer (&attempt->connection);
  if (!*connection)
    result = fail_by_error (ep, peer, attempt->error);
  attempt_free (attempt);
  return result;
}

int
connect_make (struct delivery_endpoint *ep, GSocketConnection **connection)
{
  g_autoptr (GSocketConnectable) target = NULL;
  g_autofree char *peer = connect_peer_name (ep);
  int result = find_target (ep, &target);

  *connection = NULL;
  if (result == DELIVERY_OK)
    result = connect_target (ep, target, peer, G_MAXINT64, connection);
  return result;
}

int
connect_beside (struct delivery_endpoint *ep, GSocketConnection *first,
                unsigned port, gint64 until, GSocketConnection **connection)
{
  g_autoptr (GSocketAddress) there
      = g_socket_connection_get_remote_address (first, NULL);
  g_autoptr (GSocketAddress) target = NULL;
  GInetSocketAddress *inet;
  guint32 scope = 0;
  g_autofree char *peer = connect_port_name (ep, port);

  *connection = NULL;
  if (!there || !G_IS_INET_SOCKET_ADDRESS (there))
    return delivery_fail (ep, DELIVERY_CLOSED, "the connection is lost");
  /* A link-local address is nothing without its link; GLib complains of a
   * question for that of others. */
  inet = G_INET_SOCKET_ADDRESS (there);
  if (g_socket_address_get_family (there) == G_SOCKET_FAMILY_IPV6)
    scope = g_inet_socket_address_get_scope_id (inet);
  target = g_object_new (G_TYPE_INET_SOCKET_ADDRESS, "address",
                         g_inet_socket_address_get_address (inet), "port",
                         port, "scope-id", scope, NULL);
  return connect_target (ep, G_SOCKET_CONNECTABLE (target), peer, until,
                         connection);
}
