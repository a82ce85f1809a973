/* SPDX-License-Identifier: BSD-2-Clause */
/* ftp://, ftps://: a file at an FTP server. */
#include "ftp.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Beginning and end ------------------------------------------------- */

/* "/folder/.TOKEN.tmp", beside the file itself. */
static int
name_temporary (struct ftp *ftp)
{
  const char *path = delivery_path (ftp->ep);
  int folder = (int)(strrchr (path, '/') + 1 - path);

  free (ftp->temporary);
  ftp->temporary = NULL;
  if (asprintf (&ftp->temporary, "%.*s.%s.tmp", folder, path,
                delivery_token (ftp->ep))
      >= 0)
    return DELIVERY_OK;
  ftp->temporary = NULL;
  return delivery_fail (ftp->ep, DELIVERY_INTERNAL, "out of memory");
}

static int
ftp_open (struct delivery_endpoint *ep, uint32_t flags)
{
  struct ftp *ftp = calloc (1, sizeof *ftp);
  const char *path = delivery_path (ep);

  (void)flags;
  if (!ftp)
    return delivery_fail (ep, DELIVERY_INTERNAL, "out of memory");
  ftp->ep = ep;
  ftp->is_secure = strcmp (delivery_scheme (ep), "ftps") == 0;
  delivery_set_data (ep, ftp);
  if (path[strlen (path) - 1] == '/')
    return delivery_fail (ep, DELIVERY_CONFIG,
                          "%s: a folder; name a file in it", path);
  return delivery_net_new (ep, &ftp->net);
}

static int
ftp_free (struct delivery_endpoint *ep, uint32_t flags)
{
  struct ftp *ftp = delivery_data (ep);

  (void)flags;
  if (!ftp)
    return DELIVERY_OK;
  ftp_drop (ftp);
  delivery_net_free (ftp->net);
  free (ftp->temporary);
  free (ftp);
  return DELIVERY_OK;
}

static int
ftp_connect (struct delivery_endpoint *ep, uint32_t flags)
{
  struct ftp *ftp = delivery_data (ep);

  (void)flags;
  return ftp->is_ready ? DELIVERY_OK : ftp_begin (ftp);
}

static int
ftp_close (struct delivery_endpoint *ep, uint32_t flags)
{
  (void)flags;
  ftp_end (delivery_data (ep));
  return DELIVERY_OK;
}

/* ---- Sending ----------------------------------------------------------- */

/* Without an answer, nobody knows under which name the file is. */
static int
ask_for_name (struct ftp *ftp)
{
  int result = ftp_ask_for (ftp, "RNTO", delivery_path (ftp->ep), 200);

  ftp->may_be_renamed = result != DELIVERY_OK && result != DELIVERY_REJECTED;
  return result;
}

static int
rename_it (struct ftp *ftp)
{
  int result = ftp_ask_for (ftp, "RNFR", ftp->temporary, 300);

  if (result == DELIVERY_OK)
    result = ask_for_name (ftp);
  if (result == DELIVERY_REJECTED)
    delivery_detail (ftp->ep,
                     "rename=no stores the file under its name at once");
  return result;
}

/* Under another name first, so that nobody sees half a file. */
static int
ftp_send (struct delivery_endpoint *ep, uint32_t flags)
{
  struct ftp *ftp = delivery_data (ep);
  int is_renamed = delivery_param_bool (ep, "rename");
  int result = name_temporary (ftp);

  (void)flags;
  if (result == DELIVERY_OK)
    result = ftp_store (ftp, is_renamed ? ftp->temporary : delivery_path (ep),
                        delivery_token (ep));
  if (result == DELIVERY_OK && is_renamed)
    result = rename_it (ftp);
  if (result == DELIVERY_OK)
    ftp->left = NULL;
  return result;
}

/* ---- Receiving --------------------------------------------------------- */

