/* SPDX-License-Identifier: BSD-2-Clause */
#include "expect.h"

#include "secret.h"
#include "text.h"

#include <math.h>
#include <string.h>

/* How many steps an expression may take to match, and how deep: some hundred
 * milliseconds and some dozen megabytes at most.  One with a single gap (".*")
 * has enough for the longest details, one with two for some thousand
 * characters; what PCRE allows by itself is ten times that.  GLib's older one
 * keeps what is deep on the stack. */
#if GLIB_CHECK_VERSION(2, 74, 0)
#define LIMITS "(*LIMIT_MATCH=1000000)(*LIMIT_RECURSION=100000)"
#else
#define LIMITS "(*LIMIT_MATCH=1000000)(*LIMIT_RECURSION=10000)"
#endif

/* Each step costs as much as there are groups to be captured. */
#define GROUPS_MAX 32

enum field { STATUS, MESSAGE, DETAILS, STEP, REASON, DELIVERY };
enum method { EQ, NEQ, REGEXP, NREGEXP, LT, GT };

static const char *const fields[]
    = { "status", "message", "details", "step", "reason", "delivery", NULL };
static const char *const methods[]
    = { "eq", "neq", "regexp", "nregexp", "lt", "gt", NULL };

struct expect {
  enum field field;
  enum method method;
  char *value;
  GRegex *regex; /* for REGEXP and NREGEXP */
  double number; /* for LT and GT */
  gboolean hidden;
};

void
expect_free (struct expect *expect)
{
  secret_free (expect->value);
  if (expect->regex)
    g_regex_unref (expect->regex);
  g_free (expect);
}

void
expect_hide (struct expect *expect)
{
  expect->hidden = TRUE;
}

static gboolean
find (const char *const *names, const char *name, guint *index)
{
  for (*index = 0; names[*index]; (*index)++)
    if (strcmp (names[*index], name) == 0)
      return TRUE;
  return FALSE;
}

static gboolean
check_regexp (struct expect *expect, GError **error)
{
  g_autofree char *limited = g_strconcat (LIMITS, expect->value, NULL);

  if (strstr (expect->value, "(*LIMIT_"))
    return config_error (error, "a regular expression has no limits of its "
                                "own");
  expect->regex = g_regex_new (limited, G_REGEX_ANCHORED, 0, NULL);
  explicit_bzero (limited, strlen (limited));
  if (!expect->regex)
    return config_error (error, "not a regular expression that GRegex takes");
  if (g_regex_get_capture_count (expect->regex) > GROUPS_MAX)
    return config_error (error,
                         "a regular expression with more than %d groups; "
                         "(?:...) captures nothing",
                         GROUPS_MAX);
  return TRUE;
}

/* Of the value, which may hold anything, only what it resembles is told. */
static gboolean
refuse_reason (const char *value, GError **error)
{
  const char *names[N_REASONS + 1] = { NULL };
  const char *nearest;

  for (int reason = 0; reason < N_REASONS; reason++)
    names[reason] = reason_name (reason);
  nearest = text_nearest (value, names);
  if (nearest)
    return config_error (error, "there is no such reason; did you mean '%s'?",
                         nearest);
  return config_error (error, "there is no such reason; the list is in "
                              "check_delivery(1)");
}

/* A comparison by size, or with the closed lists that a field has. */
static gboolean
check_value (struct expect *expect, GError **error)
{
  char *end;
  guint64 status;

  if (expect->method == REGEXP || expect->method == NREGEXP)
    return check_regexp (expect, error);
  if (expect->method == LT || expect->method == GT) {
    if (expect->field != STATUS && expect->field != DELIVERY)
      return config_error (error,
                           "lt and gt compare status and delivery only");
    expect->number = g_ascii_strtod (expect->value, &end);
    if (end == expect->value || *end || !isfinite (expect->number))
      return config_error (error, "not a number");
  } else if (expect->field == STATUS
             && (!text_number (expect->value, STATE_UNKNOWN, &status)
                 || expect->value[1])) {
    return config_error (error, "a status is 0, 1, 2 or 3");
  } else if (expect->field == REASON && !reason_known (expect->value)) {
    return refuse_reason (expect->value, error);
  }
  return TRUE;
}

static gboolean
find_known (const char *field, const char *method, guint *f, guint *m,
            GError **error)
{
  g_autofree char *hint = NULL;

  if (!find (fields, field, f)) {
    hint = text_suggest (field, fields);
    return config_error (error, "no field '%s'%s", field, hint);
  }
  if (!find (methods, method, m)) {
    hint = text_suggest (method, methods);
    return config_error (error, "no method '%s'%s", method, hint);
  }
  return TRUE;
}

