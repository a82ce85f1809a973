/* SPDX-License-Identifier: BSD-2-Clause */
/* file://: a file on this machine, written by rename and read whole. */
#include <delivery/plugin.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

/* A token has 64 bytes at most; this leaves room for a mail around it. */
#define CONTENT_MAX (256 * 1024)

/* How long a file may be there and not be to be read yet, and how often that
 * is tried, in microseconds. */
#define OPENING_MAX (1000 * 1000)
#define OPENING_INTERVAL (5 * 1000)

/* How often a file is read again that has changed since it was found. */
#define ROUNDS_MAX 10

struct file {
  const char *path;
  char *folder;       /* of the path */
  char *temporary;    /* sender: written, not renamed yet; "" for none */
  int watch;          /* receiver: inotify, or -1 */
  struct stat found;  /* receiver: the file that held the token */
  int found_is_whole; /* and that held nothing else */
};

static int
file_open (struct delivery_endpoint *ep, uint32_t flags)
{
  struct file *file = calloc (1, sizeof *file);
  const char *path = delivery_path (ep);
  const char *slash = strrchr (path, '/');

  (void)flags;
  if (!file)
    return delivery_fail (ep, DELIVERY_INTERNAL, "%s", strerror (errno));
  file->watch = -1;
  file->path = path;
  delivery_set_data (ep, file);
  if (!slash[1])
    return delivery_fail (ep, DELIVERY_CONFIG,
                          "%s: a folder; name a file in it", path);
  file->folder
      = slash == path ? strdup ("/") : strndup (path, (size_t)(slash - path));
  file->temporary = calloc (1, strlen (path) + 96);
  if (!file->folder || !file->temporary)
    return delivery_fail (ep, DELIVERY_INTERNAL, "%s", strerror (errno));
  return DELIVERY_OK;
}

static int
file_free (struct delivery_endpoint *ep, uint32_t flags)
{
  struct file *file = delivery_data (ep);

  (void)flags;
  if (!file)
    return DELIVERY_OK;
  if (file->watch >= 0)
    close (file->watch);
  free (file->folder);
  free (file->temporary);
  free (file);
  return DELIVERY_OK;
}

/* What this process lacks says nothing about the file. */
static int
fail_errno (struct delivery_endpoint *ep, const char *path)
{
  int is_ours = errno == ENOMEM || errno == EMFILE || errno == ENFILE;

  return delivery_fail (ep, is_ours ? DELIVERY_INTERNAL : DELIVERY_IO,
                        "%s: %s", path, strerror (errno));
}

/* ---- Sending ----------------------------------------------------------- */

static int
write_all (int fd, const char *text, size_t length)
{
  while (length) {
    ssize_t n = write (fd, text, length);

    if (n < 0 && errno != EINTR)
      return -1;
    if (n > 0) {
      text += n;
      length -= (size_t)n;
    }
  }
  return 0;
}

/* A rename would put a plain file in the place of whatever stands there: of
 * /dev/null, for one who runs this as root. */
static int
check_target (struct delivery_endpoint *ep, const char *path)
{
  struct stat st;

  if (lstat (path, &st) < 0)
    return errno == ENOENT ? DELIVERY_OK : fail_errno (ep, path);
  if (!S_ISREG (st.st_mode))
    return delivery_fail (ep, DELIVERY_IO,
                          "%s: not a regular file; it stays as it is", path);
  return DELIVERY_OK;
}

/* The token and a newline in a new file beside the target. */
static int
write_temporary (struct delivery_endpoint *ep, struct file *file)
{
  const char *token = delivery_token (ep);
  char line[80];
  int length = snprintf (line, sizeof line, "%s\n", token), fd, ok;

  sprintf (file->temporary, "%s/.%s.tmp",
           strcmp (file->folder, "/") == 0 ? "" : file->folder, token);
  fd = open (file->temporary,
             O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
  if (fd < 0) {
    int result = fail_errno (ep, file->temporary);

    file->temporary[0] = '\0';
    return result;
  }
  ok = write_all (fd, line, (size_t)length) == 0;
  if (!ok)
    fail_errno (ep, file->temporary);
  if (close (fd) < 0 && ok)
    return fail_errno (ep, file->temporary);
  return ok ? DELIVERY_OK : DELIVERY_IO;
}

static int
file_send (struct delivery_endpoint *ep, uint32_t flags)
{
  struct file *file = delivery_data (ep);
  int result;

  (void)flags;
  result = check_target (ep, file->path);
  if (result == DELIVERY_OK)
    result = write_temporary (ep, file);
  if (result != DELIVERY_OK)
    return result;
  if (rename (file->temporary, file->path) < 0)
    return fail_errno (ep, file->path);
  file->temporary[0] = '\0';
  return DELIVERY_OK;
}

/* ---- Receiving --------------------------------------------------------- */

/* At most `*length` bytes, and how many there were; NULL with errno. */
static char *
read_all (int fd, size_t *length)
{
  size_t size = *length;
  char *content = malloc (size + 1);
  ssize_t n;

  *length = 0;
  while (content && *length < size) {
    n = read (fd, content + *length, size - *length);
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0) {
      free (content);
      return NULL;
    }
    if (n == 0)
      break;
    *length += (size_t)n;
  }
  return content;
}

