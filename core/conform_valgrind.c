/* SPDX-License-Identifier: BSD-2-Clause */
/* valgrind tells, in XML, each error with the objects of its stack; what is
 * in the plugin's is the plugin's. */
#include "conform.h"

#include "sanitized.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SEND_VARIABLE "CHECK_DELIVERY_KIT_SEND"
#define RECV_VARIABLE "CHECK_DELIVERY_KIT_RECV"

/* Findings that are told; more of them are likely the same. */
#define FINDINGS_MAX 5

/* Processes of a run, each with a log: the program and its worker. */
#define LOGS_MIN 2

/* ---- What valgrind says ------------------------------------------------ */

/* The text of the first element of that name between `at` and `end`. */
static char *
element (const char *at, const char *end, const char *name)
{
  g_autofree char *open = g_strdup_printf ("<%s>", name);
  g_autofree char *close = g_strdup_printf ("</%s>", name);
  const char *text = g_strstr_len (at, end - at, open), *stop;

  if (!text)
    return NULL;
  text += strlen (open);
  stop = g_strstr_len (text, end - text, close);
  return stop ? g_strndup (text, (gsize)(stop - text)) : NULL;
}

static gboolean
is_library (const char *object, const char *name)
{
  const char *slash = object ? strrchr (object, '/') : NULL;

  return slash && g_str_has_prefix (slash + 1, name);
}

/* The function of the topmost frame that is in the plugin, or NULL.  What GIO
 * loses while it connects for the toolkit is no plugin's fault: GLib 2.74
 * does so on a machine that is slow. */
static char *
find_frame (const char *at, const char *end, const char *object)
{
  gboolean is_leak = g_strstr_len (at, end - at, "<kind>Leak_") != NULL;
  gboolean is_of_gio = FALSE;

  while ((at = g_strstr_len (at, end - at, "<frame>"))) {
    const char *stop = g_strstr_len (at, end - at, "</frame>");
    g_autofree char *found = stop ? element (at, stop, "obj") : NULL;

    if (g_strcmp0 (found, object) == 0) {
      char *function = element (at, stop, "fn");

      return function ? function : g_strdup ("?");
    }
    is_of_gio |= is_library (found, "libgio-");
    if (is_leak && is_of_gio && is_library (found, "libdelivery-net."))
      return NULL;
    at += strlen ("<frame>");
  }
  return NULL;
}

/* "5 bytes in 1 blocks are definitely lost in loss record 3 of 7" */
static char *
what_is_wrong (const char *at, const char *end)
{
  char *what = element (at, end, "what");
  char *record;

  if (!what)
    what = element (at, end, "text");
  record = what ? strstr (what, " in loss record ") : NULL;
  if (record)
    *record = '\0';
  return what ? what : g_strdup ("an error");
}

/* Reports the errors of one log that are the plugin's; returns how many. */
static guint
read_log (struct conform *conform, const char *log, const char *object)
{
  const char *at = log, *end;
  guint n = 0;

  while ((at = strstr (at, "<error>")) && (end = strstr (at, "</error>"))) {
    g_autofree char *function = find_frame (at, end, object);
    g_autofree char *what = what_is_wrong (at, end);

    if (function && ++n <= FINDINGS_MAX)
      report_add (&conform->report, VERDICT_MEND, "valgrind: %s, in %s()",
                  what, function);
    at = end;
  }
  return n;
}

/* The same of all; `*n_whole` is how many logs have their end. */
static guint
read_logs (struct conform *conform, const char *folder, guint *n_whole)
{
  const struct inspected *inspected = conform->inspected;
  g_autofree char *object
      = g_build_filename (inspected->folder, inspected->file, NULL);
  GDir *dir = g_dir_open (folder, 0, NULL);
  const char *name;
  guint n = 0;

  *n_whole = 0;
  while (dir && (name = g_dir_read_name (dir))) {
    g_autofree char *path = g_build_filename (folder, name, NULL);
    g_autofree char *log = NULL;

    if (g_file_get_contents (path, &log, NULL, NULL)) {
      n += read_log (conform, log, object);
      *n_whole += strstr (log, "</valgrindoutput>") != NULL;
    }
    unlink (path);
  }
  if (dir)
    g_dir_close (dir);
  return n;
}

