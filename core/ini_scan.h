/* SPDX-License-Identifier: BSD-2-Clause */
/* The layer in front of GKeyFile: what configparser takes, in the form that
 * GKeyFile takes. */
#ifndef CORE_INI_SCAN_H
#define CORE_INI_SCAN_H

#include <glib.h>

/*
 * Reads text in configparser's dialect and writes the same in GKeyFile's:
 * section and option names by ini_scan_name(), values with GKeyFile's
 * escapes.  `lines` maps the keys made by
 * ini_scan_key() to line numbers.  Errors begin with "file:line: ".
 */
GString *ini_scan (const GString *text, const char *file, GHashTable *lines,
                   GError **error);

/* A section's or option's name with all but letters, digits, '_', '.' and
 * '-' as %XX: GKeyFile gives brackets a meaning.  And back. */
char *ini_scan_name (const char *name);

/* The key of `lines` for an option, or for a section if `option` is NULL. */
char *ini_scan_key (const char *section, const char *option);

#endif
