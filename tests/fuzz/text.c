/* SPDX-License-Identifier: BSD-2-Clause */
/* Text from outside becomes one line, whatever it is; durations and numbers.
 * Input: a byte of length, then the text. */
#include "fuzz.h"

#include "text.h"

#include <string.h>

static void
check_clean (const char *text, gsize max)
{
  g_autofree char *clean = text_clean (text, max);
  g_autofree char *again = text_clean (clean, max);

  FUZZ_REQUIRE (fuzz_is_clean (clean, max));
  FUZZ_REQUIRE (strcmp (clean, again) == 0);
  FUZZ_REQUIRE (!strstr (clean, "  ") && !strpbrk (clean, "<>`"));
}

static void
check_label (const char *text)
{
  g_autofree char *label = text_label (text);

  FUZZ_REQUIRE (strlen (label) == strlen (text));
  FUZZ_REQUIRE (strspn (label, G_CSET_a_2_z G_CSET_A_2_Z G_CSET_DIGITS "_.-")
                == strlen (label));
}

static void
check_numbers (const char *text, guint64 max)
{
  const gint64 most = G_GINT64_CONSTANT (10) * 365 * 86400 * G_USEC_PER_SEC;
  guint64 number;
  gint64 us;

  if (text_number (text, max, &number))
    FUZZ_REQUIRE (number <= max && g_ascii_isdigit (*text));
  if (text_duration (text, &us))
    FUZZ_REQUIRE (us >= 0 && us <= most && g_ascii_isdigit (*text));
}

FUZZ_TARGET (text)
{
  struct fuzz_input input = { data, size };
  guint8 max = fuzz_byte (&input);
  g_autofree char *text = fuzz_rest (&input);
  const char *const known[] = { "timeout", "patience", text, NULL };
  g_autofree char *suggested = text_suggest (text, known);

  check_clean (text, max);
  check_clean (text, TEXT_MAX);
  check_label (text);
  check_numbers (text, max);
  FUZZ_REQUIRE (*suggested);
  return 0;
}
