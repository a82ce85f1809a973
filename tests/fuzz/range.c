/* SPDX-License-Identifier: BSD-2-Clause */
/* Threshold ranges, and what a scenario may set.  Input: a line with a range,
 * then lines "name value". */
#include "fuzz.h"

#include "settings.h"

#include <math.h>
#include <string.h>

static void
check_range (const char *text)
{
  struct range range, again;
  g_autofree char *shown = NULL;

  if (!range_parse (text, &range, NULL))
    return;
  FUZZ_REQUIRE (!isnan (range.start) && range.start <= range.end);
  shown = range_text (&range);
  FUZZ_REQUIRE (strspn (shown, "@~:.-" G_CSET_DIGITS) == strlen (shown));
  FUZZ_REQUIRE (range_parse (shown, &again, NULL));
  FUZZ_REQUIRE (again.start == range.start && again.end == range.end
                && again.inside == range.inside);
  FUZZ_REQUIRE (range_alerts (&range, range.end) == range.inside
                || isinf (range.end));
}

static void
check_setting (struct settings *settings, char *line)
{
  char *blank = strchr (line, ' ');

  if (!blank)
    return;
  *blank = '\0';
  if (g_strv_contains (settings_names, line))
    settings_set (settings, line, blank + 1, NULL);
}

FUZZ_TARGET (range)
{
  struct fuzz_input input = { data, size };
  g_autofree char *range = fuzz_line (&input);
  struct settings settings;

  check_range (range);
  settings_init (&settings);
  while (input.left) {
    g_autofree char *line = fuzz_line (&input);

    check_setting (&settings, line);
  }
  FUZZ_REQUIRE (settings.wait >= 0 && settings.patience >= 0);
  FUZZ_REQUIRE (settings.on_timeout != STATE_OK);
  if (settings_check (&settings, NULL))
    FUZZ_REQUIRE (settings.wait < settings.timeout);
  return 0;
}
