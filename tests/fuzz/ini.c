/* SPDX-License-Identifier: BSD-2-Clause */
/* A whole INI file: every value of every section, and its scenarios.  Input:
 * the file. */
#include "fuzz.h"

#include "conf.h"
#include "ini.h"
#include "memory_file.h"
#include "scenario.h"

#include <string.h>

static struct fuzz_input file;

/* No secret is fetched from a file. */
static gboolean
may_be_fetched (const uint8_t *data, size_t size)
{
  return !size || !memmem (data, size, "file", 4);
}

/* Nothing is added to a value and nothing changed: each of its lines stands in
 * the file. */
static void
check_lines (const char *raw)
{
  g_auto (GStrv) lines = g_strsplit (raw, "\n", -1);

  for (char **line = lines; *line; line++)
    FUZZ_REQUIRE (!**line
                  || memmem (file.at, file.left, *line, strlen (*line)));
}

static void
check_option (struct ini *ini, const char *section, const char *option)
{
  g_autofree char *raw = ini_raw (ini, section, option);
  g_autoptr (GError) error = NULL;
  g_autofree char *value
      = ini_value (ini, section, option, TRUE, NULL, &error);

  FUZZ_REQUIRE (raw && strlen (raw) <= INI_MAX);
  FUZZ_REQUIRE (g_utf8_validate (raw, -1, NULL));
  check_lines (raw);
  FUZZ_REQUIRE (!value == !!error);
  FUZZ_REQUIRE (!value || strlen (value) <= EXPAND_MAX);
  FUZZ_REQUIRE (!error
                || strstr (error->message, memory_file_path (MEMORY_GIVEN)));
}

static void
check_section (struct ini *ini, const char *section)
{
  g_auto (GStrv) options = ini_options (ini, section);

  for (char **option = options; *option; option++)
    check_option (ini, section, *option);
}

static void
check_file (void)
{
  g_autoptr (GError) error = NULL;
  struct ini *ini = ini_read (memory_file_path (MEMORY_GIVEN), &error);
  g_auto (GStrv) sections = NULL;

  FUZZ_REQUIRE (!ini == !!error);
  if (!ini)
    return;
  sections = ini_sections (ini);
  for (char **section = sections; *section; section++)
    check_section (ini, *section);
  check_section (ini, INI_DEFAULT);
  ini_free (ini);
}

/* What the process that reads the file tells is what the other one takes. */
static void
take (enum record_kind kind, GVariant *body, void *data)
{
  guint *ends = data;
  struct scenario *scenario;

  FUZZ_REQUIRE (*ends == 0);
  *ends += kind == RECORD_DONE || kind == RECORD_ERROR;
  if (kind != RECORD_SCENARIO)
    return;
  scenario = scenario_from_record (body);
  FUZZ_REQUIRE (scenario && *scenario->name);
  scenario_free (scenario);
}

static void
check_told (void)
{
  char *plays[] = { (char *)"*", NULL };
  guint ends = 0;

  conf_tell (memory_file_path (MEMORY_GIVEN), plays,
             memory_file (MEMORY_TOLD, NULL, 0));
  memory_file_records (take, &ends);
  FUZZ_REQUIRE (ends == 1);
}

FUZZ_TARGET (ini)
{
  file = (struct fuzz_input){ data, size };
  memory_file (MEMORY_GIVEN, data, size);
  check_file ();
  if (may_be_fetched (data, size))
    check_told ();
  return 0;
}
