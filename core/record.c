/* SPDX-License-Identifier: BSD-2-Clause */
#include "record.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define MAGIC 0x52434c44u

struct header {
  guint32 magic;
  guint32 kind;
  guint32 length; /* of the body */
  guint32 check;  /* kind ^ length ^ MAGIC */
};

static const char *const types[N_RECORD_KINDS] = {
  [RECORD_BEGIN] = "(ss)",
  [RECORD_STEP] = "(sd)",
  [RECORD_END_INFO] = "(isss)",
  [RECORD_TOKEN] = "(s)",
  [RECORD_DETAIL] = "(s)",
  [RECORD_WARNING] = "(s)",
  [RECORD_DEBUG] = "(is)",
  [RECORD_FACT] = "(ss)",
  [RECORD_METRIC] = "(sds)",
  [RECORD_RESULT] = "(issd)",
  [RECORD_ENV] = "(s)",
  [RECORD_SCENARIO] = "(sssa{ss}a(sssb)s)",
  [RECORD_PLUGIN] = "((sssss)(qquuu)a(sasssuua(suumsmss)))",
  [RECORD_ERROR] = "(is)",
  [RECORD_DONE] = "()",
};

struct record_reader {
  GByteArray *bytes;
  gsize room; /* in `bytes`, before it would grow by itself */
};

static gboolean
write_all (int fd, const void *data, gsize length)
{
  const char *p = data;

  while (length) {
    ssize_t n = write (fd, p, length);

    if (n < 0 && errno != EINTR)
      return FALSE;
    if (n > 0) {
      p += n;
      length -= (gsize)n;
    }
  }
  return TRUE;
}

/* One write a record: the pipe takes most records whole, so that a worker
 * that dies leaves whole ones behind. */
gboolean
record_write (int fd, enum record_kind kind, GVariant *body)
{
  gsize length = g_variant_get_size (body);
  struct header header = { MAGIC, kind, (guint32)length,
                           (guint32)kind ^ (guint32)length ^ MAGIC };
  g_autofree char *buffer = g_malloc (sizeof header + length);
  gboolean ok;

  g_variant_ref_sink (body);
  memcpy (buffer, &header, sizeof header);
  g_variant_store (body, buffer + sizeof header);
  ok = length <= RECORD_MAX && write_all (fd, buffer, sizeof header + length);
  explicit_bzero (buffer, sizeof header + length);
  g_variant_unref (body);
  return ok;
}

static void
wipe_and_free (gpointer data)
{
  GByteArray *bytes = data;

  if (bytes->len)
    explicit_bzero (bytes->data, bytes->len);
  g_byte_array_unref (bytes);
}

struct record_reader *
record_reader_new (void)
{
  struct record_reader *reader = g_new0 (struct record_reader, 1);

  reader->room = 64 * 1024;
  reader->bytes = g_byte_array_sized_new ((guint)reader->room);
  return reader;
}

void
record_reader_free (struct record_reader *reader)
{
  wipe_and_free (reader->bytes);
  g_free (reader);
}

/* An array that grows by itself leaves a copy behind. */
static void
make_room (struct record_reader *reader, gsize more)
{
  GByteArray *old = reader->bytes;

  if (old->len + more <= reader->room)
    return;
  reader->room = 2 * (old->len + more);
  reader->bytes = g_byte_array_sized_new ((guint)reader->room);
  g_byte_array_append (reader->bytes, old->data, old->len);
  wipe_and_free (old);
}

gssize
record_reader_fill (struct record_reader *reader, int fd)
{
  guint8 buffer[16384];
  ssize_t n;

  do
    n = read (fd, buffer, sizeof buffer);
  while (n < 0 && errno == EINTR);
  if (n < 0)
    return errno == EAGAIN ? 0 : -1;
  if (n == 0)
    return -1;
  make_room (reader, (gsize)n);
  g_byte_array_append (reader->bytes, buffer, (guint)n);
  explicit_bzero (buffer, (gsize)n);
  return n;
}

int
record_reader_next (struct record_reader *reader, enum record_kind *kind,
                    GVariant **body)
{
  GByteArray *bytes = reader->bytes, *own;
  struct header header;

  if (bytes->len < sizeof header)
    return 0;
  memcpy (&header, bytes->data, sizeof header);
  if (header.magic != MAGIC || header.kind >= N_RECORD_KINDS
      || header.length > RECORD_MAX
      || header.check != (header.kind ^ header.length ^ MAGIC))
    return -1;
  if (bytes->len - sizeof header < header.length)
    return 0;
  own = g_byte_array_sized_new (header.length);
  g_byte_array_append (own, bytes->data + sizeof header, header.length);
  g_byte_array_remove_range (bytes, 0, sizeof header + header.length);
  /* The rest moved to the front, and left a copy of its end behind. */
  explicit_bzero (bytes->data + bytes->len, sizeof header + header.length);
  *kind = (enum record_kind)header.kind;
  *body = g_variant_new_from_data (G_VARIANT_TYPE (types[header.kind]),
                                   own->data, own->len, FALSE, wipe_and_free,
                                   own);
  g_variant_ref_sink (*body);
  if (g_variant_is_normal_form (*body))
    return 1;
  g_variant_unref (*body);
  return -1;
}
