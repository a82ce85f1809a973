/* SPDX-License-Identifier: BSD-2-Clause */
/* One run, and what must hold of every run. */
#include "session.h"

#include "plugin.h"
#include "reason.h"
#include "record.h"
#include "registry.h"
#include "run.h"
#include "token.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define SECOND ((gint64)1000 * 1000)
#define TIMEOUT (60 * SECOND)

/* What a text may have, with the name of its plugin or step before it. */
#define TEXT_LONGEST 700

/* So much of the password is a leak. */
#define LEAK 8

struct session *session_now;

/* ---- The other end of the run ------------------------------------------ */

static int
stub_works (struct delivery_endpoint *ep, uint32_t flags)
{
  (void)ep;
  (void)flags;
  return DELIVERY_OK;
}

static const struct delivery_transport stub_transport = {
  .scheme = "stub",
  .synopsis = "stub://USER@/",
  .description = "Always works.",
  .url = DELIVERY_TAKES_USER,
  .send = stub_works,
  .recv = stub_works,
};

static const struct delivery_plugin stub = {
  .name = "stub",
  .version = "1",
  .summary = "always works",
  .transports = &stub_transport,
  .n_transports = 1,
};

static const struct delivery_plugin_record stub_record
    = { DELIVERY_MAGIC,
        DELIVERY_ABI_MAJOR,
        DELIVERY_ABI_MINOR,
        sizeof (struct delivery_plugin),
        sizeof (struct delivery_transport),
        sizeof (struct delivery_param),
        0,
        &stub };

/* ---- In the place of the registry --------------------------------------
 *
 * The linker puts __wrap_NAME where the program calls NAME (--wrap). */

struct registry *__wrap_registry_new (char **first, GError **error);
void __wrap_registry_free (struct registry *registry);
const struct transport *__wrap_registry_find (struct registry *registry,
                                              const char *scheme,
                                              const struct plugin **plugin,
                                              registry_notify *notify,
                                              gpointer data, GError **error);

struct registry *
__wrap_registry_new (char **first, GError **error)
{
  static char nothing; /* whose address is a registry for those below */

  (void)first;
  (void)error;
  return (struct registry *)&nothing;
}

void
__wrap_registry_free (struct registry *registry)
{
  (void)registry;
}

static struct plugin *
adopt (const struct delivery_plugin_record *record)
{
  g_autofree char *file = g_strconcat (record->plugin->name, ".so", NULL);
  struct plugin *plugin = plugin_adopt (record, file, file, NULL);

  session_check (plugin != NULL, "a plugin is not as it must be");
  return plugin;
}

/* They stay for all inputs. */
static const struct plugin *
find_plugin (const char *scheme)
{
  static struct plugin *plugins[6];
  const struct session_target *target = session_now->target;

  if (!plugins[0]) {
    plugins[0] = adopt (&stub_record);
    for (gsize i = 0; target->entries[i]; i++)
      plugins[i + 1] = adopt (target->entries[i]());
  }
  for (gsize i = 0; i < G_N_ELEMENTS (plugins) && plugins[i]; i++)
    if (plugin_transport (plugins[i], scheme))
      return plugins[i];
  return NULL;
}

const struct transport *
__wrap_registry_find (struct registry *registry, const char *scheme,
                      const struct plugin **plugin, registry_notify *notify,
                      gpointer data, GError **error)
{
  (void)registry;
  (void)error;
  notify (data, scheme);
  *plugin = find_plugin (scheme);
  session_check (*plugin != NULL, "no plugin for a URL");
  return plugin_transport (*plugin, scheme);
}

/* ---- The token --------------------------------------------------------- */

char *__wrap_token_new (GError **error);

char *
__wrap_token_new (GError **error)
{
  (void)error;
  return g_strdup (session_now->token);
}

static void
fill (char *text, gsize length, guint64 *state)
{
  static const char alphabet[] = "abcdefghijkmnpqrstuvwxyz23456789";

  for (gsize i = 0; i < length; i++) {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    text[i] = alphabet[*state >> 59];
  }
  text[length] = '\0';
}

