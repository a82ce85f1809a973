/* SPDX-License-Identifier: BSD-2-Clause */
/* Files: operations that fail, and what is made. */
#include "shim.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* What _FORTIFY_SOURCE makes of them. */
int __open_2 (const char *path, int flags);
int __open64_2 (const char *path, int flags);
int __openat_2 (int at, const char *path, int flags);
int __openat64_2 (int at, const char *path, int flags);

/* Sanitizers make their folder before we, or they, have begun. */
static void
log_at (const char *what, int at, const char *name)
{
  char path[PATH_MAX];

  if (shim_page ())
    shim_log (what, shim_path (at, name, path));
}

/* ---- Opening ----------------------------------------------------------- */

static bool
makes (int flags)
{
  return flags & O_CREAT || (flags & O_TMPFILE) == O_TMPFILE;
}

static mode_t
mode_of (int flags, va_list args)
{
  return makes (flags) ? va_arg (args, mode_t) : 0;
}

static int
open_at (int at, const char *path, int flags, mode_t mode)
{
  SHIM_NEXT (openat);

  if (shim_fails_at (makes (flags) ? "create" : "open", at, path))
    return -1;
  if (makes (flags))
    log_at ("create", at, path);
  return next (at, path, flags, mode);
}

#define OPENS(name)                               \
  int name (const char *path, int flags, ...)     \
  {                                               \
    va_list args;                                 \
    mode_t mode;                                  \
                                                  \
    va_start (args, flags);                       \
    mode = mode_of (flags, args);                 \
    va_end (args);                                \
    return open_at (AT_FDCWD, path, flags, mode); \
  }
#define OPENS_AT(name)                                \
  int name (int at, const char *path, int flags, ...) \
  {                                                   \
    va_list args;                                     \
    mode_t mode;                                      \
                                                      \
    va_start (args, flags);                           \
    mode = mode_of (flags, args);                     \
    va_end (args);                                    \
    return open_at (at, path, flags, mode);           \
  }

OPENS (open)
OPENS (open64)
OPENS_AT (openat)
OPENS_AT (openat64)

int
__open_2 (const char *path, int flags)
{
  return open_at (AT_FDCWD, path, flags, 0);
}

int
__open64_2 (const char *path, int flags)
{
  return open_at (AT_FDCWD, path, flags, 0);
}

int
__openat_2 (int at, const char *path, int flags)
{
  return open_at (at, path, flags, 0);
}

int
__openat64_2 (int at, const char *path, int flags)
{
  return open_at (at, path, flags, 0);
}

int
creat (const char *path, mode_t mode)
{
  return open_at (AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode);
}

FILE *
fopen (const char *path, const char *mode)
{
  SHIM_NEXT (fopen);

  if (shim_fails ("open", path))
    return NULL;
  if (strpbrk (mode, "wa"))
    shim_log ("create", path);
  return next (path, mode);
}

FILE *
fopen64 (const char *path, const char *mode)
{
  return fopen (path, mode);
}

DIR *
fdopendir (int fd)
{
  SHIM_NEXT (fdopendir);

  return shim_fails_at ("fdopendir", fd, NULL) ? NULL : next (fd);
}

struct dirent *
readdir (DIR *folder)
{
  SHIM_NEXT (readdir);

  return shim_fails_at ("readdir", dirfd (folder), NULL) ? NULL
                                                         : next (folder);
}

/* ---- Making ------------------------------------------------------------ */

int
mkdirat (int at, const char *path, mode_t mode)
{
  SHIM_NEXT (mkdirat);

  if (shim_fails_at ("mkdir", at, path))
    return -1;
  log_at ("mkdir", at, path);
  return next (at, path, mode);
}

int
mkdir (const char *path, mode_t mode)
{
  return mkdirat (AT_FDCWD, path, mode);
}

