/* SPDX-License-Identifier: BSD-2-Clause */
#include "scenario.h"

#include "expect.h"
#include "secret.h"
#include "text.h"

struct scenario *
scenario_new (const char *name)
{
  struct scenario *scenario = g_new0 (struct scenario, 1);

  scenario->name = g_strdup (name);
  scenario->expects
      = g_ptr_array_new_with_free_func ((GDestroyNotify)expect_free);
  settings_init (&scenario->settings);
  return scenario;
}

void
scenario_forget_urls (struct scenario *scenario)
{
  for (int role = 0; role < 2; role++)
    secret_free (g_steal_pointer (&scenario->urls[role]));
}

void
scenario_forget_expects (struct scenario *scenario)
{
  g_ptr_array_set_size (scenario->expects, 0);
}

void
scenario_free (struct scenario *scenario)
{
  scenario_forget_urls (scenario);
  g_ptr_array_unref (scenario->expects);
  g_free (scenario->name);
  g_free (scenario->problem);
  g_free (scenario);
}

static gboolean
read_settings (struct scenario *scenario, GVariantIter *iter)
{
  const char *name, *value;

  while (g_variant_iter_next (iter, "{&s&s}", &name, &value))
    if (!g_strv_contains (settings_names, name)
        || !settings_set (&scenario->settings, name, value, NULL))
      return FALSE;
  return TRUE;
}

static gboolean
read_expects (struct scenario *scenario, GVariantIter *iter)
{
  const char *field, *method, *value;
  gboolean secret;

  while (g_variant_iter_next (iter, "(&s&s&sb)", &field, &method, &value,
                              &secret)) {
    struct expect *expect = expect_parse (field, method, value, NULL);

    if (!expect)
      return FALSE;
    if (secret)
      expect_hide (expect);
    g_ptr_array_add (scenario->expects, expect);
  }
  return TRUE;
}

struct scenario *
scenario_from_record (GVariant *body)
{
  const char *name, *urls[2], *problem;
  g_autoptr (GVariantIter) settings = NULL;
  g_autoptr (GVariantIter) expects = NULL;
  struct scenario *scenario;

  g_variant_get (body, "(&s&s&sa{ss}a(sssb)&s)", &name, &urls[0], &urls[1],
                 &settings, &expects, &problem);
  scenario = scenario_new (name);
  for (int role = 0; role < 2; role++)
    scenario->urls[role] = g_strdup (urls[role]);
  scenario->problem = *problem ? text_clean (problem, TEXT_MAX) : NULL;
  if (read_settings (scenario, settings) && read_expects (scenario, expects))
    return scenario;
  scenario_free (scenario);
  return NULL;
}
