/* SPDX-License-Identifier: BSD-2-Clause */
/* A transport: the token as a line at the end of a log, and found there. */
#include <delivery/plugin.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Without O_NONBLOCK, a FIFO in its place would hold us up. */
static FILE *
open_log (struct delivery_endpoint *ep, int flags, const char *mode)
{
  int fd = open (delivery_path (ep), flags | O_NONBLOCK | O_CLOEXEC, 0644);

  return fd < 0 ? NULL : fdopen (fd, mode);
}

static int
logline_send (struct delivery_endpoint *ep, uint32_t flags)
{
  FILE *log = open_log (ep, O_WRONLY | O_APPEND | O_CREAT, "a");

  if (log)
    fprintf (log, "%s\n", delivery_token (ep));
  if (!log || fclose (log) != 0)
    return delivery_fail (ep, DELIVERY_IO, "%s: %m", delivery_path (ep));
  return DELIVERY_OK;
}

static int
logline_recv (struct delivery_endpoint *ep, uint32_t flags)
{
  FILE *log = open_log (ep, O_RDONLY, "r");
  int found = 0;
  char *line = NULL;
  size_t size = 0;

  if (!log)
    return delivery_fail (ep, DELIVERY_NOT_FOUND, "%s: %m",
                          delivery_path (ep));
  while (!found && getline (&line, &size, log) > 0)
    found = strstr (line, delivery_token (ep)) != NULL;
  free (line);
  fclose (log);
  return found ? DELIVERY_OK : DELIVERY_NOT_FOUND;
}

static const struct delivery_transport transport = {
  .scheme = "logline",
  .synopsis = "logline:///ABSOLUTE/PATH",
  .description = "Appends a line to a log, and looks for it there.",
  .url = DELIVERY_NEEDS_PATH,
  .send = logline_send,
  .recv = logline_recv,
};

static const struct delivery_plugin logline = {
  .name = "logline",
  .version = "1",
  .summary = "lines at the end of logs",
  .transports = &transport,
  .n_transports = 1,
};
DELIVERY_PLUGIN (logline);