/* What the content says.  Exactly the token, with or without the newline that
 * a text file ends in, is a delivery; more than that only where it is asked
 * for. */
static int
judge (struct delivery_endpoint *ep, struct file *file, const char *content,
       size_t length)
{
  const char *token = delivery_token (ep);
  size_t whole = strlen (token);

  file->found_is_whole
      = length >= whole && memcmp (content, token, whole) == 0
        && (length == whole
            || (length == whole + 1 && content[whole] == '\n'));
  if (file->found_is_whole)
    return DELIVERY_OK;
  if (!memmem (content, length, token, whole))
    return delivery_fail (ep, DELIVERY_NOT_FOUND, "%s holds something else",
                          file->path);
  if (strcmp (delivery_param (ep, "match"), "contains") == 0)
    return DELIVERY_OK;
  return delivery_fail (ep, DELIVERY_MANGLED,
                        "%s holds more than the token; match=contains would "
                        "accept that",
                        file->path);
}

static int
look_into (struct delivery_endpoint *ep, struct file *file, int fd)
{
  size_t length;
  char *content;
  int result;

  file->found_is_whole = 0;
  if (fstat (fd, &file->found) < 0)
    return fail_errno (ep, file->path);
  if (!S_ISREG (file->found.st_mode))
    return delivery_fail (ep, DELIVERY_IO, "%s: not a regular file",
                          file->path);
  if (file->found.st_size > CONTENT_MAX)
    return delivery_fail (ep, DELIVERY_NOT_FOUND,
                          "%s holds something else, of more than %d KiB",
                          file->path, CONTENT_MAX / 1024);
  length = (size_t)file->found.st_size;
  content = read_all (fd, &length);
  if (!content)
    return fail_errno (ep, file->path);
  result = judge (ep, file, content, length);
  free (content);
  return result;
}

/* Whoever moves a file from one file system to another makes it for himself
 * alone, and lets others read it when it is whole; who has a lease on it (a
 * server of SMB or NFS) is asked to give it back. */
static int
is_not_ready (const char *path, int error)
{
  struct stat st;

  return error == EAGAIN || error == ESTALE
         || (error == EACCES && stat (path, &st) == 0 && S_ISREG (st.st_mode));
}

/* That is over in a moment, and we are woken just in that moment.  It does not
 * count as "not there": a file that may never be read has arrived. */
