/* SPDX-License-Identifier: BSD-2-Clause */
/* Looking for the token until it is there, or patience or time is over. */
#ifndef CORE_LOOK_H
#define CORE_LOOK_H

#include "run_steps.h"

/* The intervals between looks double from the first to the longest: a
 * delivery is mostly quick, and a slow one is not seen sooner by asking more
 * often.  A transport that can wait by itself is asked rarely. */
#define LOOK_FIRST (5 * 1000)
#define LOOK_LONGEST (1000 * 1000)
#define LOOK_LONGEST_WITH_WAIT (10 * 1000 * 1000)

/* The step recv_recv. */
void look (struct steps *steps, struct delivery_endpoint *receiver);

/* Sleeps until an instant, or until the run is interrupted. */
void look_sleep (const struct steps *steps, gint64 until);

#endif
