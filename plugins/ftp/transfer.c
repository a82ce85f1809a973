/* SPDX-License-Identifier: BSD-2-Clause */
/* Storing and fetching a file. */
#include "ftp.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What a broken transfer waits for the server's word on it, in
 * microseconds. */
#define WORD_MAX 1000000

/* How long the port of EPSV may be silent while PASV is left to try, in
 * microseconds.  TCP knocks at 0, 1 and 3 seconds (RFC 6298, section 2), and
 * two knocks that are lost are no firewall's doing. */
#define EPSV_MAX 4000000

/* ---- The data connection ----------------------------------------------- */

static int
fail_port (struct ftp *ftp, const struct delivery_reply *reply,
           const char *verb)
{
  char what[64];

  snprintf (what, sizeof what, "%s gave no port", verb);
  return delivery_reply_fail_as (ftp->control, reply, what, DELIVERY_PROTOCOL);
}

/* RFC 2428; `*port` is 0 where the server does not know it. */
static int
ask_epsv (struct ftp *ftp, unsigned *port)
{
  const struct delivery_reply *reply;
  int result = ftp_ask (ftp, &reply, "EPSV");

  *port = 0;
  if (result != DELIVERY_OK)
    return result;
  if (reply->code / 100 == 5) {
    ftp->has_no_epsv = 1;
    return DELIVERY_OK;
  }
  if (reply->code != 229)
    return delivery_reply_fail (ftp->control, reply, "EPSV");
  *port = ftp_epsv_port (reply->lines[reply->n_lines - 1]);
  return *port ? DELIVERY_OK : fail_port (ftp, reply, "EPSV");
}

/* That PASV is refused where EPSV was not (over IPv6) changes nothing: there
 * is no data connection. */
static int
ask_pasv (struct ftp *ftp, int has_epsv, unsigned *port)
{
  const struct delivery_reply *reply;
  int result = ftp_ask (ftp, &reply, "PASV");

  *port = 0;
  if (result != DELIVERY_OK)
    return result;
  if (reply->code != 227 && has_epsv)
    return delivery_reply_fail_as (
        ftp->control, reply, "no connection to the port of EPSV, and PASV",
        DELIVERY_CONNECT);
  if (reply->code != 227)
    return delivery_reply_fail (ftp->control, reply, "PASV");
  *port = ftp_pasv_port (reply->lines[reply->n_lines - 1]);
  return *port ? DELIVERY_OK : fail_port (ftp, reply, "PASV");
}

/* `*data` is NULL where PASV is to be asked: EPSV is not known, or nobody can
 * be reached where it leads to, be it that a firewall on the way understands
 * the answers to PASV only.  Half of the time is left for that. */
static int
open_by_epsv (struct ftp *ftp, struct delivery_stream **data)
{
  int64_t now, half;
  unsigned port;
  int result = ask_epsv (ftp, &port);

  if (result != DELIVERY_OK || !port)
    return result;
  now = delivery_now ();
  half = (delivery_deadline (ftp->ep) - now) / 2;
  delivery_stream_set_limit (ftp->control,
                             now + (half < EPSV_MAX ? half : EPSV_MAX));
  result = delivery_stream_connect_beside (ftp->control, port, data);
  delivery_stream_set_limit (ftp->control, INT64_MAX);
  if ((result != DELIVERY_CONNECT && result != DELIVERY_TIMEOUT)
      || delivery_remaining_ms (ftp->ep) == 0)
    return result;
  delivery_debug (ftp->ep, 1,
                  "no connection to port %u, which EPSV gave; trying PASV",
                  port);
  return DELIVERY_OK;
}

static int
open_by_pasv (struct ftp *ftp, struct delivery_stream **data)
{
  unsigned port;
  int result = ask_pasv (ftp, !ftp->has_no_epsv, &port);

  if (result == DELIVERY_OK)
    result = delivery_stream_connect_beside (ftp->control, port, data);
  if (result == DELIVERY_OK)
    ftp->has_no_epsv = 1;
  return result;
}

