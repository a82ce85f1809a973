/* SPDX-License-Identifier: BSD-2-Clause */
/* ${references} in text: the rules of ExtendedInterpolation of Python's
 * configparser, and ${env:}, ${file:}, ${credential:} beyond them. */
#ifndef CORE_EXPAND_H
#define CORE_EXPAND_H

#include <glib.h>

/* How deep references may nest, how many may be followed for one value
 * (references to nothing multiply, and the value stays short), and how long
 * it may become. */
#define EXPAND_DEPTH 10
#define EXPAND_REFERENCES 10000
#define EXPAND_MAX (64 * 1024)

/* What stands for a secret that is not to be fetched: it may be a part of any
 * part of a URL. */
#define EXPAND_STAND_IN "x-secret-x"

struct expander {
  /* Appends what "${name}" stands for, by expand_text() again where that
   * holds references.  NULL: there are no references but the secrets'. */
  gboolean (*reference) (struct expander *expander, const char *name,
                         guint depth, GString *out, GError **error);
  const char *folder;   /* relative ${file:} paths start here; NULL: the
                           working directory */
  gboolean skip;        /* EXPAND_STAND_IN for what env, file and credential
                           hold */
  GPtrArray *env_names; /* if not NULL, the variables used are added */
  guint references;     /* followed so far */
};

/* Appends `text` with its references replaced.  `depth` is 1 at first.  Error
 * texts say at which byte, and hold neither text nor values. */
gboolean expand_text (struct expander *expander, const char *text, guint depth,
                      GString *out, GError **error);

/* A URL of the command line, in which only secrets are references. */
char *expand_argument (const char *text, GPtrArray *env_names, GError **error);

#endif
