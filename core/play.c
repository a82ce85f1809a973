/* SPDX-License-Identifier: BSD-2-Clause */
#include "play.h"

#include "expect.h"
#include "result.h"
#include "run.h"
#include "sanitized.h"
#include "scenario.h"
#include "text.h"
#include "url.h"

#include <math.h>
#include <string.h>

/* After a run's deadline, for the worker to end by itself and tell how.  That
 * takes longer with a sanitizer, which looks for leaks at its end. */
#define KILL_GRACE (SANITIZED ? 2 * G_USEC_PER_SEC : 350 * 1000)

/* Processor time for the regular expressions of all expectations. */
#define VERDICTS_MAX (CLOCKS_PER_SEC / 4)

/* More details, facts or metrics than both ends may give are not ours. */
#define NOTES_MAX 256

/* Far longer than any that there is. */
#define STEP_NAME_MAX 32

struct playing {
  GPtrArray *scenarios;
  const struct play_options *options;
  const struct pool_host *host;
};

/* One scenario on its way; the job comes first, for the cast. */
struct player {
  struct job job;
  const struct playing *playing;
  struct scenario *scenario;
  struct result *result;
  gboolean told; /* RECORD_RESULT came */
  char *step;    /* that is running */
  char *plugin;  /* that is at work; "" for none */
};

/* ---- In the worker ----------------------------------------------------- */

static void
work (struct job *job, int out, int cancel_fd)
{
  struct player *player = (struct player *)job;
  const struct playing *playing = player->playing;
  struct scenario *scenario = player->scenario;
  struct run_order order = {
    .urls = { scenario->urls[0], scenario->urls[1] },
    .plugin_dirs = playing->options->plugin_dirs,
    .wait = scenario->settings.wait,
    .patience = scenario->settings.patience,
    .timeout = scenario->settings.timeout,
    .deadline = playing->options->started + scenario->settings.timeout,
    .family = playing->options->family,
    .verbosity = playing->host->verbosity,
    .lists_fds = playing->options->lists_fds,
  };

  /* A worker knows the secrets of its own run only, and expects nothing. */
  for (guint i = 0; i < playing->scenarios->len; i++) {
    scenario_forget_expects (playing->scenarios->pdata[i]);
    if (playing->scenarios->pdata[i] != scenario)
      scenario_forget_urls (playing->scenarios->pdata[i]);
  }
  run (&order, out, cancel_fd);
}

/* ---- In the program: records to result --------------------------------- */

static void
begin (struct player *player, GVariant *body)
{
  g_free (player->step);
  g_free (player->plugin);
  g_variant_get (body, "(ss)", &player->step, &player->plugin);
  if (g_str_has_suffix (player->plugin, ".so"))
    player->plugin[strlen (player->plugin) - 3] = '\0';
}

static gboolean
take_end_info (struct result *result, GVariant *body)
{
  const char *plugin, *version, *url;
  struct result_end *end;
  int role;

  g_variant_get (body, "(i&s&s&s)", &role, &plugin, &version, &url);
  if (role != DELIVERY_SENDER && role != DELIVERY_RECEIVER)
    return FALSE;
  end = &result->ends[role];
  g_free (end->url);
  end->url = g_strdup (url);
  if (*plugin) {
    g_free (end->plugin);
    g_free (end->version);
    end->plugin = text_clean (plugin, 64);
    end->version = text_clean (version, 64);
  }
  return TRUE;
}

/* What a plugin scribbled over its own process may have come along: nothing
 * is taken for granted here. */
static gboolean
take_result (struct player *player, GVariant *body)
{
  struct result *result = player->result;
  const char *step, *message;
  g_autofree char *clean = NULL;
  double delivery;
  int reason;

  g_variant_get (body, "(i&s&sd)", &reason, &step, &message, &delivery);
  if (player->told || reason < 0 || reason >= N_REASONS || !*step
      || !(isnan (delivery) || (delivery >= 0 && delivery < 1e9))
      || (reason_is_found (reason) && isnan (delivery)))
    return FALSE;
  clean = text_clean (message, TEXT_MAX);
  result_set (result, reason, step, clean);
  result->delivery = delivery;
  player->told = TRUE;
  return TRUE;
}

