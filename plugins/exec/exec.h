/* SPDX-License-Identifier: BSD-2-Clause */
/* What the parts of the exec plugin share: an endpoint and its script. */
#ifndef EXEC_H
#define EXEC_H

#include "child.h"

#include <delivery/plugin.h>

/* The steps that a script is run for, by the names of the contract. */
enum step {
  STEP_OPEN,
  STEP_CONNECT_EARLY,
  STEP_CONNECT,
  STEP_SEND,
  STEP_RECV,
  STEP_WAIT,
  STEP_CLEAN,
  STEP_CLOSE,
  STEP_CLOSE_LATE,
  N_STEPS
};

struct exec {
  char *script;         /* its path, without links */
  char *folder;         /* the private one, or NULL */
  unsigned missing;     /* 1 << step: the script has none of these */
  struct child step;    /* the running step */
  struct child waiting; /* a `wait` outlives the callback */
  int64_t run_deadline; /* of the last recv: what a `wait` may take */
  int64_t wait_begun;
  unsigned hasty; /* waits in a row that were over too soon */
};

/* The name that a script gets as its first argument. */
const char *step_name (enum step step);

/* ---- script.c ---------------------------------------------------------- */

/* Resolves the path of the URL, for `open`; refuses what is not a program, or
 * what others could replace. */
int script_find (struct delivery_endpoint *ep, struct exec *exec);

/* ---- environment.c ----------------------------------------------------- */

/* For `open`: looks at the parameters, and masks the secret ones. */
int environment_check (struct delivery_endpoint *ep);

/* What one run of the script gets.  NULL without memory; to be freed with
 * words_free(), which wipes it. */
char **environment_new (struct delivery_endpoint *ep, const struct exec *exec,
                        int64_t until);
char **arguments_new (struct delivery_endpoint *ep, const struct exec *exec,
                      enum step step);
void words_free (char **words);

/* The text of its standard input; NULL without memory. */
char *input_new (struct delivery_endpoint *ep);

/* ---- answer.c ---------------------------------------------------------- */

/* Tells the host what a script said that has ended, and returns what its exit
 * code means.  A step that is not implemented is noted in `missing`. */
int answer_take (struct delivery_endpoint *ep, struct exec *exec,
                 enum step step, struct child *child);

/* The same of one that was stopped when its time was over. */
int answer_late (struct delivery_endpoint *ep, struct exec *exec,
                 enum step step, struct child *child);

/* ---- folder.c ---------------------------------------------------------- */

/* Makes the private folder, unless it is there. */
int folder_make (struct delivery_endpoint *ep, struct exec *exec);

/* Removes it with all that is in it, within the deadline. */
void folder_remove (struct delivery_endpoint *ep, struct exec *exec);

#endif
