/* SPDX-License-Identifier: BSD-2-Clause */
#include "endpoint.h"

#include "params.h"
#include "reason.h"
#include "result.h"
#include "text.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

struct delivery_endpoint *
endpoint_new (struct run_shared *shared, int role, struct url *url)
{
  struct delivery_endpoint *ep = g_new0 (struct delivery_endpoint, 1);

  ep->shared = shared;
  ep->role = role;
  ep->url = url;
  secrets_add (shared->secrets, url->password);
  return ep;
}

void
endpoint_free (struct delivery_endpoint *ep)
{
  if (!ep)
    return;
  url_free (ep->url);
  g_free (ep->text);
  g_free (ep->fault);
  g_free (ep);
}

/* A part of the URL that must, may or must not be there. */
static gboolean
check_part (const struct delivery_endpoint *ep, gboolean is_there,
            guint32 needs, guint32 takes, const char *what, GError **error)
{
  guint32 url = ep->transport->t.url;
  const char *scheme = ep->url->scheme;

  if (!is_there && (url & needs))
    return config_error (error, "%s:// without a %s; write %s", scheme, what,
                         ep->transport->t.synopsis);
  if (is_there && !(url & (needs | takes)))
    return config_error (error, "%s:// takes no %s; write %s", scheme, what,
                         ep->transport->t.synopsis);
  return TRUE;
}

static gboolean
check_parts (const struct delivery_endpoint *ep, GError **error)
{
  const struct url *url = ep->url;
  guint32 bits = ep->transport->t.url;
  const char *scheme = url->scheme;

  if (!check_part (ep, url->host != NULL, DELIVERY_NEEDS_HOST,
                   DELIVERY_TAKES_HOST, "host", error))
    return FALSE;
  if ((bits & DELIVERY_NEEDS_HOST) && !url->port)
    return config_error (error, "%s://%s: no port given; write %s", scheme,
                         url->host, ep->transport->t.synopsis);
  if (!check_part (ep, url->user != NULL, DELIVERY_NEEDS_USER,
                   DELIVERY_TAKES_USER, "user", error)
      || !check_part (ep, url->password != NULL, DELIVERY_NEEDS_PASSWORD,
                      DELIVERY_TAKES_PASSWORD, "password", error))
    return FALSE;
  if ((bits & DELIVERY_NEEDS_PATH) && url->path && !url->path[1])
    return config_error (error, "%s:// with nothing behind the '/'; write %s",
                         scheme, ep->transport->t.synopsis);
  if (url->path && !url->path[1] && !(bits & DELIVERY_TAKES_PATH))
    return TRUE;
  return check_part (ep, url->path != NULL, DELIVERY_NEEDS_PATH,
                     DELIVERY_TAKES_PATH, "path", error);
}

/* A parameter that other schemes of the plugin have, as those with TLS have
 * some more, is not misspelt: the scheme is another than was meant. */
static gboolean
check_siblings (const struct delivery_endpoint *ep, GError **error)
{
  const struct plugin *plugin = ep->plugin;
  const struct transport *own = ep->transport;

  for (guint i = 0; i < ep->url->params->len; i++) {
    const struct url_param *given = ep->url->params->pdata[i];

    if (params_find (own->params, own->t.n_params, given->name))
      continue;
    for (gsize j = 0; j < plugin->p.n_transports; j++) {
      const struct transport *other = &plugin->transports[j];

      if (params_find (other->params, other->t.n_params, given->name))
        return config_error (error,
                             "no parameter '%s' with %s://; %s:// has "
                             "it",
                             given->name, own->t.scheme, other->t.scheme);
    }
  }
  return TRUE;
}

