/* SPDX-License-Identifier: BSD-2-Clause */
/* talker:///FOLDER writes to logs and makes files, each by another call. */
#include <delivery/plugin.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <syslog.h>
#include <unistd.h>

static int
talk_to (const char *path)
{
  struct sockaddr_un there = { .sun_family = AF_UNIX };
  int fd = socket (AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), result;

  strncpy (there.sun_path, path, sizeof there.sun_path - 1);
  result = connect (fd, (const struct sockaddr *)&there, sizeof there);
  close (fd);
  return result;
}

static int
talker_send (struct delivery_endpoint *ep, uint32_t flags)
{
  char path[256];
  FILE *file;
  int fd;

  (void)flags;
  if (chdir (delivery_path (ep)) < 0)
    return delivery_fail (ep, DELIVERY_IO, "no such folder");
  openlog ("talker", 0, LOG_USER);
  syslog (LOG_INFO, "a word");
  talk_to ("/dev/log.none");
  fd = open ("opened", O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
  close (fd);
  snprintf (path, sizeof path, "temporary.XXXXXX");
  fd = mkstemp (path);
  close (fd);
  snprintf (path, sizeof path, "folder.XXXXXX");
  if (!mkdtemp (path) || mkdir ("made", 0700) < 0
      || symlink ("nowhere", "pointer") < 0 || mkfifo ("queue", 0600) < 0)
    return delivery_fail (ep, DELIVERY_IO, "the folder is not empty");
  file = fopen ("stream", "w");
  if (file)
    fclose (file);
  close (memfd_create ("memory", MFD_CLOEXEC));
  return DELIVERY_OK;
}

static const struct delivery_transport transports[] = {
  {
      .scheme = "talker",
      .synopsis = "talker:///FOLDER",
      .description = "Writes to logs and makes files.",
      .url = DELIVERY_NEEDS_PATH,
      .send = talker_send,
  },
};

static const struct delivery_plugin talker = {
  .name = "talker",
  .version = "1",
  .summary = "says more than it should",
  .transports = transports,
  .n_transports = sizeof transports / sizeof transports[0],
};
DELIVERY_PLUGIN (talker);
