/* SPDX-License-Identifier: BSD-2-Clause */
/* The control connection: from the greeting to the login, and the end. */
#include "ftp.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* How long QUIT may take, in microseconds. */
#define QUIT_MAX 1000000

/* ---- Commands and answers ---------------------------------------------- */

int
ftp_answer (struct ftp *ftp, const struct delivery_reply **reply)
{
  int result = delivery_reply_read_text (ftp->control, reply);

  ftp->is_waiting = result != DELIVERY_OK;
  if (result == DELIVERY_OK && (*reply)->code == 421)
    ftp->is_leaving = 1;
  return result;
}

/* A server that speaks without being asked says that it closes (421, RFC 959,
 * section 5.4), or is out of step: its words would be taken for answers. */
static int
check_silence (struct ftp *ftp)
{
  const struct delivery_reply *reply;
  int result;

  if (!delivery_stream_has_input (ftp->control))
    return DELIVERY_OK;
  result = ftp_answer (ftp, &reply);
  if (result != DELIVERY_OK)
    return result;
  if (reply->code == 421)
    return delivery_reply_fail (ftp->control, reply, "the server leaves");
  return delivery_reply_fail_as (ftp->control, reply,
                                 "the server spoke without being asked",
                                 DELIVERY_PROTOCOL);
}

int
ftp_ask (struct ftp *ftp, const struct delivery_reply **reply,
         const char *format, ...)
{
  char *line;
  va_list args;
  int length, result = check_silence (ftp);

  if (result != DELIVERY_OK)
    return result;
  va_start (args, format);
  length = vasprintf (&line, format, args);
  va_end (args);
  if (length < 0)
    return delivery_fail (ftp->ep, DELIVERY_INTERNAL, "out of memory");
  ftp->is_waiting = 1;
  result = delivery_stream_printf (ftp->control, "%s", line);
  free (line);
  return result == DELIVERY_OK ? ftp_answer (ftp, reply) : result;
}

int
ftp_ask_for (struct ftp *ftp, const char *verb, const char *what, int wanted)
{
  const struct delivery_reply *reply;
  char command[128];
  int result = ftp_ask (ftp, &reply, "%s %s", verb, what);

  if (result != DELIVERY_OK || reply->code / 100 == wanted / 100)
    return result;
  snprintf (command, sizeof command, "%s %s", verb, what);
  return delivery_reply_fail (ftp->control, reply, command);
}

/* ---- Greeting and TLS -------------------------------------------------- */

/* 120 says that the server will be ready soon. */
static int
read_greeting (struct ftp *ftp)
{
  const struct delivery_reply *reply;
  int result = ftp_answer (ftp, &reply);

  if (result == DELIVERY_OK && reply->code == 120)
    result = ftp_answer (ftp, &reply);
  /* Who is let in before TLS would go on without. */
  if (result == DELIVERY_OK && reply->code == 230 && ftp->is_secure
      && !delivery_stream_is_tls (ftp->control))
    return delivery_reply_fail_as (ftp->control, reply, "greeting",
                                   DELIVERY_TLS);
  if (result == DELIVERY_OK && reply->code != 220)
    return delivery_reply_fail (ftp->control, reply, "greeting");
  return result;
}

static int
ask_for_security (struct ftp *ftp, const char *command, int wanted)
{
  const struct delivery_reply *reply;
  int result = ftp_ask (ftp, &reply, "%s", command);

  if (result == DELIVERY_OK && reply->code != wanted)
    return delivery_reply_fail_as (ftp->control, reply, command, DELIVERY_TLS);
  return result;
}

/* RFC 4217, section 4.  Nothing else is said in the clear. */
static int
begin_tls (struct ftp *ftp)
{
  int result = ask_for_security (ftp, "AUTH TLS", 234);

  return result == DELIVERY_OK ? delivery_stream_start_tls (ftp->control)
                               : result;
}

/* Data connections with TLS (RFC 4217, section 9). */
static int
protect_data (struct ftp *ftp)
{
  int result = ask_for_security (ftp, "PBSZ 0", 200);

  return result == DELIVERY_OK ? ask_for_security (ftp, "PROT P", 200)
                               : result;
}

