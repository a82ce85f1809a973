/* SPDX-License-Identifier: BSD-2-Clause */
/* A target that fails: for the test of what "make fuzz" makes of findings. */
#include "fuzz.h"

FUZZ_TARGET (broken)
{
  FUZZ_REQUIRE (size == 0 || data[0] != 'x');
  return 0;
}
