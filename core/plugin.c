/* SPDX-License-Identifier: BSD-2-Clause */
#include "plugin.h"

#include "params.h"
#include "reason.h"

#include <string.h>

/* The sizes of the structs in version 0.9, below which no plugin goes. */
#define PLUGIN_SIZE_MIN \
  (offsetof (struct delivery_plugin, n_transports) + sizeof (size_t))
#define TRANSPORT_SIZE_MIN                          \
  (offsetof (struct delivery_transport, close_late) \
   + sizeof (delivery_callback *))
#define PARAM_SIZE_MIN \
  (offsetof (struct delivery_param, help) + sizeof (const char *))

const char *const plugin_callback_names[N_CALLBACKS] = {
  [CALLBACK_OPEN] = "open",
  [CALLBACK_FREE] = "free",
  [CALLBACK_CONNECT_EARLY] = "connect_early",
  [CALLBACK_CONNECT] = "connect",
  [CALLBACK_SEND] = "send",
  [CALLBACK_RECV] = "recv",
  [CALLBACK_WAIT] = "wait",
  [CALLBACK_CLEAN] = "clean",
  [CALLBACK_CLOSE] = "close",
  [CALLBACK_CLOSE_LATE] = "close_late",
};

/* More would be a mistake, or an attack on our memory. */
#define SIZE_MAX_SANE 4096
#define COUNT_MAX 256
#define TEXT_MAX_SANE 4096

static gboolean G_GNUC_PRINTF (2, 3)
    fault (GError **error, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  g_propagate_error (
      error, g_error_new_valist (CORE_ERROR, REASON_PLUGIN, format, args));
  va_end (args);
  return FALSE;
}

/* One number for a version, so that two can be compared. */
static guint
version (guint major, guint minor)
{
  return major << 16 | minor;
}

gboolean
plugin_check_version (guint major, guint minor, GError **error)
{
  gboolean is_newer = version (major, minor)
                      > version (DELIVERY_ABI_MAJOR, DELIVERY_ABI_MINOR);

  if (major == DELIVERY_ABI_MAJOR && !is_newer)
    return TRUE;
  return fault (error,
                "made for version %u.%u of the plugin contract, and this "
                "check_delivery has %u.%u; %s",
                major, minor, DELIVERY_ABI_MAJOR, DELIVERY_ABI_MINOR,
                is_newer ? "install a newer check_delivery"
                         : "rebuild the plugin");
}

static gboolean
check_record (const struct delivery_plugin_record *record, GError **error)
{
  if (!record)
    return fault (error, "delivery_plugin_entry() returned NULL");
  if (record->magic != DELIVERY_MAGIC)
    return fault (error,
                  "wrong magic number 0x%08x instead of 0x%08x; use the macro "
                  "DELIVERY_PLUGIN",
                  record->magic, DELIVERY_MAGIC);
  if (!plugin_check_version (record->abi_major, record->abi_minor, error))
    return FALSE;
  if (record->plugin_size < PLUGIN_SIZE_MIN
      || record->transport_size < TRANSPORT_SIZE_MIN
      || record->param_size < PARAM_SIZE_MIN)
    return fault (error, "its tables are shorter than version %u.%u says",
                  record->abi_major, record->abi_minor);
  if (record->plugin_size > SIZE_MAX_SANE
      || record->transport_size > SIZE_MAX_SANE
      || record->param_size > SIZE_MAX_SANE)
    return fault (error, "its tables are longer than any version says");
  if (record->reserved)
    return fault (error, "uses what this check_delivery does not know yet; "
                         "install a newer one");
  if (!record->plugin)
    return fault (error, "its table is NULL");
  return TRUE;
}

/* Copies a struct of the plugin's size into one of ours. */
static gboolean
adopt (void *ours, gsize our_size, const void *theirs, gsize their_size,
       GError **error)
{
  const char *bytes = theirs;

  memset (ours, 0, our_size);
  memcpy (ours, theirs, MIN (our_size, their_size));
  for (gsize i = our_size; i < their_size; i++)
    if (bytes[i])
      return fault (error, "uses what this check_delivery does not know yet; "
                           "install a newer one");
  return TRUE;
}

