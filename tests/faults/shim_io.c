/* SPDX-License-Identifier: BSD-2-Clause */
/* Calls that move a byte at a time, are interrupted, or find nothing although
 * poll() said so: on sockets, pipes and files.  Other descriptors (eventfd,
 * signalfd, inotify) take and give whole structures only. */
#include "shim.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

/* What _FORTIFY_SOURCE makes of them. */
ssize_t __read_chk (int fd, void *buffer, size_t size, size_t room);
ssize_t __recv_chk (int fd, void *buffer, size_t size, size_t room, int flags);
int __poll_chk (struct pollfd *fds, nfds_t n, int timeout, size_t room);

static unsigned calls, polls;

/* Without a rhythm, into which a caller who calls twice a time could fall. */
static unsigned throw (unsigned *n, unsigned sides)
{
  unsigned i = __atomic_add_fetch (n, 1, __ATOMIC_SEQ_CST) * 2654435761u;

  i ^= i >> 15;
  return (i * 2246822519u >> 16) % sides;
}

static bool
is_cut (int fd)
{
  struct stat st;

  return shim_page ()
         && syscall (SYS_newfstatat, fd, "", &st, AT_EMPTY_PATH) == 0
         && (S_ISSOCK (st.st_mode) || S_ISFIFO (st.st_mode)
             || S_ISREG (st.st_mode));
}

enum direction { IN, OUT };

/* A socket may have nothing although poll() said so (see select(2)), and room
 * may be taken by another.  What is in a pipe is there. */
static bool
may_wait (int fd, enum direction direction, int flags)
{
  int status = fcntl (fd, F_GETFL);
  struct stat st;

  if (direction == IN
      && (syscall (SYS_newfstatat, fd, "", &st, AT_EMPTY_PATH) < 0
          || !S_ISSOCK (st.st_mode)))
    return false;
  return (flags & MSG_DONTWAIT) || (status >= 0 && status & O_NONBLOCK);
}

static bool
refuses (int error, enum shim_count count)
{
  shim_count (count);
  errno = error;
  return true;
}

/* Whether this call comes to nothing. */
static bool
is_refused (int fd, enum direction direction, int flags)
{
  unsigned turn;

  if (!is_cut (fd))
    return false;
  turn = throw (&calls, 4);
  if (turn % 2 == 0 && shim_does ("eintr"))
    return refuses (EINTR, SHIM_EINTR);
  if (turn == 1 && shim_does ("eagain") && may_wait (fd, direction, flags))
    return refuses (EAGAIN, SHIM_EAGAIN);
  return false;
}

static size_t
shorten (int fd, size_t size)
{
  if (size < 2 || !shim_does ("short") || !is_cut (fd))
    return size;
  shim_count (SHIM_SHORT);
  return 1;
}

/* ---- Reading ----------------------------------------------------------- */

ssize_t
read (int fd, void *buffer, size_t size)
{
  SHIM_NEXT (read);

  if (is_refused (fd, IN, 0) || shim_fails_at ("read", fd, NULL))
    return -1;
  return next (fd, buffer, shorten (fd, size));
}

ssize_t
__read_chk (int fd, void *buffer, size_t size, size_t room)
{
  return read (fd, buffer, size < room ? size : room);
}

ssize_t
recv (int fd, void *buffer, size_t size, int flags)
{
  SHIM_NEXT (recv);

  return is_refused (fd, IN, flags)
             ? -1
             : next (fd, buffer, shorten (fd, size), flags);
}

ssize_t
__recv_chk (int fd, void *buffer, size_t size, size_t room, int flags)
{
  return recv (fd, buffer, size < room ? size : room, flags);
}

ssize_t
recvfrom (int fd, void *buffer, size_t size, int flags,
          struct sockaddr *address, socklen_t *length)
{
  SHIM_NEXT (recvfrom);

  return is_refused (fd, IN, flags)
             ? -1
             : next (fd, buffer, shorten (fd, size), flags, address, length);
}

/* The first byte of what is to be moved. */
static bool
shorten_message (int fd, const struct msghdr *message, struct msghdr *shorter,
                 struct iovec *first)
{
  *shorter = *message;
  if (message->msg_controllen || message->msg_iovlen == 0
      || shorten (fd, message->msg_iov[0].iov_len) != 1)
    return false;
  *first = (struct iovec){ message->msg_iov[0].iov_base, 1 };
  shorter->msg_iov = first;
  shorter->msg_iovlen = 1;
  return true;
}

ssize_t
recvmsg (int fd, struct msghdr *message, int flags)
{
  struct msghdr shorter;
  struct iovec first;
  ssize_t n;
  SHIM_NEXT (recvmsg);

  if (is_refused (fd, IN, flags))
    return -1;
  if (!shorten_message (fd, message, &shorter, &first))
    return next (fd, message, flags);
  n = next (fd, &shorter, flags);
  message->msg_namelen = shorter.msg_namelen;
  message->msg_flags = shorter.msg_flags;
  return n;
}

/* ---- Writing ----------------------------------------------------------- */

ssize_t
write (int fd, const void *bytes, size_t size)
{
  SHIM_NEXT (write);

  if (is_refused (fd, OUT, 0) || shim_fails_at ("write", fd, NULL))
    return -1;
  return next (fd, bytes, shorten (fd, size));
}

ssize_t
writev (int fd, const struct iovec *pieces, int n)
{
  SHIM_NEXT (writev);

  if (is_refused (fd, OUT, 0) || shim_fails_at ("write", fd, NULL))
    return -1;
  if (n > 0 && shorten (fd, pieces[0].iov_len) == 1)
    return next (fd, &(struct iovec){ pieces[0].iov_base, 1 }, 1);
  return next (fd, pieces, n);
}

ssize_t
send (int fd, const void *bytes, size_t size, int flags)
{
  SHIM_NEXT (send);

  return is_refused (fd, OUT, flags)
             ? -1
             : next (fd, bytes, shorten (fd, size), flags);
}

/* ---- Waiting ----------------------------------------------------------- */

static bool
is_interrupted (void)
{
  return shim_does ("poll") && throw (&polls, 2) && refuses (EINTR, SHIM_POLL);
}

static int
by_rate (int timeout)
{
  int64_t rate = shim_page () ? shim_page ()->rate : 0;

  return rate && timeout > 0 ? timeout / (int)rate + 1 : timeout;
}

int
poll (struct pollfd *fds, nfds_t n, int timeout)
{
  SHIM_NEXT (poll);

  return is_interrupted () ? -1 : next (fds, n, by_rate (timeout));
}

int
__poll_chk (struct pollfd *fds, nfds_t n, int timeout, size_t room)
{
  return n * sizeof *fds <= room ? poll (fds, n, timeout) : -1;
}

int
ppoll (struct pollfd *fds, nfds_t n, const struct timespec *timeout,
       const sigset_t *mask)
{
  SHIM_NEXT (ppoll);

  return is_interrupted () ? -1 : next (fds, n, timeout, mask);
}
