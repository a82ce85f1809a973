/* SPDX-License-Identifier: BSD-2-Clause */
#include "conform.h"

#include "conform_peer.h"
#include "play.h"
#include "result.h"
#include "scenario.h"
#include "text.h"

#include <math.h>
#include <string.h>
#include <sys/stat.h>

/* What each run may take; one that is to end by its deadline, less. */
#define RUN_TIMEOUT (10 * G_USEC_PER_SEC)
#define DEADLINE (2 * G_USEC_PER_SEC)
#define PATIENCE (G_USEC_PER_SEC / 2)

#define FOREIGN "this belongs to somebody else\n"

/* A run to make: its URLs, and what is told of it. */
struct trial {
  char *urls[2];
  const char *what; /* "a server that is not there" */
  gint64 timeout, patience;
  gboolean is_guessed; /* the URLs are made of the table */
};

static void
trial_clear (struct trial *trial)
{
  for (int role = 0; role < 2; role++)
    g_clear_pointer (&trial->urls[role], g_free);
}

/* ---- Making a run ------------------------------------------------------ */

static struct result *
make_run (struct conform *conform, const struct trial *trial)
{
  struct scenario *scenario = scenario_new (NULL);
  struct play_options options = { .started = g_get_monotonic_time (),
                                  .jobs = 1,
                                  .plugin_dirs = conform->folders,
                                  .family = conform->request->family,
                                  .lists_fds = TRUE };
  g_autoptr (GPtrArray) scenarios
      = g_ptr_array_new_with_free_func ((GDestroyNotify)scenario_free);
  g_autoptr (GPtrArray) results = NULL;
  struct result *result;
  g_autofree char *progress = g_strdup_printf ("trying %s", trial->what);

  conform->host->say (progress);
  for (int role = 0; role < 2; role++)
    scenario->urls[role] = g_strdup (trial->urls[role]);
  scenario->settings.timeout = trial->timeout ? trial->timeout : RUN_TIMEOUT;
  scenario->settings.patience = trial->patience;
  g_ptr_array_add (scenarios, scenario);
  results = play (scenarios, &options, conform->host);
  result = g_ptr_array_steal_index (results, 0);
  if (result->reason == REASON_INTERRUPTED)
    conform->is_interrupted = TRUE;
  return result;
}

/* On a busy machine a run may be a moment late, though not twice. */
static struct result *
make_judged_run (struct conform *conform, const struct trial *trial)
{
  struct result *result = make_run (conform, trial);

  if (result->killed && !conform->is_interrupted) {
    result_free (result);
    result = make_run (conform, trial);
  }
  return result;
}

static const char *
fact (const struct result *result, const char *name)
{
  for (guint i = 0; i < result->facts->len; i++) {
    const struct result_fact *fact = result->facts->pdata[i];

    if (strcmp (fact->name, name) == 0)
      return fact->text;
  }
  return NULL;
}

/* What must not happen in any run.  TRUE if nothing of it did.  A run that was
 * interrupted says nothing. */
static gboolean
judge_conduct (struct conform *conform, const struct trial *trial,
               const struct result *result)
{
  const char *left = fact (result, RUN_FACT_FDS);

  if (conform->is_interrupted)
    return FALSE;
  if (result->killed)
    report_add (&conform->report, VERDICT_MEND,
                "%s: %s did not come back by delivery_deadline(), and had to "
                "be killed",
                trial->what, result->step);
  else if (result->reason == REASON_PLUGIN)
    report_add (&conform->report, VERDICT_MEND, "%s: %s: %s", trial->what,
                result->step, result->message);
  else if (left)
    report_add (&conform->report, VERDICT_MEND,
                "%s: descriptors are left open behind free: %s", trial->what,
                left);
  else
    return TRUE;
  return FALSE;
}

static void
expect_delivery (struct conform *conform, const struct trial *trial)
{
  struct result *result;

  if (conform_is_interrupted (conform))
    return;
  result = make_judged_run (conform, trial);
  if (!judge_conduct (conform, trial, result))
    ;
  else if (result->reason == DELIVERY_OK)
    report_add (&conform->report, VERDICT_OK, "%s: delivered", trial->what);
  else if (result->reason == DELIVERY_CONFIG && trial->is_guessed)
    report_add (&conform->report, VERDICT_SKIP,
                "%s: %s; add --send and --recv with URLs that it takes",
                trial->what, result->message);
  else
    report_add (&conform->report, VERDICT_MEND, "%s: %s: %s (%s)", trial->what,
                result->step, result->message, reason_name (result->reason));
  result_free (result);
}

