/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A plugin for --check-plugin: a file, and a server that says the token.  The
 * variable CONDUCT says what it does wrong, in words with blanks between
 * them; without one, nothing.
 */
#include <delivery/net.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int
does (const char *misdeed)
{
  const char *conduct = getenv ("CONDUCT");

  return conduct && strstr (conduct, misdeed) != NULL;
}

/* ---- Memory and descriptors -------------------------------------------- */

__attribute__ ((noinline)) static void
leak (void)
{
  char *volatile lost = malloc (12345);

  strcpy (lost, "lost");
  lost = NULL;
}

__attribute__ ((noinline)) static void
read_freed (void)
{
  char *volatile gone = malloc (16);
  volatile char c;

  free (gone);
  c = gone[0];
  (void)c;
}

static void
misdeeds (void)
{
  if (does ("leak"))
    leak ();
  if (does ("wild"))
    read_freed ();
  if (does ("fd"))
    (void)!open ("/dev/null", O_RDONLY | O_CLOEXEC);
  if (does ("crash"))
    abort ();
}

/* ---- A file ------------------------------------------------------------ */

static int
conduct_open (struct delivery_endpoint *ep, uint32_t flags)
{
  (void)ep;
  (void)flags;
  misdeeds ();
  return DELIVERY_OK;
}

static int
conduct_free (struct delivery_endpoint *ep, uint32_t flags)
{
  (void)ep;
  (void)flags;
  return DELIVERY_OK;
}

static int
fail (struct delivery_endpoint *ep, int reason)
{
  if (does ("speechless"))
    return reason;
  return delivery_fail (ep, reason, "%s: %m", delivery_path (ep));
}

static int
conduct_send (struct delivery_endpoint *ep, uint32_t flags)
{
  int how = does ("hang") ? 0 : O_NONBLOCK;
  int fd
      = open (delivery_path (ep), O_WRONLY | O_CREAT | O_CLOEXEC | how, 0600);
  const char *token = delivery_token (ep);

  (void)flags;
  if (fd < 0)
    return fail (ep, DELIVERY_IO);
  (void)!write (fd, token, strlen (token));
  close (fd);
  return DELIVERY_OK;
}

static int
conduct_recv (struct delivery_endpoint *ep, uint32_t flags)
{
  int how = does ("hang") ? 0 : O_NONBLOCK;
  int fd = open (delivery_path (ep), O_RDONLY | O_CLOEXEC | how);
  char bytes[128] = "";
  ssize_t n = fd < 0 ? -1 : read (fd, bytes, sizeof bytes - 1);

  (void)flags;
  if (fd >= 0)
    close (fd);
  if (does ("removes"))
    unlink (delivery_path (ep));
  if (does ("lies"))
    return DELIVERY_OK;
  if (n < 0)
    return fail (ep, DELIVERY_NOT_FOUND);
  return strcmp (bytes, delivery_token (ep)) ? DELIVERY_NOT_FOUND
                                             : DELIVERY_OK;
}

static int
conduct_clean (struct delivery_endpoint *ep, uint32_t flags)
{
  (void)flags;
  if (delivery_role (ep) == DELIVERY_RECEIVER && !does ("leaves"))
    unlink (delivery_path (ep));
  return DELIVERY_OK;
}

/* ---- A server ---------------------------------------------------------- */

static int
served_recv (struct delivery_endpoint *ep, uint32_t flags)
{
  struct delivery_net *net;
  struct delivery_stream *stream = NULL;
  const char *line;
  int result = delivery_net_new (ep, &net);

  (void)flags;
  misdeeds ();
  if (result == DELIVERY_OK)
    result = delivery_net_connect (net, &stream);
  if (result == DELIVERY_OK)
    result = delivery_stream_read_line (stream, &line, NULL);
  while (does ("hang") && result == DELIVERY_TIMEOUT)
    sleep (1);
  if (result == DELIVERY_OK && strcmp (line, delivery_token (ep)) != 0)
    result = DELIVERY_NOT_FOUND;
  delivery_stream_free (stream);
  delivery_net_free (net);
  return does ("lies") ? DELIVERY_OK : result;
}

/* ---- What it is -------------------------------------------------------- */

static const struct delivery_param params[] = {
  { "must", DELIVERY_PARAM_CHOICE, DELIVERY_PARAM_REQUIRED, NULL, "one|two",
    "Something that must be given." },
  { "number", DELIVERY_PARAM_INTEGER, DELIVERY_PARAM_REQUIRED, NULL, ":5",
    "A number that must be given." },
  { "text", DELIVERY_PARAM_STRING, DELIVERY_PARAM_REQUIRED, NULL, NULL,
    "A text that must be given." },
};

static const struct delivery_transport transports[] = {
  {
      .scheme = "conduct",
      .synopsis = "conduct:///ABSOLUTE/PATH?must=one&number=1&text=x",
      .description = "A file.",
      .params = params,
      .n_params = sizeof params / sizeof params[0],
      .url = DELIVERY_NEEDS_PATH,
      .open = conduct_open,
      .free = conduct_free,
      .send = conduct_send,
      .recv = conduct_recv,
      .clean = conduct_clean,
  },
  {
      .scheme = "conduct.served",
      .synopsis = "conduct.served://USER:PASSWORD@HOST:PORT",
      .description = "A server that says the token.",
      .url
      = DELIVERY_NEEDS_HOST | DELIVERY_NEEDS_USER | DELIVERY_NEEDS_PASSWORD,
      .recv = served_recv,
      .clean = conduct_free,
  },
};

static const struct delivery_plugin conduct = {
  .name = "conduct",
  .version = "1",
  .summary = "conducts itself well, or not",
  .author = "check_delivery",
  .transports = transports,
  .n_transports = sizeof transports / sizeof transports[0],
};
DELIVERY_PLUGIN (conduct);
