/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A plugin whose tables are odd in one way, which its file name tells:
 * odd-magic.so has a wrong magic number.  Its scheme is its name, and its
 * version is the name of the folder that it was loaded from, so that a test
 * sees which of two was taken.
 *
 * ODD_ALSO="NAME=SCHEME ..." gives the plugin of that name another scheme;
 * ODD_ABORT and ODD_HANG name one that does so when it is loaded.
 */
#include "odd.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct odd odd;
static int sent;

static int
odd_send (struct delivery_endpoint *ep, uint32_t flags)
{
  (void)ep;
  (void)flags;
  sent = 1;
  return DELIVERY_OK;
}

static int
odd_recv (struct delivery_endpoint *ep, uint32_t flags)
{
  (void)flags;
  return sent ? DELIVERY_OK
              : delivery_fail (ep, DELIVERY_NOT_FOUND, "nothing was sent");
}

/* Our own name and folder, by the file that we come from. */
static void
find_names (void)
{
  Dl_info info;
  char path[4096], *slash, *dot;

  if (!dladdr (&odd, &info) || strlen (info.dli_fname) >= sizeof path)
    abort ();
  strcpy (path, info.dli_fname);
  slash = strrchr (path, '/');
  dot = strrchr (path, '.');
  if (!slash || !dot)
    abort ();
  *slash = *dot = '\0';
  snprintf (odd.name, sizeof odd.name, "%s", slash + 1);
  slash = strrchr (path, '/');
  snprintf (odd.folder, sizeof odd.folder, "%s", slash ? slash + 1 : "");
}

static int
is_named (const char *variable)
{
  const char *value = getenv (variable);

  return value && strcmp (value, odd.name) == 0;
}

__attribute__ ((constructor)) static void
odd_constructor (void)
{
  struct timespec long_time = { 120, 0 };

  find_names ();
  if (is_named ("ODD_ABORT"))
    abort ();
  if (is_named ("ODD_HANG"))
    nanosleep (&long_time, NULL);
}

static void
find_other_name (void)
{
  const char *p = getenv ("ODD_ALSO");
  size_t length = strlen (odd.name);

  for (; p && *p; p += strcspn (p, " "), p += *p == ' ')
    if (strncmp (p, odd.name, length) == 0 && p[length] == '=') {
      snprintf (odd.other, sizeof odd.other, "%.*s",
                (int)strcspn (p + length + 1, " "), p + length + 1);
      odd.other_names[0] = odd.other;
      odd.transports[0].other_names = odd.other_names;
    }
}

static void
build_tables (void)
{
  odd.params[0] = (struct delivery_param){ .name = "known",
                                           .default_value = "yes",
                                           .help = "A parameter." };
  odd.params[1] = odd.params[0];
  odd.params[1].name = "other";
  odd.transports[0] = (struct delivery_transport){
    .scheme = odd.name,
    .synopsis = "SCHEME:",
    .description = "Is odd.",
    .params = odd.params,
    .n_params = 1,
    .send = odd_send,
    .recv = odd_recv,
  };
  odd.transports[1] = odd.transports[0];
  odd.transports[1].scheme = "odd.second";
  odd.plugin = (struct delivery_plugin){ .name = odd.name,
                                         .version = odd.folder,
                                         .summary = "odd in one way",
                                         .transports = odd.transports,
                                         .n_transports = 1 };
  odd.record = (struct delivery_plugin_record){
    .magic = DELIVERY_MAGIC,
    .abi_major = DELIVERY_ABI_MAJOR,
    .abi_minor = DELIVERY_ABI_MINOR,
    .plugin_size = sizeof odd.plugin,
    .transport_size = sizeof odd.transports[0],
    .param_size = sizeof odd.params[0],
    .plugin = &odd.plugin,
  };
  find_other_name ();
}

const struct delivery_plugin_record *
delivery_plugin_entry (void)
{
  build_tables ();
  if (strncmp (odd.name, "odd-", 4) != 0)
    return &odd.record;
  return oddity_do (odd.name + 4) ? &odd.record : NULL;
}