/* ---- Running it -------------------------------------------------------- */

/* The URLs go by the environment: arguments are everybody's to read. */
static GStrv
make_environment (const char *send, const char *recv)
{
  GStrv environment = g_get_environ ();

  environment = g_environ_setenv (environment, SEND_VARIABLE, send, TRUE);
  return g_environ_setenv (environment, RECV_VARIABLE, recv, TRUE);
}

static GStrv
make_arguments (const struct conform *conform, const char *valgrind,
                const char *program, const char *log)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_autofree char *file = g_strdup_printf ("--xml-file=%s/%%p", log);
  const char *const fixed[] = { valgrind,
                                "--quiet",
                                "--leak-check=full",
                                "--show-leak-kinds=definite",
                                "--child-silent-after-fork=no",
                                "--xml=yes",
                                file,
                                program,
                                "--timeout=50",
                                "--patience=5",
                                "--send=${env:" SEND_VARIABLE "}",
                                "--recv=${env:" RECV_VARIABLE "}" };

  for (gsize i = 0; i < G_N_ELEMENTS (fixed); i++)
    g_strv_builder_add (builder, fixed[i]);
  for (char **folder = conform->folders; *folder; folder++) {
    g_strv_builder_add (builder, "--plugin-dir");
    g_strv_builder_add (builder, *folder);
  }
  return g_strv_builder_end (builder);
}

/* The signals that the program blocks, its child may get. */
static void
enter_child (gpointer data)
{
  const struct conform *conform = data;

  conform->host->enter_worker ();
}

static void
run_valgrind (struct conform *conform, const char *valgrind, GStrv environment,
              const char *log)
{
  g_autofree char *program = g_file_read_link ("/proc/self/exe", NULL);
  g_auto (GStrv) arguments
      = make_arguments (conform, valgrind, program ? program : "", log);
  g_autoptr (GError) error = NULL;
  guint n_whole;

  conform->host->say ("trying the same under valgrind");
  if (!g_spawn_sync (NULL, arguments, environment,
                     G_SPAWN_STDOUT_TO_DEV_NULL | G_SPAWN_STDERR_TO_DEV_NULL,
                     enter_child, conform, NULL, NULL, NULL, &error))
    report_add (&conform->report, VERDICT_SKIP, "valgrind: %s",
                error->message);
  else if (read_logs (conform, log, &n_whole) > 0
           || conform_is_interrupted (conform))
    return;
  else if (n_whole < LOGS_MIN)
    report_add (&conform->report, VERDICT_SKIP,
                "valgrind: it did not come to its end");
  else
    report_add (&conform->report, VERDICT_OK,
                "valgrind finds nothing in it: no leak, no wild access");
}

void
conform_valgrind (struct conform *conform, const char *send, const char *recv)
{
  g_autofree char *valgrind = g_find_program_in_path ("valgrind");
  g_auto (GStrv) environment = NULL;
  g_autofree char *log = NULL;

  if (conform_is_interrupted (conform))
    return;
  if (SANITIZED || !valgrind) {
    report_add (&conform->report, VERDICT_SKIP, "leaks: %s",
                valgrind ? "this build looks for them by itself"
                         : "valgrind is not installed");
    return;
  }
  log = g_build_filename (conform->tmp, "valgrind", NULL);
  g_mkdir_with_parents (log, 0700);
  environment = make_environment (send, recv);
  run_valgrind (conform, valgrind, environment, log);
  for (char **variable = environment; *variable; variable++)
    explicit_bzero (*variable, strlen (*variable));
}
