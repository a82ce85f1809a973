/* SPDX-License-Identifier: BSD-2-Clause */
/* Waiting, by inotify(7). */
#include "maildir.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

/* Messages come by rename, by link, or are written in place. */
#define COMES (IN_MOVED_TO | IN_CREATE | IN_CLOSE_WRITE)

static const char *const boxes[] = { "new", "cur" };

/* What is watched already is not watched twice.  A folder aside may come
 * later. */
static void
watch_box (struct maildir *maildir, const struct place *place, const char *box)
{
  char path[PATH_MAX];

  if ((size_t)snprintf (path, sizeof path, "%s/%s", place->path, box)
      >= sizeof path)
    return;
  if (inotify_add_watch (maildir->watch, path,
                         COMES | IN_ONLYDIR | IN_DONT_FOLLOW)
          < 0
      && errno != ENOENT && errno != ENOTDIR)
    delivery_debug (maildir->ep, 1, "%s is not watched: %s", path,
                    strerror (errno));
}

/* Before each look: what comes after it is not missed then. */
void
maildir_watch (struct maildir *maildir)
{
  if (maildir->watch < 0) {
    maildir->watch = inotify_init1 (IN_NONBLOCK | IN_CLOEXEC);
    if (maildir->watch < 0) {
      delivery_debug (maildir->ep, 1,
                      "no inotify (%s): it looks from time to "
                      "time only",
                      strerror (errno));
      return;
    }
  }
  for (size_t i = 0; i < maildir->n_places; i++)
    for (size_t j = 0; j < sizeof boxes / sizeof boxes[0]; j++)
      watch_box (maildir, &maildir->places[i], boxes[j]);
}

void
maildir_unwatch (struct maildir *maildir)
{
  if (maildir->watch >= 0)
    close (maildir->watch);
  maildir->watch = -1;
}

/* All events that are there.  Which messages they are about shows the look,
 * which sees those of a full queue too; the first is named to the user. */
static void
take_events (struct maildir *maildir)
{
  union {
    struct inotify_event event;
    char bytes[4096];
  } first, more;

  if (read (maildir->watch, &first, sizeof first) <= 0)
    return;
  delivery_debug (maildir->ep, 2, "woken by %s",
                  first.event.len ? first.event.name : "inotify");
  while (read (maildir->watch, &more, sizeof more) > 0)
    ;
}

/* Without inotify this waits until the next look is due. */
int
maildir_wait (struct maildir *maildir)
{
  struct delivery_pollfd fd = { maildir->watch, DELIVERY_READ, 0 };
  int ready = delivery_poll_many (maildir->ep, &fd, 1, INT64_MAX);

  if (ready < 0)
    return delivery_fail (maildir->ep, DELIVERY_IO, "inotify: %s",
                          strerror (errno));
  if (ready > 0)
    take_events (maildir);
  return DELIVERY_OK;
}
