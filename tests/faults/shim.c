/* SPDX-License-Identifier: BSD-2-Clause */
/* What the parts of the shim share: the page, the rules, the log.  It asks the
 * kernel itself where it could meet its own functions. */
#include "shim.h"

#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PROGRAM "check_delivery"
#define RULES_MAX 16

struct rule {
  char operation[16];
  int error;
  int skip; /* so many times it does not fail yet */
  char pattern[PATH_MAX];
};

static struct shim_page *page;
static struct rule rules[RULES_MAX];
static size_t n_rules;

static void
read_rules (const char *text)
{
  while (text && *text && n_rules < RULES_MAX) {
    struct rule *rule = &rules[n_rules];

    if (sscanf (text, "%15s %d %d %4095[^\n]", rule->operation, &rule->error,
                &rule->skip, rule->pattern)
        != 4) {
      dprintf (STDERR_FILENO, "shim: no rule: %s\n", text);
      _exit (99);
    }
    n_rules++;
    text += strcspn (text, "\n");
    text += *text == '\n';
  }
}

static void __attribute__ ((constructor)) begin (void)
{
  const char *path = getenv ("SHIM_PAGE");
  int fd;
  void *map;

  if (!path || strcmp (program_invocation_short_name, PROGRAM) != 0)
    return;
  fd = (int)syscall (SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC);
  map = mmap (NULL, sizeof *page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (fd < 0 || map == MAP_FAILED)
    _exit (99);
  syscall (SYS_close, fd);
  read_rules (getenv ("SHIM_FAIL"));
  page = map;
}

struct shim_page *
shim_page (void)
{
  return page;
}

void
shim_count (enum shim_count what)
{
  __atomic_add_fetch (&page->counts[what], 1, __ATOMIC_SEQ_CST);
}

void *
shim_next (const char *name)
{
  void *function = dlsym (RTLD_NEXT, name);

  if (!function)
    abort ();
  return function;
}

bool
shim_does (const char *word)
{
  const char *words = page ? getenv ("SHIM_IO") : NULL;

  return words && strstr (words, word);
}

/* ---- Rules ------------------------------------------------------------- */

const char *
shim_path (int at, const char *name, char *path)
{
  char link[64];
  long length = 0;

  if (name && (*name == '/' || at == AT_FDCWD)) {
    snprintf (path, PATH_MAX, "%s", name);
    return path;
  }
  snprintf (link, sizeof link, "/proc/self/fd/%d", at);
  length = syscall (SYS_readlinkat, AT_FDCWD, link, path, PATH_MAX - 1);
  path[length > 0 ? length : 0] = '\0';
  if (name)
    snprintf (path + strlen (path), PATH_MAX - strlen (path), "/%s", name);
  return path;
}

/* As of a file system whose other end is gone. */
static void
hang (void)
{
  sigset_t all;

  sigfillset (&all);
  sigprocmask (SIG_BLOCK, &all, NULL);
  for (;;)
    pause ();
}

bool
shim_fails (const char *operation, const char *path)
{
  for (size_t i = 0; page && i < n_rules; i++) {
    struct rule *rule = &rules[i];

    if (strcmp (rule->operation, operation) != 0
        || fnmatch (rule->pattern, path, 0) != 0 || rule->skip-- > 0)
      continue;
    shim_count (SHIM_FAILED);
    if (!rule->error)
      hang ();
    errno = rule->error;
    return true;
  }
  return false;
}

bool
shim_fails_at (const char *operation, int at, const char *name)
{
  char path[PATH_MAX];
  int error = errno;

  if (!page || !n_rules)
    return false;
  if (shim_fails (operation, shim_path (at, name, path)))
    return true;
  errno = error;
  return false;
}

/* ---- Log --------------------------------------------------------------- */

void
shim_log (const char *what, const char *text)
{
  const char *path = page ? getenv ("SHIM_LOG") : NULL;
  char line[PATH_MAX + 64];
  int error = errno, length, fd;

  if (!path)
    return;
  length = snprintf (line, sizeof line, "%s %s\n", what, text);
  fd = (int)syscall (SYS_openat, AT_FDCWD, path,
                     O_WRONLY | O_APPEND | O_CLOEXEC);
  if (syscall (SYS_write, fd, line, length) != length)
    _exit (99);
  syscall (SYS_close, fd);
  shim_count (SHIM_LOGGED);
  errno = error;
}
