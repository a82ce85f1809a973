/* SPDX-License-Identifier: BSD-2-Clause */
/* Looking for the token until it is there, or patience or time is over. */
#ifndef CORE_LOOK_H
#define CORE_LOOK_H

#include "run_steps.h"

/* The intervals between looks double from the first to the longest, in
 * microseconds: a delivery is mostly quick, and a slow one is not seen sooner
 * by asking more often.  The longest holds for transports that wait by
 * themselves, too: what they wait for may be silent (inotify, of a file that
 * another machine writes).  LOOK_BUSY is the interval where it never is. */
#define LOOK_FIRST (5 * 1000)
#define LOOK_LONGEST (1000 * 1000)
#define LOOK_BUSY (250 * 1000)

/* The step recv_recv. */
void look (struct steps *steps, struct delivery_endpoint *receiver);

/* Sleeps until an instant, or until the run is interrupted. */
void look_sleep (const struct steps *steps, gint64 until);

#endif
