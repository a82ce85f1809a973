/* SPDX-License-Identifier: BSD-2-Clause */
#include "expand.h"

#include "reason.h"
#include "secret.h"
#include "slurp.h"

#include <string.h>

/* Long enough for any token, short enough to be none of a user's big files. */
#define SECRET_MAX (16 * 1024)

static gboolean
from_env (struct expander *expander, const char *name, GString *out,
          GError **error)
{
  const char *value = g_getenv (name);

  /* Whoever wipes it is told its name in a record, which must be UTF-8. */
  if (!g_utf8_validate (name, -1, NULL))
    return config_error (error, "the name of an environment variable is not "
                                "UTF-8");
  if (!value || !*value)
    return config_error (error, "environment variable %s is %s", name,
                         value ? "empty" : "not set");
  if (!g_utf8_validate (value, -1, NULL))
    return config_error (error, "environment variable %s is not UTF-8", name);
  if (expander->env_names)
    g_ptr_array_add (expander->env_names, g_strdup (name));
  g_string_append (out, value);
  return TRUE;
}

/* The content of a file without its final newline. */
static gboolean
from_file (const char *path, GString *out, GError **error)
{
  GString *content = slurp (path, SECRET_MAX, path, NULL, error);
  gboolean ok = TRUE;
  gsize length;

  if (!content)
    return FALSE;
  if (content->len && content->str[content->len - 1] == '\n')
    g_string_truncate (content, content->len - 1);
  length = content->len;
  if (length == 0)
    ok = config_error (error, "%s: empty", path);
  else if (memchr (content->str, '\0', length))
    ok = config_error (error, "%s: has a NUL byte", path);
  else if (!g_utf8_validate (content->str, (gssize)length, NULL))
    ok = config_error (error, "%s: not UTF-8", path);
  if (ok)
    g_string_append_len (out, content->str, (gssize)length);
  secret_string_free (content);
  return ok;
}

static gboolean
from_credential (const char *name, GString *out, GError **error)
{
  const char *folder = g_getenv ("CREDENTIALS_DIRECTORY");
  g_autofree char *path = NULL;

  if (!folder || !*folder)
    return config_error (error,
                         "credential %s: CREDENTIALS_DIRECTORY is not "
                         "set; systemd sets it for LoadCredential=",
                         name);
  if (strchr (name, '/') || *name == '.' || !*name)
    return config_error (error, "a credential's name has no '/' and does not "
                                "begin with '.'");
  path = g_build_filename (folder, name, NULL);
  return from_file (path, out, error);
}

static gboolean
skipped (const struct expander *expander, GString *out)
{
  if (expander->skip)
    g_string_append (out, EXPAND_STAND_IN);
  return expander->skip;
}

/* Does one of the three that fetch secrets.  FALSE in `*is_fetch` where
 * `name` is another kind of reference. */
static gboolean
fetch (struct expander *expander, const char *name, gboolean *is_fetch,
       GString *out, GError **error)
{
  const char *colon = strchr (name, ':');
  gsize kind = colon ? (gsize)(colon - name) : 0;

  *is_fetch = TRUE;
  if (kind == 3 && strncmp (name, "env", kind) == 0)
    return skipped (expander, out)
           || from_env (expander, colon + 1, out, error);
  if (kind == 10 && strncmp (name, "credential", kind) == 0)
    return skipped (expander, out) || from_credential (colon + 1, out, error);
  if (kind == 4 && strncmp (name, "file", kind) == 0) {
    g_autofree char *path
        = expander->folder && !g_path_is_absolute (colon + 1)
              ? g_build_filename (expander->folder, colon + 1, NULL)
              : g_strdup (colon + 1);

    return skipped (expander, out) || from_file (path, out, error);
  }
  *is_fetch = FALSE;
  return TRUE;
}

static gboolean
expand_reference (struct expander *expander, const char *name, guint depth,
                  GString *out, GError **error)
{
  gboolean is_fetch;

  if (++expander->references > EXPAND_REFERENCES)
    return config_error (error, "more than %d references for one value",
                         EXPAND_REFERENCES);
  if (!fetch (expander, name, &is_fetch, out, error))
    return FALSE;
  if (is_fetch)
    return TRUE;
  if (!expander->reference)
    return config_error (error, "only ${env:NAME}, ${file:PATH} and "
                                "${credential:NAME} are known here; write a "
                                "dollar sign as $$");
  return expander->reference (expander, name, depth, out, error);
}

gboolean
expand_text (struct expander *expander, const char *text, guint depth,
             GString *out, GError **error)
{
  const char *p = text;

  if (depth > EXPAND_DEPTH)
    return config_error (error,
                         "references nest more than %d deep, or in a "
                         "loop",
                         EXPAND_DEPTH);
  while (*p) {
    gsize plain = strcspn (p, "$");

    g_string_append_len (out, p, (gssize)plain);
    p += plain;
    if (p[0] == '$' && p[1] == '$') {
      g_string_append_c (out, '$');
      p += 2;
    } else if (p[0] == '$') {
      const char *close = p[1] == '{' ? strchr (p, '}') : NULL;
      g_autofree char *name = NULL;

      if (!close || close == p + 2)
        return config_error (error,
                             "lone '$' at byte %" G_GSIZE_FORMAT
                             "; write a dollar sign as $$",
                             (gsize)(p - text) + 1);
      name = g_strndup (p + 2, (gsize)(close - p - 2));
      if (!expand_reference (expander, name, depth, out, error))
        return FALSE;
      p = close + 1;
    }
    if (out->len > EXPAND_MAX)
      return config_error (error, "the value becomes longer than %d KiB",
                           EXPAND_MAX / 1024);
  }
  return TRUE;
}

char *
expand_argument (const char *text, GPtrArray *env_names, GError **error)
{
  struct expander expander = { .env_names = env_names };
  GString *out = g_string_new (NULL);

  if (expand_text (&expander, text, 1, out, error))
    return g_string_free (out, FALSE);
  secret_string_free (out);
  return NULL;
}
