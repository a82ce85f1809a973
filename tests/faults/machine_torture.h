/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A library that is preloaded into the program, and runs it once for each of
 * its calls of one kind, each time with another call that fails: the first,
 * the second, and so on until there are no more.  It forks before main(), so
 * that a run costs little more than what the program itself does in it.
 *
 * What it reads from the environment; without TORTURE it does nothing:
 *
 *   TORTURE          KIND:WHO:HOW, of the names below; supervisor or worker;
 *                    once, from (the nth and all after it), or stop (none,
 *                    but SIGTERM comes then)
 *   TORTURE_NUMBERS  FIRST:LAST:STEP
 *   TORTURE_FOLDER   is emptied after each run; how many files there were is
 *                    reported
 *   TORTURE_TRACE    tells on standard error where the call was made; of a
 *                    worker only with -v
 *
 * What it writes to standard output, for each run: a line of the numbers N
 * STRUCK STATUS FILES LEFT SECONDS OUT ERR, then so many bytes of what the
 * program wrote to standard output and standard error.  STRUCK says whether
 * the call came; STATUS is that of waitpid(); LEFT whether a process outlived
 * the program by more than some seconds.  The run in which no call failed any
 * more is the last, and is reported too.
 */
#ifndef TESTS_FAULTS_MACHINE_TORTURE_H
#define TESTS_FAULTS_MACHINE_TORTURE_H

enum kind {
  MEMORY,      /* malloc() and its like */
  MAPS,        /* mmap() */
  FILES,       /* open() and its like */
  DISK,        /* write() to a file, close(), rename(), unlink() */
  DESCRIPTORS, /* pipe2(), socket(), dup2(), signalfd() ... */
  PROCESSES,   /* fork(), threads */
  NEW_CALLS,   /* what goes by syscall() */
  RANDOM,      /* getrandom() */
  POLL,        /* poll() of several descriptors comes back no more */
  N_KINDS
};

/* Whether this call fails. */
int strike (enum kind kind);

/* Called in each new process that the program forks. */
void begin_child (void);

#endif