/* ---- Login ------------------------------------------------------------- */

/* Servers that want TLS say so in words only. */
static int
fail_login (struct ftp *ftp, const struct delivery_reply *reply)
{
  const char *text = reply->lines[0];

  if (reply->code / 100 == 4)
    return delivery_reply_fail (ftp->control, reply, "login refused");
  if (!ftp->is_secure
      && (strstr (text, "TLS") || strstr (text, "SSL")
          || strstr (text, "encrypt")))
    return delivery_reply_fail_as (
        ftp->control, reply, "login refused (ftps:// encrypts)", DELIVERY_TLS);
  return delivery_reply_fail_as (ftp->control, reply, "login refused",
                                 DELIVERY_AUTH);
}

static int
is_anonymous (const struct ftp *ftp)
{
  const char *user = delivery_user (ftp->ep);

  return !user || strcmp (user, "anonymous") == 0 || strcmp (user, "ftp") == 0;
}

static int
say_password (struct ftp *ftp, const struct delivery_reply **reply)
{
  const char *password = delivery_password (ftp->ep);
  int result = check_silence (ftp);

  if (result != DELIVERY_OK)
    return result;
  if (!password && !is_anonymous (ftp))
    return delivery_fail (ftp->ep, DELIVERY_AUTH,
                          "the server wants a password; write USER:PASSWORD@ "
                          "before the host");
  ftp->is_waiting = 1;
  if (password)
    result = delivery_stream_secret (ftp->control, "PASS ", password);
  else
    result = delivery_stream_printf (ftp->control, "PASS check_delivery@");
  return result == DELIVERY_OK ? ftp_answer (ftp, reply) : result;
}

static int
login (struct ftp *ftp)
{
  const struct delivery_reply *reply;
  const char *user = delivery_user (ftp->ep);
  int result = ftp_ask (ftp, &reply, "USER %s", user ? user : "anonymous");

  if (result == DELIVERY_OK && reply->code == 331)
    result = say_password (ftp, &reply);
  if (result == DELIVERY_OK && reply->code / 100 != 2)
    return fail_login (ftp, reply);
  return result;
}

/* ---- All together ------------------------------------------------------ */

void
ftp_drop (struct ftp *ftp)
{
  delivery_stream_free (ftp->control);
  ftp->control = NULL;
  ftp->is_ready = 0;
}

static int
greet (struct ftp *ftp)
{
  int is_implicit
      = ftp->is_secure && delivery_param_bool (ftp->ep, "implicit");
  int result = DELIVERY_OK;

  if (is_implicit)
    result = delivery_stream_start_tls (ftp->control);
  if (result == DELIVERY_OK)
    result = read_greeting (ftp);
  if (result == DELIVERY_OK && ftp->is_secure && !is_implicit)
    result = begin_tls (ftp);
  return result;
}

int
ftp_begin (struct ftp *ftp)
{
  int result;

  ftp_drop (ftp);
  ftp->is_leaving = 0;
  ftp->is_waiting = 0;
  result = delivery_net_connect (ftp->net, &ftp->control);
  if (result == DELIVERY_OK)
    result = greet (ftp);
  if (result == DELIVERY_OK)
    result = login (ftp);
  if (result == DELIVERY_OK && ftp->is_secure)
    result = protect_data (ftp);
  if (result == DELIVERY_OK)
    result = ftp_ask_for (ftp, "TYPE", "I", 200);
  ftp->is_ready = result == DELIVERY_OK;
  return result;
}

/* Before TLS that was asked for, nothing but QUIT is said either. */
void
ftp_end (struct ftp *ftp)
{
  const struct delivery_reply *reply;

  if (ftp->control && !ftp->is_leaving && !ftp->is_waiting) {
    delivery_stream_set_limit (ftp->control, delivery_now () + QUIT_MAX);
    ftp_ask (ftp, &reply, "QUIT");
  }
  ftp_drop (ftp);
}