/* Its name becomes a label. */
static gboolean
is_step (const char *name)
{
  gsize length = strspn (name, G_CSET_a_2_z "_");

  return length > 0 && length <= STEP_NAME_MAX && !name[length];
}

/* A step is done once; a plugin that forks and comes back twice does some
 * twice. */
static gboolean
is_done (const struct result *result, const char *name)
{
  for (guint i = 0; i < result->steps->len; i++) {
    const struct result_step *step = result->steps->pdata[i];

    if (strcmp (step->name, name) == 0)
      return TRUE;
  }
  return FALSE;
}

static gboolean
take_number (struct result *result, enum record_kind kind, GVariant *body)
{
  const char *name, *unit;
  double value;

  if (kind == RECORD_STEP) {
    g_variant_get (body, "(&sd)", &name, &value);
    if (!is_step (name) || !(value >= 0 && value < 1e9)
        || result->steps->len > 64 || is_done (result, name))
      return FALSE;
    result_add_step (result, name, value);
    return TRUE;
  }
  g_variant_get (body, "(&sd&s)", &name, &value, &unit);
  if (!result_metric_is_proper (name, value, unit)
      || result->metrics->len >= NOTES_MAX)
    return FALSE;
  result_add_metric (result, name, value, unit);
  return TRUE;
}

static void
take_text (struct player *player, enum record_kind kind, GVariant *body)
{
  struct result *result = player->result;
  const char *text, *name;
  g_autofree char *clean = NULL;

  if (kind == RECORD_FACT) {
    g_variant_get (body, "(&s&s)", &name, &text);
    clean = text_clean (text, TEXT_MAX);
    if (result->facts->len < NOTES_MAX)
      result_add_fact (result, name, clean);
    return;
  }
  g_variant_get (body, "(&s)", &text);
  clean = text_clean (text, TEXT_MAX);
  if (kind == RECORD_TOKEN) {
    g_free (result->token);
    result->token = g_steal_pointer (&clean);
    return;
  }
  result->warned |= kind == RECORD_WARNING;
  if (result->details->len < NOTES_MAX)
    result_add_detail (result, clean);
}

static void
say_debug (const struct player *player, GVariant *body)
{
  const char *name = player->scenario->name, *text;
  g_autofree char *line = NULL;
  g_autofree char *clean = NULL;
  int level;

  g_variant_get (body, "(i&s)", &level, &text);
  if (level > player->playing->host->verbosity)
    return;
  line = g_strconcat (name ? name : "", name ? ": " : "", text, NULL);
  clean = text_clean (line, TEXT_MAX);
  player->playing->host->say (clean);
}

static gboolean
take_record (struct job *job, enum record_kind kind, GVariant *body)
{
  struct player *player = (struct player *)job;

  switch (kind) {
  case RECORD_BEGIN:
    begin (player, body);
    return TRUE;
  case RECORD_END_INFO:
    return take_end_info (player->result, body);
  case RECORD_STEP:
  case RECORD_METRIC:
    return take_number (player->result, kind, body);
  case RECORD_TOKEN:
  case RECORD_DETAIL:
  case RECORD_WARNING:
  case RECORD_FACT:
    take_text (player, kind, body);
    return TRUE;
  case RECORD_DEBUG:
    say_debug (player, body);
    return TRUE;
  case RECORD_RESULT:
    return take_result (player, body);
  default:
    return FALSE;
  }
}

/* ---- How it ended ------------------------------------------------------ */

/* Who was at work: "plugin x" or "check_delivery itself". */
static char *
culprit (const struct player *player)
{
  g_autofree char *name = NULL;

  if (!player->plugin || !*player->plugin)
    return g_strdup ("check_delivery itself");
  name = text_clean (player->plugin, 64);
  return g_strdup_printf ("plugin %s", name);
}

