/* SPDX-License-Identifier: BSD-2-Clause */
/* A maildir: messages are files, delivered into new/, moved to cur/ by who
 * reads mail.  There a name has flags behind a colon; what stands before it is
 * the message's own, and never changes. */
#ifndef PLUGINS_MAILDIR_MAILDIR_H
#define PLUGINS_MAILDIR_MAILDIR_H

#include "names.h"

#include <delivery/net.h>
#include <limits.h>
#include <sys/types.h>

/* Of a file no more than this is read, and no more than its header. */
#define HEADER_MAX DELIVERY_LITERAL_MAX

/* Copies of our message; more are not counted. */
#define COPIES_MAX 16

/* A folder that is looked into: the first is where the message should be, the
 * others are where messages go astray. */
struct place {
  char *path;         /* new/ and cur/ are in it */
  struct names known; /* messages that are not to be read (again) */
};

/* A copy of our message. */
struct copy {
  const struct place *place;
  char *name; /* its own */
  dev_t device;
  ino_t inode;
  int is_removed;
};

struct maildir {
  struct delivery_endpoint *ep;
  struct place *places;
  size_t n_places;
  int watch; /* inotify, or -1 */
  struct copy copies[COPIES_MAX];
  size_t n_copies;
  int verdict;      /* of delivery_mail_judge(), for the first copy */
  char *unreadable; /* what the last look could not read, and why; or NULL */
  char header[HEADER_MAX];
};

/* ---- folder.c: the folders, and the files in them ---------------------- */

/* A file, while it is visited. */
struct spot {
  struct place *place;
  const char *box;         /* "new" or "cur" */
  int fd;                  /* of that folder */
  const char *file;        /* in it */
  char name[NAME_MAX + 1]; /* the message's own */
};

/* DELIVERY_OK to go on. */
typedef int maildir_visitor (struct maildir *maildir, const struct spot *spot);

/* All places, and in each of them new/ and then cur/, since that is the way
 * that messages go.  A place aside may be missing. */
int maildir_walk (struct maildir *maildir, maildir_visitor *visitor);

/* ---- look.c: which message is ours ------------------------------------- */

/* Takes down all that is there before anything is sent. */
int maildir_note (struct maildir *maildir);

int maildir_look (struct maildir *maildir);

/* Looks into a file, and takes it down: among the copies if it is ours, else
 * among the known if it will never be.  `*copy` is the one that the file is,
 * or NULL. */
int maildir_inspect (struct maildir *maildir, const struct spot *spot,
                     struct copy **copy);

int maildir_out_of_memory (struct maildir *maildir);

/* ---- clean.c ----------------------------------------------------------- */

/* Removes the copies that were found, and those that came meanwhile. */
int maildir_clean (struct maildir *maildir);

/* ---- watch.c ----------------------------------------------------------- */

/* Begins to watch what is not watched yet; and ends that. */
void maildir_watch (struct maildir *maildir);
void maildir_unwatch (struct maildir *maildir);

int maildir_wait (struct maildir *maildir);

#endif