gboolean
endpoint_bind (struct delivery_endpoint *ep, const struct plugin *plugin,
               const struct transport *transport, GError **error)
{
  const struct delivery_transport *t = &transport->t;

  ep->plugin = plugin;
  ep->transport = transport;
  if (!transport_is (transport, ep->role))
    return config_error (error, "%s:// cannot %s; --doc lists what can",
                         ep->url->scheme,
                         ep->role == DELIVERY_SENDER ? "send" : "receive");
  if (!check_parts (ep, error) || !check_siblings (ep, error)
      || !params_check (transport->params, t->n_params, ep->url, error))
    return FALSE;
  for (guint i = 0; i < ep->url->params->len; i++) {
    const struct url_param *given = ep->url->params->pdata[i];
    const struct delivery_param *param
        = params_find (transport->params, t->n_params, given->name);

    if (param->flags & DELIVERY_PARAM_SECRET)
      secrets_add (ep->shared->secrets, given->value);
  }
  return TRUE;
}

gboolean
run_is_cancelled (const struct run_shared *shared)
{
  struct pollfd fd = { shared->cancel_fd, POLLIN, 0 };

  return poll (&fd, 1, 0) > 0;
}

char *
run_clean (const struct run_shared *shared, const char *text)
{
  char *masked = secrets_mask (shared->secrets, text);
  char *clean = text_clean (masked, TEXT_MAX);

  secret_free (masked);
  return clean;
}

void
run_debug (const struct run_shared *shared, int level, const char *who,
           const char *text)
{
  g_autofree char *clean = NULL;
  g_autofree char *line = NULL;

  if (level > shared->verbosity)
    return;
  clean = run_clean (shared, text);
  line = g_strdup_printf ("%s: %s", who, clean);
  record_write (shared->out, RECORD_DEBUG,
                g_variant_new ("(is)", level, line));
}

/* ---- How it went ------------------------------------------------------- */

/* What the plugin wrote, masked and clean.  Long texts are cut before they
 * are looked at: a plugin may say a gigabyte. */
static char *G_GNUC_PRINTF (2, 0)
    format_clean (const struct delivery_endpoint *ep, const char *format,
                  va_list args)
{
  char buffer[16 * TEXT_MAX];
  char *clean;
  int length = g_vsnprintf (buffer, sizeof buffer, format, args);

  /* Below 0: beyond two gigabytes, or characters that are none. */
  if (length < 0)
    g_strlcpy (buffer, "(a text that cannot be printed)", sizeof buffer);
  else if (length >= (int)sizeof buffer)
    secrets_trim_cut (ep->shared->secrets, buffer);
  clean = run_clean (ep->shared, buffer);
  explicit_bzero (buffer, sizeof buffer);
  return clean;
}

int
delivery_vfail (struct delivery_endpoint *ep, int reason, const char *format,
                va_list args)
{
  if (reason == DELIVERY_OK && !ep->fault)
    ep->fault = g_strdup ("it fails with the reason 'ok'");
  g_free (ep->text);
  ep->text = format_clean (ep, format, args);
  ep->reason = reason;
  return reason;
}

int
delivery_fail (struct delivery_endpoint *ep, int reason, const char *format,
               ...)
{
  va_list args;

  va_start (args, format);
  delivery_vfail (ep, reason, format, args);
  va_end (args);
  return reason;
}

static gboolean
may_note (struct delivery_endpoint *ep)
{
  return ep->n_notes++ < ENDPOINT_NOTES_MAX;
}

void
delivery_detail (struct delivery_endpoint *ep, const char *format, ...)
{
  g_autofree char *text = NULL;
  va_list args;

  if (!may_note (ep))
    return;
  va_start (args, format);
  text = format_clean (ep, format, args);
  va_end (args);
  record_write (ep->shared->out, RECORD_DETAIL, g_variant_new ("(s)", text));
}

void
delivery_warn (struct delivery_endpoint *ep, const char *format, ...)
{
  g_autofree char *text = NULL;
  va_list args;

  va_start (args, format);
  text = format_clean (ep, format, args);
  va_end (args);
  record_write (ep->shared->out, RECORD_WARNING, g_variant_new ("(s)", text));
}

