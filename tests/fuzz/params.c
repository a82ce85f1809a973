/* SPDX-License-Identifier: BSD-2-Clause */
/* A parameter as a plugin declares it and a URL gives it.  Input: type, flags,
 * and lines: name, values, default, value. */
#include "fuzz.h"

#include "params.h"

#include <stdio.h>
#include <string.h>

/* Never to be seen in the text of an error. */
#define CANARY "~S3cr3t-Pa55w0rd"

static struct url *
url_with (const char *name, const char *value)
{
  g_autofree char *encoded = g_uri_escape_string (value, NULL, FALSE);
  g_autofree char *text = g_strdup_printf ("x:/?%s=%s", name, encoded);

  return url_parse (text, NULL);
}

/* Where both ends are plain numbers, as most are. */
static void
check_within (const struct delivery_param *param, gint64 number)
{
  long long low, high;
  char rest;

  if (param->values
      && sscanf (param->values, "%lld:%lld%c", &low, &high, &rest) == 2)
    FUZZ_REQUIRE (number >= low && number <= high);
}

static void
check_value (const struct delivery_param *param, const char *value)
{
  g_autofree char *words = NULL;
  g_autofree char *word = NULL;
  gint64 number;

  switch (param->type) {
  case DELIVERY_PARAM_CHOICE:
    words = g_strdup_printf ("|%s|", param->values);
    word = g_strdup_printf ("|%s|", value);
    FUZZ_REQUIRE (strstr (words, word));
    break;
  case DELIVERY_PARAM_INTEGER:
    FUZZ_REQUIRE (g_ascii_string_to_signed (value, 10, G_MININT64, G_MAXINT64,
                                            &number, NULL));
    check_within (param, number);
    break;
  case DELIVERY_PARAM_BOOL:
    FUZZ_REQUIRE (param_bool (value) || strlen (value) <= 5);
    break;
  default:
    break;
  }
}

static void
check_given (const struct delivery_param *param, const char *value)
{
  struct url *url = url_with (param->name, value);
  const struct url_param *given;

  if (url && params_check (param, 1, url, NULL)) {
    given = url->params->pdata[0];
    check_value (param, given->value);
  }
  url_free (url);
}

static void
check_error (const struct delivery_param *param, const char *value)
{
  g_autofree char *wrong = g_strconcat (value, CANARY, NULL);
  g_autoptr (GError) error = NULL;
  struct url *url = url_with (param->name, wrong);

  /* What a plugin declares is shown. */
  if (url && !params_check (param, 1, url, &error)
      && !(param->values && strstr (param->values, CANARY)))
    FUZZ_REQUIRE (!strstr (error->message, CANARY));
  url_free (url);
}

FUZZ_TARGET (params)
{
  struct fuzz_input input = { data, size };
  guint type = fuzz_below (&input, 6), flags = fuzz_byte (&input);
  g_autofree char *name = fuzz_line (&input);
  g_autofree char *values = fuzz_line (&input);
  g_autofree char *preset = fuzz_line (&input);
  g_autofree char *value = fuzz_line (&input);
  struct delivery_param param = {
    .name = name,
    .type = type,
    .flags = flags & 7,
    .default_value = flags & 8 ? preset : NULL,
    .values = flags & 16 ? NULL : values,
    .help = "What it is for.",
  };

  if (!param_check_declared (&param, NULL))
    return 0;
  if (param.default_value)
    check_value (&param, param.default_value);
  check_given (&param, value);
  check_error (&param, value);
  return 0;
}
