/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit.h"

#include "reason.h"

#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>

/* Far more than any test needs, for machines that are slow or busy. */
#define SECONDS_A_TEST 120

static char *folder;

void
unit_check_error (GError **error, int reason, const char *part)
{
  const char *text = *error ? (*error)->message : NULL;

  ck_assert_msg (text != NULL, "no error, wanted one with '%s'", part);
  ck_assert_msg (strstr (text, part) != NULL, "the error '%s' has no '%s'",
                 text, part);
  ck_assert_msg (strstr (text, CANARY) == NULL, "the error '%s' has a secret",
                 text);
  ck_assert_int_eq (error_reason (*error), reason);
  g_clear_error (error);
}

void
unit_check_text (const char *what, const char *seen, const char *wanted)
{
  ck_assert_msg (g_strcmp0 (seen, wanted) == 0, "%s: '%s', wanted '%s'", what,
                 seen ? seen : "(none)", wanted ? wanted : "(none)");
}

void
unit_folder_make (void)
{
  folder = g_dir_make_tmp ("check_delivery-unit-XXXXXX", NULL);
  ck_assert (folder != NULL);
}

void
unit_folder_remove (void)
{
  GDir *dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while (dir && (name = g_dir_read_name (dir))) {
    g_autofree char *path = unit_path (name);

    g_remove (path);
  }
  if (dir)
    g_dir_close (dir);
  g_rmdir (folder);
  g_clear_pointer (&folder, g_free);
}

char *
unit_path (const char *name)
{
  return g_build_filename (folder, name, NULL);
}

char *
unit_file (const char *name, const char *content, gssize length)
{
  char *path = unit_path (name);

  ck_assert (g_file_set_contents (path, content, length, NULL));
  return path;
}

int
main (void)
{
  Suite *suite = suite_create ("unit");
  TCase *tcase = tcase_create ("core");
  SRunner *runner = srunner_create (suite);
  int failed;

  /* A complaint of GLib's is a fault of ours. */
  g_log_set_always_fatal (G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_WARNING
                          | (GLogLevelFlags)G_LOG_FATAL_MASK);
  tcase_set_timeout (tcase, SECONDS_A_TEST);
  unit_add (tcase);
  suite_add_tcase (suite, tcase);
  srunner_set_tap (runner, "-");
  srunner_run_all (runner, CK_SILENT);
  failed = srunner_ntests_failed (runner);
  srunner_free (runner);
  return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