char *
mkdtemp (char *path)
{
  SHIM_NEXT (mkdtemp);

  if (shim_fails ("mkdir", path) || !next (path))
    return NULL;
  shim_log ("mkdir", path);
  return path;
}

static int
log_temporary (const char *path, int fd)
{
  if (fd >= 0)
    shim_log ("create", path);
  return fd;
}

int
mkstemp (char *path)
{
  SHIM_NEXT (mkstemp);

  return log_temporary (path, next (path));
}

int
mkostemp (char *path, int flags)
{
  SHIM_NEXT (mkostemp);

  return log_temporary (path, next (path, flags));
}

FILE *
tmpfile (void)
{
  SHIM_NEXT (tmpfile);

  shim_log ("create", "(tmpfile)");
  return next ();
}

int
memfd_create (const char *name, unsigned flags)
{
  SHIM_NEXT (memfd_create);

  shim_log ("memfd", name);
  return next (name, flags);
}

int
symlinkat (const char *target, int at, const char *path)
{
  SHIM_NEXT (symlinkat);

  log_at ("link", at, path);
  return next (target, at, path);
}

int
symlink (const char *target, const char *path)
{
  return symlinkat (target, AT_FDCWD, path);
}

int
linkat (int from, const char *old, int at, const char *path, int flags)
{
  SHIM_NEXT (linkat);

  log_at ("link", at, path);
  return next (from, old, at, path, flags);
}

int
link (const char *old, const char *path)
{
  return linkat (AT_FDCWD, old, AT_FDCWD, path, 0);
}

int
mknodat (int at, const char *path, mode_t mode, dev_t device)
{
  SHIM_NEXT (mknodat);

  log_at ("create", at, path);
  return next (at, path, mode, device);
}

int
mknod (const char *path, mode_t mode, dev_t device)
{
  return mknodat (AT_FDCWD, path, mode, device);
}

int
mkfifo (const char *path, mode_t mode)
{
  return mknodat (AT_FDCWD, path, mode | S_IFIFO, 0);
}

int
bind (int fd, const struct sockaddr *address, socklen_t length)
{
  SHIM_NEXT (bind);

  if (address->sa_family == AF_UNIX)
    shim_log ("bind", ((const struct sockaddr_un *)address)->sun_path);
  return next (fd, address, length);
}

/* ---- The rest of a file's life ----------------------------------------- */

int
fsync (int fd)
{
  SHIM_NEXT (fsync);

  return shim_fails_at ("fsync", fd, NULL) ? -1 : next (fd);
}

/* The descriptor is gone all the same. */
int
close (int fd)
{
  bool fails = shim_fails_at ("close", fd, NULL);
  int error = errno;
  SHIM_NEXT (close);

  if (!fails)
    return next (fd);
  next (fd);
  errno = error;
  return -1;
}

int
renameat (int from, const char *old, int at, const char *path)
{
  SHIM_NEXT (renameat);

  if (shim_fails_at ("rename", at, path))
    return -1;
  log_at ("rename", at, path);
  return next (from, old, at, path);
}

int
rename (const char *old, const char *path)
{
  return renameat (AT_FDCWD, old, AT_FDCWD, path);
}

int
unlinkat (int at, const char *path, int flags)
{
  SHIM_NEXT (unlinkat);

  return shim_fails_at ("unlink", at, path) ? -1 : next (at, path, flags);
}

int
unlink (const char *path)
{
  return unlinkat (AT_FDCWD, path, 0);
}

int
rmdir (const char *path)
{
  return unlinkat (AT_FDCWD, path, AT_REMOVEDIR);
}

int
fstat (int fd, struct stat *st)
{
  SHIM_NEXT (fstat);

  return shim_fails_at ("fstat", fd, NULL) ? -1 : next (fd, st);
}

int
lstat (const char *path, struct stat *st)
{
  SHIM_NEXT (lstat);

  return shim_fails ("lstat", path) ? -1 : next (path, st);
}
