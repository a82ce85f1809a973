/* SPDX-License-Identifier: BSD-2-Clause */
/* What can be wrong with a plugin's tables, by name. */
#include "odd.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static void
longer (void)
{
  for (int i = 0; i < 2; i++) {
    odd.longer_params[i].p = odd.params[i];
    odd.longer_transports[i].t = odd.transports[i];
    odd.longer_transports[i].t.params = &odd.longer_params[0].p;
    odd.longer_transports[i].t.n_params = 2;
  }
  odd.longer_plugin.p = odd.plugin;
  odd.longer_plugin.p.transports = &odd.longer_transports[0].t;
  odd.longer_plugin.p.n_transports = 2;
  odd.record.plugin = &odd.longer_plugin.p;
  odd.record.plugin_size = sizeof odd.longer_plugin;
  odd.record.transport_size = sizeof odd.longer_transports[0];
  odd.record.param_size = sizeof odd.longer_params[0];
}

/* What concerns the record and the sizes.  Returns 0 for an unknown name. */
static int
spoil_record (const char *name)
{
  if (strcmp (name, "magic") == 0)
    odd.record.magic = 0x12345678;
  else if (strcmp (name, "major") == 0)
    odd.record.abi_major = DELIVERY_ABI_MAJOR + 1;
  else if (strcmp (name, "newer") == 0)
    odd.record.abi_minor = DELIVERY_ABI_MINOR + 1;
  else if (strcmp (name, "older") == 0)
    odd.record.abi_minor = DELIVERY_ABI_MINOR - 1;
  else if (strcmp (name, "short1") == 0)
    odd.record.plugin_size -= 1;
  else if (strcmp (name, "short2") == 0)
    odd.record.transport_size -= 8;
  else if (strcmp (name, "short3") == 0)
    odd.record.param_size = 0;
  else if (strcmp (name, "huge") == 0)
    odd.record.transport_size = 1u << 30;
  else if (strcmp (name, "notable") == 0)
    odd.record.plugin = NULL;
  else if (strncmp (name, "longer", 6) == 0)
    longer ();
  else
    return 0;
  if (strcmp (name, "longer1") == 0)
    odd.longer_plugin.tail[1] = 1;
  if (strcmp (name, "longer2") == 0)
    odd.longer_transports[1].tail[0] = 1;
  if (strcmp (name, "longer3") == 0)
    odd.longer_params[1].tail[1] = 1;
  return 1;
}

/* Texts that are not there, or are none. */
static const struct {
  const char *name;
  const char **text;
  const char *value;
} texts[] = {
  { "wrongname", &odd.plugin.name, "other" },
  { "noname", &odd.plugin.name, NULL },
  { "emptyname", &odd.plugin.name, "" },
  { "noversion", &odd.plugin.version, NULL },
  { "emptyversion", &odd.plugin.version, "" },
  { "nosummary", &odd.plugin.summary, NULL },
  { "badsummary", &odd.plugin.summary, "\377\376" },
  { "longsummary", &odd.plugin.summary, odd.text },
  { "badauthor", &odd.plugin.author, "\377" },
  { "badpage", &odd.plugin.home_page, "\377" },
  { "noscheme", &odd.transports[0].scheme, NULL },
  { "emptyscheme", &odd.transports[0].scheme, "" },
  { "upperscheme", &odd.transports[0].scheme, "Odd" },
  { "digitscheme", &odd.transports[0].scheme, "1odd" },
  { "underscheme", &odd.transports[0].scheme, "o_dd" },
  { "longscheme", &odd.transports[0].scheme,
    "a23456789012345678901234567890123" },
  { "same1", &odd.transports[0].scheme, "odd.same" },
  { "same2", &odd.transports[0].scheme, "odd.same" },
  { "nosynopsis", &odd.transports[0].synopsis, NULL },
  { "nodescription", &odd.transports[0].description, NULL },
  { "baddescription", &odd.transports[0].description, "a\200" },
  { "pnoname", &odd.params[0].name, NULL },
  { "pempty", &odd.params[0].name, "" },
  { "pupper", &odd.params[0].name, "Upper" },
  { "pdash", &odd.params[0].name, "a-b" },
  { "pdigit", &odd.params[0].name, "1a" },
  { "plong", &odd.params[0].name, "a23456789012345678901234567890123" },
  { "pnohelp", &odd.params[0].help, NULL },
  { "pescape", &odd.params[0].default_value, "a\033[31m\nb" },
  { "pbaddefault", &odd.params[0].default_value, "\377" },
  { "plongdefault", &odd.params[0].default_value, odd.text },
};