/* Both hang on the whole input: what a fuzzer learns by watching comparisons
 * is of no use for the next one. */
static void
make_secrets (struct session *session, const guint8 *data, gsize size)
{
  guint64 state = 0xcbf29ce484222325u;

  for (gsize i = 0; i < size; i++)
    state = (state ^ data[i]) * 0x100000001b3u;
  state |= 1;
  strcpy (session->token, "cd-");
  fill (session->token + 3, 32, &state);
  fill (session->password, sizeof session->password - 1, &state);
}

/* ---- What the run tells ------------------------------------------------ */

gboolean __wrap_record_write (int fd, enum record_kind kind, GVariant *body);

static void
check_secrets (const char *text)
{
  const char *password = session_now->password;
  g_autofree char *start = g_strndup (password, LEAK);
  g_autofree char *base64
      = g_base64_encode ((const guchar *)password, strlen (password) / 3 * 3);

  if (!session_now->has_password)
    return;
  session_check (!strstr (text, start), "the password is in a text");
  session_check (!strstr (text, base64), "the password is in a text (base64)");
}

static void
check_text (const char *text)
{
  session_check (strlen (text) <= TEXT_LONGEST, "a text without end");
  session_check (g_utf8_validate (text, -1, NULL), "a text that is not UTF-8");
  for (const char *p = text; *p; p = g_utf8_next_char (p)) {
    gunichar c = g_utf8_get_char (p);

    session_check (c == ' ' || g_unichar_isgraph (c),
                   "a text with what cannot be printed");
    session_check (!strchr ("|<>`", *p), "a text with what is no text");
  }
  check_secrets (text);
}

static void
check_strings (GVariant *body)
{
  for (gsize i = 0; i < g_variant_n_children (body); i++) {
    g_autoptr (GVariant) child = g_variant_get_child_value (body, i);

    if (g_variant_is_of_type (child, G_VARIANT_TYPE_STRING))
      check_text (g_variant_get_string (child, NULL));
  }
}

/* For who looks for the cause of something. */
static void
show (GVariant *body)
{
  g_autofree char *text = NULL;

  if (!g_getenv ("SESSION_VERBOSE"))
    return;
  text = g_variant_print (body, FALSE);
  fprintf (stderr, "%s\n", text);
}

gboolean
__wrap_record_write (int fd, enum record_kind kind, GVariant *body)
{
  (void)fd;
  g_variant_ref_sink (body);
  show (body);
  check_strings (body);
  if (kind == RECORD_RESULT) {
    g_variant_get_child (body, 0, "i", &session_now->reason);
    session_now->is_found = reason_is_found (session_now->reason);
  }
  g_variant_unref (body);
  return TRUE;
}

/* ---- What must hold of every run --------------------------------------- */

/* Nothing that a server says is a mistake of ours. */
static void
check_reason (const struct session *session)
{
  session_check (session->reason != REASON_PLUGIN, "the plugin is faulty");
  session_check (session->reason != REASON_INTERRUPTED, "a signal");
  session_check (session->reason != DELIVERY_INTERNAL, "our own failure");
  session_check (session->reason != DELIVERY_CONFIG,
                 "a server is taken for a mistake in the URL");
}

static void
check_time (const struct session *session)
{
  session_check (session->clock - session->begun <= TIMEOUT + SECOND / 2,
                 "it took longer than it may");
}

/* Lines end in CR LF, and have neither in them.  (Data may be anything.) */
static void
check_lines (const struct connection *connection)
{
  const GString *heard = connection->heard;

  if (connection->is_beside)
    return;
  session_check (!memchr (heard->str, '\0', heard->len), "it says a NUL");
  for (const char *at = heard->str; (at = strpbrk (at, "\r\n")); at += 2)
    session_check (at[0] == '\r' && at[1] == '\n',
                   "it says CR or LF, and not both");
}

