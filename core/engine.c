/* SPDX-License-Identifier: BSD-2-Clause */
#include "engine.h"

#include "about.h"
#include "conf.h"
#include "delivery/plugin.h"
#include "expand.h"
#include "expect.h"
#include "play.h"
#include "render.h"
#include "scenario.h"
#include "secret.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

#define JOBS_MAX 4096

G_STATIC_ASSERT (JOBS_MAX < G_MAXINT);

static const char *const url_options[2] = { "--send", "--recv" };

/* What comes of a request on its way to an answer. */
struct work {
  struct engine_request *request;
  const struct pool_host *host;
  GPtrArray *scenarios; /* of struct scenario */
  GPtrArray *env_names; /* of char *: they held secrets */
  gboolean complete;    /* RECORD_DONE came */
  GError *error;
};

const char *
delivery_engine_version (void)
{
  return PACKAGE_NAME " " PACKAGE_VERSION " (plugin contract " G_STRINGIFY (
      DELIVERY_ABI_MAJOR) "." G_STRINGIFY (DELIVERY_ABI_MINOR) ")";
}

/* ---- From results to the answer ---------------------------------------- */

static void
render (const struct engine_request *request, const GPtrArray *results,
        const GPtrArray *settings, struct engine_answer *answer)
{
  gboolean json = request->output && strcmp (request->output, "json") == 0;

  answer->status = (int)render_state (results);
  answer->text
      = json ? render_json (results) : render_nagios (results, settings);
}

static gboolean
apply_settings (const struct engine_request *request,
                struct settings *settings, GError **error)
{
  for (guint i = 0; settings_names[i]; i++)
    if (request->settings[i]
        && !settings_set (settings, settings_names[i], request->settings[i],
                          error)) {
      g_prefix_error (error, "--%s: ", settings_names[i]);
      return FALSE;
    }
  return TRUE;
}

/* What goes wrong before there is a scenario; --timeout says what it is if
 * that took too long. */
static void
refuse (const struct engine_request *request, int reason, const char *why,
        struct engine_answer *answer)
{
  struct settings options;
  g_autoptr (GPtrArray) results
      = g_ptr_array_new_with_free_func ((GDestroyNotify)result_free);
  g_autoptr (GPtrArray) settings = g_ptr_array_new ();
  struct result *result = result_new (NULL);
  g_autofree char *clean = text_clean (why, TEXT_MAX);

  settings_init (&options);
  apply_settings (request, &options, NULL);
  result_set (result, reason, "config", clean);
  result_fold (result, &options);
  g_ptr_array_add (results, result);
  g_ptr_array_add (settings, NULL);
  render (request, results, settings, answer);
}

void
delivery_engine_refuse (const struct engine_request *request, const char *why,
                        struct engine_answer *answer)
{
  refuse (request, DELIVERY_CONFIG, why, answer);
}

/* ---- The request ------------------------------------------------------- */

static gboolean
read_jobs (const struct engine_request *request, guint *jobs, GError **error)
{
  guint64 number;

  *jobs = g_get_num_processors () * 8;
  if (!request->jobs)
    return TRUE;
  if (!text_number (request->jobs, JOBS_MAX, &number) || number == 0)
    return config_error (error, "--jobs: not a number from 1 to %d", JOBS_MAX);
  *jobs = (guint)number;
  return TRUE;
}

static gboolean
check_output (const struct engine_request *request, GError **error)
{
  static const char *const formats[] = { "nagios", "json", NULL };
  g_autofree char *hint = NULL;

  if (!request->output || g_strv_contains (formats, request->output))
    return TRUE;
  hint = text_suggest (request->output, formats);
  return config_error (error, "--output: no such format%s", hint);
}

static gboolean
check_what (const struct engine_request *request, GError **error)
{
  gboolean urls = request->urls[0] || request->urls[1];
  gboolean plays = request->plays && *request->plays;

  if (urls && (request->conf || plays))
    return config_error (error, "--send and --recv do not go with --conf and "
                                "--play");
  if (urls && !request->urls[DELIVERY_SENDER])
    return config_error (error, "--recv without --send");
  if (urls && !request->urls[DELIVERY_RECEIVER])
    return config_error (error, "--send without --recv");
  if (plays && !request->conf)
    return config_error (error, "--play without --conf");
  if (request->conf && !plays)
    return config_error (error, "--conf without --play; --play '*' plays all");
  if (!urls && !request->conf)
    return config_error (error, "nothing to do; give --send and --recv, or "
                                "--conf and --play; --help tells more");
  return TRUE;
}

/* ---- Scenarios, by a worker -------------------------------------------- */

