/* SPDX-License-Identifier: BSD-2-Clause */
#include "maildir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int
fail_to_open (struct maildir *maildir, const struct place *place,
              const char *box)
{
  int error = errno, is_ours;
  struct stat st;

  if ((error == ENOENT || error == ENOTDIR) && stat (place->path, &st) == 0)
    return delivery_fail (maildir->ep, DELIVERY_IO,
                          "%s: not a maildir: no %s/ in it; name the folder "
                          "that has new/ and cur/",
                          place->path, box);
  if (error == EACCES)
    return delivery_fail (maildir->ep, DELIVERY_IO,
                          "%s/%s: %s; run the check as the owner of the "
                          "maildir",
                          place->path, box, strerror (error));
  is_ours = error == ENOMEM || error == EMFILE || error == ENFILE;
  return delivery_fail (maildir->ep, is_ours ? DELIVERY_INTERNAL : DELIVERY_IO,
                        "%s: %s", place->path, strerror (error));
}

static DIR *
open_box (const struct place *place, const char *box)
{
  char path[PATH_MAX];
  DIR *folder;
  int fd;

  if ((size_t)snprintf (path, sizeof path, "%s/%s", place->path, box)
      >= sizeof path) {
    errno = ENAMETOOLONG;
    return NULL;
  }
  fd = open (path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0)
    return NULL;
  folder = fdopendir (fd);
  if (!folder)
    close (fd);
  return folder;
}

/* The clock costs more than a name. */
#define NAMES_A_GLANCE 64

/* The message's own name is what stands before the flags. */
static void
name_file (struct spot *spot, const char *file)
{
  size_t length = strcspn (file, ":");

  if (length >= sizeof spot->name)
    length = sizeof spot->name - 1;
  memcpy (spot->name, file, length);
  spot->name[length] = '\0';
  spot->file = file;
}

/* What begins with a dot is no message. */
static int
visit_all (struct maildir *maildir, struct spot *spot, DIR *folder,
           maildir_visitor *visitor)
{
  const struct dirent *entry;
  int result = DELIVERY_OK;

  for (size_t n = 1;
       result == DELIVERY_OK && (errno = 0, entry = readdir (folder)); n++) {
    if (n % NAMES_A_GLANCE == 0 && delivery_remaining_ms (maildir->ep) == 0)
      return delivery_fail (maildir->ep, DELIVERY_TIMEOUT,
                            "%s/%s has too many files for the time",
                            spot->place->path, spot->box);
    if (entry->d_name[0] == '.')
      continue;
    name_file (spot, entry->d_name);
    result = visitor (maildir, spot);
  }
  if (result == DELIVERY_OK && errno)
    return delivery_fail (maildir->ep, DELIVERY_IO, "%s/%s: %s",
                          spot->place->path, spot->box, strerror (errno));
  return result;
}

static int
walk_box (struct maildir *maildir, struct place *place, const char *box,
          maildir_visitor *visitor)
{
  struct spot spot = { .place = place, .box = box };
  DIR *folder = open_box (place, box);
  int result;

  if (!folder && place != maildir->places
      && (errno == ENOENT || errno == ENOTDIR))
    return DELIVERY_OK;
  if (!folder)
    return fail_to_open (maildir, place, box);
  spot.fd = dirfd (folder);
  result = visit_all (maildir, &spot, folder, visitor);
  closedir (folder);
  return result;
}

int
maildir_walk (struct maildir *maildir, maildir_visitor *visitor)
{
  int result = DELIVERY_OK;

  for (size_t i = 0; result == DELIVERY_OK && i < maildir->n_places; i++) {
    result = walk_box (maildir, &maildir->places[i], "new", visitor);
    if (result == DELIVERY_OK)
      result = walk_box (maildir, &maildir->places[i], "cur", visitor);
  }
  return result;
}
