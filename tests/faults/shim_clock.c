/* SPDX-License-Identifier: BSD-2-Clause */
/* Clocks that step, stand still or run. */
#include "shim.h"

#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define SECOND 1000000

static int64_t begun; /* on the real monotonic clock */

static int64_t
ask (clockid_t clock)
{
  struct timespec now = { 0, 0 };

  syscall (SYS_clock_gettime, clock, &now);
  return now.tv_sec * (int64_t)SECOND + now.tv_nsec / 1000;
}

static int64_t
wall_now (void)
{
  int64_t step = shim_page ()->wall;

  if (step)
    shim_count (SHIM_CLOCK);
  return ask (CLOCK_REALTIME) + step;
}

static int64_t
monotonic_now (void)
{
  struct shim_page *page = shim_page ();
  int64_t now = ask (CLOCK_MONOTONIC);

  if (page->monotonic || page->frozen || page->rate)
    shim_count (SHIM_CLOCK);
  if (!begun)
    begun = now;
  if (page->frozen)
    return page->frozen;
  return (page->rate ? begun + (now - begun) * page->rate : now)
         + page->monotonic;
}

int
clock_gettime (clockid_t clock, struct timespec *now)
{
  int64_t us;
  SHIM_NEXT (clock_gettime);

  if (!shim_page ())
    return next (clock, now);
  if (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)
    us = wall_now ();
  else if (clock == CLOCK_MONOTONIC || clock == CLOCK_MONOTONIC_COARSE)
    us = monotonic_now ();
  else
    return next (clock, now);
  *now = (struct timespec){ us / SECOND, us % SECOND * 1000 };
  return 0;
}

int
gettimeofday (struct timeval *restrict now, void *restrict zone)
{
  struct timespec wall;

  (void)zone;
  clock_gettime (CLOCK_REALTIME, &wall);
  *now = (struct timeval){ wall.tv_sec, wall.tv_nsec / 1000 };
  return 0;
}

time_t
time (time_t *out)
{
  struct timespec wall;

  clock_gettime (CLOCK_REALTIME, &wall);
  if (out)
    *out = wall.tv_sec;
  return wall.tv_sec;
}
