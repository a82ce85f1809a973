/* SPDX-License-Identifier: BSD-2-Clause */
/* exec://: a transport in any language, one run of a script a step. */
#include "exec.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Between the polite and the forced end of a script, in microseconds.  What
 * is left of a short time is shared. */
#define GRACE (100 * 1000)
#define GRACE_SHARE 5

/* A `wait` that is over within HASTY (in microseconds) this often in a row
 * does not wait, or for what comes all the time; then the looks are BUSY
 * apart. */
#define HASTY (100 * 1000)
#define HASTY_MAX 3
#define BUSY (250 * 1000)

static int64_t
earlier (int64_t a, int64_t b)
{
  return a < b ? a : b;
}

/* ---- Running the script ------------------------------------------------ */

static int
fail_start (struct delivery_endpoint *ep, const struct exec *exec, int error)
{
  int is_ours = error == EAGAIN || error == ENOMEM || error == EMFILE
                || error == ENFILE;
  const char *hint = "";

  if (error == ENOEXEC)
    hint = "; let it begin with '#!' and an interpreter";
  else if (error == ENOENT)
    hint = "; is its interpreter there? No CR behind its name?";
  return delivery_fail (ep, is_ours ? DELIVERY_INTERNAL : DELIVERY_CONFIG,
                        "%s: cannot run: %s%s", exec->script, strerror (error),
                        hint);
}

static int
start (struct delivery_endpoint *ep, struct exec *exec, enum step step,
       struct child *child, int64_t until)
{
  struct child_order order = { .path = exec->script };
  int error = ENOMEM;

  /* `open` writes nothing. */
  if (step != STEP_OPEN) {
    int result = folder_make (ep, exec);

    if (result != DELIVERY_OK)
      return result;
  }
  order.arguments = arguments_new (ep, exec, step);
  order.environment = environment_new (ep, exec, until);
  order.input = input_new (ep);
  if (order.arguments && order.environment && order.input)
    error = child_start (child, &order);
  else
    free (order.input);
  words_free (order.arguments);
  words_free (order.environment);
  return error ? fail_start (ep, exec, error) : DELIVERY_OK;
}

/* When to ask a script to end that must be gone by the deadline. */
static int64_t
polite_end (int64_t deadline)
{
  int64_t left = deadline - delivery_now ();

  return left <= 0 ? deadline : deadline - earlier (GRACE, left / GRACE_SHARE);
}

/* The time is over, or the run was interrupted. */
static void
stop (struct child *child, int64_t deadline)
{
  child_stop (child, earlier (deadline, delivery_now () + GRACE));
}

/* Nothing waits any longer than it looks. */
static void
stop_waiting (struct delivery_endpoint *ep, struct exec *exec)
{
  stop (&exec->waiting, delivery_deadline (ep));
  child_forget (&exec->waiting);
}

static int
run_step (struct delivery_endpoint *ep, enum step step)
{
  struct exec *exec = delivery_data (ep);
  int64_t deadline = delivery_deadline (ep), until = polite_end (deadline);
  int result;

  if (step != STEP_RECV)
    stop_waiting (ep, exec);
  if (exec->missing & 1u << step)
    return DELIVERY_OK;
  result = start (ep, exec, step, &exec->step, until);
  if (result != DELIVERY_OK)
    return result;
  if (child_listen (ep, &exec->step, until)) {
    result = answer_take (ep, exec, step, &exec->step);
  } else {
    stop (&exec->step, deadline);
    result = answer_late (ep, exec, step, &exec->step);
  }
  child_forget (&exec->step);
  return result;
}

/* ---- The steps --------------------------------------------------------- */

static int
exec_open (struct delivery_endpoint *ep, uint32_t flags)
{
  struct exec *exec = calloc (1, sizeof *exec);
  int result;

  (void)flags;
  if (!exec)
    return delivery_fail (ep, DELIVERY_INTERNAL, "%s", strerror (errno));
  delivery_set_data (ep, exec);
  result = environment_check (ep);
  if (result == DELIVERY_OK)
    result = script_find (ep, exec);
  return result == DELIVERY_OK ? run_step (ep, STEP_OPEN) : result;
}

static int
exec_free (struct delivery_endpoint *ep, uint32_t flags)
{
  struct exec *exec = delivery_data (ep);

  (void)flags;
  if (!exec)
    return DELIVERY_OK;
  stop_waiting (ep, exec);
  folder_remove (ep, exec);
  free (exec->script);
  free (exec);
  return DELIVERY_OK;
}

static int
exec_connect_early (struct delivery_endpoint *ep, uint32_t flags)
{
  (void)flags;
  return run_step (ep, STEP_CONNECT_EARLY);
}

static int
exec_connect (struct delivery_endpoint *ep, uint32_t flags)
{
  (void)flags;
  return run_step (ep, STEP_CONNECT);
}

