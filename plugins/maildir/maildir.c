/* SPDX-License-Identifier: BSD-2-Clause */
/* maildir://: finds a mail in a maildir on this machine. */
#include "maildir.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Where most servers put spam, for who does not say `junk`. */
static const char *const usual_junk[] = { ".Junk", ".Spam" };
#define N_USUAL (sizeof usual_junk / sizeof usual_junk[0])

/* ---- Places ------------------------------------------------------------ */

/* No way out of the maildir. */
static int
is_inside (const char *folder)
{
  const char *at = folder;

  if (!*folder || *folder == '/')
    return 0;
  while (at) {
    if (strncmp (at, "..", 2) == 0 && (at[2] == '/' || !at[2]))
      return 0;
    at = strchr (at, '/');
    at = at ? at + 1 : NULL;
  }
  return 1;
}

static int
is_place (const struct maildir *maildir, const char *path)
{
  for (size_t i = 0; i < maildir->n_places; i++)
    /* Each of these has a path; calloc() made room for more. */
    /* NOLINTNEXTLINE(clang-analyzer-core.NonNullParamChecker) */
    if (strcmp (maildir->places[i].path, path) == 0)
      return 1;
  return 0;
}

/* A folder of the maildir, or the maildir itself (NULL).  The place where the
 * message should be is none aside. */
static int
add_place (struct maildir *maildir, const char *name, const char *folder)
{
  const char *root = delivery_path (maildir->ep);
  size_t length = strlen (root);
  char *path;

  if (folder && !is_inside (folder))
    return delivery_fail (maildir->ep, DELIVERY_CONFIG,
                          "%s=%s: not the name of a folder in the maildir, "
                          "such as .Lists.Announce",
                          name, folder);
  while (length > 1 && root[length - 1] == '/')
    length--;
  if (asprintf (&path, "%.*s%s%s", (int)length, root, folder ? "/" : "",
                folder ? folder : "")
      < 0)
    return maildir_out_of_memory (maildir);
  if (is_place (maildir, path))
    free (path);
  else
    maildir->places[maildir->n_places++].path = path;
  return DELIVERY_OK;
}

static int
add_places (struct maildir *maildir)
{
  struct delivery_endpoint *ep = maildir->ep;
  size_t n_junk = delivery_param_count (ep, "junk");
  int result;

  maildir->places
      = calloc (1 + (n_junk ? n_junk : N_USUAL), sizeof maildir->places[0]);
  if (!maildir->places)
    return maildir_out_of_memory (maildir);
  result = add_place (maildir, "folder", delivery_param (ep, "folder"));
  for (size_t i = 0; result == DELIVERY_OK && i < n_junk; i++)
    result = add_place (maildir, "junk", delivery_param_at (ep, "junk", i));
  for (size_t i = 0; result == DELIVERY_OK && !n_junk && i < N_USUAL; i++)
    result = add_place (maildir, "junk", usual_junk[i]);
  return result;
}

/* ---- Callbacks --------------------------------------------------------- */

static int
maildir_open (struct delivery_endpoint *ep, uint32_t flags)
{
  struct maildir *maildir = calloc (1, sizeof *maildir);

  (void)flags;
  if (!maildir)
    return delivery_fail (ep, DELIVERY_INTERNAL, "out of memory");
  maildir->ep = ep;
  maildir->watch = -1;
  delivery_set_data (ep, maildir);
  return add_places (maildir);
}

static int
maildir_free (struct delivery_endpoint *ep, uint32_t flags)
{
  struct maildir *maildir = delivery_data (ep);

  (void)flags;
  if (!maildir)
    return DELIVERY_OK;
  maildir_unwatch (maildir);
  for (size_t i = 0; i < maildir->n_copies; i++)
    free (maildir->copies[i].name);
  for (size_t i = 0; i < maildir->n_places; i++) {
    free (maildir->places[i].path);
    names_clear (&maildir->places[i].known);
  }
  free (maildir->places);
  free (maildir->unreadable);
  free (maildir);
  return DELIVERY_OK;
}

static int
maildir_connect_early (struct delivery_endpoint *ep, uint32_t flags)
{
  struct maildir *maildir = delivery_data (ep);

  (void)flags;
  return maildir_note (maildir);
}

static int
maildir_recv (struct delivery_endpoint *ep, uint32_t flags)
{
  struct maildir *maildir = delivery_data (ep);

  (void)flags;
  maildir_watch (maildir);
  return maildir_look (maildir);
}

static int
maildir_wait_callback (struct delivery_endpoint *ep, uint32_t flags)
{
  (void)flags;
  return maildir_wait (delivery_data (ep));
}

static int
maildir_clean_callback (struct delivery_endpoint *ep, uint32_t flags)
{
  (void)flags;
  return maildir_clean (delivery_data (ep));
}

/* ---- What it is -------------------------------------------------------- */

static const struct delivery_param params[] = {
  { "folder", DELIVERY_PARAM_STRING, 0, NULL, NULL,
    "Folder of the maildir where the message should be, as it is named on "
    "disk (.Lists.Announce); otherwise the maildir itself." },
  { "junk", DELIVERY_PARAM_STRING, DELIVERY_PARAM_REPEATABLE, NULL, NULL,
    "Folder where a message would be misplaced; otherwise .Junk and .Spam, "
    "where they are." },
};

static const struct delivery_transport transports[] = {
  {
      .scheme = "maildir",
      .synopsis = "maildir://[ADDRESS@]/ABSOLUTE/PATH",
      .description
      = "Finds a mail in a maildir on this machine, in new/ or cur/. It notes "
        "which messages are there before anything is sent, waits by inotify, "
        "reads the headers of new messages only, and removes exactly the "
        "message that it found. ADDRESS is for the sender: to whom the mail "
        "goes.",
      .params = params,
      .n_params = sizeof params / sizeof params[0],
      .url = DELIVERY_NEEDS_PATH | DELIVERY_TAKES_USER,
      .open = maildir_open,
      .free = maildir_free,
      .connect_early = maildir_connect_early,
      .recv = maildir_recv,
      .wait = maildir_wait_callback,
      .clean = maildir_clean_callback,
  },
};

static const struct delivery_plugin maildir = {
  .name = "maildir",
  .version = PACKAGE_VERSION,
  .summary = "mail in maildirs on this machine",
  .transports = transports,
  .n_transports = sizeof transports / sizeof transports[0],
};
DELIVERY_PLUGIN (maildir);
