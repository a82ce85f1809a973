/* SPDX-License-Identifier: BSD-2-Clause */
/* The reference of "make bench": what a delivery from a file to itself costs
 * at the least.  The same system calls on the files, no checks, one process,
 * statically linked.  Usage: file-reference PATH */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

static int
deliver (const char *path, const char *temporary, const char *token,
         size_t length)
{
  char content[256];
  struct stat st;
  ssize_t n;
  int fd = open (temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);

  if (fd < 0 || write (fd, token, length) != (ssize_t)length || close (fd) < 0
      || rename (temporary, path) < 0)
    return 1;
  fd = open (path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  if (fd < 0 || fstat (fd, &st) < 0)
    return 1;
  n = read (fd, content, sizeof content);
  close (fd);
  if (n != (ssize_t)length || memcmp (content, token, length) != 0)
    return 1;
  return lstat (path, &st) < 0 || unlink (path) < 0;
}

int
main (int argc, char **argv)
{
  unsigned char random[16];
  char token[64], temporary[4096];
  size_t length = 0;
  int failed;

  if (argc != 2 || getrandom (random, sizeof random, 0) != sizeof random)
    return 2;
  for (size_t i = 0; i < sizeof random; i++)
    length += (size_t)sprintf (token + length, "%02x", random[i]);
  snprintf (temporary, sizeof temporary, "%s.%s", argv[1], token);
  failed = deliver (argv[1], temporary, token, length);
  puts (failed ? "CRITICAL" : "OK");
  return failed ? 2 : 0;
}
