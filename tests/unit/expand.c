/* SPDX-License-Identifier: BSD-2-Clause */
/* References to secrets in a URL of the command line, and the engine that
 * replaces all references. */
#include "expand.h"

#include "reason.h"
#include "unit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A file of each kind, in the folder of this test. */
static void
make_files (void)
{
  static const struct {
    const char *name, *content;
    gssize length;
  } files[] = {
    { "pw", CANARY "\n", -1 },     { "bare", CANARY, -1 },
    { "two", CANARY "\n\n", -1 },  { "empty", "", 0 },
    { "newline", "\n", 1 },        { "nul", CANARY "\0x", 17 },
    { "dollar", "${env:X}$", -1 },
  };
  g_autofree char *big = g_strnfill (100000, 'x');

  for (gsize i = 0; i < G_N_ELEMENTS (files); i++)
    g_free (unit_file (files[i].name, files[i].content, files[i].length));
  g_free (unit_file ("big", big, -1));
}

/* Sets up what the tables below refer to; relative paths are the folder's. */
static void
set_up (void)
{
  g_autofree char *folder = unit_path (".");
  g_autofree char *fifo = unit_path ("fifo");

  make_files ();
  ck_assert (mkfifo (fifo, 0600) == 0 || errno == EEXIST);
  ck_assert_int_eq (chdir (folder), 0);
  g_setenv ("UNIT_PW", CANARY, TRUE);
  g_setenv ("UNIT_DOLLAR", "$x${env:UNIT_PW}$", TRUE);
  g_setenv ("UNIT_EMPTY", "", TRUE);
  g_unsetenv ("UNIT_NONE");
  g_setenv ("CREDENTIALS_DIRECTORY", folder, TRUE);
}

static const struct {
  const char *text, *expanded;
} good[] = {
  { "", "" },
  { "plain {text} {", "plain {text} {" },
  { "$$", "$" },
  { "$$$$x$$", "$$x$" },
  { "$${env:UNIT_PW}", "${env:UNIT_PW}" },
  { "${env:UNIT_PW}", CANARY },
  { "a${env:UNIT_PW}b${env:UNIT_PW}", "a" CANARY "b" CANARY },
  { "${env:UNIT_DOLLAR}", "$x${env:UNIT_PW}$" },
  { "${file:pw}@h", CANARY "@h" },
  { "${file:./bare}", CANARY },
  { "${file:two}", CANARY "\n" },
  { "${file:dollar}", "${env:X}$" },
  { "${credential:pw}", CANARY },
};

START_TEST (secrets_are_fetched_and_not_expanded_again)
{
  GError *error = NULL;
  g_autofree char *seen = NULL;

  set_up ();
  seen = expand_argument (good[_i].text, NULL, &error);
  ck_assert_msg (!error, "%s: %s", good[_i].text, error ? error->message : "");
  unit_check_text (good[_i].text, seen, good[_i].expanded);
}
END_TEST

static const struct {
  const char *text, *part;
} bad[] = {
  { "$", "lone '$' at byte 1" },
  { "abc$", "lone '$' at byte 4" },
  { CANARY "$x", "at byte 16" },
  { "$$$", "lone '$' at byte 3" },
  { "${", "lone '$'" },
  { "${}", "lone '$'" },
  { "${abc:X}", "${env:NAME}" },
  { "${abcd:X}", "${env:NAME}" },
  { "${abcdefghij:X}", "${env:NAME}" },
  { "${env:UNIT_PW", "lone '$'" },
  { "$env:UNIT_PW}", "lone '$'" },
  { "${" CANARY "}", "${env:NAME}" },
  { "${creds:" CANARY "}", "${env:NAME}" },
  { "${environ:UNIT_PW}", "${env:NAME}" },
  { "${en:UNIT_PW}", "${env:NAME}" },
  { "${ENV:UNIT_PW}", "${env:NAME}" },
  { "${env}", "${env:NAME}" },
  { "${env:UNIT_NONE}", "UNIT_NONE is not set" },
  { "${env:UNIT_EMPTY}", "UNIT_EMPTY is empty" },
  { "${env:}", "is not set" },
  { "x${env:UNIT_EMPTY}", "is empty" },
  { "${env:UNIT_PW}${env:UNIT_NONE}", "UNIT_NONE" },
  { "${file:missing}", "missing: " },
  { "${file:empty}", "empty: empty" },
  { "x${file:empty}", "empty: empty" },
  { "${file:newline}", "newline: empty" },
  { "x${file:newline}", "newline: empty" },
  { "${file:nul}", "NUL" },
  { "${file:big}", "big: larger than" },
  { "${file:.}", "not a regular file" },
  { "${file:fifo}", "not a regular file" },
  { "${file:/dev/zero}", "not a regular file" },
  { "${file:}", ": " },
  { "${credential:missing}", "missing" },
  { "${credential:}", "name" },
  { "${credential:../pw}", "name" },
  { "${credential:/etc/passwd}", "name" },
  { "${credential:.}", "name" },
};

START_TEST (what_is_missing_or_empty_is_an_error)
{
  GError *error = NULL;

  set_up ();
  ck_assert_msg (expand_argument (bad[_i].text, NULL, &error) == NULL, "%s",
                 bad[_i].text);
  unit_check_error (&error, DELIVERY_CONFIG, bad[_i].part);
}
END_TEST

START_TEST (it_is_an_error_for_a_caller_who_does_not_ask_why_too)
{
  set_up ();
  ck_assert_msg (expand_argument (bad[_i].text, NULL, NULL) == NULL, "%s",
                 bad[_i].text);
}
END_TEST

