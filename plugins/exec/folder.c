/* SPDX-License-Identifier: BSD-2-Clause */
/* The private folder of an endpoint: made when the first step may write. */
#include "exec.h"

#include <errno.h>
#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int
folder_make (struct delivery_endpoint *ep, struct exec *exec)
{
  const char *parent = getenv ("TMPDIR");
  char *folder;

  if (exec->folder)
    return DELIVERY_OK;
  if (!parent || parent[0] != '/')
    parent = "/tmp";
  if (asprintf (&folder, "%s/check_delivery-exec.XXXXXX", parent) < 0)
    return delivery_fail (ep, DELIVERY_INTERNAL, "%s", strerror (errno));
  if (mkdtemp (folder)) {
    exec->folder = folder;
    return DELIVERY_OK;
  }
  free (folder);
  return delivery_fail (ep, DELIVERY_IO, "no private folder in %s: %s", parent,
                        strerror (errno));
}

/* A folder is opened up on the way in, and removed on the way out. */
static void
remove_one (const FTSENT *entry)
{
  if (entry->fts_info == FTS_D)
    chmod (entry->fts_accpath, S_IRWXU);
  else if (entry->fts_info == FTS_DP || entry->fts_info == FTS_DNR)
    rmdir (entry->fts_accpath);
  else
    unlink (entry->fts_accpath);
}

void
folder_remove (struct delivery_endpoint *ep, struct exec *exec)
{
  char *roots[] = { exec->folder, NULL };
  FTS *tree;
  FTSENT *entry;

  if (!exec->folder)
    return;
  tree = fts_open (roots, FTS_PHYSICAL | FTS_NOCHDIR | FTS_XDEV, NULL);
  while (tree && delivery_remaining_ms (ep) && (entry = fts_read (tree)))
    remove_one (entry);
  if (tree)
    fts_close (tree);
  if (rmdir (exec->folder) < 0 && errno != ENOENT)
    delivery_detail (ep, "%s was left behind: %s", exec->folder,
                     strerror (errno));
  free (exec->folder);
  exec->folder = NULL;
}
