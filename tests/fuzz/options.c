/* SPDX-License-Identifier: BSD-2-Clause */
/* The command line.  Input: its words, a line each. */
#include "fuzz.h"

#include "options.h"
#include "url.h"

#include <string.h>

#define WORDS_MAX 64

/* No option's name has such characters: it is never to be seen in an error. */
#define CANARY "S3cr3t:/Pa55"

static char **
words_of (struct fuzz_input *input, int *argc)
{
  char **words = g_new0 (char *, WORDS_MAX + 2);

  words[(*argc)++] = g_strdup ("check_delivery");
  while (input->left && *argc <= WORDS_MAX)
    words[(*argc)++] = fuzz_line (input);
  return words;
}

/* Of a proper URL, no byte of the password is left; nor of its parameters.
 */
static void
check_hidden (const char *before, const char *behind)
{
  struct url *url = url_parse (before, NULL);
  const char *at = url && url->password ? strchr (before, '@') : NULL;
  const char *slashes = at ? strstr (before, "//") : NULL;

  FUZZ_REQUIRE (strlen (before) == strlen (behind));
  if (slashes) {
    const char *colon = strchr (slashes, ':');

    for (const char *p = colon + 1; p < at; p++)
      FUZZ_REQUIRE (behind[p - before] == '*');
  }
  if (url && url->params->len)
    FUZZ_REQUIRE (strspn (behind + strcspn (before, "?") + 1, "*")
                  == strlen (before) - strcspn (before, "?") - 1);
  url_free (url);
}

FUZZ_TARGET (options)
{
  struct fuzz_input input = { data, size };
  int argc = 0;
  g_auto (GStrv) words = words_of (&input, &argc);
  g_auto (GStrv) hidden = g_strdupv (words);
  struct options options = { 0 };
  g_autoptr (GError) error = NULL;
  gboolean ok = options_read (words, &options, &error);

  FUZZ_REQUIRE (ok == !error);
  if (error)
    FUZZ_REQUIRE (*error->message && !strstr (error->message, CANARY));
  else
    FUZZ_REQUIRE (options.request.family == 0 || options.request.family == 4
                  || options.request.family == 6);
  options_clear (&options);
  options_hide_secrets (argc, hidden);
  for (int i = 1; i < argc; i++)
    check_hidden (words[i], hidden[i]);
  return 0;
}