static int
open_to_read (struct delivery_endpoint *ep, const char *path)
{
  int64_t until = delivery_now () + OPENING_MAX;
  int fd, error;

  for (;;) {
    fd = open (path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    error = errno;
    if (fd >= 0 || !is_not_ready (path, error) || delivery_now () >= until
        || !delivery_remaining_ms (ep)
        || delivery_poll_many (ep, NULL, 0, delivery_now () + OPENING_INTERVAL)
               < 0)
      break;
  }
  errno = error;
  return fd;
}

static int
file_recv (struct delivery_endpoint *ep, uint32_t flags)
{
  struct file *file = delivery_data (ep);
  int fd, result;

  (void)flags;
  fd = open_to_read (ep, file->path);
  if (fd < 0 && errno == ENOENT)
    return delivery_fail (ep, DELIVERY_NOT_FOUND, "%s does not exist",
                          file->path);
  if (fd < 0)
    return fail_errno (ep, file->path);
  result = look_into (ep, file, fd);
  close (fd);
  return result;
}

/* Begins to watch the folder.  Where that cannot be (yet), the host looks at
 * its own intervals, since file_wait comes back at once. */
static void
begin_to_watch (struct file *file)
{
  file->watch = inotify_init1 (IN_NONBLOCK | IN_CLOEXEC);
  if (file->watch < 0
      || inotify_add_watch (file->watch, file->folder,
                            IN_CLOSE_WRITE | IN_MODIFY | IN_MOVED_TO
                                | IN_CREATE | IN_ATTRIB | IN_ONLYDIR)
             >= 0)
    return;
  close (file->watch);
  file->watch = -1;
}

/* Something happens in the folder: that it is about our file shows the next
 * look.  The first call only begins to watch: what came before that would be
 * missed otherwise. */
static int
file_wait (struct delivery_endpoint *ep, uint32_t flags)
{
  struct file *file = delivery_data (ep);
  char events[4096];
  int ready;

  (void)flags;
  if (file->watch < 0) {
    begin_to_watch (file);
    return DELIVERY_OK;
  }
  ready = delivery_poll (ep, file->watch, DELIVERY_READ);
  if (ready < 0)
    return fail_errno (ep, file->folder);
  while (ready && read (file->watch, events, sizeof events) > 0)
    ;
  return DELIVERY_OK;
}

/* ---- Clearing up
 * ---------------------------------------------------- */

static int
is_same_instant (const struct timespec *a, const struct timespec *b)
{
  return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

static int
is_unchanged (const struct stat *found, const struct stat *st)
{
  return st->st_size == found->st_size
         && is_same_instant (&st->st_mtim, &found->st_mtim)
         && is_same_instant (&st->st_ctim, &found->st_ctim);
}

/* Whoever brings a file sets its owner, mode and times last, when we may have
 * found it already.  What it holds now counts. */
static int
is_still_ours (struct delivery_endpoint *ep, struct file *file)
{
  int fd = open (file->path,
                 O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC | O_NOFOLLOW);

  if (fd < 0)
    return 0;
  look_into (ep, file, fd);
  close (fd);
  return file->found_is_whole;
}

/* Whether what stands there is the very file that was found. */
static int
is_found (struct delivery_endpoint *ep, struct file *file, struct stat *st)
{
  const struct stat *found = &file->found;

  for (int i = 0; st->st_dev == found->st_dev && st->st_ino == found->st_ino;
       i++) {
    if (is_unchanged (found, st))
      return 1;
    if (i == ROUNDS_MAX || !is_still_ours (ep, file)
        || lstat (file->path, st) < 0)
      return 0;
  }
  return 0;
}

/* Only the very file that was found, and only if our token is all it holds:
 * a mailbox that has our message among others is not ours to remove. */
static int
remove_found (struct delivery_endpoint *ep, struct file *file)
{
  struct stat st;

  if (!file->found_is_whole) {
    delivery_detail (ep, "%s was left: it holds more than the token",
                     file->path);
    return DELIVERY_OK;
  }
  if (lstat (file->path, &st) < 0)
    return errno == ENOENT ? DELIVERY_OK : fail_errno (ep, file->path);
  if (!is_found (ep, file, &st)) {
    delivery_detail (ep, "%s was left: it is not the file that was read",
                     file->path);
    return DELIVERY_OK;
  }
  if (unlink (file->path) < 0)
    return fail_errno (ep, file->path);
  return DELIVERY_OK;
}

static int
file_clean (struct delivery_endpoint *ep, uint32_t flags)
{
  struct file *file = delivery_data (ep);

  (void)flags;
  if (delivery_role (ep) == DELIVERY_RECEIVER)
    return remove_found (ep, file);
  if (!file->temporary[0] || unlink (file->temporary) == 0 || errno == ENOENT)
    return DELIVERY_OK;
  return fail_errno (ep, file->temporary);
}

/* ---- What it is
 * ----------------------------------------------------- */

static const char *const other_names[] = { "filesend", "filerecv", NULL };

static const struct delivery_param params[] = {
  { "match", DELIVERY_PARAM_CHOICE, 0, "whole", "whole|contains",
    "Receiver: whether the token must be all that the file holds (a newline "
    "behind it aside), or may stand anywhere in it, as in a mail that an "
    "alias wrote. A file that holds more is never removed." },
};

static const struct delivery_transport transports[] = {
  {
      .scheme = "file",
      .other_names = other_names,
      .synopsis = "file:///ABSOLUTE/PATH",
      .description
      = "A regular file on this machine. The sender writes the token to a "
        "temporary file in the same folder and renames it, so that it is "
        "there at once and whole. The receiver waits for it by inotify, "
        "reads at most 256 KiB, and removes it if it holds the token and "
        "nothing else.",
      .params = params,
      .n_params = sizeof params / sizeof params[0],
      .url = DELIVERY_NEEDS_PATH,
      .open = file_open,
      .free = file_free,
      .send = file_send,
      .recv = file_recv,
      .wait = file_wait,
      .clean = file_clean,
  },
};

static const struct delivery_plugin file = {
  .name = "file",
  .version = PACKAGE_VERSION,
  .summary = "files on this machine",
  .transports = transports,
  .n_transports = sizeof transports / sizeof transports[0],
};
DELIVERY_PLUGIN (file);
