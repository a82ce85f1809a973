/* SPDX-License-Identifier: BSD-2-Clause */
#include "params.h"

#include "reason.h"
#include "text.h"

#include <string.h>

/* What a double holds without loss. */
#define INTEGER_MAX (G_GINT64_CONSTANT (1) << 53)

static const char *const type_keys[] = {
  [DELIVERY_PARAM_STRING] = "string",   [DELIVERY_PARAM_BOOL] = "bool",
  [DELIVERY_PARAM_INTEGER] = "integer", [DELIVERY_PARAM_SECONDS] = "seconds",
  [DELIVERY_PARAM_CHOICE] = "choice",
};

static const char *const type_names[] = {
  [DELIVERY_PARAM_STRING] = "text",
  [DELIVERY_PARAM_BOOL] = "yes or no",
  [DELIVERY_PARAM_INTEGER] = "whole number",
  [DELIVERY_PARAM_SECONDS] = "duration",
  [DELIVERY_PARAM_CHOICE] = "choice",
};

static const char *const yes[] = { "yes", "true", "on", "1", NULL };
static const char *const no[] = { "no", "false", "off", "0", NULL };

const char *
param_type_name (guint type)
{
  return type < G_N_ELEMENTS (type_names) ? type_names[type] : "unknown";
}

const char *
param_type_key (guint type)
{
  return type < G_N_ELEMENTS (type_keys) ? type_keys[type] : "unknown";
}

static gboolean
is_one_of (const char *value, const char *const *words)
{
  for (; *words; words++)
    if (g_ascii_strcasecmp (value, *words) == 0)
      return TRUE;
  return FALSE;
}

gboolean
param_bool (const char *value)
{
  return is_one_of (value, yes);
}

/* The spelling of a choice as the table has it, or NULL. */
static char *
choice (const struct delivery_param *param, const char *value)
{
  g_auto (GStrv) choices = g_strsplit (param->values, "|", -1);

  for (char **c = choices; *c; c++)
    if (g_ascii_strcasecmp (*c, value) == 0)
      return g_strdup (*c);
  return NULL;
}

static gboolean
number_of (guint32 type, const char *text, double *number)
{
  gint64 us;

  if (type == DELIVERY_PARAM_SECONDS) {
    if (!text_duration (text, &us))
      return FALSE;
    *number = (double)us / 1e6;
    return TRUE;
  }
  if (!g_ascii_string_to_signed (text, 10, -INTEGER_MAX, INTEGER_MAX, &us,
                                 NULL))
    return FALSE;
  *number = (double)us;
  return TRUE;
}

/* "low:high", either may be missing. */
static gboolean
bounds (const struct delivery_param *param, double *low, double *high)
{
  g_auto (GStrv) ends = NULL;

  *low = -1e18;
  *high = 1e18;
  if (!param->values)
    return TRUE;
  ends = g_strsplit (param->values, ":", -1);
  return g_strv_length (ends) == 2
         && (!*ends[0] || number_of (param->type, ends[0], low))
         && (!*ends[1] || number_of (param->type, ends[1], high))
         && *low <= *high;
}

static gboolean
not_one_of (const struct delivery_param *param, GError **error)
{
  g_auto (GStrv) choices = g_strsplit (param->values, "|", -1);
  g_autofree char *list = g_strjoinv (", ", choices);

  return config_error (error, "parameter '%s' is one of %s", param->name,
                       list);
}

/* Whether a value fits.  `*spelling`, for a choice, is the table's own. */
static gboolean
check_value (const struct delivery_param *param, const char *value,
             char **spelling, GError **error)
{
  double number, low, high;

  *spelling = NULL;
  switch (param->type) {
  case DELIVERY_PARAM_BOOL:
    return is_one_of (value, yes) || is_one_of (value, no)
           || config_error (error, "parameter '%s' is yes or no", param->name);
  case DELIVERY_PARAM_CHOICE:
    *spelling = choice (param, value);
    return *spelling || not_one_of (param, error);
  case DELIVERY_PARAM_INTEGER:
  case DELIVERY_PARAM_SECONDS:
    bounds (param, &low, &high);
    return (number_of (param->type, value, &number) && number >= low
            && number <= high)
           || config_error (error, "parameter '%s' is a %s%s%s", param->name,
                            param_type_name (param->type),
                            param->values ? " within " : "",
                            param->values ? param->values : "");
  default:
    return TRUE;
  }
}

