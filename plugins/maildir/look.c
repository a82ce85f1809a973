/* SPDX-License-Identifier: BSD-2-Clause */
#include "maildir.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Most headers are shorter. */
#define CHUNK 16384

int
maildir_out_of_memory (struct maildir *maildir)
{
  return delivery_fail (maildir->ep, DELIVERY_INTERNAL, "out of memory");
}

static int
remember (struct maildir *maildir, const struct spot *spot)
{
  return names_add (&spot->place->known, spot->name)
             ? DELIVERY_OK
             : maildir_out_of_memory (maildir);
}

/* ---- Reading ----------------------------------------------------------- */

/* To be opened without harm, and without a wait: no device, no FIFO, and no
 * link to one.  -1 with errno, which is 0 for what is no regular file. */
static int
open_message (const struct spot *spot, struct stat *st)
{
  int fd, error = 0;

  if (fstatat (spot->fd, spot->file, st, AT_SYMLINK_NOFOLLOW) < 0)
    return -1;
  errno = 0;
  if (!S_ISREG (st->st_mode))
    return -1;
  fd = openat (spot->fd, spot->file,
               O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  if (fd < 0)
    return -1;
  /* Something else may have taken the name meanwhile. */
  if (fstat (fd, st) < 0)
    error = errno;
  else if (S_ISREG (st->st_mode))
    return fd;
  close (fd);
  errno = error;
  return -1;
}

/* Whether the empty line behind the header is there. */
static int
has_end (const char *header, size_t length)
{
  return memmem (header, length, "\n\n", 2)
         || memmem (header, length, "\n\r\n", 3);
}

/* Returns how many bytes of `header` were filled, or -1 with errno.
 * `*is_whole` says whether more would tell nothing. */
static ssize_t
read_header (int fd, char *header, int *is_whole)
{
  size_t length = 0;

  *is_whole = 0;
  while (!*is_whole) {
    size_t room = HEADER_MAX - length, from = length > 2 ? length - 2 : 0;
    ssize_t n = read (fd, header + length, room < CHUNK ? room : CHUNK);

    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return -1;
    if (n == 0)
      break;
    length += (size_t)n;
    *is_whole = length == HEADER_MAX || has_end (header + from, length - from);
  }
  return (ssize_t)length;
}

/* ---- Our message ------------------------------------------------------- */

/* Whether the file is a copy that is known already.  With a single link it is,
 * wherever it has moved; with more of them each name is a copy. */
static struct copy *
find_copy (struct maildir *maildir, const struct spot *spot,
           const struct stat *st)
{
  for (size_t i = 0; i < maildir->n_copies; i++) {
    struct copy *copy = &maildir->copies[i];

    if (!copy->is_removed && copy->inode == st->st_ino
        && copy->device == st->st_dev
        && (st->st_nlink == 1
            || (copy->place == spot->place
                && strcmp (copy->name, spot->name) == 0)))
      return copy;
  }
  return NULL;
}

static int
take (struct maildir *maildir, const struct spot *spot, const struct stat *st,
      struct copy **copy)
{
  char *name = strdup (spot->name);

  if (!name)
    return maildir_out_of_memory (maildir);
  *copy = find_copy (maildir, spot, st);
  if (!*copy && maildir->n_copies < COPIES_MAX)
    *copy = &maildir->copies[maildir->n_copies++];
  if (!*copy) {
    free (name);
    return DELIVERY_OK;
  }
  free ((*copy)->name);
  **copy = (struct copy){ .place = spot->place,
                          .name = name,
                          .device = st->st_dev,
                          .inode = st->st_ino };
  delivery_fact (maildir->ep, "file", "%s/%s/%s", spot->place->path, spot->box,
                 spot->file);
  return DELIVERY_OK;
}

/* A message that another process is still writing is read again by the next
 * look: what is missing may come. */
static int
judge (struct maildir *maildir, const struct spot *spot, int fd,
       const struct stat *st, struct copy **copy)
{
  int is_whole, verdict, result;
  ssize_t length = read_header (fd, maildir->header, &is_whole);

  if (length < 0)
    return -1;
  verdict = delivery_mail_judge (maildir->ep, maildir->header, (size_t)length);
  if (!is_whole && verdict != DELIVERY_OK)
    return DELIVERY_OK;
  if (verdict == DELIVERY_NOT_FOUND)
    return remember (maildir, spot);
  if (maildir->n_copies == 0)
    maildir->verdict = verdict;
  result = take (maildir, spot, st, copy);
  return result == DELIVERY_OK ? remember (maildir, spot) : result;
}

/* A file that vanished was moved or removed; any other that cannot be read is
 * told of, in case that it was ours. */
static void
note_unreadable (struct maildir *maildir, const struct spot *spot)
{
  int error = errno;

  if (error == ENOENT || maildir->unreadable)
    return;
  if (asprintf (&maildir->unreadable, "%s/%s/%s: %s", spot->place->path,
                spot->box, spot->file, strerror (error))
      < 0)
    maildir->unreadable = NULL;
}

int
maildir_inspect (struct maildir *maildir, const struct spot *spot,
                 struct copy **copy)
{
  struct stat st;
  int fd, result;

  *copy = NULL;
  fd = open_message (spot, &st);
  if (fd < 0) {
    if (errno)
      note_unreadable (maildir, spot);
    return DELIVERY_OK;
  }
  result = judge (maildir, spot, fd, &st, copy);
  if (result < 0) {
    note_unreadable (maildir, spot);
    result = DELIVERY_OK;
  }
  close (fd);
  return result;
}

/* ---- The look ---------------------------------------------------------- */

int
maildir_note (struct maildir *maildir)
{
  return maildir_walk (maildir, remember);
}

static int
look_at (struct maildir *maildir, const struct spot *spot)
{
  struct copy *copy;

  if (names_has (&spot->place->known, spot->name))
    return DELIVERY_OK;
  return maildir_inspect (maildir, spot, &copy);
}

/* What cannot be read may be ours: then nobody knows. */
static int
tell_of_none (struct maildir *maildir)
{
  const char *why = maildir->unreadable;

  delivery_fail (maildir->ep, why ? DELIVERY_IO : DELIVERY_NOT_FOUND,
                 "no new message in %s is ours%s%s", maildir->places[0].path,
                 why ? ", but not all can be read: " : "", why ? why : "");
  return DELIVERY_NOT_FOUND;
}

static int
tell (struct maildir *maildir)
{
  const char *where = maildir->places[0].path;

  if (maildir->n_copies == 0)
    return tell_of_none (maildir);
  if (maildir->n_copies > 1)
    return delivery_fail (maildir->ep, DELIVERY_DUPLICATE, "found %zu times",
                          maildir->n_copies);
  if (maildir->copies[0].place != maildir->places)
    return delivery_fail (maildir->ep, DELIVERY_MISPLACED,
                          "found in %s instead of %s",
                          maildir->copies[0].place->path, where);
  return maildir->verdict;
}

int
maildir_look (struct maildir *maildir)
{
  int result;

  free (maildir->unreadable);
  maildir->unreadable = NULL;
  result = maildir_walk (maildir, look_at);
  return result == DELIVERY_OK ? tell (maildir) : result;
}