void
delivery_debug (struct delivery_endpoint *ep, int level, const char *format,
                ...)
{
  g_autofree char *text = NULL;
  va_list args;

  if (level > ep->shared->verbosity)
    return;
  va_start (args, format);
  text = format_clean (ep, format, args);
  va_end (args);
  run_debug (ep->shared, level, ep->plugin->p.name, text);
}

static char *
note_name (const struct delivery_endpoint *ep, const char *name)
{
  gsize length = strnlen (name, 33);

  if (length == 0 || length > 32
      || strspn (name, G_CSET_a_2_z G_CSET_DIGITS "_") != length)
    return NULL;
  return g_strconcat (ep->role == DELIVERY_SENDER ? "send_" : "recv_", name,
                      NULL);
}

static void
set_fault (struct delivery_endpoint *ep, const char *what, const char *name,
           const char *wrong)
{
  g_autofree char *shown = text_clean (name, 64);

  if (!ep->fault)
    ep->fault = g_strdup_printf ("%s '%s' %s", what, shown, wrong);
}

void
delivery_fact (struct delivery_endpoint *ep, const char *name,
               const char *format, ...)
{
  g_autofree char *full = note_name (ep, name);
  g_autofree char *text = NULL;
  va_list args;

  if (!full) {
    set_fault (ep, "the fact", name, "has no proper name");
    return;
  }
  if (!may_note (ep))
    return;
  va_start (args, format);
  text = format_clean (ep, format, args);
  va_end (args);
  record_write (ep->shared->out, RECORD_FACT,
                g_variant_new ("(ss)", full, text));
}

void
delivery_metric (struct delivery_endpoint *ep, const char *name, double value,
                 const char *unit)
{
  g_autofree char *full = note_name (ep, name);

  if (!full || !result_metric_is_proper (full, value, unit))
    set_fault (ep, "the metric", name, "has no proper name, value or unit");
  else if (may_note (ep))
    record_write (ep->shared->out, RECORD_METRIC,
                  g_variant_new ("(sds)", full, value, unit));
}

/* ---- What to do -------------------------------------------------------- */

int
delivery_role (const struct delivery_endpoint *ep)
{
  return ep->role;
}

const char *
delivery_token (const struct delivery_endpoint *ep)
{
  return ep->shared->token;
}

const char *
delivery_scheme (const struct delivery_endpoint *ep)
{
  return ep->url->scheme;
}

const char *
delivery_user (const struct delivery_endpoint *ep)
{
  return ep->url->user;
}

const char *
delivery_password (const struct delivery_endpoint *ep)
{
  return ep->url->password;
}

const char *
delivery_host (const struct delivery_endpoint *ep)
{
  return ep->url->host;
}

unsigned
delivery_port (const struct delivery_endpoint *ep)
{
  return ep->url->port;
}

const char *
delivery_path (const struct delivery_endpoint *ep)
{
  return ep->url->path;
}

const char *
delivery_peer_user (const struct delivery_endpoint *ep)
{
  return ep->peer->url->user;
}

/* A name that is not in the plugin's own table is a mistake of its author,
 * and shall not pass for a parameter that is not given. */
static const struct delivery_param *
declared (struct delivery_endpoint *ep, const char *name)
{
  const struct delivery_param *param
      = params_find (ep->transport->params, ep->transport->t.n_params, name);

  if (!param)
    set_fault (ep, "the parameter", name, "is not in its table");
  return param;
}

const char *
delivery_param_at (struct delivery_endpoint *ep, const char *name,
                   size_t index)
{
  const struct delivery_param *param = declared (ep, name);
  size_t n = 0;

  for (guint i = 0; param && i < ep->url->params->len; i++) {
    const struct url_param *given = ep->url->params->pdata[i];

    if (strcmp (given->name, name) == 0 && n++ == index)
      return given->value;
  }
  return param && n == 0 && index == 0 ? param->default_value : NULL;
}

size_t
delivery_param_count (struct delivery_endpoint *ep, const char *name)
{
  size_t n = 0;

  while (delivery_param_at (ep, name, n))
    n++;
  return n;
}

const char *
delivery_param (struct delivery_endpoint *ep, const char *name)
{
  return delivery_param_at (ep, name, 0);
}

