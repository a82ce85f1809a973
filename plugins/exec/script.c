/* SPDX-License-Identifier: BSD-2-Clause */
/* Whether a script may be run: by the rules that plugins are loaded by. */
#include "exec.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int
refuse (struct delivery_endpoint *ep, const char *path, const char *why)
{
  return delivery_fail (ep, DELIVERY_CONFIG, "%s: %s", path, why);
}

static int
is_foreign (const struct stat *st)
{
  return st->st_uid != 0 && st->st_uid != geteuid ();
}

static int
check_stat (struct delivery_endpoint *ep, const char *path,
            const struct stat *st)
{
  if (S_ISLNK (st->st_mode))
    return refuse (ep, path, "a symbolic link; name the file itself");
  if (!S_ISREG (st->st_mode))
    return refuse (ep, path, "not a regular file");
  if (is_foreign (st))
    return refuse (ep, path,
                   "belongs to neither root nor the user who runs "
                   "check_delivery; chown it");
  if (st->st_mode & (S_IWGRP | S_IWOTH))
    return refuse (ep, path, "others may write to it; chmod go-w");
  if (faccessat (AT_FDCWD, path, X_OK, AT_EACCESS) < 0)
    return refuse (ep, path, "not executable; chmod +x");
  return DELIVERY_OK;
}

static int
check_file (struct delivery_endpoint *ep, const char *path)
{
  struct stat st;

  if (lstat (path, &st) == 0)
    return check_stat (ep, path, &st);
  return refuse (ep, path, strerror (errno));
}

/* The folder of the file, then all above it: who may write there can put
 * another file in this one's place, unless the folder is sticky, and so can
 * its owner.  A group may be trusted with what is further up, as with
 * plugins. */
static int
check_folders (struct delivery_endpoint *ep, const char *path)
{
  char folder[4096], *slash;
  mode_t others = S_IWGRP | S_IWOTH;
  struct stat st;

  snprintf (folder, sizeof folder, "%s", path);
  do {
    slash = strrchr (folder, '/');
    slash[slash == folder] = '\0';
    if (stat (folder, &st) < 0)
      return refuse (ep, folder, strerror (errno));
    if ((st.st_mode & others) && !(st.st_mode & S_ISVTX))
      return delivery_fail (ep, DELIVERY_CONFIG,
                            "%s: others may write to %s; chmod %s-w", path,
                            folder, others == S_IWOTH ? "o" : "go");
    if (is_foreign (&st))
      return delivery_fail (ep, DELIVERY_CONFIG,
                            "%s: %s belongs to neither root nor the user who "
                            "runs check_delivery",
                            path, folder);
    others = S_IWOTH;
  } while (folder[1]);
  return DELIVERY_OK;
}

/* exec://usr/bin/x has a host "usr", and so has no such file. */
static int
fail_errno (struct delivery_endpoint *ep, const char *path)
{
  const char *host = delivery_host (ep);

  if (errno == ENOENT && host && !delivery_user (ep) && !delivery_port (ep))
    return delivery_fail (ep, DELIVERY_CONFIG,
                          "%s: %s; if '%s' is no host, write exec:///%s%s",
                          path, strerror (errno), host, host, path);
  return refuse (ep, path, strerror (errno));
}

int
script_find (struct delivery_endpoint *ep, struct exec *exec)
{
  const char *path = delivery_path (ep), *name = strrchr (path, '/');
  char *folder = strndup (path, (size_t)(name - path) + 1), *resolved;
  int result;

  if (!folder)
    return delivery_fail (ep, DELIVERY_INTERNAL, "%s", strerror (errno));
  resolved = realpath (folder, NULL);
  free (folder);
  if (!resolved)
    return fail_errno (ep, path);
  if (asprintf (&exec->script, "%s%s", strcmp (resolved, "/") ? resolved : "",
                name)
      < 0)
    exec->script = NULL;
  free (resolved);
  if (!exec->script)
    return delivery_fail (ep, DELIVERY_INTERNAL, "%s", strerror (errno));
  if (access (exec->script, F_OK) < 0)
    return fail_errno (ep, exec->script);
  result = check_file (ep, exec->script);
  return result == DELIVERY_OK ? check_folders (ep, exec->script) : result;
}
