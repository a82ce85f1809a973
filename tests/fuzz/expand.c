/* SPDX-License-Identifier: BSD-2-Clause */
/* ${references}, also in rings and in great number.  Input: lines, of which
 * ${0} to ${9} are the first ten, and the first is expanded. */
#include "fuzz.h"

#include "expand.h"
#include "reason.h"

#include <string.h>

#define CANARY "S3cr3t-Pa55w0rd"

struct lines {
  struct expander base; /* first, for the cast */
  char *lines[10];
};

static gboolean
reference (struct expander *base, const char *name, guint depth, GString *out,
           GError **error)
{
  struct lines *lines = (struct lines *)base;

  if (strcmp (name, "secret") == 0) {
    g_string_append (out, CANARY);
    return TRUE;
  }
  if (!g_ascii_isdigit (*name) || name[1])
    return config_error (error, "no such line");
  return expand_text (base, lines->lines[*name - '0'], depth + 1, out, error);
}

static void
check (struct lines *lines, gboolean skip)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GString) out = g_string_new (NULL);
  g_autoptr (GError) error = NULL;
  gboolean ok;

  lines->base = (struct expander){ .reference = reference,
                                   .folder = "/nowhere",
                                   .skip = skip,
                                   .env_names = names };
  ok = expand_text (&lines->base, lines->lines[0], 1, out, &error);
  FUZZ_REQUIRE (ok == !error);
  FUZZ_REQUIRE (lines->base.references <= EXPAND_REFERENCES + 1);
  if (ok)
    FUZZ_REQUIRE (out->len <= EXPAND_MAX);
  else
    FUZZ_REQUIRE (!strstr (error->message, CANARY));
  FUZZ_REQUIRE (!skip || !names->len);
}

FUZZ_TARGET (expand)
{
  struct fuzz_input input = { data, size };
  struct lines lines;
  gboolean is_known = FALSE;

  for (guint i = 0; i < G_N_ELEMENTS (lines.lines); i++) {
    lines.lines[i] = fuzz_line (&input);
    is_known |= strstr (lines.lines[i], CANARY) != NULL
                || strstr (lines.lines[i], "file:") != NULL;
  }
  check (&lines, TRUE);
  /* No file but those of this test is read. */
  if (!is_known)
    check (&lines, FALSE);
  for (guint i = 0; i < G_N_ELEMENTS (lines.lines); i++)
    g_free (lines.lines[i]);
  return 0;
}
