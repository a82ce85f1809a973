/* SPDX-License-Identifier: BSD-2-Clause */
/* Words to a log, by whatever way: all are told of, and go no further. */
#include "shim.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <syslog.h>

/* Of _FORTIFY_SOURCE, and of libsystemd. */
void __syslog_chk (int priority, int flag, const char *format, ...);
void __vsyslog_chk (int priority, int flag, const char *format, va_list args);
int sd_journal_print (int priority, const char *format, ...);
int sd_journal_send (const char *format, ...);
int sd_journal_sendv (const struct iovec *pieces, int n);
int sd_journal_stream_fd (const char *name, int priority, int prefix);

void
openlog (const char *name, int option, int facility)
{
  (void)option;
  (void)facility;
  shim_log ("openlog", name ? name : "");
}

void
vsyslog (int priority, const char *format, va_list args)
{
  (void)priority;
  (void)args;
  shim_log ("syslog", format);
}

void
syslog (int priority, const char *format, ...)
{
  (void)priority;
  shim_log ("syslog", format);
}

void
__syslog_chk (int priority, int flag, const char *format, ...)
{
  (void)priority;
  (void)flag;
  shim_log ("syslog", format);
}

void
__vsyslog_chk (int priority, int flag, const char *format, va_list args)
{
  (void)priority;
  (void)flag;
  (void)args;
  shim_log ("syslog", format);
}

int
sd_journal_print (int priority, const char *format, ...)
{
  (void)priority;
  shim_log ("journal", format);
  return 0;
}

int
sd_journal_send (const char *format, ...)
{
  shim_log ("journal", format);
  return 0;
}

int
sd_journal_sendv (const struct iovec *pieces, int n)
{
  (void)pieces;
  (void)n;
  shim_log ("journal", "");
  return 0;
}

int
sd_journal_stream_fd (const char *name, int priority, int prefix)
{
  (void)priority;
  (void)prefix;
  shim_log ("journal", name);
  return -1;
}

/* ---- By the socket itself ---------------------------------------------- */

static void
log_address (const struct sockaddr *address, socklen_t length)
{
  const struct sockaddr_un *unix_address = (const void *)address;

  if (address && length > sizeof address->sa_family
      && address->sa_family == AF_UNIX)
    shim_log ("socket", unix_address->sun_path[0] ? unix_address->sun_path
                                                  : "(abstract)");
}

int
connect (int fd, const struct sockaddr *address, socklen_t length)
{
  SHIM_NEXT (connect);

  log_address (address, length);
  return next (fd, address, length);
}

ssize_t
sendto (int fd, const void *bytes, size_t size, int flags,
        const struct sockaddr *address, socklen_t length)
{
  SHIM_NEXT (sendto);

  log_address (address, length);
  return next (fd, bytes, size, flags, address, length);
}

ssize_t
sendmsg (int fd, const struct msghdr *message, int flags)
{
  SHIM_NEXT (sendmsg);

  log_address (message->msg_name, message->msg_namelen);
  return next (fd, message, flags);
}
