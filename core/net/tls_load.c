/* SPDX-License-Identifier: BSD-2-Clause */
#include "tls.h"

#include <dlfcn.h>
#include <glib.h>

#define TLS_LIBRARY "libdelivery-tls.so.0"

/* Beside this library, wherever that is: no search path, no other build. */
static char *
path_beside_us (void)
{
  Dl_info self;
  g_autofree char *folder = NULL;

  if (!dladdr ((const void *)&tls_load, &self) || !self.dli_fname)
    return g_strdup (TLS_LIBRARY);
  folder = g_path_get_dirname (self.dli_fname);
  return g_build_filename (folder, TLS_LIBRARY, NULL);
}

int
tls_load (struct delivery_endpoint *ep, const struct tls_ops **ops)
{
  g_autofree char *path = path_beside_us ();
  /* For as long as this process lives. */
  void *library = dlopen (path, RTLD_NOW | RTLD_LOCAL);

  *ops = library ? dlsym (library, TLS_OPS_SYMBOL) : NULL;
  if (!*ops)
    return delivery_fail (ep, DELIVERY_INTERNAL, "no TLS here: %s",
                          dlerror ());
  return DELIVERY_OK;
}
