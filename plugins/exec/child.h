/* SPDX-License-Identifier: BSD-2-Clause */
/* A child process: started without a shell, fed, listened to, ended. */
#ifndef EXEC_CHILD_H
#define EXEC_CHILD_H

#include <delivery/plugin.h>

#include <sys/types.h>

/* How much of each output is kept, and how many lines of it count.  The rest
 * is read, and dropped. */
#define CHILD_OUTPUT_MAX 65536
#define CHILD_LINES_MAX 128

struct child_output {
  char text[CHILD_OUTPUT_MAX + 1];
  size_t length;
  size_t lines; /* told so far */
  int is_cut;   /* there was more */
};

struct child {
  pid_t pid; /* 0: none */
  int pidfd; /* readable when it has ended; -1 where the kernel has none */
  int fds[3];
  char *input;                 /* for its standard input */
  size_t written;              /* how much of that is out */
  struct child_output said[2]; /* on standard output, on standard error */
  int status;                  /* as of waitpid(), once it has ended */
};

struct child_order {
  const char *path;
  char **arguments;
  char **environment;
  char *input; /* becomes the child's, whatever happens */
};

/*
 * Starts a program in a process group of its own, in the folder "/", with
 * signals as usual and no descriptors but the three.  It is killed if this
 * process dies.  Returns 0, or the errno with which it did not start.
 */
int child_start (struct child *child, const struct child_order *order);

/* Feeds it and reads what it says until it has ended (1), or `until` or the
 * deadline is over or the run was interrupted (0).  When it has ended, what
 * is left of its process group is killed. */
int child_listen (struct delivery_endpoint *ep, struct child *child,
                  int64_t until);

/* Ends it and its group: politely first, by force at the instant `until`.
 * Nothing happens where none runs. */
void child_stop (struct child *child, int64_t until);

/* The next line of an output that counts, cleaned of NUL, or NULL.  `*at`
 * begins as 0. */
const char *child_line (struct child_output *output, size_t *at);

/* Wipes what it said. */
void child_forget (struct child *child);

#endif