gboolean
expect_known (const char *field, const char *method, GError **error)
{
  guint f, m;

  return find_known (field, method, &f, &m, error);
}

struct expect *
expect_parse (const char *field, const char *method, const char *value,
              GError **error)
{
  struct expect *expect;
  guint f = 0, m = 0;

  if (!find_known (field, method, &f, &m, error))
    return NULL;
  expect = g_new0 (struct expect, 1);
  expect->field = (enum field)f;
  expect->method = (enum method)m;
  expect->value = g_strdup (value);
  if (check_value (expect, error))
    return expect;
  expect_free (expect);
  return NULL;
}

/* The field as text; empty where there is none. */
static char *
seen (enum field field, const struct result *result)
{
  char *details;

  switch (field) {
  case STATUS:
    return g_strdup_printf ("%d", (int)result->state);
  case MESSAGE:
    return g_strdup (result->message);
  case DETAILS:
    details = result_details (result);
    return details ? details : g_strdup ("");
  case STEP:
    return g_strdup (result->step);
  case REASON:
    return g_strdup (reason_name (result->reason));
  case DELIVERY:
    break;
  }
  return isnan (result->delivery) ? g_strdup ("")
                                  : text_seconds (result->delivery);
}

/* What an expression says of a text. */
enum match { DIFFERS, MATCHES, TOO_LONG };

static enum match
match (const GRegex *regex, const char *text, clock_t until)
{
  g_autoptr (GError) error = NULL;
  gboolean found;

  if (clock () >= until)
    return TOO_LONG;
  found = g_regex_match_full (regex, text, -1, 0, 0, NULL, &error);
  if (error)
    return TOO_LONG;
  return found ? MATCHES : DIFFERS;
}

/* `*why` is set where it does not hold for another reason than the text. */
static gboolean
holds (const struct expect *expect, const struct result *result,
       const char *text, clock_t until, const char **why)
{
  double number
      = expect->field == STATUS ? (double)result->state : result->delivery;
  enum match seen;

  switch (expect->method) {
  case EQ:
    return strcmp (text, expect->value) == 0;
  case NEQ:
    return strcmp (text, expect->value) != 0;
  case REGEXP:
  case NREGEXP:
    seen = match (expect->regex, text, until);
    if (seen == TOO_LONG)
      *why = " (it takes too long to match)";
    return seen == (expect->method == REGEXP ? MATCHES : DIFFERS);
  case LT:
    return number < expect->number;
  case GT:
    break;
  }
  return number > expect->number;
}

static void
failed (const struct expect *expect, struct result *result, const char *text,
        const char *why)
{
  g_autofree char *value
      = text_clean (expect->hidden ? "***" : expect->value, 200);
  g_autofree char *was = text_clean (text, 200);
  g_autofree char *message = g_strdup_printf (
      "expected %s %s '%s'%s, but it is '%s'%s%s%s", fields[expect->field],
      methods[expect->method], value, expect->regex ? " at its start" : "",
      was, why, expect->field == MESSAGE ? "" : ": ",
      expect->field == MESSAGE ? "" : result->message);

  result->state = STATE_CRITICAL;
  result_set (result, result->reason, result->step, message);
}

static gboolean
names_what_happened (const struct expect *expect)
{
  return (expect->method == EQ || expect->method == REGEXP) && *expect->value
         && expect->field != DETAILS && expect->field != DELIVERY;
}

void
expect_judge (const GPtrArray *expects, struct result *result, clock_t until)
{
  gboolean positive = FALSE;
  g_autofree char *message = NULL;

  for (guint i = 0; i < expects->len; i++) {
    const struct expect *expect = expects->pdata[i];
    g_autofree char *text = seen (expect->field, result);
    const char *why = "";

    if (!holds (expect, result, text, until, &why)) {
      failed (expect, result, text, why);
      return;
    }
    positive |= names_what_happened (expect);
  }
  if (expects->len == 0 || result->state == STATE_OK)
    return;
  if (reason_is_unjudged (result->reason) && !positive) {
    result_add_detail (result, "the expectations do not name what happened, "
                               "and the check could not be made");
    return;
  }
  message = g_strdup_printf ("as expected (%s): %s",
                             reason_name (result->reason), result->message);
  result->state = STATE_OK;
  result_set (result, result->reason, result->step, message);
}
