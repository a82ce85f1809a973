/* SPDX-License-Identifier: BSD-2-Clause */
#include "memory_file.h"

#include "fuzz.h"

#include <sys/mman.h>
#include <unistd.h>

static int fds[N_MEMORY_FILES] = { -1, -1 };

int
memory_file (enum memory_file which, const void *bytes, size_t length)
{
  int *fd = &fds[which];

  if (*fd < 0)
    *fd = memfd_create ("fuzz", MFD_CLOEXEC);
  FUZZ_REQUIRE (*fd >= 0 && ftruncate (*fd, 0) == 0);
  FUZZ_REQUIRE (lseek (*fd, 0, SEEK_SET) == 0);
  FUZZ_REQUIRE (!length || write (*fd, bytes, length) == (ssize_t)length);
  FUZZ_REQUIRE (lseek (*fd, 0, SEEK_SET) == 0);
  return *fd;
}

const char *
memory_file_path (enum memory_file which)
{
  static char paths[N_MEMORY_FILES][64];

  g_snprintf (paths[which], sizeof paths[which], "/proc/self/fd/%d",
              fds[which]);
  return paths[which];
}

void
memory_file_records (void (*take) (enum record_kind kind, GVariant *body,
                                   void *data),
                     void *data)
{
  struct record_reader *reader = record_reader_new ();
  enum record_kind kind;
  GVariant *body;
  int got, fd = fds[MEMORY_TOLD];

  FUZZ_REQUIRE (lseek (fd, 0, SEEK_SET) == 0);
  while (record_reader_fill (reader, fd) > 0)
    while ((got = record_reader_next (reader, &kind, &body))) {
      FUZZ_REQUIRE (got == 1);
      take (kind, body, data);
      g_variant_unref (body);
    }
  record_reader_free (reader);
}
