/* SPDX-License-Identifier: BSD-2-Clause */
#include "secret.h"

#include <string.h>

/* A secret shorter than this is masked only where it stands alone: to mask
 * every "a" of a message would tell more than it hides. */
#define SHORT 4

struct secrets {
  GPtrArray *forms; /* of char *, wiped when freed */
};

static void
form_free (void *form)
{
  secret_free (form);
}

struct secrets *
secrets_new (void)
{
  struct secrets *secrets = g_new0 (struct secrets, 1);

  secrets->forms = g_ptr_array_new_with_free_func (form_free);
  return secrets;
}

void
secrets_free (struct secrets *secrets)
{
  if (!secrets)
    return;
  g_ptr_array_unref (secrets->forms);
  g_free (secrets);
}

static void
take_form (struct secrets *secrets, char *form)
{
  if (*form)
    g_ptr_array_add (secrets->forms, form);
  else
    secret_free (form);
}

static char *
hex (const char *text, const char *digits)
{
  GString *out = g_string_new (NULL);

  for (const guchar *p = (const guchar *)text; *p; p++) {
    g_string_append_c (out, digits[*p >> 4]);
    g_string_append_c (out, digits[*p & 15]);
  }
  return g_string_free (out, FALSE);
}

/* Percent-encoded text with its hexadecimal digits in lower case. */
static char *
lower_percent (const char *encoded)
{
  char *lower = g_strdup (encoded);

  for (char *p = lower; (p = strchr (p, '%')); p += 3) {
    p[1] = g_ascii_tolower (p[1]);
    p[2] = g_ascii_tolower (p[2]);
  }
  return lower;
}

/* The part of base64 text that is the same whatever stands before the secret,
 * if it begins `offset` bytes into a group of three, and behind it. */
static char *
base64_at (const char *text, gsize offset)
{
  gsize length = strlen (text), skip = (offset * 8 + 5) / 6;
  gsize end = (offset + length) * 8 / 6;
  g_autofree guchar *padded = g_malloc0 (offset + length + 1);
  char *all, *form;

  for (gsize i = 0; i < length; i++)
    padded[offset + i] = (guchar)text[i];
  all = g_base64_encode (padded, offset + length);
  form = g_strndup (all + skip, end > skip ? end - skip : 0);
  secret_free (all);
  explicit_bzero (padded, offset + length);
  return form;
}

void
secrets_add (struct secrets *secrets, const char *text)
{
  char *encoded;

  if (!text || !*text)
    return;
  take_form (secrets, g_strdup (text));
  if (strlen (text) < SHORT)
    return;
  encoded = g_uri_escape_string (text, NULL, FALSE);
  take_form (secrets, lower_percent (encoded));
  take_form (secrets, encoded);
  take_form (secrets, hex (text, "0123456789abcdef"));
  take_form (secrets, hex (text, "0123456789ABCDEF"));
  for (gsize offset = 0; offset < 3; offset++)
    take_form (secrets, base64_at (text, offset));
}

static gboolean
stands_alone (const char *text, const char *at, gsize length)
{
  return (at == text || !g_ascii_isalnum (at[-1]))
         && !g_ascii_isalnum (at[length]);
}

/* Marks each byte of `text` that belongs to the form, wherever it stands. */
static void
mark_form (const char *text, const char *form, char *marks)
{
  gsize length = strlen (form), done = 0;

  for (const char *at = text; (at = strstr (at, form)); at++) {
    gsize from = (gsize)(at - text), end = from + length;

    if (length < SHORT && !stands_alone (text, at, length))
      continue;
    from = MAX (from, done);
    memset (marks + from, 1, end - from);
    done = end;
  }
}

/* The length of the longest beginning of `form` that ends `text`. */
static gsize
cut_form (const char *text, gsize length, const char *form)
{
  gsize n = MIN (strlen (form), length);

  while (n && memcmp (text + length - n, form, n) != 0)
    n--;
  return n;
}

void
secrets_trim_cut (const struct secrets *secrets, char *text)
{
  gsize length = strlen (text), most = 0;

  for (guint i = 0; i < secrets->forms->len; i++)
    most = MAX (most, cut_form (text, length, secrets->forms->pdata[i]));
  text[length - most] = '\0';
}

/* First all is marked, then each marked stretch replaced: one secret may be
 * a part of another, or overlap it. */
char *
secrets_mask (const struct secrets *secrets, const char *text)
{
  GString *masked = g_string_new (NULL);
  gsize length = strlen (text);
  g_autofree char *marks = g_malloc0 (length + 1);

  for (guint i = 0; i < secrets->forms->len; i++)
    mark_form (text, secrets->forms->pdata[i], marks);
  for (gsize i = 0; i < length; i++)
    if (!marks[i])
      g_string_append_c (masked, text[i]);
    else if (i == 0 || !marks[i - 1])
      g_string_append (masked, "***");
  return g_string_free (masked, FALSE);
}

void
secret_free (char *text)
{
  if (!text)
    return;
  explicit_bzero (text, strlen (text));
  g_free (text);
}

void
secret_string_free (GString *string)
{
  explicit_bzero (string->str, string->allocated_len);
  g_string_free (string, TRUE);
}
