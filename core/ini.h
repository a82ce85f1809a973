/* SPDX-License-Identifier: BSD-2-Clause */
/* INI files in the dialect of Python's configparser. */
#ifndef CORE_INI_H
#define CORE_INI_H

#include "expand.h"

#include <glib.h>

/* Limits of a file and of a line; a line has room for an OAuth token. */
#define INI_MAX (1024 * 1024)
#define INI_LINE_MAX (16 * 1024)
#define INI_DEFAULT "DEFAULT"

struct ini;

/* Reads a file.  Errors name the file and the line, never a value. */
struct ini *ini_read (const char *path, GError **error);
void ini_free (struct ini *ini);

/* Whether users who are neither owner nor group may read the file. */
gboolean ini_is_public (const struct ini *ini);

/* The sections in the order of the file, without DEFAULT. */
char **ini_sections (const struct ini *ini);

/* The options that stand in the section itself (not those it inherits from
 * DEFAULT), in the order of the file.  Empty where there is no such section.
 */
char **ini_options (const struct ini *ini, const char *section);

/* The raw value of an option, inherited from DEFAULT where the section has
 * none of its own; NULL where there is neither. */
char *ini_raw (const struct ini *ini, const char *section, const char *option);

/* The value with its references replaced.  With `skip`, EXPAND_STAND_IN stands
 * for each secret that would be fetched from elsewhere.  Names of environment
 * variables that were used are added to `env_names`, if it is not NULL. */
char *ini_value (struct ini *ini, const char *section, const char *option,
                 gboolean skip, GPtrArray *env_names, GError **error);

/* Sets an error that begins with file, line, section and option. */
gboolean ini_error (const struct ini *ini, const char *section,
                    const char *option, GError **error, const char *format,
                    ...) G_GNUC_PRINTF (5, 6);

/* Puts the same before the text of an error that is there. */
void ini_prefix_error (const struct ini *ini, const char *section,
                       const char *option, GError **error);

#endif