static int
exec_send (struct delivery_endpoint *ep, uint32_t flags)
{
  (void)flags;
  return run_step (ep, STEP_SEND);
}

static int
exec_recv (struct delivery_endpoint *ep, uint32_t flags)
{
  struct exec *exec = delivery_data (ep);

  (void)flags;
  exec->run_deadline = delivery_deadline (ep);
  return run_step (ep, STEP_RECV);
}

/* Waits until the next look is due, as the host would: its interval grows. */
static int
rest (struct delivery_endpoint *ep, int64_t until)
{
  delivery_poll_many (ep, NULL, 0, until);
  return DELIVERY_OK;
}

static int
take_wait (struct delivery_endpoint *ep, struct exec *exec)
{
  int result = answer_take (ep, exec, STEP_WAIT, &exec->waiting);

  child_forget (&exec->waiting);
  if (delivery_now () - exec->wait_begun >= HASTY)
    exec->hasty = 0;
  else
    exec->hasty++;
  if (result == DELIVERY_OK && exec->missing & 1u << STEP_WAIT)
    return rest (ep, INT64_MAX);
  if ((result == DELIVERY_OK || result == DELIVERY_TIMEOUT)
      && exec->hasty > HASTY_MAX)
    return rest (ep, delivery_now () + BUSY);
  return result;
}

/* The script goes on waiting while it is run to look, so that nothing slips
 * through, and short intervals do not end it. */
static int
exec_wait (struct delivery_endpoint *ep, uint32_t flags)
{
  struct exec *exec = delivery_data (ep);

  (void)flags;
  if (exec->missing & 1u << STEP_WAIT)
    return rest (ep, INT64_MAX);
  if (!exec->waiting.pid) {
    int result
        = start (ep, exec, STEP_WAIT, &exec->waiting, exec->run_deadline);

    if (result != DELIVERY_OK)
      return result;
    exec->wait_begun = delivery_now ();
  }
  if (!child_listen (ep, &exec->waiting, INT64_MAX))
    return DELIVERY_OK;
  return take_wait (ep, exec);
}

static int
exec_clean (struct delivery_endpoint *ep, uint32_t flags)
{
  (void)flags;
  return run_step (ep, STEP_CLEAN);
}

static int
exec_close (struct delivery_endpoint *ep, uint32_t flags)
{
  (void)flags;
  return run_step (ep, STEP_CLOSE);
}

static int
exec_close_late (struct delivery_endpoint *ep, uint32_t flags)
{
  (void)flags;
  return run_step (ep, STEP_CLOSE_LATE);
}

/* ---- What it is -------------------------------------------------------- */

static const struct delivery_param params[] = {
  { "arg", DELIVERY_PARAM_STRING, DELIVERY_PARAM_REPEATABLE, NULL, NULL,
    "One more argument of the script, behind the name of the step. Everybody "
    "on this machine can see it." },
  { "env", DELIVERY_PARAM_STRING, DELIVERY_PARAM_REPEATABLE, NULL, NULL,
    "NAME=VALUE: a variable for the script's environment." },
  { "secret", DELIVERY_PARAM_STRING,
    DELIVERY_PARAM_REPEATABLE | DELIVERY_PARAM_SECRET, NULL, NULL,
    "NAME=VALUE: the same for a secret; the value is masked in all output." },
};

static const struct delivery_transport transports[] = {
  {
      .scheme = "exec",
      .synopsis = "exec://[[USER[:PASSWORD]@]HOST[:PORT]]/PATH/TO/SCRIPT",
      .description
      = "A script or program of any language, run once a step, with the "
        "step's name (open, connect_early, connect, send, recv, wait, clean, "
        "close, close_late) as its first argument. The token and the parts "
        "of the URL are in its environment (CHECK_DELIVERY_TOKEN, ...), "
        "token and password on its standard input. Its exit code says how "
        "it went: 0 done, 1 failed, 2 not implemented, 3 not found yet, and "
        "others; the first line of its standard error says why. "
        "check_delivery-exec(7) tells the rest.",
      .params = params,
      .n_params = sizeof params / sizeof params[0],
      .url = DELIVERY_NEEDS_PATH | DELIVERY_TAKES_HOST | DELIVERY_TAKES_USER
             | DELIVERY_TAKES_PASSWORD,
      .open = exec_open,
      .free = exec_free,
      .connect_early = exec_connect_early,
      .connect = exec_connect,
      .send = exec_send,
      .recv = exec_recv,
      .wait = exec_wait,
      .clean = exec_clean,
      .close = exec_close,
      .close_late = exec_close_late,
  },
};

static const struct delivery_plugin exec = {
  .name = "exec",
  .version = PACKAGE_VERSION,
  .summary = "scripts of any language",
  .transports = transports,
  .n_transports = sizeof transports / sizeof transports[0],
};
DELIVERY_PLUGIN (exec);