/* A worker that ended without a result. */
static void
set_untold (struct player *player, enum job_end how, int code)
{
  const char *step = player->step ? player->step : "config";
  g_autofree char *who = culprit (player);
  g_autofree char *message = NULL;
  int reason
      = player->plugin && *player->plugin ? REASON_PLUGIN : DELIVERY_INTERNAL;

  switch (how) {
  case JOB_EXITED:
    message
        = g_strdup_printf ("%s ended its process (exit code %d)", who, code);
    break;
  case JOB_SIGNALLED:
    message = g_strdup_printf ("%s died by signal %d (%s)", who, code,
                               g_strsignal (code));
    break;
  case JOB_NONSENSE:
    message = g_strdup_printf ("%s sent nonsense instead of a result", who);
    break;
  case JOB_DEADLINE:
    player->result->killed = TRUE;
    reason = DELIVERY_TIMEOUT;
    message = g_strdup_printf (
        "the timeout of %g s is over: %s did not come back",
        (double)player->scenario->settings.timeout / 1e6, who);
    break;
  case JOB_INTERRUPTED:
    reason = REASON_INTERRUPTED;
    message = g_strdup ("interrupted by a signal");
    break;
  case JOB_NOT_STARTED:
    reason = code ? DELIVERY_INTERNAL : DELIVERY_TIMEOUT;
    message = code ? g_strdup_printf ("cannot start a process: %s",
                                      g_strerror (code))
                   : g_strdup ("the timeout is over before its turn came; "
                               "raise --jobs or --timeout");
    break;
  }
  result_set (player->result, reason, step, message);
}

/* Notes what may be shown of the URLs, and forgets the rest. */
static void
forget_urls (struct player *player)
{
  for (int role = 0; role < 2; role++) {
    struct result_end *end = &player->result->ends[role];
    const char *text = player->scenario->urls[role];
    struct url *url;

    if (end->url || !text)
      continue;
    url = url_parse (text, NULL);
    end->url = url ? url_public (url) : url_public_scheme (text);
    url_free (url);
  }
  scenario_forget_urls (player->scenario);
}

/* The worker has a copy of its own.  It may have waited for its turn. */
static void
begun (struct job *job)
{
  struct player *player = (struct player *)job;

  player->result->started = g_get_real_time ();
  forget_urls (player);
}

/* Only a worker that told its result and left by itself is believed. */
static void
end (struct job *job, enum job_end how, int code)
{
  struct player *player = (struct player *)job;

  if (!player->told || how != JOB_EXITED || code != 0)
    set_untold (player, how, code);
  forget_urls (player);
}

static void
judge (struct player *player, clock_t until)
{
  result_fold (player->result, &player->scenario->settings);
  expect_judge (player->scenario->expects, player->result, until);
}

static void
player_free (gpointer p)
{
  struct player *player = p;

  g_free (player->step);
  g_free (player->plugin);
  g_free (player);
}

static struct player *
player_new (const struct playing *playing, struct scenario *scenario)
{
  struct player *player = g_new0 (struct player, 1);

  player->playing = playing;
  player->scenario = scenario;
  player->result = result_new (scenario->name);
  player->job.work = work;
  player->job.begun = begun;
  player->job.record = take_record;
  player->job.end = end;
  player->job.deadline
      = playing->options->started + scenario->settings.timeout + KILL_GRACE;
  return player;
}

GPtrArray *
play (GPtrArray *scenarios, const struct play_options *options,
      const struct pool_host *host)
{
  struct playing playing = { scenarios, options, host };
  GPtrArray *results
      = g_ptr_array_new_with_free_func ((GDestroyNotify)result_free);
  g_autoptr (GPtrArray) players = g_ptr_array_new_with_free_func (player_free);
  g_autoptr (GPtrArray) jobs = g_ptr_array_new ();
  clock_t until;

  for (guint i = 0; i < scenarios->len; i++) {
    struct player *player = player_new (&playing, scenarios->pdata[i]);

    g_ptr_array_add (players, player);
    g_ptr_array_add (results, player->result);
    if (player->scenario->problem) {
      result_set (player->result, DELIVERY_CONFIG, "config",
                  player->scenario->problem);
      forget_urls (player);
    } else {
      g_ptr_array_add (jobs, player);
    }
  }
  pool_run (jobs, options->jobs, host);
  /* Nobody waits for anything else any more, but for the answer. */
  until = clock () + VERDICTS_MAX;
  for (guint i = 0; i < players->len; i++)
    judge (players->pdata[i], until);
  return results;
}
