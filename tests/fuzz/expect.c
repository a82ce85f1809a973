/* SPDX-License-Identifier: BSD-2-Clause */
/* Expectations.  Input: lines "field method value" up to an empty one; then
 * the reason, and what was said, a line each: the message and details. */
#include "fuzz.h"

#include "expect.h"
#include "text.h"

#include <string.h>

static const char *const fields[]
    = { "status", "message", "details", "step", "reason", "delivery", NULL };
static const char *const methods[]
    = { "eq", "neq", "regexp", "nregexp", "lt", "gt", NULL };

static void
add (GPtrArray *expects, const char *line)
{
  g_auto (GStrv) words = g_strsplit (line, " ", 3);
  g_autoptr (GError) error = NULL;
  struct expect *expect;

  if (g_strv_length (words) < 3 || !g_utf8_validate (line, -1, NULL))
    return;
  expect = expect_parse (words[0], words[1], words[2], &error);
  FUZZ_REQUIRE (!expect == !!error);
  FUZZ_REQUIRE (!expect
                || (g_strv_contains (fields, words[0])
                    && g_strv_contains (methods, words[1])
                    && expect_known (words[0], words[1], NULL)));
  if (expect)
    g_ptr_array_add (expects, expect);
}

static struct result *
any_result (struct fuzz_input *input)
{
  struct settings settings;
  struct result *result = result_new (NULL);
  int reason = (int)fuzz_below (input, N_REASONS);
  g_autofree char *message = fuzz_line (input);
  g_autofree char *clean = text_clean (message, TEXT_MAX);

  settings_init (&settings);
  result_set (result, reason, "recv_recv", clean);
  if (reason_is_found (reason))
    result->delivery = 0.25;
  while (input->left) {
    g_autofree char *detail = fuzz_line (input);
    g_autofree char *text = text_clean (detail, TEXT_MAX);

    result_add_detail (result, text);
  }
  result_fold (result, &settings);
  return result;
}

FUZZ_TARGET (expect)
{
  struct fuzz_input input = { data, size };
  g_autoptr (GPtrArray) expects
      = g_ptr_array_new_with_free_func ((GDestroyNotify)expect_free);
  struct result *result;
  enum state before;

  while (input.left) {
    g_autofree char *line = fuzz_line (&input);

    if (!*line)
      break;
    add (expects, line);
  }
  result = any_result (&input);
  before = result->state;
  expect_judge (expects, result, G_MAXLONG);
  FUZZ_REQUIRE (expects->len ? result->state == STATE_OK
                                   || result->state == STATE_CRITICAL
                                   || result->state == before
                             : result->state == before);
  result_free (result);
  return 0;
}
