/* SPDX-License-Identifier: BSD-2-Clause */
#include "trust.h"

#include "param.h"

#include <errno.h>
#include <glib.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* A bundle of all authorities there are has some 250 KiB. */
#define CA_FILE_MAX (16 * 1024 * 1024)

/* Where distributions keep their bundles, besides OpenSSL's own place. */
static const char *const bundles[] = {
  "/etc/ssl/certs/ca-certificates.crt",
  "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
  "/etc/pki/tls/certs/ca-bundle.crt",
  "/etc/ssl/ca-bundle.pem",
  "/etc/ssl/cert.pem",
};

/* `what` is the name of a parameter or of an environment variable. */
static int
load_file (struct delivery_endpoint *ep, SSL_CTX *ctx, const char *what,
           const char *path)
{
  struct stat st;

  if (stat (path, &st) < 0)
    return delivery_fail (ep, DELIVERY_CONFIG, "%s=%s: %s", what, path,
                          g_strerror (errno));
  if (!S_ISREG (st.st_mode) || st.st_size > CA_FILE_MAX)
    return delivery_fail (ep, DELIVERY_CONFIG,
                          "%s=%s: not a file of certificates", what, path);
  if (!SSL_CTX_load_verify_file (ctx, path))
    return delivery_fail (ep, DELIVERY_CONFIG,
                          "%s=%s: no certificate (PEM) can be read from it",
                          what, path);
  return DELIVERY_OK;
}

/* OpenSSL opens files of a folder when it needs one of them, and says nothing
 * of a folder that is not there.  A colon stands between folders for it, and
 * cannot be in the name of one. */
static int
load_folder (struct delivery_endpoint *ep, SSL_CTX *ctx, const char *what,
             const char *path)
{
  g_autoptr (GDir) folder = g_dir_open (path, 0, NULL);

  if (!folder)
    return delivery_fail (ep, DELIVERY_CONFIG, "%s=%s: %s", what, path,
                          g_strerror (errno));
  if (strchr (path, ':'))
    return delivery_fail (ep, DELIVERY_CONFIG,
                          "%s=%s: a folder with a colon in its name cannot be "
                          "used",
                          what, path);
  if (!SSL_CTX_load_verify_dir (ctx, path))
    return delivery_fail (ep, DELIVERY_INTERNAL, "%s=%s: cannot be used", what,
                          path);
  return DELIVERY_OK;
}

/* The environment may name several. */
static int
load_folders (struct delivery_endpoint *ep, SSL_CTX *ctx, const char *what,
              const char *paths)
{
  g_auto (GStrv) folders = g_strsplit (paths, ":", -1);
  int result = DELIVERY_OK;

  for (char **folder = folders; result == DELIVERY_OK && *folder; folder++)
    if (**folder)
      result = load_folder (ep, ctx, what, *folder);
  return result;
}

/* ---- What the system trusts -------------------------------------------- */

/* "1234abcd.0" */
static gboolean
is_hashed_name (const char *name)
{
  return strspn (name, "0123456789abcdef") == 8 && name[8] == '.'
         && g_ascii_isdigit (name[9]);
}

static gboolean
has_hashed_names (const char *path)
{
  g_autoptr (GDir) folder = g_dir_open (path, 0, NULL);
  const char *name;

  while (folder && (name = g_dir_read_name (folder)))
    if (is_hashed_name (name))
      return TRUE;
  return FALSE;
}

static void
load_system (struct delivery_endpoint *ep, SSL_CTX *ctx)
{
  const char *folder = X509_get_default_cert_dir ();

  if (has_hashed_names (folder) && SSL_CTX_load_verify_dir (ctx, folder)) {
    delivery_debug (ep, 2, "trusts the authorities in %s", folder);
    return;
  }
  if (SSL_CTX_load_verify_file (ctx, X509_get_default_cert_file ()))
    return;
  for (size_t i = 0; i < G_N_ELEMENTS (bundles); i++)
    if (SSL_CTX_load_verify_file (ctx, bundles[i])) {
      delivery_debug (ep, 2, "trusts the authorities in %s", bundles[i]);
      return;
    }
  delivery_debug (ep, 1,
                  "no certificate authorities here; ca_file= names a "
                  "file of them");
}

/* ---- All together ------------------------------------------------------ */

static int
load_named (struct delivery_endpoint *ep, SSL_CTX *ctx, const char *file,
            const char *folder, gboolean by_url)
{
  const char *file_name = by_url ? "ca_file" : "SSL_CERT_FILE";
  const char *folder_name = by_url ? "ca_path" : "SSL_CERT_DIR";
  int level = by_url ? 2 : 1, result = DELIVERY_OK;

  if (file) {
    delivery_debug (ep, level, "trusts %s=%s", file_name, file);
    result = load_file (ep, ctx, file_name, file);
  }
  if (folder && result == DELIVERY_OK) {
    delivery_debug (ep, level, "trusts %s=%s", folder_name, folder);
    result = by_url ? load_folder (ep, ctx, folder_name, folder)
                    : load_folders (ep, ctx, folder_name, folder);
  }
  return result;
}

/* An empty one is none. */
static const char *
environment (const char *name)
{
  const char *value = secure_getenv (name);

  return value && *value ? value : NULL;
}

int
trust_load (struct delivery_endpoint *ep, SSL_CTX *ctx)
{
  const char *file = net_param (ep, "ca_file");
  const char *folder = net_param (ep, "ca_path");
  const char *env_file = environment (X509_get_default_cert_file_env ());
  const char *env_folder = environment (X509_get_default_cert_dir_env ());

  if (file || folder)
    return load_named (ep, ctx, file, folder, TRUE);
  if (env_file || env_folder)
    return load_named (ep, ctx, env_file, env_folder, FALSE);
  load_system (ep, ctx);
  return DELIVERY_OK;
}