/* Exactly the token, with or without the newline that a text file ends in. */
static int
judge (struct ftp *ftp, const char *bytes, size_t length)
{
  const char *token = delivery_token (ftp->ep);
  const char *path = delivery_path (ftp->ep);
  size_t whole = strlen (token);

  if (length == whole + 1 && bytes[whole] == '\n')
    length--;
  ftp->is_unread = 0;
  ftp->found_is_ours = length == whole && memcmp (bytes, token, whole) == 0;
  ftp->found_is_part = length < whole && memcmp (bytes, token, length) == 0;
  if (ftp->found_is_ours)
    return DELIVERY_OK;
  if (memmem (bytes, length, token, whole))
    return delivery_fail (ftp->ep, DELIVERY_MANGLED,
                          "%s holds more than the token", path);
  return delivery_fail (ftp->ep, DELIVERY_NOT_FOUND, "%s holds something else",
                        path);
}

static int
look (struct ftp *ftp, const char *path)
{
  char *bytes;
  size_t length;
  int result = ftp_fetch (ftp, path, &bytes, &length);

  if (result == DELIVERY_OK)
    result = judge (ftp, bytes, length);
  free (bytes);
  return result;
}

/* Be it in the handshake of TLS, or by a name that cannot be looked up for
 * now.  A server that refuses TLS, or has a certificate that does not hold, is
 * no lost connection. */
static int
is_lost (struct ftp *ftp, int result)
{
  return result == DELIVERY_CLOSED || result == DELIVERY_CONNECT
         || result == DELIVERY_RESOLVE || ftp->is_leaving
         || (result == DELIVERY_TLS && ftp->control
             && delivery_stream_flush (ftp->control) == DELIVERY_CLOSED);
}

/* A connection that dies while waiting is made again by the next look, and a
 * file that is busy is looked at again: that costs patience only.  If that is
 * over then, we do not know whether the file is there. */
static int
forgive (struct ftp *ftp, int result)
{
  const char *why = "the connection was lost, and not made again yet";

  if (is_lost (ftp, result)) {
    if (result != DELIVERY_CONNECT && result != DELIVERY_RESOLVE)
      result = DELIVERY_CLOSED;
    ftp_drop (ftp);
    delivery_fail (ftp->ep, result, "%s", ftp->trouble ? ftp->trouble : why);
    return DELIVERY_NOT_FOUND;
  }
  if (result != DELIVERY_TEMPFAIL)
    return result;
  delivery_fail (ftp->ep, result, "the server could not show %s for now",
                 delivery_path (ftp->ep));
  return DELIVERY_NOT_FOUND;
}

static int
ftp_recv (struct delivery_endpoint *ep, uint32_t flags)
{
  struct ftp *ftp = delivery_data (ep);
  int result;

  ftp->trouble = NULL;
  result = ftp_connect (ep, flags);
  if (result == DELIVERY_OK)
    result = look (ftp, delivery_path (ep));
  return forgive (ftp, result);
}

/* ---- Clearing up ------------------------------------------------------- */

/* A connection on which an answer is due is of no use any more, and one that
 * the server has closed is made anew. */
static int
with_connection (struct ftp *ftp, int (*act) (struct ftp *, const char *),
                 const char *path)
{
  int result = DELIVERY_CLOSED;

  if (ftp->is_ready && !ftp->is_waiting && !ftp->is_leaving)
    result = act (ftp, path);
  if (result != DELIVERY_CLOSED)
    return result;
  result = ftp_begin (ftp);
  return result == DELIVERY_OK ? act (ftp, path) : result;
}

static int
ask_to_remove (struct ftp *ftp, const char *path)
{
  return ftp_ask_for (ftp, "DELE", path, 200);
}

static int
remove_file (struct ftp *ftp, const char *path)
{
  return with_connection (ftp, ask_to_remove, path);
}

/* Under the name that others use, what is there may be somebody else's: it is
 * ours if it holds the token and nothing else, or what came of it
 * (`may_be_part`). */
static int
remove_public (struct ftp *ftp, int may_be_part, const char *doubt)
{
  const char *path = delivery_path (ftp->ep);
  int result = with_connection (ftp, look, path);

  if (ftp->found_is_ours || (ftp->found_is_part && may_be_part)) {
    ftp->found_is_part = 0;
    result = remove_file (ftp, path);
  }
  if (result == DELIVERY_OK
      || (result == DELIVERY_NOT_FOUND && !ftp->found_is_part
          && !ftp->is_unread))
    return DELIVERY_OK;
  delivery_detail (ftp->ep, "%s may have been left: %s", path, doubt);
  return result == DELIVERY_MANGLED || result == DELIVERY_NOT_FOUND
             ? DELIVERY_OK
             : result;
}