/* To the address that the control connection has: a server that names another
 * one would have us knock at doors that are not its own. */
static int
open_data (struct ftp *ftp, struct delivery_stream **data)
{
  int result = DELIVERY_OK;

  *data = NULL;
  if (!ftp->has_no_epsv)
    result = open_by_epsv (ftp, data);
  if (result == DELIVERY_OK && !*data)
    result = open_by_pasv (ftp, data);
  if (result == DELIVERY_CONNECT)
    ftp->trouble = "no data connection could be made; does a firewall let the "
                   "server's passive ports through?";
  return result;
}

/* ---- The transfer ------------------------------------------------------ */

/* 550 is all that servers have for a file that is not there. */
static int
fail_to_find (struct ftp *ftp, const struct delivery_reply *reply,
              const char *path)
{
  return delivery_reply_fail_as (ftp->control, reply, path,
                                 DELIVERY_NOT_FOUND);
}

/* A server that wants the session of TLS to be resumed says 522 (RFC 2228,
 * section 5.3, and what vsftpd makes of it). */
static int
fail_by_reply (struct ftp *ftp, const struct delivery_reply *reply,
               const char *verb)
{
  if (reply->code == 522)
    return delivery_reply_fail_as (ftp->control, reply, verb, DELIVERY_TLS);
  return delivery_reply_fail (ftp->control, reply, verb);
}

/* The command that uses the data connection; its first answer says that the
 * server is about to (RFC 959, section 5.4). */
static int
begin (struct ftp *ftp, const char *verb, const char *path,
       struct delivery_stream *data)
{
  const struct delivery_reply *reply;
  char command[128];
  int result = ftp_ask (ftp, &reply, "%s %s", verb, path);

  if (result != DELIVERY_OK)
    return result;
  snprintf (command, sizeof command, "%s %s", verb, path);
  if (reply->code == 550 && strcmp (verb, "RETR") == 0)
    return fail_to_find (ftp, reply, path);
  if (reply->code / 100 != 1)
    return fail_by_reply (ftp, reply, command);
  ftp->n_size_refusals = 0;
  ftp->is_waiting = 1;
  return ftp->is_secure ? delivery_stream_start_tls (data) : DELIVERY_OK;
}

/* Why a server breaks off it says on the control connection, or not.  What is
 * wrong with its TLS we know ourselves. */
static int
fail_transfer (struct ftp *ftp, const char *verb, int failure)
{
  const struct delivery_reply *reply;
  int result;

  if (failure == DELIVERY_TLS)
    return failure;
  delivery_stream_set_limit (ftp->control, delivery_now () + WORD_MAX);
  result = ftp_answer (ftp, &reply);
  delivery_stream_set_limit (ftp->control, INT64_MAX);
  if (result == DELIVERY_TIMEOUT && delivery_remaining_ms (ftp->ep) > 0)
    return delivery_fail (ftp->ep, failure,
                          "%s: the data connection broke, and the server does "
                          "not say why",
                          verb);
  if (result != DELIVERY_OK)
    return result;
  return reply->code >= 400 ? fail_by_reply (ftp, reply, verb) : failure;
}

/* The second answer: the server has it, or has sent it all. */
static int
finish (struct ftp *ftp, const char *verb)
{
  const struct delivery_reply *reply;
  int result = ftp_answer (ftp, &reply);

  if (result == DELIVERY_OK && reply->code / 100 != 2)
    return fail_by_reply (ftp, reply, verb);
  return result;
}

/* Says that nothing follows.  Most servers close their end then; one that does
 * not may have it all nevertheless, and says so. */
static int
end_data (struct ftp *ftp, struct delivery_stream *data)
{
  int result = delivery_stream_flush (data);

  if (result != DELIVERY_OK)
    return result;
  delivery_stream_set_limit (data, delivery_now () + WORD_MAX);
  result = delivery_stream_end (data);
  return result == DELIVERY_TIMEOUT && delivery_remaining_ms (ftp->ep) > 0
             ? DELIVERY_OK
             : result;
}

