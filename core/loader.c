/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Of libltdl's ways only one is used, since the others have traps: an
 * absolute path that ends in ".so" (a bare name is searched in the folders of
 * LTDL_LIBRARY_PATH and LD_LIBRARY_PATH, and a ".la" file beside it could
 * point elsewhere), symbols kept local, and a dlopen() with RTLD_NOW before
 * it, because libltdl binds lazily (a missing function would kill the process
 * in mid-run) and says "file not found" of whatever dlopen() says.
 */
#include "loader.h"

#include "reason.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <ltdl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef const struct delivery_plugin_record *entry_function (void);

/* What libtool makes of the plugins that are linked into the program; not
 * there (NULL) where none are. */
extern const lt_dlsymlist lt__PROGRAM__LTX_preloaded_symbols[]
    __attribute__ ((weak));

static gboolean
fault (GError **error, const char *path, const char *text)
{
  g_set_error (error, CORE_ERROR, REASON_PLUGIN, "%s: %s", path, text);
  return FALSE;
}

static gboolean
check_stat (const char *path, const struct stat *st, GError **error)
{
  if (!S_ISREG (st->st_mode))
    return fault (error, path, "not a regular file");
  if (st->st_uid != 0 && st->st_uid != geteuid ())
    return fault (error, path,
                  "belongs to neither root nor the user who runs "
                  "check_delivery; chown it");
  if (st->st_mode & (S_IWGRP | S_IWOTH))
    return fault (error, path, "others may write to it; chmod go-w");
  return TRUE;
}

/* Our own ELF header, whose place the linker knows. */
/* NOLINTNEXTLINE(bugprone-reserved-identifier): the linker's name. */
extern const ElfW (Ehdr) __ehdr_start G_GNUC_INTERNAL;

/* dlopen() says "No such file or directory" of a file for another processor.
 * What is no ELF file at all is left to it. */
static gboolean
check_machine (const char *path, int fd, GError **error)
{
  const ElfW (Ehdr) *own = &__ehdr_start;
  ElfW (Ehdr) its;

  if (pread (fd, &its, sizeof its, 0) != (ssize_t)sizeof its
      || memcmp (its.e_ident, own->e_ident, SELFMAG) != 0
      || (its.e_ident[EI_CLASS] == own->e_ident[EI_CLASS]
          && its.e_ident[EI_DATA] == own->e_ident[EI_DATA]
          && its.e_machine == own->e_machine))
    return TRUE;
  return fault (error, path,
                "made for another kind of machine; rebuild the plugin for "
                "this one");
}

static gboolean
check_file (const char *path, GError **error)
{
  struct stat st;
  gboolean ok;
  int fd = open (path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

  if (fd < 0)
    return fault (error, path,
                  errno == ELOOP ? "a symbolic link; put the file itself there"
                                 : g_strerror (errno));
  ok = fstat (fd, &st) == 0
           ? check_stat (path, &st, error) && check_machine (path, fd, error)
           : fault (error, path, g_strerror (errno));
  close (fd);
  return ok;
}

static const char *
or_unknown (const char *text)
{
  return text ? text : "unknown error";
}

/* A plugin that calls a function of a newer version of the contract fails
 * before its record can tell, since the libraries lack the symbol version:
 * "... version `DELIVERY_0.10' not found ...". */
static gboolean
check_missed_version (const char *why, GError **error)
{
  static const char words[] = "version `DELIVERY_";
  const char *at = strstr (why, words);
  guint major, minor;

  if (!at)
    return TRUE;
  at += strlen (words);
  if (g_str_has_prefix (at, "NET_"))
    at += strlen ("NET_");
  /* NOLINTNEXTLINE(cert-err34-c): what is too large is refused as well. */
  return sscanf (at, "%u.%u' not found", &major, &minor) != 2
         || plugin_check_version (major, minor, error);
}

static gboolean
try_dlopen (const char *path, GError **error)
{
  const char *why;

  if (dlopen (path, RTLD_NOW | RTLD_LOCAL))
    return TRUE;
  why = or_unknown (dlerror ());
  if (!check_missed_version (why, error)) {
    g_prefix_error (error, "%s: ", path);
    return FALSE;
  }
  if (g_str_has_prefix (why, path) && why[strlen (path)] == ':')
    why += strlen (path) + 1;
  while (*why == ' ')
    why++;
  return fault (error, path, why);
}

/* `how` is one of libltdl's ways.  What is preloaded must be known to it
 * before the first. */
static lt_dlhandle
open_module (const char *name, int (*how) (lt_dladvise *))
{
  lt_dladvise advise;
  lt_dlhandle handle = NULL;

  if (lt__PROGRAM__LTX_preloaded_symbols)
    lt_dlpreload_default (lt__PROGRAM__LTX_preloaded_symbols);
  if (lt_dlinit () != 0 || lt_dladvise_init (&advise) != 0)
    return NULL;
  if (how (&advise) == 0)
    handle = lt_dlopenadvise (name, advise);
  lt_dladvise_destroy (&advise);
  return handle;
}

static entry_function *
find_entry (const char *path, lt_dlhandle handle, GError **error)
{
  union {
    void *pointer;
    entry_function *function;
  } entry = { NULL };

  if (!handle) {
    fault (error, path, or_unknown (lt_dlerror ()));
    return NULL;
  }
  entry.pointer = lt_dlsym (handle, "delivery_plugin_entry");
  if (!entry.pointer)
    fault (error, path,
           "no symbol delivery_plugin_entry; end the source with "
           "DELIVERY_PLUGIN (...)");
  return entry.function;
}

/* ---- Built in ---------------------------------------------------------- */

/* libtool names them by their archives. */
static char *
replace_suffix (const char *name, const char *from, const char *to)
{
  return g_strdup_printf ("%.*s%s", (int)(strlen (name) - strlen (from)), name,
                          to);
}

GStrv
loader_built_in (void)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  const lt_dlsymlist *symbol = lt__PROGRAM__LTX_preloaded_symbols;

  for (; symbol && symbol->name; symbol++)
    if (!symbol->address && g_str_has_suffix (symbol->name, ".a")) {
      g_autofree char *name = replace_suffix (symbol->name, ".a", ".so");

      g_strv_builder_add (builder, name);
    }
  return g_strv_builder_end (builder);
}

static entry_function *
find_built_in (const char *path, const char *file_name, GError **error)
{
  g_autofree char *archive = replace_suffix (file_name, ".so", ".a");

  return find_entry (path, open_module (archive, lt_dladvise_preload), error);
}

/* ---- All together ------------------------------------------------------ */

static entry_function *
find (const char *folder, const char *file_name, const char *path,
      GError **error)
{
  if (strcmp (folder, LOADER_BUILT_IN) == 0)
    return find_built_in (path, file_name, error);
  if (!check_file (path, error) || !try_dlopen (path, error))
    return NULL;
  return find_entry (path, open_module (path, lt_dladvise_local), error);
}

struct plugin *
loader_load (const char *folder, const char *file_name, GError **error)
{
  g_autofree char *path = g_build_filename (folder, file_name, NULL);
  entry_function *entry = find (folder, file_name, path, error);
  struct plugin *plugin;

  if (!entry)
    return NULL;
  plugin = plugin_adopt (entry (), path, file_name, error);
  if (!plugin)
    g_prefix_error (error, "%s: ", path);
  return plugin;
}
