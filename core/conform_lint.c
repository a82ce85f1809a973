/* SPDX-License-Identifier: BSD-2-Clause */
#include "conform.h"

#include <string.h>

/* Longer ones do not fit beside a name on a line. */
#define SUMMARY_MAX 60

static void
lint_plugin (struct report *report, const struct plugin *plugin)
{
  const struct delivery_plugin *p = &plugin->p;

  if (!p->author && !p->home_page)
    report_add (report, VERDICT_NOTE,
                "neither author nor home page: users will want to ask "
                "somebody");
  if (strlen (p->summary) > SUMMARY_MAX)
    report_add (report, VERDICT_NOTE,
                "the summary is longer than %d characters", SUMMARY_MAX);
  if (g_str_has_suffix (p->summary, "."))
    report_add (report, VERDICT_NOTE,
                "the summary ends in a full stop; it is no sentence");
}

/* What is loaded for a scheme is found by the name of its file. */
static void
lint_scheme (struct report *report, const struct plugin *plugin,
             const char *scheme)
{
  if (!g_str_has_prefix (scheme, plugin->p.name))
    report_add (report, VERDICT_NOTE,
                "%s:// does not begin with the plugin's name '%s': all "
                "plugins are loaded to find it",
                scheme, plugin->p.name);
}

/* Callbacks that are never called. */
static void
lint_callbacks (struct report *report, const struct transport *t)
{
  static const struct {
    enum plugin_callback callback;
    int role;
  } belong[] = {
    { CALLBACK_CONNECT_EARLY, DELIVERY_RECEIVER },
    { CALLBACK_WAIT, DELIVERY_RECEIVER },
    { CALLBACK_CLOSE_LATE, DELIVERY_SENDER },
  };
  const char *scheme = t->t.scheme;

  for (gsize i = 0; i < G_N_ELEMENTS (belong); i++)
    if (transport_has (t, belong[i].callback)
        && !transport_is (t, belong[i].role))
      report_add (report, VERDICT_MEND,
                  "%s:// has %s, but no %s: it is "
                  "never called",
                  scheme, plugin_callback_names[belong[i].callback],
                  belong[i].role == DELIVERY_SENDER ? "send" : "recv");
  if (transport_has (t, CALLBACK_OPEN) && !transport_has (t, CALLBACK_FREE))
    report_add (report, VERDICT_NOTE,
                "%s:// has open, but no free for what it makes", scheme);
  if (transport_has (t, CALLBACK_CONNECT) && !transport_has (t, CALLBACK_CLOSE)
      && !transport_has (t, CALLBACK_CLOSE_LATE))
    report_add (report, VERDICT_NOTE,
                "%s:// has connect, but no close to take leave", scheme);
  if (transport_is (t, DELIVERY_RECEIVER)
      && !transport_has (t, CALLBACK_CLEAN))
    report_add (report, VERDICT_NOTE,
                "%s:// has no clean: what was found stays where it is",
                scheme);
}

/* "password", "api_token", but not "token_file". */
static gboolean
sounds_secret (const char *name)
{
  static const char *const words[]
      = { "password", "passwd", "secret", "token", NULL };
  const char *last = strrchr (name, '_');

  return g_strv_contains (words, last ? last + 1 : name);
}

static void
lint_param (struct report *report, const char *scheme,
            const struct delivery_param *param)
{
  if (sounds_secret (param->name) && !(param->flags & DELIVERY_PARAM_SECRET))
    report_add (report, VERDICT_MEND,
                "%s:// %s sounds like a secret; give it the flag "
                "DELIVERY_PARAM_SECRET, or it will be printed",
                scheme, param->name);
  if (!g_str_has_suffix (param->help, "."))
    report_add (report, VERDICT_NOTE,
                "%s:// the help of %s does not end in a full stop", scheme,
                param->name);
  if ((param->flags & DELIVERY_PARAM_REQUIRED) && param->default_value)
    report_add (report, VERDICT_MEND,
                "%s:// %s is required, so its default is never used", scheme,
                param->name);
}

static void
lint_transport (struct report *report, const struct plugin *plugin,
                const struct transport *transport)
{
  const struct delivery_transport *t = &transport->t;
  g_autofree char *begin = g_strconcat (t->scheme, ":", NULL);

  lint_scheme (report, plugin, t->scheme);
  if (!g_str_has_prefix (t->synopsis, begin))
    report_add (report, VERDICT_MEND,
                "%s:// the synopsis is no URL of that scheme: %s", t->scheme,
                t->synopsis);
  if (!g_str_has_suffix (t->description, "."))
    report_add (report, VERDICT_NOTE,
                "%s:// the description does not end in a full stop",
                t->scheme);
  lint_callbacks (report, transport);
  for (gsize i = 0; i < t->n_params; i++)
    lint_param (report, t->scheme, &transport->params[i]);
}

void
conform_lint (struct report *report, const struct plugin *plugin)
{
  guint before = report->counts[VERDICT_MEND];

  lint_plugin (report, plugin);
  for (gsize i = 0; i < plugin->p.n_transports; i++)
    lint_transport (report, plugin, &plugin->transports[i]);
  if (report->counts[VERDICT_MEND] == before)
    report_add (report, VERDICT_OK, "its tables make sense");
}
