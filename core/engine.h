/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The engine, as the program uses it.  These functions are exported under the
 * symbol version DELIVERY_PRIVATE: for the programs of this package and its
 * very version, and for nobody else.
 */
#ifndef CORE_ENGINE_H
#define CORE_ENGINE_H

#include "pool.h"

#include <glib.h>

/* The settings that options may give, in the order of settings_names. */
#define ENGINE_N_SETTINGS 5

enum engine_task {
  ENGINE_PLAY,         /* a check, or several */
  ENGINE_DOC,          /* documentation of the plugins, or of one scheme */
  ENGINE_DUMP_CONFIG,  /* of this build, for scripts */
  ENGINE_DUMP_PLUGIN,  /* of a plugin, by its name or file */
  ENGINE_CHECK_PLUGIN, /* of a plugin's conduct, likewise */
};

/* What the program is asked to do; the engine owns none of it. */
struct engine_request {
  gint64 started; /* on the monotonic clock: when the program began */
  char *urls[2];  /* --send and --recv, by enum delivery_role; or both NULL */
  const char *conf;
  char **plays;                            /* ended by NULL */
  const char *settings[ENGINE_N_SETTINGS]; /* as written; or NULL */
  const char *output;                      /* --output; or NULL */
  const char *jobs;                        /* --jobs; or NULL */
  char **plugin_dirs;                      /* ended by NULL */
  int family;                              /* 4, 6, or 0 for both */
  enum engine_task task;
  const char *subject; /* of the task: a scheme or NULL; a name or file */
};

/* What is to be printed, and the exit code.  The text ends in a newline. */
struct engine_answer {
  char *text;
  int status;
};

/* Does what was asked.  Never fails: failures are answers.  Wipes the URLs of
 * the request, and the environment variables that held secrets. */
void delivery_engine_answer (struct engine_request *request,
                             const struct pool_host *host,
                             struct engine_answer *answer);

/* The answer to a request that makes no sense, in the format it asks for. */
void delivery_engine_refuse (const struct engine_request *request,
                             const char *why, struct engine_answer *answer);

/* "check_delivery 0.9.0 (plugin contract 0.9)". */
const char *delivery_engine_version (void);

#endif