static int
spoil_text (const char *name)
{
  memset (odd.text, 'x', sizeof odd.text - 1);
  for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
    if (strcmp (name, texts[i].name) == 0) {
      *texts[i].text = texts[i].value;
      return 1;
    }
  return 0;
}

/* Parameters: type, flags, default, values. */
static const struct {
  const char *name;
  uint32_t type, flags;
  const char *default_value, *values;
} params[] = {
  { "ptype", 5, 0, NULL, NULL },
  { "pflag", 0, 8, NULL, NULL },
  { "pchoice", DELIVERY_PARAM_CHOICE, 0, NULL, NULL },
  { "pchoiceempty", DELIVERY_PARAM_CHOICE, 0, NULL, "" },
  { "pchoicebad", DELIVERY_PARAM_CHOICE, 0, NULL, "a|\377" },
  { "pchoicedefault", DELIVERY_PARAM_CHOICE, 0, "c", "a|b" },
  { "pchoicecase", DELIVERY_PARAM_CHOICE, 0, "A", "a|b" },
  { "prange", DELIVERY_PARAM_INTEGER, 0, NULL, "5" },
  { "prangeback", DELIVERY_PARAM_INTEGER, 0, NULL, "5:1" },
  { "prangetext", DELIVERY_PARAM_INTEGER, 0, NULL, "a:b" },
  { "prangethree", DELIVERY_PARAM_SECONDS, 0, NULL, "1:2:3" },
  { "prangeseconds", DELIVERY_PARAM_SECONDS, 0, NULL, "1x:" },
  { "pbooldefault", DELIVERY_PARAM_BOOL, 0, "maybe", NULL },
  { "pintdefault", DELIVERY_PARAM_INTEGER, 0, "1.5", NULL },
  { "pintbelow", DELIVERY_PARAM_INTEGER, 0, "0", "1:9" },
  { "psecdefault", DELIVERY_PARAM_SECONDS, 0, "10m", ":60" },
};

static int
spoil_param (const char *name)
{
  struct delivery_param *param = &odd.params[0];

  for (size_t i = 0; i < sizeof params / sizeof params[0]; i++)
    if (strcmp (name, params[i].name) == 0) {
      param->type = params[i].type;
      param->flags = params[i].flags;
      param->default_value = params[i].default_value;
      param->values = params[i].values;
      return 1;
    }
  if (strcmp (name, "ptwice") == 0) {
    odd.params[1].name = odd.params[0].name;
    odd.transports[0].n_params = 2;
  } else if (strcmp (name, "pnull") == 0) {
    odd.transports[0].params = NULL;
  } else if (strcmp (name, "pmany") == 0) {
    odd.transports[0].n_params = (size_t)-1;
  } else {
    return 0;
  }
  return 1;
}

static void
spoil_transport (const char *name)
{
  if (strcmp (name, "notransports") == 0)
    odd.plugin.n_transports = 0;
  else if (strcmp (name, "nulltransports") == 0)
    odd.plugin.transports = NULL;
  else if (strcmp (name, "manytransports") == 0)
    odd.plugin.n_transports = (size_t)-1;
  else if (strcmp (name, "norole") == 0)
    odd.transports[0].send = odd.transports[0].recv = NULL;
  else if (strcmp (name, "twice") == 0) {
    odd.transports[1].scheme = odd.transports[0].scheme;
    odd.plugin.n_transports = 2;
  } else if (strcmp (name, "twiceother") == 0) {
    odd.other_names[0] = odd.transports[0].scheme;
    odd.transports[1].other_names = odd.other_names;
    odd.plugin.n_transports = 2;
  } else if (strcmp (name, "badother") == 0) {
    odd.other_names[0] = "x y";
    odd.transports[0].other_names = odd.other_names;
  }
}

/* What goes wrong before there are any tables. */
static void
misbehave (const char *name)
{
  struct timespec long_time = { 120, 0 };

  if (strcmp (name, "entrycrash") == 0)
    raise (SIGSEGV);
  else if (strcmp (name, "entryexit") == 0)
    exit (0);
  else if (strcmp (name, "entryhang") == 0)
    nanosleep (&long_time, NULL);
}

int
oddity_do (const char *name)
{
  misbehave (name);
  if (!spoil_record (name) && !spoil_text (name) && !spoil_param (name))
    spoil_transport (name);
  return strcmp (name, "null") != 0;
}
