/* SPDX-License-Identifier: BSD-2-Clause */
/* The INI's [scenarios] and [expects], read in a process of its own: so the
 * secrets of all scenarios never are in the memory of the one that forks a
 * worker for each. */
#ifndef CORE_CONF_H
#define CORE_CONF_H

#include <glib.h>

/*
 * Reads the file `path` and tells, as records to `out`, the scenarios that
 * the names and globs of `plays` (ended by NULL) select, each once: by
 * RECORD_WARNING and RECORD_ENV what there is of those, by RECORD_SCENARIO
 * each scenario, and RECORD_DONE last.  Instead of the latter two,
 * RECORD_ERROR where the file as a whole is wrong.
 */
void conf_tell (const char *path, char **plays, int out);

/* Tells in the same way of the one scenario, without a name, that has these
 * two URLs; or of the error why there is none. */
void conf_tell_urls (char **urls, const GPtrArray *env_names,
                     const GError *error, int out);

#endif
