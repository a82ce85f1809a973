/* SPDX-License-Identifier: BSD-2-Clause */
/* What the unit tests share: main(), which prints TAP, and a few functions. */
#ifndef TESTS_UNIT_H
#define TESTS_UNIT_H

#include <check.h>
#include <glib.h>

/* Never to be seen in any text that is meant for people. */
#define CANARY "S3cr3t-Pa55w0rd"

/* Defined by each program: adds its tests to the one test case there is. */
void unit_add (TCase *tcase);

/* Adds a test that runs once for each row of a table; `_i` is the row. */
#define unit_add_table(tcase, test, table) \
  tcase_add_loop_test (tcase, test, 0, (int)G_N_ELEMENTS (table))

/* Fails unless there is an error of that reason whose text has that part and
 * no canary in it.  Clears the error. */
void unit_check_error (GError **error, int reason, const char *part);

/* Fails unless both are NULL or both are the same text. */
void unit_check_text (const char *what, const char *seen, const char *wanted);

/* A folder of this program's, removed with all that is in it at the end.
 * Add unit_folder_make and _remove as an unchecked fixture. */
void unit_folder_make (void);
void unit_folder_remove (void);

/* The path of a name in that folder. */
char *unit_path (const char *name);

/* Writes a file into that folder and returns its path; `length` -1 for text
 * that ends in NUL. */
char *unit_file (const char *name, const char *content, gssize length);

#endif
