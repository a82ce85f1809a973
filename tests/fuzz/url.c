/* SPDX-License-Identifier: BSD-2-Clause */
/* URLs: what is taken has proper parts, what is shown has no secret. */
#include "fuzz.h"

#include "reason.h"
#include "url.h"

#include <string.h>

static gboolean
is_proper (const char *part)
{
  if (!part)
    return TRUE;
  if (!g_utf8_validate (part, -1, NULL))
    return FALSE;
  for (const char *p = part; *p; p = g_utf8_next_char (p))
    if (g_unichar_iscntrl (g_utf8_get_char (p)))
      return FALSE;
  return TRUE;
}

static void
check_parts (const struct url *url)
{
  FUZZ_REQUIRE (url->scheme && *url->scheme);
  FUZZ_REQUIRE (strlen (url->scheme) <= URL_SCHEME_MAX);
  FUZZ_REQUIRE (is_proper (url->scheme) && is_proper (url->user)
                && is_proper (url->password) && is_proper (url->host)
                && is_proper (url->path));
  FUZZ_REQUIRE (!url->host || *url->host);
  FUZZ_REQUIRE (!url->path || *url->path == '/');
  FUZZ_REQUIRE (url->host || !url->port);
  FUZZ_REQUIRE (url->port <= 65535 && url->params->len <= URL_PARAMS_MAX);
  for (guint i = 0; i < url->params->len; i++) {
    const struct url_param *param = url->params->pdata[i];

    FUZZ_REQUIRE (*param->name && is_proper (param->name)
                  && is_proper (param->value));
  }
}

static void
check_same (const struct url *a, const struct url *b)
{
  FUZZ_REQUIRE (strcmp (a->scheme, b->scheme) == 0);
  FUZZ_REQUIRE (g_strcmp0 (a->user, b->user) == 0);
  FUZZ_REQUIRE (g_strcmp0 (a->host, b->host) == 0);
  FUZZ_REQUIRE (g_strcmp0 (a->path, b->path) == 0);
  FUZZ_REQUIRE (a->port == b->port && a->ipv6 == b->ipv6);
  FUZZ_REQUIRE (!b->password && b->params->len == 0);
}

/* The public form is a URL again: the same one, but for what is secret. */
static void
check_public (struct url *url)
{
  g_autofree char *shown = url_public (url);
  struct url *again = url_parse (shown, NULL);

  FUZZ_REQUIRE (again);
  check_same (url, again);
  url_free (again);
}

/* What is shown is the same whatever is secret. */
static void
check_hidden (struct url *url)
{
  g_autofree char *shown = url_public (url);
  g_autofree char *without = NULL;

  g_free (url->password);
  url->password = NULL;
  g_ptr_array_set_size (url->params, 0);
  without = url_public (url);
  FUZZ_REQUIRE (strcmp (shown, without) == 0);
}

FUZZ_TARGET (url)
{
  struct fuzz_input input = { data, size };
  g_autofree char *text = fuzz_rest (&input);
  g_autofree char *scheme = url_public_scheme (text);
  g_autoptr (GError) error = NULL;
  struct url *url = url_parse (text, &error);

  FUZZ_REQUIRE (!url == !!error);
  FUZZ_REQUIRE (fuzz_is_clean (scheme, URL_SCHEME_MAX + 16));
  if (error) {
    FUZZ_REQUIRE (error_reason (error) == DELIVERY_CONFIG);
    FUZZ_REQUIRE (fuzz_is_clean (error->message, 1024));
    return 0;
  }
  check_parts (url);
  check_public (url);
  check_hidden (url);
  url_free (url);
  return 0;
}
