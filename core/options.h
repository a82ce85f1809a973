/* SPDX-License-Identifier: BSD-2-Clause */
/* The command line. */
#ifndef CORE_OPTIONS_H
#define CORE_OPTIONS_H

#include "engine.h"

#include <glib.h>

/* What the options say; owns what `request` points to. */
struct options {
  struct engine_request request;
  gboolean help, version, doc, dump_config;
  char *doc_scheme; /* or NULL: all */
  int verbosity;
  char **lists[14]; /* the values of each option that has some */
};

/* Reads the arguments (argv[0] first, ended by NULL).  On failure the error
 * names the option and the way out, and no value; `request.output` is set as
 * far as it is known. */
gboolean options_read (char **arguments, struct options *options,
                       GError **error);
void options_clear (struct options *options);

/* What --help prints. */
char *options_help (void);

/* Overwrites some words, ended by NULL; NULL is nothing. */
void options_wipe_words (char **words);

/* Overwrites, in argv, the password and the parameters of each URL. */
void options_hide_secrets (int argc, char **argv);

#endif
