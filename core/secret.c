/* SPDX-License-Identifier: BSD-2-Clause */
#include "secret.h"

#include <string.h>

/* A secret shorter than this is masked only where it stands alone: to mask
 * every "a" of a message would tell more than it hides. */
#define SHORT 4

/* From here on upper and lower case are the same: servers shout. */
#define CASELESS 8

/* So much of the beginning of a secret is masked like all of it: servers cut
 * what they repeat.  Less of it may be a word, or the user's name. */
#define PART 16

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

/* Takes a form that is not there yet. */
static void
take_form (struct secrets *secrets, char *form)
{
  gboolean is_new = *form != '\0';

  for (guint i = 0; is_new && i < secrets->forms->len; i++)
    is_new = strcmp (secrets->forms->pdata[i], form) != 0;
  if (is_new)
    g_ptr_array_add (secrets->forms, form);
  else
    secret_free (form);
}

static char *
hex (const char *text)
{
  static const char digits[] = "0123456789abcdef";
  gsize length = strlen (text);
  char *out = g_malloc0 (2 * length + 1);

  for (gsize i = 0; i < length; i++) {
    out[2 * i] = digits[(guchar)text[i] >> 4];
    out[2 * i + 1] = digits[(guchar)text[i] & 15];
  }
  return out;
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

  memcpy (padded + offset, text, length);
  all = g_base64_encode (padded, offset + length);
  form = g_strndup (all + skip, end > skip ? end - skip : 0);
  secret_free (all);
  explicit_bzero (padded, offset + length);
  return form;
}

void
secrets_add (struct secrets *secrets, const char *text)
{
  if (!text || !*text)
    return;
  take_form (secrets, g_strdup (text));
  if (strlen (text) < SHORT)
    return;
  take_form (secrets, hex (text));
  for (gsize offset = 0; offset < 3; offset++)
    take_form (secrets, base64_at (text, offset));
}

/* ---- Comparing --------------------------------------------------------- */

/* Steps over what stands for the same in both; FALSE if they differ. */
typedef gboolean compare_step (const char **text, const char **form,
                               gboolean caseless);

static gboolean
step_plain (const char **text, const char **form, gboolean caseless)
{
  char a = **text, b = **form;

  if (a != b && (!caseless || g_ascii_tolower (a) != g_ascii_tolower (b)))
    return FALSE;
  (*text)++;
  (*form)++;
  return TRUE;
}

/* The number that `n` hexadecimal digits are, or -1. */
static int
number_of (const char *digits, int n)
{
  int number = 0;

  for (int i = 0; i < n; i++) {
    if (!g_ascii_isxdigit (digits[i]))
      return -1;
    number = number * 16 + g_ascii_xdigit_value (digits[i]);
  }
  return number;
}

/* "\u00e4" of JSON. */
static gboolean
step_unicode (const char **text, const char **form)
{
  gunichar wanted = g_utf8_get_char_validated (*form, -1);

  if (strncmp (*text, "\\u", 2) != 0 || wanted > 0xffff
      || number_of (*text + 2, 4) != (int)wanted)
    return FALSE;
  *text += 6;
  *form = g_utf8_next_char (*form);
  return TRUE;
}

/* In which any byte may be escaped: "%2f" and "+" of URLs, "\"" of quoted
 * strings and JSON. */
static gboolean
step_escaped (const char **text, const char **form, gboolean caseless)
{
  const char *t = *text;
  int wanted = (guchar) * *form, length = 0;

  if (t[0] == '%' && number_of (t + 1, 2) == wanted)
    length = 3;
  else if (t[0] == '\\' && (guchar)t[1] == wanted)
    length = 2;
  else if (t[0] == '+' && wanted == ' ')
    length = 1;
  if (!length)
    return step_unicode (text, form) || step_plain (text, form, caseless);
  *text += length;
  (*form)++;
  return TRUE;
}

/* The end of what `text` begins with of the form; `*matched` bytes of it. */
static const char *
compare (const char *text, const char *form, compare_step *step,
         gboolean caseless, gsize *matched)
{
  const char *at = form;

  while (*text && *at && step (&text, &at, caseless))
    ;
  *matched = (gsize)(at - form);
  return text;
}

static gboolean
stands_alone (const char *text, const char *from, const char *to)
{
  return (from == text || !g_ascii_isalnum (from[-1]))
         && !g_ascii_isalnum (*to);
}

/* ---- Masking ----------------------------------------------------------- */

/* Marks each byte of `text` that belongs to the form, wherever it stands. */
static void
mark_form (const char *text, const char *form, compare_step *step, char *marks)
{
  gsize length = strlen (form), matched;
  const char *done = text;

  for (const char *from = text; *from; from++) {
    const char *to = compare (from, form, step, length >= CASELESS, &matched);

    if (matched < MIN (length, PART)
        || (length < SHORT && !stands_alone (text, from, to)))
      continue;
    if (to > done) {
      const char *first = MAX (from, done);

      memset (marks + (first - text), 1, (gsize)(to - first));
      done = to;
    }
  }
}

/* Where an escape begins that the text does not end, or its end. */
static gsize
escapes_end (const char *text, gsize length)
{
  for (gsize n = MIN (length, 5); n; n--)
    if (text[length - n] == '\\' || (n < 3 && text[length - n] == '%'))
      return length - n;
  return length;
}

void
secrets_trim_cut (const struct secrets *secrets, char *text)
{
  static compare_step *const steps[] = { step_plain, step_escaped };
  gsize length = escapes_end (text, strlen (text)), end = length, matched;

  text[length] = '\0';
  for (guint i = 0; i < 2 * secrets->forms->len; i++) {
    const char *form = secrets->forms->pdata[i / 2];
    gsize most = MIN (6 * strlen (form), length);

    for (const char *at = text + length - most; at < text + end; at++)
      if (!*compare (at, form, steps[i % 2], TRUE, &matched))
        end = (gsize)(at - text);
  }
  text[end] = '\0';
}

/* First all is marked, then each marked stretch replaced: one secret may be
 * a part of another, or overlap it. */
char *
secrets_mask (const struct secrets *secrets, const char *text)
{
  GString *masked = g_string_new (NULL);
  gsize length = strlen (text);
  g_autofree char *marks = g_malloc0 (length + 1);

  for (guint i = 0; i < secrets->forms->len; i++) {
    mark_form (text, secrets->forms->pdata[i], step_plain, marks);
    mark_form (text, secrets->forms->pdata[i], step_escaped, marks);
  }
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
