/* SPDX-License-Identifier: BSD-2-Clause */
/* Files in memory, which all runs of a target share: what reads and writes
 * files is given nothing on disk. */
#ifndef TESTS_FUZZ_MEMORY_FILE_H
#define TESTS_FUZZ_MEMORY_FILE_H

#include "record.h"

#include <stddef.h>

enum memory_file { MEMORY_GIVEN, MEMORY_TOLD, N_MEMORY_FILES };

/* The descriptor of the file, which holds just these bytes now, at its start.
 */
int memory_file (enum memory_file which, const void *bytes, size_t length);

/* Its path. */
const char *memory_file_path (enum memory_file which);

/* Reads the records that were written to MEMORY_TOLD, and calls `take` for
 * each.  What is no record is a failure. */
void memory_file_records (void (*take) (enum record_kind kind, GVariant *body,
                                        void *data),
                          void *data);

#endif
