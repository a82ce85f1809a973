/* SPDX-License-Identifier: BSD-2-Clause */
/* The protocol: what a script says with its exit code and its outputs. */
#include "exec.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#define CODE_OK 0
#define CODE_FAILED 1
#define CODE_MISSING 2
#define CODE_NOT_FOUND 3

/* The other reasons: their number and this.  The low codes are left to the
 * ones above, and those from 126 on to shells. */
#define CODE_REASON 10

/* What a failure without a message is told by. */
static const char *const meanings[] = {
  [DELIVERY_OK] = "done",
  [DELIVERY_NOT_FOUND] = "not found",
  [DELIVERY_MISPLACED] = "found, but not where it should be",
  [DELIVERY_DUPLICATE] = "found more than once",
  [DELIVERY_MANGLED] = "found, but altered",
  [DELIVERY_RESOLVE] = "a name could not be looked up",
  [DELIVERY_CONNECT] = "no connection",
  [DELIVERY_TLS] = "TLS failed",
  [DELIVERY_CLOSED] = "the connection was lost",
  [DELIVERY_AUTH] = "login refused",
  [DELIVERY_TEMPFAIL] = "refused for now",
  [DELIVERY_REJECTED] = "refused for good",
  [DELIVERY_PROTOCOL] = "the peer broke the protocol",
  [DELIVERY_IO] = "failed",
  [DELIVERY_TIMEOUT] = "the time is over",
  [DELIVERY_CONFIG] = "a parameter makes no sense",
  [DELIVERY_INTERNAL] = "failed by itself",
};

const char *
step_name (enum step step)
{
  static const char *const names[N_STEPS] = {
    "open", "connect_early", "connect", "send",       "recv",
    "wait", "clean",         "close",   "close_late",
  };

  return names[step];
}

/* ---- Standard output --------------------------------------------------- */

/* What stands behind "word ", or NULL if the line begins otherwise. */
static const char *
behind (const char *line, const char *word)
{
  size_t length = strlen (word);

  return strncmp (line, word, length) == 0 && line[length] == ' '
             ? line + length + 1
             : NULL;
}

/* Splits "name=rest" of a fact or a metric.  NULL if the name is none. */
static const char *
split (const char *text, char name[33])
{
  size_t length = strspn (text, "abcdefghijklmnopqrstuvwxyz0123456789_");

  if (!length || length > 32 || text[length] != '=')
    return NULL;
  memcpy (name, text, length);
  name[length] = '\0';
  return text + length + 1;
}

/* The toolkit takes no others (delivery_metric()); nan is none either. */
#define METRIC_END 1e15

static int
tell_metric (struct delivery_endpoint *ep, const char *text)
{
  static const char *const units[] = { "", "s", "%", "B", "c" };
  char name[33], *end;
  const char *value = split (text, name);
  double number;

  if (!value)
    return 0;
  number = strtod (value, &end);
  if (end == value || !(number > -METRIC_END && number < METRIC_END))
    return 0;
  end += *end == ' ';
  for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
    if (strcmp (end, units[i]) == 0) {
      delivery_metric (ep, name, number, units[i]);
      return 1;
    }
  return 0;
}

static int
tell_fact (struct delivery_endpoint *ep, const char *text)
{
  char name[33];
  const char *value = split (text, name);

  if (value)
    delivery_fact (ep, name, "%s", value);
  return value != NULL;
}

/* Whether `list`, of words with blanks between them, has the word. */
static int
has_word (const char *list, const char *word)
{
  size_t length = strlen (word);

  while (*list) {
    size_t n = strcspn (list, " ");

    if (n == length && strncmp (list, word, n) == 0)
      return 1;
    list += n + strspn (list + n, " ");
  }
  return 0;
}

/* `open` may name the steps that there are, so that no time is spent on
 * asking for the others. */
static void
take_steps (struct exec *exec, const char *list)
{
  for (unsigned step = STEP_OPEN; step < N_STEPS; step++)
    if (step != STEP_SEND && step != STEP_RECV
        && !has_word (list, step_name (step)))
      exec->missing |= 1u << step;
}

static void
tell_line (struct delivery_endpoint *ep, struct exec *exec, enum step step,
           const char *line)
{
  const char *text;

  if (step == STEP_OPEN && (text = behind (line, "steps")))
    take_steps (exec, text);
  else if ((text = behind (line, "detail")))
    delivery_detail (ep, "%s", text);
  else if ((text = behind (line, "warn")))
    delivery_warn (ep, "%s", text);
  else if (((text = behind (line, "fact")) && tell_fact (ep, text))
           || ((text = behind (line, "metric")) && tell_metric (ep, text)))
    return;
  else
    delivery_debug (ep, 2, "%s: stdout: %s", step_name (step), line);
}