/* Some servers make the file even where they refuse what goes into it, or see
 * then that there is no connection (425).  That one is ours by its name alone,
 * if the name is. */
static int
send_all (struct ftp *ftp, const char *path, struct delivery_stream *data,
          const char *text)
{
  int result = begin (ftp, "STOR", path, data);

  if (ftp->is_waiting || path == ftp->temporary)
    ftp->left = path;
  ftp->has_begun = result == DELIVERY_OK;
  if (result == DELIVERY_OK)
    result = delivery_stream_write (data, text, strlen (text));
  return result == DELIVERY_OK ? end_data (ftp, data) : result;
}

int
ftp_store (struct ftp *ftp, const char *path, const char *text)
{
  struct delivery_stream *data;
  int result = open_data (ftp, &data);

  if (result != DELIVERY_OK)
    return result;
  result = send_all (ftp, path, data, text);
  delivery_stream_free (data);
  if (result == DELIVERY_OK)
    return finish (ftp, "STOR");
  return ftp->is_waiting ? fail_transfer (ftp, "STOR", result) : result;
}

static int
receive (struct ftp *ftp, const char *path, struct delivery_stream *data,
         char **bytes, size_t *length)
{
  int result = begin (ftp, "RETR", path, data);

  if (result == DELIVERY_OK)
    result = delivery_stream_read_rest (data, CONTENT_MAX, bytes, length);
  if (result == DELIVERY_CLOSED && ftp->is_waiting)
    ftp->trouble = ftp->is_secure ? "the data connection was lost, or closed "
                                    "without ending TLS"
                                  : "the data connection was lost";
  return result;
}

/* Servers say 550 as well where SIZE is not for everybody (cmds_denied of
 * vsftpd).  Only RETR settles which it is; it costs a data connection, and is
 * asked at the 1st, 2nd, 4th, 8th ... look. */
static int
is_to_be_settled (struct ftp *ftp)
{
  unsigned n = ++ftp->n_size_refusals;

  return (n & (n - 1)) == 0;
}

/* Fails where there is no file. */
static int
ask_size (struct ftp *ftp, const char *path, int *is_large)
{
  const struct delivery_reply *reply;
  int result = ftp_ask (ftp, &reply, "SIZE %s", path);

  *is_large = 0;
  ftp->is_unread = 0;
  if (result != DELIVERY_OK)
    return result;
  if (reply->code == 550)
    return is_to_be_settled (ftp) ? DELIVERY_OK
                                  : fail_to_find (ftp, reply, path);
  ftp->n_size_refusals = 0;
  if (reply->code == 421)
    return delivery_reply_fail (ftp->control, reply, "SIZE");
  if (reply->code == 213)
    *is_large = strtoull (reply->lines[0], NULL, 10) > CONTENT_MAX;
  ftp->is_unread = reply->code == 213 && !*is_large;
  return result;
}

int
ftp_fetch (struct ftp *ftp, const char *path, char **bytes, size_t *length)
{
  struct delivery_stream *data;
  int is_large, result = ask_size (ftp, path, &is_large);

  *bytes = NULL;
  if (result == DELIVERY_OK && is_large)
    return delivery_fail (ftp->ep, DELIVERY_NOT_FOUND,
                          "%s holds something else, of more than %d KiB", path,
                          CONTENT_MAX / 1024);
  if (result == DELIVERY_OK)
    result = open_data (ftp, &data);
  if (result != DELIVERY_OK)
    return result;
  result = receive (ftp, path, data, bytes, length);
  delivery_stream_free (data);
  if (result == DELIVERY_OK)
    result = finish (ftp, "RETR");
  else if (ftp->is_waiting)
    result = fail_transfer (ftp, "RETR", result);
  if (result != DELIVERY_OK) {
    free (*bytes);
    *bytes = NULL;
  }
  return result;
}