int
delivery_param_is_declared (struct delivery_endpoint *ep, const char *name)
{
  return params_find (ep->transport->params, ep->transport->t.n_params, name)
         != NULL;
}

int
delivery_param_bool (struct delivery_endpoint *ep, const char *name)
{
  const char *value = delivery_param (ep, name);

  return value && param_bool (value);
}

int64_t
delivery_param_int (struct delivery_endpoint *ep, const char *name)
{
  const char *value = delivery_param (ep, name);

  return value ? g_ascii_strtoll (value, NULL, 10) : 0;
}

double
delivery_param_seconds (struct delivery_endpoint *ep, const char *name)
{
  const char *value = delivery_param (ep, name);
  gint64 us;

  return value && text_duration (value, &us) ? (double)us / 1e6 : 0;
}

int
delivery_family (const struct delivery_endpoint *ep)
{
  return ep->shared->family;
}

void
delivery_secret (struct delivery_endpoint *ep, const char *text)
{
  secrets_add (ep->shared->secrets, text);
}

void
delivery_set_data (struct delivery_endpoint *ep, void *data)
{
  ep->data = data;
}

void *
delivery_data (const struct delivery_endpoint *ep)
{
  return ep->data;
}

/* ---- Time -------------------------------------------------------------- */

int64_t
delivery_now (void)
{
  return g_get_monotonic_time ();
}

int64_t
delivery_deadline (const struct delivery_endpoint *ep)
{
  return ep->deadline;
}

int
delivery_remaining_ms (const struct delivery_endpoint *ep)
{
  gint64 left = ep->deadline - g_get_monotonic_time ();

  if (left <= 0 || (!ep->closing && run_is_cancelled (ep->shared)))
    return 0;
  return (int)MIN ((left + 999) / 1000, G_MAXINT);
}

static int
ready_events (const struct pollfd *fd, int events)
{
  int ready = 0;

  if (fd->revents & POLLIN)
    ready |= DELIVERY_READ;
  if (fd->revents & POLLOUT)
    ready |= DELIVERY_WRITE;
  if (fd->revents & (POLLERR | POLLHUP | POLLNVAL))
    ready = events;
  return ready;
}

/* What is left until `until` or the deadline, as delivery_remaining_ms(). */
static int
left_ms (const struct delivery_endpoint *ep, gint64 until)
{
  gint64 now = g_get_monotonic_time ();
  int remaining = delivery_remaining_ms (ep);

  return until <= now ? 0 : (int)MIN ((until - now - 1) / 1000 + 1, remaining);
}

int
delivery_poll_many (struct delivery_endpoint *ep, struct delivery_pollfd *fds,
                    size_t n_fds, int64_t until)
{
  g_autofree struct pollfd *all = g_new0 (struct pollfd, n_fds + 1);
  int left, ready = 0;

  for (size_t i = 0; i < n_fds; i++) {
    all[i].fd = fds[i].fd;
    all[i].events = (short)((fds[i].events & DELIVERY_READ ? POLLIN : 0)
                            | (fds[i].events & DELIVERY_WRITE ? POLLOUT : 0));
    fds[i].ready = 0;
  }
  all[n_fds].fd = ep->closing ? -1 : ep->shared->cancel_fd;
  all[n_fds].events = POLLIN;
  while (!ready && (left = left_ms (ep, until)) > 0) {
    if (poll (all, n_fds + 1, left) < 0) {
      if (errno != EINTR)
        return -1;
      continue;
    }
    for (size_t i = 0; i < n_fds; i++) {
      fds[i].ready = ready_events (&all[i], fds[i].events);
      ready += fds[i].ready != 0;
    }
  }
  return ready;
}

int
delivery_poll (struct delivery_endpoint *ep, int fd, int events)
{
  struct delivery_pollfd one = { fd, events, 0 };
  int n = delivery_poll_many (ep, &one, 1, INT64_MAX);

  return n > 0 ? one.ready : n;
}
