/* SPDX-License-Identifier: BSD-2-Clause */
/* What a script says, and how it ends.  Input: the step, its exit code or
 * signal, whether it is late, how much of the rest is standard output, and
 * the rest, the end of which is standard error. */
#include "end.h"
#include "fuzz.h"

#include "../../plugins/exec/exec.h"
#include "reason.h"

#include <string.h>

static void
fill (struct child_output *output, struct fuzz_input *input, size_t length)
{
  memcpy (output->text, input->at, length);
  output->text[length] = '\0';
  output->length = length;
  output->lines = 0;
  output->is_cut = 0;
  input->at += length;
  input->left -= length;
}

FUZZ_TARGET (exec)
{
  static struct child child;
  struct fuzz_input input = { data, size };
  enum step step = (enum step)fuzz_below (&input, N_STEPS);
  guint code = fuzz_byte (&input), way = fuzz_below (&input, 3);
  guint8 share = fuzz_byte (&input);
  struct exec exec = { .script = (char *)"/usr/local/lib/probe.sh" };
  struct end end;
  int result;

  if (!input.left)
    return 0;
  FUZZ_REQUIRE (end_init (&end, DELIVERY_RECEIVER, END_URL));
  fill (&child.said[0], &input, input.left * share / 255);
  fill (&child.said[1], &input, input.left);
  child.status = way == 1 ? (int)(1 + code % 64) : (int)code << 8;
  result = way == 2 ? answer_late (end.ep, &exec, step, &child)
                    : answer_take (end.ep, &exec, step, &child);
  FUZZ_REQUIRE (reason_is_of_plugins (result));
  FUZZ_REQUIRE (step == STEP_RECV || result == DELIVERY_OK
                || result > DELIVERY_MANGLED);
  FUZZ_REQUIRE (result == DELIVERY_OK || result == DELIVERY_NOT_FOUND
                || end.ep->text);
  child_forget (&child);
  end_clear (&end);
  return 0;
}
