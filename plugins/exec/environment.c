/* SPDX-License-Identifier: BSD-2-Clause */
/* What a script is told: its environment, arguments and standard input. */
#include "exec.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PREFIX "CHECK_DELIVERY_"

/* More than the variables below that are no parameters. */
#define OWN_MAX 24

#define PATH "/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin"

/* ---- Parameters: NAME=VALUE -------------------------------------------- */

static size_t
name_length (const char *assignment)
{
  return strcspn (assignment, "=");
}

static int
check_name (struct delivery_endpoint *ep, const char *param,
            const char *assignment)
{
  static const char letters[]
      = "_ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  size_t length = name_length (assignment);

  /* The text may be a secret that lacks its name: it is not shown. */
  if (!assignment[length] || !length || strspn (assignment, letters) != length
      || (assignment[0] >= '0' && assignment[0] <= '9'))
    return delivery_fail (ep, DELIVERY_CONFIG,
                          "%s= without a proper name; write %s=NAME=VALUE",
                          param, param);
  if (strncmp (assignment, PREFIX, strlen (PREFIX)) == 0)
    return delivery_fail (ep, DELIVERY_CONFIG,
                          "%s=%.*s: names of " PREFIX "... are set here",
                          param, (int)length, assignment);
  return DELIVERY_OK;
}

int
environment_check (struct delivery_endpoint *ep)
{
  static const char *const params[] = { "env", "secret" };
  int result = DELIVERY_OK;

  for (int i = 0; i < 2; i++) {
    size_t n = delivery_param_count (ep, params[i]);

    for (size_t j = 0; j < n && result == DELIVERY_OK; j++)
      result
          = check_name (ep, params[i], delivery_param_at (ep, params[i], j));
  }
  for (size_t j = 0; result == DELIVERY_OK; j++) {
    const char *secret = delivery_param_at (ep, "secret", j);

    if (!secret)
      break;
    delivery_secret (ep, secret + name_length (secret) + 1);
  }
  return result;
}

/* ---- Lists of words ---------------------------------------------------- */

struct words {
  char **words; /* NULL without memory */
  size_t n;
};

static struct words
words_new (size_t max)
{
  return (struct words){ calloc (max + 1, sizeof (char *)), 0 };
}

static void
wipe (char *text)
{
  explicit_bzero (text, strlen (text));
  free (text);
}

void
words_free (char **words)
{
  for (size_t i = 0; words && words[i]; i++)
    wipe (words[i]);
  free (words);
}

/* Takes a word; what is missing makes the list NULL. */
static void
add (struct words *list, char *word)
{
  if (list->words && word) {
    list->words[list->n++] = word;
    return;
  }
  words_free (list->words);
  list->words = NULL;
  if (word)
    wipe (word);
}

/* Sets a variable; one of that name that is there gives way. */
static void
assign (struct words *list, char *assignment)
{
  size_t length = assignment ? name_length (assignment) + 1 : 0;

  for (size_t i = 0; list->words && assignment && i < list->n; i++)
    if (strncmp (list->words[i], assignment, length) == 0) {
      wipe (list->words[i]);
      list->words[i] = assignment;
      return;
    }
  add (list, assignment);
}

static void
set (struct words *list, const char *name, const char *value)
{
  char *assignment;

  if (!value)
    return;
  if (asprintf (&assignment, "%s=%s", name, value) < 0)
    assignment = NULL;
  assign (list, assignment);
}

static void
set_number (struct words *list, const char *name, unsigned number)
{
  char text[16];

  snprintf (text, sizeof text, "%u", number);
  set (list, name, number ? text : NULL);
}

/* Seconds with a point, whatever the locale says. */
static void
set_seconds (struct words *list, const char *name, int64_t left)
{
  long long ms = left > 0 ? left / 1000 : 0;
  char text[32];

  snprintf (text, sizeof text, "%lld.%03lld", ms / 1000, ms % 1000);
  set (list, name, text);
}

/* ---- One run ----------------------------------------------------------- */

char **
environment_new (struct delivery_endpoint *ep, const struct exec *exec,
                 int64_t until)
{
  size_t n_env = delivery_param_count (ep, "env");
  size_t n_secret = delivery_param_count (ep, "secret");
  struct words list = words_new (OWN_MAX + n_env + n_secret);
  int is_sender = delivery_role (ep) == DELIVERY_SENDER;

  set (&list, "PATH", PATH);
  set (&list, "LANG", "C");
  set (&list, "HOME", getenv ("HOME"));
  set (&list, "TMPDIR", exec->folder);
  for (size_t i = 0; i < n_env; i++)
    assign (&list, strdup (delivery_param_at (ep, "env", i)));
  for (size_t i = 0; i < n_secret; i++)
    assign (&list, strdup (delivery_param_at (ep, "secret", i)));
  set (&list, PREFIX "ROLE", is_sender ? "sender" : "receiver");
  set (&list, PREFIX "TOKEN", delivery_token (ep));
  set (&list, PREFIX "SCHEME", delivery_scheme (ep));
  set (&list, PREFIX "USER", delivery_user (ep));
  set (&list, PREFIX "HOST", delivery_host (ep));
  set_number (&list, PREFIX "PORT", delivery_port (ep));
  set (&list, PREFIX "PATH", exec->script);
  set (&list, PREFIX "PEER_USER", delivery_peer_user (ep));
  set_number (&list, PREFIX "FAMILY", (unsigned)delivery_family (ep));
  set (&list, PREFIX "TMPDIR", exec->folder);
  set_seconds (&list, PREFIX "SECONDS", until - delivery_now ());
  return list.words;
}

char **
arguments_new (struct delivery_endpoint *ep, const struct exec *exec,
               enum step step)
{
  size_t n = delivery_param_count (ep, "arg");
  struct words list = words_new (n + 2);

  add (&list, strdup (exec->script));
  add (&list, strdup (step_name (step)));
  for (size_t i = 0; i < n; i++)
    add (&list, strdup (delivery_param_at (ep, "arg", i)));
  return list.words;
}

char *
input_new (struct delivery_endpoint *ep)
{
  const char *token = delivery_token (ep), *password = delivery_password (ep);
  char *text;

  if (asprintf (&text, "%s%s%s%s%s%s", token ? "token=" : "",
                token ? token : "", token ? "\n" : "",
                password ? "password=" : "", password ? password : "",
                password ? "\n" : "")
      < 0)
    return NULL;
  return text;
}
