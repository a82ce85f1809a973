/* SPDX-License-Identifier: BSD-2-Clause */
#include "slurp.h"

#include "reason.h"
#include "secret.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

/* Reads one byte more than allowed, to see that there is one. */
static gboolean
read_all (int fd, GString *content, gsize max)
{
  char buffer[4096];
  ssize_t n;

  while (content->len <= max) {
    n = read (fd, buffer, sizeof buffer);
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return FALSE;
    if (n == 0)
      break;
    g_string_append_len (content, buffer, n);
  }
  explicit_bzero (buffer, sizeof buffer);
  return TRUE;
}

static GString *
slurp_fd (int fd, gsize max, const char *what, struct stat *st, GError **error)
{
  GString *content;

  if (fstat (fd, st) < 0) {
    config_error (error, "%s: %s", what, g_strerror (errno));
    return NULL;
  }
  if (!S_ISREG (st->st_mode)) {
    config_error (error, "%s: not a regular file", what);
    return NULL;
  }
  content = g_string_sized_new ((gsize)CLAMP (st->st_size, 0, (off_t)max) + 2);
  if (st->st_size <= (off_t)max && !read_all (fd, content, max)) {
    config_error (error, "%s: %s", what, g_strerror (errno));
  } else if (st->st_size > (off_t)max || content->len > max) {
    config_error (error, "%s: larger than %" G_GSIZE_FORMAT " KiB", what,
                  max / 1024);
  } else {
    return content;
  }
  secret_string_free (content);
  return NULL;
}

GString *
slurp (const char *path, gsize max, const char *what, struct stat *st,
       GError **error)
{
  struct stat own;
  GString *content;
  int fd = open (path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);

  if (fd < 0) {
    config_error (error, "%s: %s", what, g_strerror (errno));
    return NULL;
  }
  content = slurp_fd (fd, max, what, st ? st : &own, error);
  close (fd);
  return content;
}