START_TEST (without_a_credentials_folder_there_are_no_credentials)
{
  GError *error = NULL;

  set_up ();
  g_unsetenv ("CREDENTIALS_DIRECTORY");
  ck_assert (expand_argument ("${credential:pw}", NULL, &error) == NULL);
  unit_check_error (&error, DELIVERY_CONFIG, "CREDENTIALS_DIRECTORY");
}
END_TEST

START_TEST (the_variables_used_are_told)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *seen = NULL;

  set_up ();
  seen = expand_argument ("${env:UNIT_PW}${file:pw}${env:UNIT_DOLLAR}", names,
                          NULL);
  ck_assert (seen != NULL);
  ck_assert_uint_eq (names->len, 2);
  ck_assert_str_eq (names->pdata[0], "UNIT_PW");
  ck_assert_str_eq (names->pdata[1], "UNIT_DOLLAR");
}
END_TEST

/* "${loop}" refers to itself, "${n}" for a number to n - 1, "${big}" is 40
 * KiB, and nothing else is there. */
static gboolean
reference (struct expander *expander, const char *name, guint depth,
           GString *out, GError **error)
{
  g_autofree char *next = NULL;
  g_autofree char *big = g_strnfill (40 * 1024, 'x');

  if (strcmp (name, "big") == 0)
    g_string_append (out, big);
  else if (strcmp (name, "loop") == 0)
    return expand_text (expander, "${loop}", depth + 1, out, error);
  else if (strcmp (name, "0") == 0)
    g_string_append (out, "end");
  else if (g_ascii_isdigit (*name)) {
    next = g_strdup_printf ("${%d}", atoi (name) - 1);
    return expand_text (expander, next, depth + 1, out, error);
  } else
    return config_error (error, "not there");
  return TRUE;
}

static gboolean
expand (const char *text, gboolean skip, GString *out, GError **error)
{
  struct expander expander = { .reference = reference, .skip = skip };

  return expand_text (&expander, text, 1, out, error);
}

/* The text itself is of depth 1: one that holds "${9}" nests ten deep. */
START_TEST (references_nest_to_a_depth_of_ten)
{
  g_autoptr (GString) out = g_string_new ("before ");
  GError *error = NULL;

  ck_assert (expand ("${0} ${9}", FALSE, out, &error));
  ck_assert_str_eq (out->str, "before end end");
  ck_assert (!expand ("${10}", FALSE, out, &error));
  unit_check_error (&error, DELIVERY_CONFIG, "10 deep");
}
END_TEST

START_TEST (a_loop_of_references_ends)
{
  g_autoptr (GString) out = g_string_new (NULL);
  GError *error = NULL;

  ck_assert (!expand ("${loop}", FALSE, out, &error));
  unit_check_error (&error, DELIVERY_CONFIG, "loop");
}
END_TEST

START_TEST (a_value_has_a_longest_length)
{
  g_autoptr (GString) out = g_string_new (NULL);
  GError *error = NULL;

  ck_assert (expand ("${big}", FALSE, out, &error));
  g_string_truncate (out, 0);
  ck_assert (!expand ("${big}${big}", FALSE, out, &error));
  unit_check_error (&error, DELIVERY_CONFIG, "64 KiB");
}
END_TEST

START_TEST (the_error_of_a_reference_gets_through)
{
  g_autoptr (GString) out = g_string_new (NULL);
  GError *error = NULL;

  ck_assert (!expand ("${other}", FALSE, out, &error));
  unit_check_error (&error, DELIVERY_CONFIG, "not there");
}
END_TEST

START_TEST (secrets_can_be_left_out)
{
  g_autoptr (GString) out = g_string_new (NULL);

  set_up ();
  ck_assert (expand ("a${env:UNIT_NONE}b${file:missing}c${credential:pw}${0}",
                     TRUE, out, NULL));
  ck_assert_str_eq (out->str, "a" EXPAND_STAND_IN "b" EXPAND_STAND_IN
                              "c" EXPAND_STAND_IN "end");
}
END_TEST

START_TEST (relative_paths_start_in_the_folder_given)
{
  g_autofree char *folder = unit_path (".");
  struct expander expander = { .folder = folder };
  g_autoptr (GString) out = g_string_new (NULL);
  g_autofree char *absolute = NULL;

  set_up ();
  ck_assert_int_eq (chdir ("/"), 0);
  ck_assert (expand_text (&expander, "${file:pw}", 1, out, NULL));
  ck_assert_str_eq (out->str, CANARY);
  absolute = g_strdup_printf ("${file:%s/bare}", folder);
  g_string_truncate (out, 0);
  ck_assert (expand_text (&expander, absolute, 1, out, NULL));
  ck_assert_str_eq (out->str, CANARY);
}
END_TEST

void
unit_add (TCase *tcase)
{
  tcase_add_unchecked_fixture (tcase, unit_folder_make, unit_folder_remove);
  unit_add_table (tcase, secrets_are_fetched_and_not_expanded_again, good);
  unit_add_table (tcase, what_is_missing_or_empty_is_an_error, bad);
  unit_add_table (tcase, it_is_an_error_for_a_caller_who_does_not_ask_why_too,
                  bad);
  tcase_add_test (tcase,
                  without_a_credentials_folder_there_are_no_credentials);
  tcase_add_test (tcase, the_variables_used_are_told);
  tcase_add_test (tcase, references_nest_to_a_depth_of_ten);
  tcase_add_test (tcase, a_loop_of_references_ends);
  tcase_add_test (tcase, a_value_has_a_longest_length);
  tcase_add_test (tcase, the_error_of_a_reference_gets_through);
  tcase_add_test (tcase, secrets_can_be_left_out);
  tcase_add_test (tcase, relative_paths_start_in_the_folder_given);
}
