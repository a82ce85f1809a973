/* SPDX-License-Identifier: BSD-2-Clause */
/* What a worker process is before foreign code runs in it, and its end. */
#ifndef CORE_SANDBOX_H
#define CORE_SANDBOX_H

#include <glib.h>

/*
 * Called in a new child of the process `supervisor`: a process group of its
 * own, which dies with that process; no core dump and no tracing by others,
 * since it holds secrets; /dev/null as standard input and output, and as
 * standard error unless `keep_stderr`; no descriptor but those and the two
 * given, which may get new numbers.
 */
void sandbox_enter (int supervisor, int *out, int *cancel_fd,
                    gboolean keep_stderr);

/* Ends the process without running what plugins left for its exit. */
void sandbox_leave (void) G_GNUC_NORETURN;

#endif
