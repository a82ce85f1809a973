/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The program's last line when it cannot go on: it crashed (GLib ends it when
 * memory is out), or hangs beyond all its deadlines.  A monitoring system then
 * reads "UNKNOWN - internal - ..." and sees exit code 3, as for every other
 * failure, and the workers die with the process.  Nothing that is said here
 * holds anything of the run.
 */
#ifndef CORE_LAST_WORDS_H
#define CORE_LAST_WORDS_H

#include <glib.h>

/* From now on a crash of this process ends in a line; not in a build with
 * sanitizers, whose reports say more.  SIGALRM means nothing any more, until
 * there is a limit.  When GLib gives up, it does so at once, here and in the
 * workers. */
void last_words_prepare (void);

/* The line shall be JSON. */
void last_words_in_json (void);

/* When all should be over, on the monotonic clock.  A process that is still
 * there some seconds later is ended; one that was stopped meanwhile, and goes
 * on, gets those seconds too. */
void last_words_limit (gint64 end);

/* The answer is being written: there will be no other line, but exit code 3
 * if it is not written to its end. */
void last_words_answered (void);

/* In a worker, whose end its supervisor reports: as if never prepared. */
void last_words_forget (void);

#endif