/* Secrets first: they are to be masked in all that is told after them. */
static void
take_secrets (struct delivery_endpoint *ep, const struct child *child)
{
  static const char word[] = "secret ";
  const char *text = child->said[0].text, *end = text + child->said[0].length;

  for (int i = 0; i < CHILD_LINES_MAX && text < end; i++) {
    const char *newline = memchr (text, '\n', (size_t)(end - text));
    size_t length = (size_t)((newline ? newline : end) - text);

    if (length > strlen (word) && memcmp (text, word, strlen (word)) == 0) {
      char *secret = strndup (text + strlen (word), length - strlen (word));

      if (secret) {
        delivery_secret (ep, secret);
        explicit_bzero (secret, strlen (secret));
      }
      free (secret);
    }
    text += length + 1;
  }
}

static void
tell_output (struct delivery_endpoint *ep, struct exec *exec, enum step step,
             struct child *child)
{
  const char *line;

  take_secrets (ep, child);
  for (size_t at = 0; (line = child_line (&child->said[0], &at));)
    if (*line && !behind (line, "secret"))
      tell_line (ep, exec, step, line);
}

/* The first line of standard error, or NULL; the others are for -vv. */
static const char *
take_message (struct delivery_endpoint *ep, const char *step,
              struct child *child)
{
  size_t at = 0;
  const char *message = child_line (&child->said[1], &at), *line;

  while ((line = child_line (&child->said[1], &at)))
    delivery_debug (ep, 2, "%s: stderr: %s", step, line);
  if (child->said[0].is_cut || child->said[1].is_cut)
    delivery_debug (ep, 2,
                    "%s: what it says beyond %d KiB or %d lines is "
                    "dropped",
                    step, CHILD_OUTPUT_MAX / 1024, CHILD_LINES_MAX);
  return message && *message ? message : NULL;
}

/* ---- The exit code ----------------------------------------------------- */

/* -1 for what has no meaning. */
static int
reason_of (int code)
{
  if (code == CODE_OK)
    return DELIVERY_OK;
  if (code == CODE_FAILED)
    return DELIVERY_IO;
  if (code == CODE_NOT_FOUND)
    return DELIVERY_NOT_FOUND;
  return code >= CODE_REASON + DELIVERY_MISPLACED
                 && code <= CODE_REASON + DELIVERY_INTERNAL
             ? code - CODE_REASON
             : -1;
}

static int
is_for_recv_only (int reason)
{
  return reason >= DELIVERY_NOT_FOUND && reason <= DELIVERY_MANGLED;
}

/* The script itself is wrong: with what it had to say. */
static int
fail_script (struct delivery_endpoint *ep, const struct exec *exec, int reason,
             const char *what, const char *message)
{
  return delivery_fail (ep, reason, "%s: %s%s%s", exec->script, what,
                        message ? ": " : "", message ? message : "");
}

static int
answer_missing (struct delivery_endpoint *ep, struct exec *exec,
                enum step step, const char *message)
{
  char what[96];

  if (step == STEP_SEND || step == STEP_RECV) {
    snprintf (what, sizeof what, "cannot %s (exit code %d)", step_name (step),
              CODE_MISSING);
    return fail_script (ep, exec, DELIVERY_CONFIG, what, message);
  }
  exec->missing |= 1u << step;
  delivery_debug (ep, 2, "%s: not implemented%s%s", step_name (step),
                  message ? ": " : "", message ? message : "");
  return DELIVERY_OK;
}

static int
answer_code (struct delivery_endpoint *ep, struct exec *exec, enum step step,
             int code, const char *message)
{
  int reason = reason_of (code);
  const char *name = step_name (step);
  char what[128];

  if (code == CODE_MISSING)
    return answer_missing (ep, exec, step, message);
  if (reason < 0 || (is_for_recv_only (reason) && step != STEP_RECV)) {
    snprintf (what, sizeof what, "%s: exit code %d %s", name, code,
              reason < 0 ? "has no meaning" : "is for recv only");
    return fail_script (ep, exec, DELIVERY_INTERNAL, what, message);
  }
  if (reason == DELIVERY_OK && message)
    delivery_debug (ep, 2, "%s: stderr: %s", name, message);
  if (reason == DELIVERY_OK || (reason == DELIVERY_NOT_FOUND && !message))
    return reason;
  if (message)
    return delivery_fail (ep, reason, "%s", message);
  return delivery_fail (ep, reason, "%s: %s: %s (exit code %d)", exec->script,
                        name, meanings[reason], code);
}

int
answer_take (struct delivery_endpoint *ep, struct exec *exec, enum step step,
             struct child *child)
{
  const char *name = step_name (step), *message;
  int status = child->status;
  char what[128];

  tell_output (ep, exec, step, child);
  message = take_message (ep, name, child);
  if (!WIFSIGNALED (status))
    return answer_code (ep, exec, step, WEXITSTATUS (status), message);
  snprintf (what, sizeof what, "%s: died by signal %d (%s)", name,
            WTERMSIG (status), strsignal (WTERMSIG (status)));
  return fail_script (ep, exec, DELIVERY_INTERNAL, what, message);
}

int
answer_late (struct delivery_endpoint *ep, struct exec *exec, enum step step,
             struct child *child)
{
  const char *name = step_name (step), *message;
  char what[64];

  tell_output (ep, exec, step, child);
  message = take_message (ep, name, child);
  snprintf (what, sizeof what, "%s: did not end", name);
  return fail_script (ep, exec, DELIVERY_TIMEOUT, what, message);
}
