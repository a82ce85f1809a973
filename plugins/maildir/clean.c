/* SPDX-License-Identifier: BSD-2-Clause */
/* Removing what was found, and nothing else. */
#include "maildir.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A message may be on its way elsewhere while it is looked for. */
#define ATTEMPTS 3

/* The next copy that is still to be removed, of a name or (NULL) of any. */
static struct copy *
next_copy (struct maildir *maildir, const char *name)
{
  for (size_t i = 0; i < maildir->n_copies; i++) {
    struct copy *copy = &maildir->copies[i];

    if (!copy->is_removed && (!name || strcmp (copy->name, name) == 0))
      return copy;
  }
  return NULL;
}

/* If the name is that of another file by now, it stays. */
static int
remove_copy (struct maildir *maildir, const struct spot *spot,
             struct copy *copy)
{
  struct stat st;

  if (fstatat (spot->fd, spot->file, &st, AT_SYMLINK_NOFOLLOW) == 0
      && (st.st_dev != copy->device || st.st_ino != copy->inode)) {
    delivery_detail (maildir->ep,
                     "%s/%s/%s was left: it is not the file that was read",
                     spot->place->path, spot->box, spot->file);
    copy->is_removed = 1;
    return DELIVERY_OK;
  }
  if (unlinkat (spot->fd, spot->file, 0) == 0)
    copy->is_removed = 1;
  else if (errno != ENOENT)
    return delivery_fail (maildir->ep, DELIVERY_IO, "%s/%s/%s: %s",
                          spot->place->path, spot->box, spot->file,
                          strerror (errno));
  return DELIVERY_OK;
}

/* A copy is known by its own name, wherever it is now: it may have got flags,
 * and been moved to cur/ or to another folder.  It is judged once more, and so
 * is what has come since the look. */
static int
clean_at (struct maildir *maildir, const struct spot *spot)
{
  struct copy *copy;
  int result;

  if (names_has (&spot->place->known, spot->name)
      && !next_copy (maildir, spot->name))
    return DELIVERY_OK;
  result = maildir_inspect (maildir, spot, &copy);
  return result == DELIVERY_OK && copy ? remove_copy (maildir, spot, copy)
                                       : result;
}

int
maildir_clean (struct maildir *maildir)
{
  size_t before = maildir->n_copies;
  int result = DELIVERY_OK;

  for (int i = 0;
       result == DELIVERY_OK && next_copy (maildir, NULL) && i < ATTEMPTS; i++)
    result = maildir_walk (maildir, clean_at);
  if (maildir->n_copies > before)
    delivery_warn (maildir->ep, "it arrived more than once");
  return result;
}
