/* SPDX-License-Identifier: BSD-2-Clause */
/* What a worker tells its supervisor: records through a pipe, each a header
 * with its length and a GVariant of a type that is fixed for its kind. */
#ifndef CORE_RECORD_H
#define CORE_RECORD_H

#include <glib.h>

enum record_kind {
  RECORD_BEGIN,    /* step, plugin at work or "" */
  RECORD_STEP,     /* step, seconds */
  RECORD_END_INFO, /* role, plugin, version, public URL */
  RECORD_TOKEN,    /* token */
  RECORD_DETAIL,   /* text */
  RECORD_WARNING,  /* text */
  RECORD_DEBUG,    /* level, text */
  RECORD_FACT,     /* name, text */
  RECORD_METRIC,   /* name, value, unit */
  RECORD_RESULT,   /* reason, step, message, delivery in seconds or NaN */
  RECORD_ENV,      /* an environment variable that held a secret */
  RECORD_SCENARIO, /* scenario.c says what */
  RECORD_PLUGIN,   /* inspect.c says what */
  RECORD_ERROR,    /* reason, text: instead of all that was to come */
  RECORD_DONE,     /* nothing more will come */
  N_RECORD_KINDS
};

/* The longest record.  A scenario may hold some values of 64 KiB. */
#define RECORD_MAX (1024 * 1024)

/* Writes a record; takes the floating reference of `body`.  FALSE when the
 * other end is gone. */
gboolean record_write (int fd, enum record_kind kind, GVariant *body);

/* Bytes that came, not yet a whole record. */
struct record_reader;

struct record_reader *record_reader_new (void);
void record_reader_free (struct record_reader *reader);

/* Reads some of what there is to read from a non-blocking descriptor.  Returns
 * how many bytes came, 0 if nothing is there, -1 at the end or on an error. */
gssize record_reader_fill (struct record_reader *reader, int fd);

/* Takes the next whole record out.  Returns 1, or 0 where there is none yet,
 * or -1 where the bytes are no record: then nothing behind them counts.
 * `*body` is of the kind's type and in normal form. */
int record_reader_next (struct record_reader *reader, enum record_kind *kind,
                        GVariant **body);

#endif