static gboolean
check_text (const char *text, const char *what, gboolean required,
            GError **error)
{
  if (!text || !*text)
    return !required || fault (error, "has no %s", what);
  if (strnlen (text, TEXT_MAX_SANE + 1) > TEXT_MAX_SANE)
    return fault (error, "its %s is longer than %d bytes", what,
                  TEXT_MAX_SANE);
  if (!g_utf8_validate (text, -1, NULL))
    return fault (error, "its %s is not UTF-8", what);
  return TRUE;
}

static gboolean
is_scheme (const char *text)
{
  gsize length = text ? strnlen (text, 33) : 0;

  return length > 0 && length <= 32 && g_ascii_islower (*text)
         && strspn (text, G_CSET_a_2_z G_CSET_DIGITS "+.-") == length;
}

static gboolean
check_schemes (const struct delivery_transport *t, GError **error)
{
  if (!is_scheme (t->scheme))
    return fault (error, "a scheme is missing or not of [a-z][a-z0-9+.-]*");
  for (gsize i = 0; t->other_names && t->other_names[i]; i++)
    if (i == COUNT_MAX || !is_scheme (t->other_names[i]))
      return fault (error,
                    "another name of scheme '%s' is not of "
                    "[a-z][a-z0-9+.-]*",
                    t->scheme);
  return TRUE;
}

/* One entry; those before it have passed. */
static gboolean
check_param (const struct transport *transport, gsize index, GError **error)
{
  const struct delivery_param *param = &transport->params[index];

  if (!check_text (param->default_value, "default of a parameter", FALSE,
                   error)
      || !check_text (param->values, "list of values of a parameter", FALSE,
                      error))
    return FALSE;
  if (!param_check_declared (param, error)) {
    if (error)
      (*error)->code = REASON_PLUGIN;
    return FALSE;
  }
  for (gsize j = 0; j < index; j++)
    if (strcmp (param->name, transport->params[j].name) == 0)
      return fault (error, "'%s' stands twice", param->name);
  if (check_text (param->help, "help", TRUE, error))
    return TRUE;
  g_prefix_error (error, "'%s' ", param->name);
  return FALSE;
}

static gboolean
adopt_params (struct transport *transport,
              const struct delivery_plugin_record *record, GError **error)
{
  const char *theirs = (const char *)transport->t.params;
  gsize n = transport->t.n_params;

  transport->t.params = NULL;
  if (n > COUNT_MAX || (n && !theirs)) {
    transport->t.n_params = 0;
    return fault (error, "the parameter table of '%s' makes no sense",
                  transport->t.scheme);
  }
  transport->params = g_new0 (struct delivery_param, n + 1);
  for (gsize i = 0; i < n; i++) {
    struct delivery_param *param = &transport->params[i];

    if (!adopt (param, sizeof *param, theirs + i * record->param_size,
                record->param_size, error))
      return FALSE;
    if (!check_param (transport, i, error)) {
      g_prefix_error (error, "in the parameter table of '%s', ",
                      transport->t.scheme);
      return FALSE;
    }
  }
  return TRUE;
}

static guint32
callbacks_of (const struct delivery_transport *t)
{
  delivery_callback *const callbacks[N_CALLBACKS] = {
    [CALLBACK_OPEN] = t->open,
    [CALLBACK_FREE] = t->free,
    [CALLBACK_CONNECT_EARLY] = t->connect_early,
    [CALLBACK_CONNECT] = t->connect,
    [CALLBACK_SEND] = t->send,
    [CALLBACK_RECV] = t->recv,
    [CALLBACK_WAIT] = t->wait,
    [CALLBACK_CLEAN] = t->clean,
    [CALLBACK_CLOSE] = t->close,
    [CALLBACK_CLOSE_LATE] = t->close_late,
  };
  guint32 bits = 0;

  for (guint i = 0; i < N_CALLBACKS; i++)
    if (callbacks[i])
      bits |= 1u << i;
  return bits;
}

gboolean
transport_has (const struct transport *transport,
               enum plugin_callback callback)
{
  return (transport->callbacks >> callback & 1u) != 0;
}