gboolean
param_check_declared (const struct delivery_param *param, GError **error)
{
  const guint32 known = DELIVERY_PARAM_SECRET | DELIVERY_PARAM_REPEATABLE
                        | DELIVERY_PARAM_REQUIRED;
  gsize length = param->name ? strnlen (param->name, 33) : 0;
  double low, high;
  g_autofree char *spelling = NULL;

  if (length == 0 || length > 32 || !g_ascii_islower (*param->name)
      || strspn (param->name, G_CSET_a_2_z G_CSET_DIGITS "_") != length)
    return config_error (error, "a name is missing or not of "
                                "[a-z][a-z0-9_]*");
  if (param->type >= G_N_ELEMENTS (type_names) || (param->flags & ~known))
    return config_error (error, "'%s' has an unknown type or flag",
                         param->name);
  if (param->type == DELIVERY_PARAM_CHOICE
          ? !param->values || !*param->values
          : (param->type == DELIVERY_PARAM_INTEGER
             || param->type == DELIVERY_PARAM_SECONDS)
                && !bounds (param, &low, &high))
    return config_error (error, "'%s' has wrong values", param->name);
  if (param->default_value
      && (!check_value (param, param->default_value, &spelling, NULL)
          || (spelling && strcmp (spelling, param->default_value) != 0)))
    return config_error (error, "'%s' has a default that does not fit",
                         param->name);
  return TRUE;
}

const struct delivery_param *
params_find (const struct delivery_param *table, gsize n, const char *name)
{
  for (gsize i = 0; i < n; i++)
    if (strcmp (table[i].name, name) == 0)
      return &table[i];
  return NULL;
}

static gboolean
is_given (const struct url *url, const char *name, guint before)
{
  for (guint i = 0; i < before; i++) {
    const struct url_param *given = url->params->pdata[i];

    if (strcmp (given->name, name) == 0)
      return TRUE;
  }
  return FALSE;
}

static gboolean
unknown (const struct delivery_param *table, gsize n, const char *name,
         GError **error)
{
  g_autofree const char **names = g_new0 (const char *, n + 1);
  g_autofree char *hint = NULL;

  for (gsize i = 0; i < n; i++)
    names[i] = table[i].name;
  hint = text_suggest (name, names);
  return config_error (error, "no parameter '%s'%s", name, hint);
}

static gboolean
check_given (const struct delivery_param *table, gsize n, struct url *url,
             guint index, GError **error)
{
  struct url_param *given = url->params->pdata[index];
  const struct delivery_param *param = params_find (table, n, given->name);
  char *spelling;

  if (!param)
    return unknown (table, n, given->name, error);
  if (!(param->flags & DELIVERY_PARAM_REPEATABLE)
      && is_given (url, given->name, index))
    return config_error (error, "parameter '%s' stands twice", given->name);
  if (!check_value (param, given->value, &spelling, error))
    return FALSE;
  if (spelling) {
    g_free (given->value);
    given->value = spelling;
  }
  return TRUE;
}

gboolean
params_check (const struct delivery_param *table, gsize n, struct url *url,
              GError **error)
{
  for (guint i = 0; i < url->params->len; i++)
    if (!check_given (table, n, url, i, error))
      return FALSE;
  for (gsize i = 0; i < n; i++)
    if ((table[i].flags & DELIVERY_PARAM_REQUIRED)
        && !is_given (url, table[i].name, url->params->len))
      return config_error (error, "parameter '%s' is missing: %s",
                           table[i].name, table[i].help);
  return TRUE;
}