/* The URLs of --send and --recv, with what they refer to. */
static gboolean
expand_urls (const struct work *work, char **urls, GError **error)
{
  for (int role = 0; role < 2; role++) {
    urls[role]
        = expand_argument (work->request->urls[role], work->env_names, error);
    if (!urls[role]) {
      g_prefix_error (error, "%s: ", url_options[role]);
      return FALSE;
    }
  }
  return TRUE;
}

/* A record's text must be UTF-8. */
static gboolean
check_encoding (char **urls, GError **error)
{
  for (int role = 0; role < 2; role++)
    if (!g_utf8_validate (urls[role], -1, NULL))
      return config_error (error, "%s: not UTF-8", url_options[role]);
  return TRUE;
}

static void
urls_work (struct job *job, int out, int cancel_fd)
{
  const struct work *work = job->data;
  char *urls[2] = { NULL, NULL };
  g_autoptr (GError) error = NULL;

  (void)cancel_fd;
  if (expand_urls (work, urls, &error))
    check_encoding (urls, &error);
  conf_tell_urls (urls, work->env_names, error, out);
  for (int role = 0; role < 2; role++)
    secret_free (urls[role]);
}

static void
conf_work (struct job *job, int out, int cancel_fd)
{
  const struct work *work = job->data;

  (void)cancel_fd;
  conf_tell (work->request->conf, work->request->plays, out);
}

static gboolean
conf_record (struct job *job, enum record_kind kind, GVariant *body)
{
  struct work *work = job->data;
  struct scenario *scenario;
  g_autofree char *clean = NULL;
  const char *text;
  int reason;

  switch (kind) {
  case RECORD_SCENARIO:
    scenario = scenario_from_record (body);
    if (scenario)
      g_ptr_array_add (work->scenarios, scenario);
    return scenario != NULL;
  case RECORD_WARNING:
    g_variant_get (body, "(&s)", &text);
    clean = text_clean (text, TEXT_MAX);
    work->host->say (clean);
    return TRUE;
  case RECORD_ENV:
    g_variant_get (body, "(&s)", &text);
    g_ptr_array_add (work->env_names, g_strdup (text));
    return TRUE;
  case RECORD_ERROR:
    g_variant_get (body, "(i&s)", &reason, &text);
    if (!work->error)
      work->error = g_error_new_literal (CORE_ERROR, reason, text);
    return TRUE;
  case RECORD_DONE:
    work->complete = TRUE;
    return TRUE;
  default:
    return FALSE;
  }
}

/* Why there is nothing of what was to be read. */
static GError *
conf_failure (const struct engine_request *request, enum job_end how, int code)
{
  const char *path
      = request->conf ? request->conf : "what --send and --recv refer to";

  if (how == JOB_INTERRUPTED)
    return g_error_new (CORE_ERROR, REASON_INTERRUPTED,
                        "interrupted by a signal");
  if (how == JOB_DEADLINE || (how == JOB_NOT_STARTED && code == 0))
    return g_error_new (CORE_ERROR, DELIVERY_TIMEOUT,
                        "the timeout is over while %s is read", path);
  if (how == JOB_NOT_STARTED)
    return g_error_new (CORE_ERROR, DELIVERY_INTERNAL,
                        "cannot start a process to read %s: %s", path,
                        g_strerror (code));
  if (how == JOB_SIGNALLED)
    return g_error_new (CORE_ERROR, DELIVERY_INTERNAL,
                        "the process that reads %s died by signal %d (%s)",
                        path, code, g_strsignal (code));
  return g_error_new (CORE_ERROR, DELIVERY_INTERNAL,
                      "the process that reads %s failed (exit code %d)", path,
                      code);
}

static void
conf_end (struct job *job, enum job_end how, int code)
{
  struct work *work = job->data;

  if (work->error)
    return;
  if (!job->interrupted && work->complete && work->scenarios->len
      && how == JOB_EXITED && code == 0)
    return;
  work->error = conf_failure (work->request,
                              job->interrupted ? JOB_INTERRUPTED : how, code);
}

/* Files may be where nothing comes back from, and then only another process
 * can say so. */
static gboolean
read_by_worker (struct work *work, const struct settings *settings,
                GError **error)
{
  struct job job = { .work = work->request->conf ? conf_work : urls_work,
                     .record = conf_record,
                     .end = conf_end,
                     .deadline = work->request->started + settings->timeout,
                     .data = work };
  g_autoptr (GPtrArray) jobs = g_ptr_array_new ();

  g_ptr_array_add (jobs, &job);
  pool_run (jobs, 1, work->host);
  if (work->error)
    g_propagate_error (error, g_steal_pointer (&work->error));
  return !*error;
}

