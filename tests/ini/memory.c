/* SPDX-License-Identifier: BSD-2-Clause */
/* memory://: a delivery that always succeeds, whose sender says which of some
 * texts are in the memory of its process.  The texts come bytewise inverted,
 * and are compared so, that looking for them does not put them there. */
#include <delivery/plugin.h>

#include <ctype.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#define NEEDLES_MAX 64
#define NEEDLE_MAX 256
#define CHUNK (1024 * 1024)
/* What is larger is address space that a sanitizer reserves. */
#define MAPPING_MAX (1024ul * 1024 * 1024)

struct needle {
  unsigned char inverted[NEEDLE_MAX];
  size_t length;
  int found;
};

struct search {
  struct needle needles[NEEDLES_MAX];
  size_t n;
  unsigned char *chunk;
  int memory;
};

/* A line a needle, in hexadecimal digits. */
static int
read_needles (struct search *search, const char *path)
{
  char line[2 * NEEDLE_MAX + 2];
  FILE *file = fopen (path, "re");

  if (!file)
    return -1;
  while (search->n < NEEDLES_MAX && fgets (line, sizeof line, file)) {
    struct needle *needle = &search->needles[search->n++];
    unsigned byte;

    for (const char *p = line; isxdigit ((unsigned char)*p); p += 2) {
      if (sscanf (p, "%2x", &byte) != 1)
        break;
      needle->inverted[needle->length++] = (unsigned char)byte;
    }
  }
  fclose (file);
  return search->n ? 0 : -1;
}

static int
stands_at (const struct needle *needle, const unsigned char *at)
{
  for (size_t i = 0; i < needle->length; i++)
    if ((at[i] ^ needle->inverted[i]) != 0xff)
      return 0;
  return 1;
}

static int
stands_in (const struct needle *needle, const unsigned char *from,
           const unsigned char *to)
{
  while (from && (size_t)(to - from) >= needle->length) {
    if (stands_at (needle, from))
      return 1;
    from++;
    from = memchr (from, needle->inverted[0] ^ 0xff, (size_t)(to - from));
  }
  return 0;
}

static void
search_chunk (struct search *search, size_t length)
{
  for (size_t i = 0; i < search->n; i++) {
    struct needle *needle = &search->needles[i];

    needle->found |= stands_in (needle, search->chunk, search->chunk + length);
  }
}

/* In chunks that overlap by a needle's length. */
static void
search_mapping (struct search *search, unsigned long from, unsigned long to)
{
  while (from < to) {
    size_t wanted = to - from < CHUNK ? to - from : CHUNK;
    ssize_t n = pread (search->memory, search->chunk, wanted, (off_t)from);

    if (n <= 0)
      return;
    search_chunk (search, (size_t)n);
    if ((size_t)n <= NEEDLE_MAX || from + (size_t)n >= to)
      return;
    from += (size_t)n - NEEDLE_MAX;
  }
}

static int
search_memory (struct search *search)
{
  char line[1024], mode[5];
  unsigned long from, to;
  FILE *maps;
  int mappings = 0;

  /* The program made itself unreadable; that is not the question here. */
  prctl (PR_SET_DUMPABLE, 1);
  search->memory = open ("/proc/self/mem", O_RDONLY | O_CLOEXEC);
  maps = fopen ("/proc/self/maps", "re");
  while (maps && search->memory >= 0 && fgets (line, sizeof line, maps))
    if (sscanf (line, "%lx-%lx %4s", &from, &to, mode) == 3
        && strncmp (mode, "rw", 2) == 0 && to - from <= MAPPING_MAX) {
      search_mapping (search, from, to);
      mappings++;
    }
  if (maps)
    fclose (maps);
  if (search->memory >= 0)
    close (search->memory);
  return mappings;
}

static int
memory_send (struct delivery_endpoint *ep, uint32_t flags)
{
  struct search *search = calloc (1, sizeof *search);
  char found[NEEDLES_MAX + 1] = "";
  int mappings = 0;

  (void)flags;
  if (search)
    search->chunk = malloc (CHUNK);
  if (search && search->chunk
      && read_needles (search, delivery_param (ep, "needles")) == 0)
    mappings = search_memory (search);
  for (size_t i = 0; search && i < search->n; i++)
    found[i] = search->needles[i].found ? '1' : '0';
  if (search)
    free (search->chunk);
  free (search);
  if (mappings < 3)
    return delivery_fail (ep, DELIVERY_INTERNAL, "no memory to search");
  delivery_fact (ep, "found", "%s", found);
  return DELIVERY_OK;
}

static int
memory_recv (struct delivery_endpoint *ep, uint32_t flags)
{
  (void)flags;
  delivery_detail (ep, "the first line");
  delivery_detail (ep, "the second line");
  return DELIVERY_OK;
}

static const struct delivery_param params[] = {
  { "needles", DELIVERY_PARAM_STRING, 0, "/dev/null", NULL,
    "Sender: a file with the texts to look for, inverted, in hexadecimal "
    "digits, a line each." },
};

static const struct delivery_transport transports[] = {
  {
      .scheme = "memory",
      .synopsis = "memory://[USER[:PASSWORD]@]HOST[:PORT]",
      .description = "Says what is in the worker's memory.",
      .params = params,
      .n_params = sizeof params / sizeof params[0],
      .url = DELIVERY_TAKES_HOST | DELIVERY_TAKES_USER
             | DELIVERY_TAKES_PASSWORD | DELIVERY_TAKES_PATH,
      .send = memory_send,
      .recv = memory_recv,
  },
};

static const struct delivery_plugin memory = {
  .name = "memory",
  .version = "1",
  .summary = "searches the memory of its own process",
  .transports = transports,
  .n_transports = sizeof transports / sizeof transports[0],
};
DELIVERY_PLUGIN (memory);