static gboolean
is_allowed (const char *line, const char *verbs)
{
  g_auto (GStrv) all = g_strsplit (verbs, " ", -1);
  const char *tag = strncmp (line, "ABCD", 4) == 0 ? strchr (line, ' ') : NULL;

  if (tag)
    line = tag + 1;
  for (char **verb = all; *verb; verb++)
    if (**verb && g_str_has_prefix (line, *verb))
      return TRUE;
  return FALSE;
}

/* Before TLS that was asked for, nothing but a few commands goes out. */
static void
check_clear (const struct connection *connection, const char *verbs)
{
  const GString *heard = connection->heard;
  gsize n = connection->has_tls ? connection->clear_heard : heard->len;
  const char *line = heard->str, *end;

  for (; line < heard->str + n; line = end + 1) {
    end = strchr (line, '\n');
    session_check (end && is_allowed (line, verbs),
                   "it says what must not be said before TLS");
  }
}

static const char *
verbs_before_tls (const struct session *session, const char *url)
{
  const struct session_clear *clear = session->target->clear;
  g_autofree char *scheme = g_strndup (url, strcspn (url, ":"));

  for (; clear && clear->scheme; clear++)
    if (strcmp (clear->scheme, scheme) == 0)
      return clear->verbs;
  return NULL;
}

static void
check_all (const struct session *session, const struct session_pair *pair)
{
  const char *verbs = NULL;

  for (int role = 0; role < 2 && !verbs; role++)
    verbs = verbs_before_tls (session, pair->urls[role]);
  for (guint i = 0; i < session->connections->len; i++) {
    const struct connection *connection = session->connections->pdata[i];

    check_lines (connection);
    if (verbs)
      check_clear (connection, verbs);
  }
  check_reason (session);
  check_time (session);
  session->target->judge (session);
}

/* The server's ends are closed by then: these numbers are nobody else's. */
static void
check_descriptors (const int *clients, gsize n)
{
  for (gsize i = 0; i < n; i++)
    session_check (fcntl (clients[i], F_GETFD) < 0,
                   "a connection stays open at the end");
}

/* ---- One run ----------------------------------------------------------- */

static void
run_once (struct session *session, const struct session_pair *pair)
{
  struct run_order order = {
    .patience = session->how & SESSION_PATIENT ? 3 * SECOND : SECOND / 20,
    .timeout = TIMEOUT,
    .deadline = session->clock + TIMEOUT,
    .verbosity = session->how == SESSION_FLOOD ? 0 : 3,
  };
  char *urls[2];

  for (int role = 0; role < 2; role++) {
    GString *url = g_string_new (pair->urls[role]);

    if (g_string_replace (url, "PASSWORD", session->password, 0))
      session->has_password = TRUE;
    urls[role] = g_string_free (url, FALSE);
    order.urls[role] = urls[role];
  }
  run (&order, -1, -1);
  g_free (urls[0]);
  g_free (urls[1]);
}

static void
session_free (struct session *session)
{
  g_autofree int *clients = g_new (int, session->connections->len + 1);
  gsize n = 0;

  for (guint i = 0; i < session->connections->len; i++) {
    struct connection *connection = session->connections->pdata[i];

    clients[n++] = connection->client;
    session_connection_free (connection);
  }
  check_descriptors (clients, n);
  g_ptr_array_unref (session->connections);
  g_string_free (session->last, TRUE);
}

int
session_play (const struct session_target *target, const guint8 *data,
              gsize size)
{
  struct session session = { .target = target, .reason = -1 };
  const struct session_pair *pair;

  if (size < 3)
    return 0;
  pair = &target->pairs[(guint8)(data[0] - '0') % target->n_pairs];
  session.how = data[1] == SESSION_FLOOD ? SESSION_FLOOD : data[1] & 31;
  session.at = data + 3;
  session.end = data + size;
  session.last = g_string_new (NULL);
  session.connections = g_ptr_array_new ();
  session.clock = session.begun = 1000 * SECOND;
  make_secrets (&session, data, size);
  session_now = &session;
  run_once (&session, pair);
  for (guint i = 0; i < session.connections->len; i++)
    session_hear (session.connections->pdata[i]);
  check_all (&session, pair);
  session_now = NULL;
  session_free (&session);
  return 0;
}
