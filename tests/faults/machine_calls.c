/* SPDX-License-Identifier: BSD-2-Clause */
/* The calls that fail, in front of those of the C library. */
#include "machine_torture.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <unistd.h>

/* The C library's own, found once. */
#define REAL(name)                                 \
  (__extension__({                                 \
    static __typeof__ (&(name)) found;             \
    if (!found)                                    \
      *(void **)&found = dlsym (RTLD_NEXT, #name); \
    found;                                         \
  }))

#define WRAP(kind, why, failure, type, name, parameters, arguments) \
  type name parameters                                              \
  {                                                                 \
    if (strike (kind)) {                                            \
      errno = (why);                                                \
      return failure;                                               \
    }                                                               \
    return REAL (name) arguments;                                   \
  }

/* ---- Memory: by the names behind which they stand ----------------------- */

void *__libc_malloc (size_t);
void *__libc_calloc (size_t, size_t);
void *__libc_realloc (void *, size_t);
void *__libc_memalign (size_t, size_t);

void *
malloc (size_t size)
{
  if (strike (MEMORY)) {
    errno = ENOMEM;
    return NULL;
  }
  return __libc_malloc (size);
}

void *
calloc (size_t number, size_t size)
{
  if (strike (MEMORY)) {
    errno = ENOMEM;
    return NULL;
  }
  return __libc_calloc (number, size);
}

void *
realloc (void *memory, size_t size)
{
  if (size && strike (MEMORY)) {
    errno = ENOMEM;
    return NULL;
  }
  return __libc_realloc (memory, size);
}

void *
reallocarray (void *memory, size_t number, size_t size)
{
  size_t all;

  if (__builtin_mul_overflow (number, size, &all)
      || (all && strike (MEMORY))) {
    errno = ENOMEM;
    return NULL;
  }
  return __libc_realloc (memory, all);
}

void *
memalign (size_t alignment, size_t size)
{
  if (strike (MEMORY)) {
    errno = ENOMEM;
    return NULL;
  }
  return __libc_memalign (alignment, size);
}

void *
aligned_alloc (size_t alignment, size_t size)
{
  return memalign (alignment, size);
}

int
posix_memalign (void **memory, size_t alignment, size_t size)
{
  void *got = memalign (alignment, size);

  if (!got)
    return ENOMEM;
  *memory = got;
  return 0;
}

WRAP (MAPS, ENOMEM, MAP_FAILED, void *, mmap,
      (void *where, size_t size, int rights, int flags, int fd, off_t from),
      (where, size, rights, flags, fd, from))

/* ---- Files -------------------------------------------------------------- */

#define WRAP_OPEN(name, parameters, arguments) \
  int name parameters                          \
  {                                            \
    unsigned mode = 0;                         \
    va_list list;                              \
                                               \
    va_start (list, flags);                    \
    if (flags & (O_CREAT | O_TMPFILE))         \
      mode = va_arg (list, unsigned);          \
    va_end (list);                             \
    if (strike (FILES)) {                      \
      errno = EMFILE;                          \
      return -1;                               \
    }                                          \
    return REAL (name) arguments;              \
  }

WRAP_OPEN (open, (const char *path, int flags, ...), (path, flags, mode))
WRAP_OPEN (open64, (const char *path, int flags, ...), (path, flags, mode))
WRAP_OPEN (openat, (int folder, const char *path, int flags, ...),
           (folder, path, flags, mode))
WRAP_OPEN (openat64, (int folder, const char *path, int flags, ...),
           (folder, path, flags, mode))

/* What fortified programs call. */
int __poll_chk (struct pollfd *, nfds_t, int, size_t);
int __open_2 (const char *, int);
int __open64_2 (const char *, int);

WRAP (FILES, EMFILE, -1, int, __open_2, (const char *path, int flags),
      (path, flags))
WRAP (FILES, EMFILE, -1, int, __open64_2, (const char *path, int flags),
      (path, flags))
WRAP (FILES, EMFILE, NULL, FILE *, fopen, (const char *path, const char *mode),
      (path, mode))
WRAP (FILES, EMFILE, NULL, DIR *, opendir, (const char *path), (path))
WRAP (DISK, ENOSPC, -1, int, rename, (const char *from, const char *to),
      (from, to))
WRAP (DISK, EROFS, -1, int, unlink, (const char *path), (path))
WRAP (DISK, EIO, -1, int, close, (int fd), (fd))

/* What is no file is not full. */
ssize_t
write (int fd, const void *data, size_t size)
{
  struct stat st;

  if (fstat (fd, &st) == 0 && S_ISREG (st.st_mode) && strike (DISK)) {
    errno = ENOSPC;
    return -1;
  }
  return REAL (write) (fd, data, size);
}

/* ---- Descriptors and processes ------------------------------------------ */

WRAP (DESCRIPTORS, EMFILE, -1, int, socket, (int family, int type, int how),
      (family, type, how))
WRAP (DESCRIPTORS, EMFILE, -1, int, pipe2, (int ends[2], int flags),
      (ends, flags))
WRAP (DESCRIPTORS, EMFILE, -1, int, pipe, (int ends[2]), (ends))
WRAP (DESCRIPTORS, EMFILE, -1, int, dup, (int fd), (fd))
WRAP (DESCRIPTORS, EBADF, -1, int, dup2, (int fd, int to), (fd, to))
WRAP (DESCRIPTORS, EMFILE, -1, int, epoll_create1, (int flags), (flags))
WRAP (DESCRIPTORS, EMFILE, -1, int, eventfd, (unsigned first, int flags),
      (first, flags))
WRAP (DESCRIPTORS, EMFILE, -1, int, signalfd,
      (int fd, const sigset_t *set, int flags), (fd, set, flags))
WRAP (DESCRIPTORS, EMFILE, -1, int, inotify_init1, (int flags), (flags))
WRAP (DESCRIPTORS, ENOSPC, -1, int, inotify_add_watch,
      (int fd, const char *path, uint32_t what), (fd, path, what))
WRAP (DESCRIPTORS, EMFILE, -1, int, timerfd_create, (int clock, int flags),
      (clock, flags))

int
fcntl (int fd, int command, ...)
{
  va_list list;
  void *argument;

  va_start (list, command);
  argument = va_arg (list, void *);
  va_end (list);
  if ((command == F_DUPFD || command == F_DUPFD_CLOEXEC)
      && strike (DESCRIPTORS)) {
    errno = EMFILE;
    return -1;
  }
  return REAL (fcntl) (fd, command, argument);
}

/* A child is the worker. */
pid_t
fork (void)
{
  pid_t pid;

  if (strike (PROCESSES)) {
    errno = EAGAIN;
    return -1;
  }
  pid = REAL (fork) ();
  if (pid == 0)
    begin_child ();
  return pid;
}

int
pthread_create (pthread_t *thread, const pthread_attr_t *how,
                void *(*begin) (void *), void *data)
{
  return strike (PROCESSES) ? EAGAIN
                            : REAL (pthread_create) (thread, how, begin, data);
}

/* An old kernel, which has neither pidfds nor close_range. */
long
syscall (long number, ...)
{
  va_list list;
  long a[6];

  va_start (list, number);
  for (int i = 0; i < 6; i++)
    a[i] = va_arg (list, long);
  va_end (list);
  if (number != SYS_gettid && number != SYS_futex && strike (NEW_CALLS)) {
    errno = ENOSYS;
    return -1;
  }
  return REAL (syscall) (number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

/* Where there is no close_range there may be room for as many descriptors as a
 * container of old has. */
long
sysconf (int name)
{
  if (name == _SC_OPEN_MAX && strike (NEW_CALLS))
    return 1 << 30;
  return REAL (sysconf) (name);
}

/* ---- The rest ----------------------------------------------------------- */

WRAP (RANDOM, EAGAIN, -1, ssize_t, getrandom,
      (void *to, size_t size, unsigned flags), (to, size, flags))
WRAP (RANDOM, EIO, -1, int, getentropy, (void *to, size_t size), (to, size))

/* One for several descriptors never comes back. */
int
__poll_chk (struct pollfd *fds, nfds_t n, int timeout, size_t size)
{
  (void)size;
  return poll (fds, n, timeout);
}

int
poll (struct pollfd *fds, nfds_t n, int timeout)
{
  while (n > 1 && strike (POLL))
    pause ();
  return REAL (poll) (fds, n, timeout);
}