/* A run that cannot succeed: it must say so, and why. */
static void
expect_failure (struct conform *conform, const struct trial *trial)
{
  struct result *result;

  if (conform_is_interrupted (conform))
    return;
  result = make_judged_run (conform, trial);
  if (!judge_conduct (conform, trial, result))
    ;
  else if (result->reason == DELIVERY_OK || reason_is_found (result->reason))
    report_add (&conform->report, VERDICT_MEND,
                "%s: says that the token was delivered (%s)", trial->what,
                reason_name (result->reason));
  else if (strstr (result->message, "did not say why"))
    report_add (&conform->report, VERDICT_MEND,
                "%s: %s fails without a word; call delivery_fail()",
                trial->what, result->step);
  else
    report_add (&conform->report, VERDICT_OK, "%s: %s", trial->what,
                reason_name (result->reason));
  result_free (result);
}

/* ---- URLs that a transport takes --------------------------------------- */

/* Some value that the table lets pass. */
static char *
some_value (const struct delivery_param *param)
{
  const char *values = param->values ? param->values : "1";

  switch (param->type) {
  case DELIVERY_PARAM_CHOICE:
    return g_strndup (values, strcspn (values, "|"));
  case DELIVERY_PARAM_INTEGER:
  case DELIVERY_PARAM_SECONDS:
    if (*values == ':')
      values++;
    return g_strndup (values, strcspn (values, ":"));
  case DELIVERY_PARAM_BOOL:
    return g_strdup ("yes");
  default:
    return g_strdup ("x");
  }
}

/* `to` of DELIVERY_MAIL_PARAMS may be left out only where the other end's URL
 * has a user, and here it has none. */
static gboolean
is_needed (const struct delivery_param *param)
{
  return param->flags & DELIVERY_PARAM_REQUIRED
         || strcmp (param->name, "to") == 0;
}

static void
append_required (GString *url, const struct transport *transport)
{
  char before = '?';

  for (gsize i = 0; i < transport->t.n_params; i++) {
    const struct delivery_param *param = &transport->params[i];
    g_autofree char *value = NULL;

    if (!is_needed (param))
      continue;
    value = some_value (param);
    g_string_append_printf (url, "%c%s=", before, param->name);
    g_string_append_uri_escaped (url, value, NULL, FALSE);
    before = '&';
  }
}

/* "scheme://user:password@127.0.0.1:PORT/PATH?required=x", of which it has
 * what the transport needs; and `path`, if it takes one. */
static char *
make_url (const struct transport *transport, guint port, const char *path)
{
  guint32 parts = transport->t.url;
  GString *url = g_string_new (NULL);
  gboolean has_host
      = port && parts & (DELIVERY_NEEDS_HOST | DELIVERY_TAKES_HOST);

  g_string_append_printf (url, "%s:", transport->t.scheme);
  if (has_host)
    g_string_append_printf (
        url, "//%s%s%s127.0.0.1:%u",
        parts & (DELIVERY_NEEDS_USER | DELIVERY_TAKES_USER)
            ? "nobody%40example.org"
            : "",
        parts & DELIVERY_NEEDS_PASSWORD ? ":password" : "",
        parts & (DELIVERY_NEEDS_USER | DELIVERY_TAKES_USER) ? "@" : "", port);
  if (path && parts & (DELIVERY_NEEDS_PATH | DELIVERY_TAKES_PATH))
    g_string_append_printf (url, "%s%s", has_host ? "" : "//", path);
  append_required (url, transport);
  return g_string_free (url, FALSE);
}

static gboolean
needs_server (const struct transport *transport)
{
  return (transport->t.url & DELIVERY_NEEDS_HOST) != 0;
}

static gboolean
has_both_roles (const struct transport *transport)
{
  return transport_is (transport, DELIVERY_SENDER)
         && transport_is (transport, DELIVERY_RECEIVER);
}

/* ---- Runs in a folder -------------------------------------------------- */

static char *
in_tmp (const struct conform *conform, const char *name)
{
  return g_build_filename (conform->tmp, name, NULL);
}

/* The other end, where the transport has one role only. */
static char *
some_file (const struct conform *conform)
{
  g_autofree char *path = in_tmp (conform, "other-end");

  return g_strconcat ("file://", path, NULL);
}