/* Some servers remove by themselves what broke off.  What they refuse to
 * remove is there no more, then, as far as they know its size; or it has the
 * other name already. */
static int
remove_temporary (struct ftp *ftp)
{
  const struct delivery_reply *reply;
  int result = remove_file (ftp, ftp->left);

  if (result == DELIVERY_REJECTED
      && ftp_ask (ftp, &reply, "SIZE %s", ftp->left) == DELIVERY_OK
      && reply->code == 550)
    return ftp->may_be_renamed
               ? remove_public (ftp, 0,
                                "the server did not say whether it had "
                                "renamed the file")
               : DELIVERY_OK;
  return result;
}

/* A server that began to store, and then could not, leaves a part or nothing
 * in it; one that stores elsewhere first leaves what was there before. */
static int
remove_left (struct ftp *ftp)
{
  if (ftp->left == ftp->temporary)
    return remove_temporary (ftp);
  return remove_public (ftp, ftp->has_begun, "it was not stored to the end");
}

static int
ftp_clean (struct delivery_endpoint *ep, uint32_t flags)
{
  struct ftp *ftp = delivery_data (ep);

  (void)flags;
  if (delivery_role (ep) == DELIVERY_SENDER)
    return ftp->left ? remove_left (ftp) : DELIVERY_OK;
  if (ftp->found_is_ours)
    return remove_file (ftp, delivery_path (ep));
  delivery_detail (ep, "%s was left: it holds more than the token",
                   delivery_path (ep));
  return DELIVERY_OK;
}

/* ---- What it is -------------------------------------------------------- */

#define RENAME_PARAM                                                          \
  {                                                                           \
    "rename", DELIVERY_PARAM_BOOL, 0, "yes", NULL,                            \
        "Sender: whether the file is stored under another name and renamed, " \
        "so that nobody sees half of it."                                     \
  }
#define IMPLICIT_PARAM                                                     \
  {                                                                        \
    "implicit", DELIVERY_PARAM_BOOL, 0, "no", NULL,                        \
        "Whether the port speaks TLS from the start, instead of AUTH TLS." \
  }

static const struct delivery_param clear_params[]
    = { RENAME_PARAM, DELIVERY_SOURCE_PARAM };

static const struct delivery_param tls_params[]
    = { RENAME_PARAM, IMPLICIT_PARAM, DELIVERY_SOURCE_PARAM,
        DELIVERY_TLS_PARAMS };

#define TRANSPORT(name, table, how)                                        \
  {                                                                        \
    .scheme = name,                                                        \
    .synopsis = name "://[USER[:PASSWORD]@]HOST:PORT/ABSOLUTE/PATH",       \
    .description                                                           \
        = "A file at an FTP server, " how ". The sender stores the token " \
          "under another name and renames it; the receiver fetches the "   \
          "file, and removes it if it holds the token and nothing else. "  \
          "Without a user it logs in as anonymous.",                       \
    .params = table, .n_params = sizeof table / sizeof table[0],           \
    .url = DELIVERY_NEEDS_HOST | DELIVERY_NEEDS_PATH | DELIVERY_TAKES_USER \
           | DELIVERY_TAKES_PASSWORD,                                      \
    .open = ftp_open, .free = ftp_free, .connect = ftp_connect,            \
    .send = ftp_send, .recv = ftp_recv, .clean = ftp_clean,                \
    .close = ftp_close,                                                    \
  }

static const struct delivery_transport transports[] = {
  TRANSPORT ("ftp", clear_params, "in the clear"),
  TRANSPORT ("ftps", tls_params,
             "with TLS on the control connection and on those for data"),
};

static const struct delivery_plugin ftp = {
  .name = "ftp",
  .version = PACKAGE_VERSION,
  .summary = "files at FTP servers",
  .transports = transports,
  .n_transports = sizeof transports / sizeof transports[0],
};
DELIVERY_PLUGIN (ftp);