static gboolean
refers (const char *url)
{
  return strstr (url, "${") != NULL;
}

/* The one scenario of --send and --recv. */
static gboolean
make_scenario (struct work *work, const struct settings *settings,
               GError **error)
{
  char **urls = work->request->urls;
  struct scenario *scenario;

  if (!refers (urls[0]) && !refers (urls[1])) {
    scenario = scenario_new (NULL);
    g_ptr_array_add (work->scenarios, scenario);
    return expand_urls (work, scenario->urls, error);
  }
  if (!read_by_worker (work, settings, error))
    return FALSE;
  scenario = work->scenarios->pdata[0];
  g_clear_pointer (&scenario->name, g_free);
  return TRUE;
}

/* ---- Playing ----------------------------------------------------------- */

/* The options override what the file says; what then does not go together is
 * that scenario's problem, or the command line's. */
static gboolean
settle_scenarios (struct work *work, GError **error)
{
  for (guint i = 0; i < work->scenarios->len; i++) {
    struct scenario *scenario = work->scenarios->pdata[i];
    g_autoptr (GError) why = NULL;

    if (!apply_settings (work->request, &scenario->settings, error))
      return FALSE;
    if (scenario->problem || settings_check (&scenario->settings, &why))
      continue;
    if (!scenario->name) {
      g_propagate_error (error, g_steal_pointer (&why));
      return FALSE;
    }
    scenario->problem = g_strdup (why->message);
  }
  return TRUE;
}

/* Secrets that came by the environment are in every scenario's worker no
 * more, nor in /proc. */
static void
wipe_environment (const GPtrArray *names)
{
  for (guint i = 0; i < names->len; i++) {
    char *value = getenv (names->pdata[i]);

    if (value)
      explicit_bzero (value, strlen (value));
    unsetenv (names->pdata[i]);
  }
}

static void
wipe_urls (struct engine_request *request)
{
  for (int role = 0; role < 2; role++)
    if (request->urls[role])
      explicit_bzero (request->urls[role], strlen (request->urls[role]));
}

static gboolean
prepare (struct work *work, struct play_options *options, GError **error)
{
  struct engine_request *request = work->request;
  struct settings settings;

  settings_init (&settings);
  if (!check_output (request, error) || !check_what (request, error)
      || !apply_settings (request, &settings, error)
      || !read_jobs (request, &options->jobs, error))
    return FALSE;
  if (work->host->limit)
    work->host->limit (request->started + settings.timeout);
  if (request->conf ? !read_by_worker (work, &settings, error)
                    : !make_scenario (work, &settings, error))
    return FALSE;
  return settle_scenarios (work, error);
}

static void
answer_check (struct engine_request *request, const struct pool_host *host,
              struct engine_answer *answer)
{
  struct play_options options = { .started = request->started,
                                  .plugin_dirs = request->plugin_dirs,
                                  .family = request->family };
  struct work work = { .request = request, .host = host };
  g_autoptr (GPtrArray) settings = g_ptr_array_new ();
  g_autoptr (GError) error = NULL;

  work.scenarios
      = g_ptr_array_new_with_free_func ((GDestroyNotify)scenario_free);
  work.env_names = g_ptr_array_new_with_free_func (g_free);
  if (prepare (&work, &options, &error)) {
    g_autoptr (GPtrArray) results = NULL;

    wipe_urls (request);
    wipe_environment (work.env_names);
    results = play (work.scenarios, &options, host);
    for (guint i = 0; i < work.scenarios->len; i++) {
      struct scenario *scenario = work.scenarios->pdata[i];

      g_ptr_array_add (settings, &scenario->settings);
    }
    render (request, results, settings, answer);
  } else {
    wipe_urls (request);
    refuse (request, error_reason (error), error->message, answer);
  }
  g_ptr_array_unref (work.scenarios);
  g_ptr_array_unref (work.env_names);
}

static void
answer_about (const struct engine_request *request,
              const struct pool_host *host, struct engine_answer *answer)
{
  g_autoptr (GError) error = NULL;
  struct settings settings;

  answer->status = STATE_OK;
  settings_init (&settings);
  if (apply_settings (request, &settings, &error))
    answer->text = about (request, &settings, host, &answer->status, &error);
  if (error)
    refuse (request, error_reason (error), error->message, answer);
}

void
delivery_engine_answer (struct engine_request *request,
                        const struct pool_host *host,
                        struct engine_answer *answer)
{
  if (request->task == ENGINE_PLAY)
    answer_check (request, host, answer);
  else
    answer_about (request, host, answer);
}