/* The transport's URL is that of its role. */
static void
set_urls (const struct conform *conform, int role, const char *url,
          struct trial *trial)
{
  trial->urls[role] = g_strdup (url);
  trial->urls[!role] = some_file (conform);
}

/* Whether the transport delivers to itself by that path; it is not judged. */
static gboolean
can_use (struct conform *conform, const struct transport *transport,
         const char *path)
{
  struct trial trial
      = { .what = "what kind of path it takes", .patience = PATIENCE };
  struct result *result;
  gboolean can;

  if (conform_is_interrupted (conform))
    return FALSE;
  for (int role = 0; role < 2; role++)
    trial.urls[role] = make_url (transport, 0, path);
  result = make_run (conform, &trial);
  can = result->reason == DELIVERY_OK;
  result_free (result);
  trial_clear (&trial);
  return can;
}

static gboolean
is_empty (const char *folder)
{
  GDir *dir = g_dir_open (folder, 0, NULL);
  gboolean empty = !dir || !g_dir_read_name (dir);

  if (dir)
    g_dir_close (dir);
  return empty;
}

/* The path may have to be that of a file, or of a folder. */
static void
deliver_to_itself (struct conform *conform, const struct transport *transport)
{
  g_autofree char *folder = in_tmp (conform, "folder");
  g_autofree char *path = g_build_filename (folder, "delivery", NULL);
  g_autofree char *what
      = g_strdup_printf ("%s:// to itself", transport->t.scheme);
  struct trial trial
      = { .what = what, .patience = RUN_TIMEOUT / 2, .is_guessed = TRUE };
  const char *taken;

  g_mkdir_with_parents (folder, 0700);
  taken = !can_use (conform, transport, path)
                  && can_use (conform, transport, folder)
              ? folder
              : path;
  for (int role = 0; role < 2; role++)
    trial.urls[role] = make_url (transport, 0, taken);
  expect_delivery (conform, &trial);
  conform_valgrind (conform, trial.urls[0], trial.urls[1]);
  trial_clear (&trial);
  if (!is_empty (folder) && !conform->is_interrupted)
    report_add (&conform->report, VERDICT_NOTE,
                "%s: leaves something behind at its path", what);
}

/* What was sent elsewhere must not be found here. */
static void
look_elsewhere (struct conform *conform, const struct transport *transport)
{
  g_autofree char *there = in_tmp (conform, "there");
  g_autofree char *here = in_tmp (conform, "here");
  g_autofree char *what
      = g_strdup_printf ("%s:// where nothing was sent", transport->t.scheme);
  struct trial trial = { .what = what, .patience = PATIENCE };

  if (!(transport->t.url & (DELIVERY_NEEDS_PATH | DELIVERY_TAKES_PATH)))
    return;
  trial.urls[DELIVERY_SENDER] = has_both_roles (transport)
                                    ? make_url (transport, 0, there)
                                    : some_file (conform);
  trial.urls[DELIVERY_RECEIVER] = make_url (transport, 0, here);
  expect_failure (conform, &trial);
  trial_clear (&trial);
}

/* Something else that lies at the path is nobody's to remove. */
static void
leave_foreign_alone (struct conform *conform,
                     const struct transport *transport)
{
  g_autofree char *path = in_tmp (conform, "foreign");
  g_autofree char *what = g_strdup_printf ("%s:// where something else lies",
                                           transport->t.scheme);
  g_autofree char *content = NULL;
  struct trial trial = { .what = what, .patience = PATIENCE };

  if (!(transport->t.url & (DELIVERY_NEEDS_PATH | DELIVERY_TAKES_PATH))
      || !g_file_set_contents (path, FOREIGN, -1, NULL))
    return;
  trial.urls[DELIVERY_SENDER] = some_file (conform);
  trial.urls[DELIVERY_RECEIVER] = make_url (transport, 0, path);
  expect_failure (conform, &trial);
  trial_clear (&trial);
  if (!g_file_get_contents (path, &content, NULL, NULL)
      || strcmp (content, FOREIGN) != 0)
    report_add (&conform->report, VERDICT_MEND,
                "%s: it was removed or altered; clean may remove what "
                "carries this run's token, and nothing else",
                what);
}