gboolean
transport_is (const struct transport *transport, int role)
{
  return transport_has (transport, role == DELIVERY_SENDER ? CALLBACK_SEND
                                                           : CALLBACK_RECV);
}

static gboolean
adopt_transport (struct transport *transport, const void *theirs,
                 const struct delivery_plugin_record *record, GError **error)
{
  struct delivery_transport *t = &transport->t;

  if (!adopt (t, sizeof *t, theirs, record->transport_size, error))
    return FALSE;
  if (!check_schemes (t, error)
      || !check_text (t->synopsis, "synopsis", TRUE, error)
      || !check_text (t->description, "description", TRUE, error))
    return FALSE;
  transport->callbacks = callbacks_of (t);
  if (!t->send && !t->recv)
    return fault (error, "transport '%s' has neither send nor recv",
                  t->scheme);
  return adopt_params (transport, record, error);
}

/* Each scheme once within the plugin. */
static gboolean
check_unique (const struct plugin *plugin, GError **error)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);

  for (gsize i = 0; i < plugin->p.n_transports; i++) {
    const struct delivery_transport *t = &plugin->transports[i].t;
    const char *const *names = t->other_names;

    if (!g_hash_table_add (seen, (gpointer)t->scheme))
      return fault (error, "scheme '%s' stands twice", t->scheme);
    for (; names && *names; names++)
      if (!g_hash_table_add (seen, (gpointer)*names))
        return fault (error, "scheme '%s' stands twice", *names);
  }
  return TRUE;
}

static gboolean
adopt_plugin (struct plugin *plugin,
              const struct delivery_plugin_record *record,
              const char *file_name, GError **error)
{
  struct delivery_plugin *p = &plugin->p;
  const char *theirs;
  g_autofree char *expected = NULL;
  gboolean adopted
      = adopt (p, sizeof *p, record->plugin, record->plugin_size, error);
  gsize n = p->n_transports;

  p->n_transports = 0;
  if (!adopted || !check_text (p->name, "name", TRUE, error))
    return FALSE;
  expected = g_strconcat (p->name, ".so", NULL);
  if (strcmp (expected, file_name) != 0)
    return fault (error, "its name is '%s', so the file must be '%s'", p->name,
                  expected);
  if (!check_text (p->version, "version", TRUE, error)
      || !check_text (p->summary, "summary", TRUE, error)
      || !check_text (p->author, "author", FALSE, error)
      || !check_text (p->home_page, "home page", FALSE, error))
    return FALSE;
  theirs = (const char *)p->transports;
  p->transports = NULL;
  if (n == 0 || n > COUNT_MAX || !theirs)
    return fault (error, "has no transports");
  plugin->transports = g_new0 (struct transport, n);
  for (gsize i = 0; i < n; i++) {
    p->n_transports = i + 1;
    if (!adopt_transport (&plugin->transports[i],
                          theirs + i * record->transport_size, record, error))
      return FALSE;
  }
  return check_unique (plugin, error);
}

struct plugin *
plugin_adopt (const struct delivery_plugin_record *record, const char *path,
              const char *file_name, GError **error)
{
  struct plugin *plugin;

  if (!check_record (record, error))
    return NULL;
  plugin = g_new0 (struct plugin, 1);
  plugin->path = g_strdup (path);
  plugin->record = *record;
  if (adopt_plugin (plugin, record, file_name, error))
    return plugin;
  plugin_free (plugin);
  return NULL;
}

void
plugin_free (struct plugin *plugin)
{
  if (!plugin)
    return;
  for (gsize i = 0; i < plugin->p.n_transports; i++)
    g_free (plugin->transports[i].params);
  g_free (plugin->transports);
  g_free (plugin->path);
  g_free (plugin);
}

const struct transport *
plugin_transport (const struct plugin *plugin, const char *scheme)
{
  for (gsize i = 0; i < plugin->p.n_transports; i++) {
    const struct delivery_transport *t = &plugin->transports[i].t;
    const char *const *names = t->other_names;

    if (strcmp (t->scheme, scheme) == 0)
      return &plugin->transports[i];
    for (; names && *names; names++)
      if (strcmp (*names, scheme) == 0)
        return &plugin->transports[i];
  }
  return NULL;
}
