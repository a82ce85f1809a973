/* SPDX-License-Identifier: BSD-2-Clause */
#include "conform.h"

#include "expand.h"
#include "reason.h"
#include "secret.h"
#include "text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const verdict_names[N_VERDICTS] = {
  [VERDICT_OK] = "ok",
  [VERDICT_NOTE] = "note",
  [VERDICT_MEND] = "mend",
  [VERDICT_SKIP] = "skip",
};

void
report_add (struct report *report, enum verdict verdict, const char *format,
            ...)
{
  g_autofree char *text = NULL;
  g_autofree char *clean = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  clean = text_clean (text, 2 * TEXT_MAX);
  g_string_append_printf (report->text, "%-4s  %s\n", verdict_names[verdict],
                          clean);
  report->counts[verdict]++;
}

gboolean
conform_is_interrupted (struct conform *conform)
{
  while (conform->host->next_stop (conform->host->stop_fd))
    conform->is_interrupted = TRUE;
  return conform->is_interrupted;
}

/* ---- The folder for what runs leave ------------------------------------ */

/* Files and FIFOs, and folders with such, of a depth that runs may make. */
static void
/* NOLINTNEXTLINE(misc-no-recursion): not deeper than `depth`. */
remove_folder (const char *path, guint depth)
{
  GDir *dir = g_dir_open (path, 0, NULL);
  const char *name;

  while (dir && (name = g_dir_read_name (dir))) {
    g_autofree char *inner = g_build_filename (path, name, NULL);

    if (unlink (inner) < 0 && depth)
      remove_folder (inner, depth - 1);
  }
  if (dir)
    g_dir_close (dir);
  rmdir (path);
}

/* ---- The URLs of the request ------------------------------------------- */

static gboolean
expand_urls (struct conform *conform, GError **error)
{
  static const char *const options[2] = { "--send: ", "--recv: " };
  const struct engine_request *request = conform->request;
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);

  if (!request->urls[0] != !request->urls[1])
    return config_error (error, "--check-plugin takes --send and --recv "
                                "together");
  for (int role = 0; role < 2 && request->urls[0]; role++) {
    conform->urls[role] = expand_argument (request->urls[role], names, error);
    if (!conform->urls[role]) {
      g_prefix_error (error, "%s", options[role]);
      return FALSE;
    }
  }
  return TRUE;
}

/* ---- All together ------------------------------------------------------ */

static void
append_head (struct conform *conform)
{
  const struct inspected *inspected = conform->inspected;
  const struct plugin *plugin = inspected->plugin;
  g_autofree char *path
      = g_build_filename (inspected->folder, inspected->file, NULL);
  g_autofree char *head = NULL;
  g_autofree char *clean = NULL;

  if (plugin)
    head = g_strdup_printf (
        "%s: %s %s, for the plugin contract %u.%u", path, plugin->p.name,
        plugin->p.version, plugin->record.abi_major, plugin->record.abi_minor);
  clean = text_clean (head ? head : path, 2 * TEXT_MAX);
  g_string_append_printf (conform->report.text, "%s\n", clean);
}

static void
append_sum (struct report *report)
{
  const guint *counts = report->counts;

  g_string_append_printf (
      report->text, "%u ok, %u to mend, %u note%s, %u skipped\n",
      counts[VERDICT_OK], counts[VERDICT_MEND], counts[VERDICT_NOTE],
      counts[VERDICT_NOTE] == 1 ? "" : "s", counts[VERDICT_SKIP]);
}

static void
check (struct conform *conform)
{
  const struct inspected *inspected = conform->inspected;

  append_head (conform);
  if (inspected->problem) {
    report_add (&conform->report, VERDICT_MEND, "%s", inspected->problem);
  } else {
    report_add (&conform->report, VERDICT_OK, "loads as the host loads it");
    conform_lint (&conform->report, inspected->plugin);
    conform_runs (conform);
  }
  if (conform_is_interrupted (conform))
    report_add (&conform->report, VERDICT_SKIP,
                "the rest: interrupted by a signal");
  append_sum (&conform->report);
}

char *
conform (const struct plugin_file *file, const struct engine_request *request,
         char **folders, const struct pool_host *host, int *status,
         GError **error)
{
  struct conform conform
      = { .request = request, .folders = folders, .host = host };
  g_autoptr (GPtrArray) files = g_ptr_array_new ();
  g_autoptr (GPtrArray) all = NULL;
  g_autofree char *tmp = g_dir_make_tmp ("check_delivery-kit.XXXXXX", error);

  if (!tmp)
    return NULL;
  conform.tmp = tmp;
  conform.report.text = g_string_new (NULL);
  g_ptr_array_add (files, (gpointer)file);
  if (expand_urls (&conform, error))
    all = inspect (files, g_get_monotonic_time () + INSPECT_MAX, host, error);
  if (all) {
    conform.inspected = all->pdata[0];
    check (&conform);
    if (conform.report.counts[VERDICT_MEND])
      *status = STATE_CRITICAL;
    else if (conform.is_interrupted)
      *status = STATE_UNKNOWN;
  }
  for (int role = 0; role < 2; role++)
    secret_free (conform.urls[role]);
  remove_folder (tmp, 2);
  return g_string_free (conform.report.text, !all);
}