/* A path that leads nowhere, and one that blocks who opens it. */
static void
use_bad_paths (struct conform *conform, const struct transport *transport,
               int role)
{
  g_autofree char *nowhere = in_tmp (conform, "no-such-folder/x");
  g_autofree char *fifo = in_tmp (conform, "fifo");
  const struct {
    const char *path, *name;
  } bad[] = { { nowhere, "a folder that is not there" },
              { fifo, "a FIFO at its path" } };

  if (!(transport->t.url & (DELIVERY_NEEDS_PATH | DELIVERY_TAKES_PATH)))
    return;
  (void)!mkfifo (fifo, 0600);
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autofree char *url = make_url (transport, 0, bad[i].path);
    g_autofree char *what = g_strdup_printf (
        "%s:// %s, %s", transport->t.scheme,
        role == DELIVERY_SENDER ? "sends" : "receives", bad[i].name);
    struct trial trial
        = { .what = what, .timeout = DEADLINE, .patience = PATIENCE };

    set_urls (conform, role, url, &trial);
    expect_failure (conform, &trial);
    trial_clear (&trial);
  }
}

/* ---- Runs with servers ------------------------------------------------- */

static void
meet_peers (struct conform *conform, const struct transport *transport,
            int role, const struct peers *peers)
{
  static const struct {
    enum peer peer;
    const char *name;
  } all[] = { { PEER_NONE, "a server that is not there" },
              { PEER_CLOSING, "a server that hangs up" },
              { PEER_BABBLING, "a server that says nonsense" },
              { PEER_SILENT, "a server that says nothing" } };

  for (gsize i = 0; i < G_N_ELEMENTS (all); i++) {
    g_autofree char *url
        = make_url (transport, peers->ports[all[i].peer], "/x");
    g_autofree char *what = g_strdup_printf (
        "%s:// %s, %s", transport->t.scheme,
        role == DELIVERY_SENDER ? "sends" : "receives", all[i].name);
    struct trial trial
        = { .what = what, .timeout = DEADLINE, .patience = PATIENCE };

    set_urls (conform, role, url, &trial);
    expect_failure (conform, &trial);
    if (all[i].peer == PEER_NONE && !conform->urls[0])
      conform_valgrind (conform, trial.urls[0], trial.urls[1]);
    trial_clear (&trial);
  }
}

/* ---- All together ------------------------------------------------------ */

static void
try_transport (struct conform *conform, const struct transport *transport,
               const struct peers *peers)
{
  if (!needs_server (transport)) {
    if (has_both_roles (transport))
      deliver_to_itself (conform, transport);
    if (transport_is (transport, DELIVERY_RECEIVER)) {
      look_elsewhere (conform, transport);
      leave_foreign_alone (conform, transport);
    }
  }
  for (int role = 0; role < 2; role++)
    if (!transport_is (transport, role))
      continue;
    else if (needs_server (transport))
      meet_peers (conform, transport, role, peers);
    else
      use_bad_paths (conform, transport, role);
}

static void
try_given_urls (struct conform *conform)
{
  struct trial trial = { .what = "from --send to --recv",
                         .timeout = SETTINGS_TIMEOUT_DEFAULT,
                         .patience = SETTINGS_PATIENCE_DEFAULT };

  for (int role = 0; role < 2; role++)
    trial.urls[role] = g_strdup (conform->urls[role]);
  expect_delivery (conform, &trial);
  conform_valgrind (conform, trial.urls[0], trial.urls[1]);
  trial_clear (&trial);
}

static gboolean
can_deliver_alone (const struct plugin *plugin)
{
  for (gsize i = 0; i < plugin->p.n_transports; i++)
    if (has_both_roles (&plugin->transports[i])
        && !needs_server (&plugin->transports[i]))
      return TRUE;
  return FALSE;
}

void
conform_runs (struct conform *conform)
{
  const struct plugin *plugin = conform->inspected->plugin;
  g_autoptr (GError) error = NULL;
  struct peers peers;

  if (conform->urls[0])
    try_given_urls (conform);
  else if (!can_deliver_alone (plugin))
    report_add (&conform->report, VERDICT_SKIP,
                "a delivery: add --send and --recv, with a server for it");
  if (!peers_start (&peers, &error)) {
    report_add (&conform->report, VERDICT_SKIP, "all runs: %s",
                error->message);
    return;
  }
  for (gsize i = 0; i < plugin->p.n_transports; i++)
    try_transport (conform, &plugin->transports[i], &peers);
  peers_stop (&peers);
}
