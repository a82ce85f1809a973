/* SPDX-License-Identifier: BSD-2-Clause */
/* Mail: a message of ours is proper and found again, whatever the parameters
 * say; a header of others is judged.  Input: a subject, a field, a recipient,
 * a line each; then a header. */
#include "end.h"
#include "fuzz.h"

#include "net/address.h"
#include "net/encoded_word.h"

#include <string.h>

/* RFC 5322, section 2.1.1. */
#define LINE_MAX_ALLOWED 998

/* Every line of it ends in CR LF and is not too long; nothing is a control
 * character. */
static void
check_lines (const char *text, size_t length)
{
  size_t line = 0;

  FUZZ_REQUIRE (length >= 2 && strlen (text) == length);
  FUZZ_REQUIRE (strcmp (text + length - 2, "\r\n") == 0);
  for (size_t i = 0; i < length; i++) {
    if (text[i] == '\r') {
      FUZZ_REQUIRE (text[i + 1] == '\n' && line <= LINE_MAX_ALLOWED);
      line = 0;
      i++;
      continue;
    }
    FUZZ_REQUIRE (text[i] == '\t' || !g_ascii_iscntrl (text[i]));
    line++;
  }
}

/* A header that could not be told from ours must not pass for it. */
static size_t
count (const char *text, const char *wanted)
{
  size_t n = 0;

  while ((text = strcasestr (text, wanted))) {
    text += strlen (wanted);
    n++;
  }
  return n;
}

static void
check_message (struct end *end)
{
  struct delivery_mail *mail;
  const char *text;
  size_t length;

  if (delivery_mail_new (end->ep, &mail) != DELIVERY_OK)
    return;
  FUZZ_REQUIRE (address_is_proper (delivery_mail_to (mail)));
  text = delivery_mail_text (mail, "probe.example.org", &length);
  check_lines (text, length);
  FUZZ_REQUIRE (count (text, "\nX-Check-Delivery-Token:") == 1);
  FUZZ_REQUIRE (count (text, "\nMessage-ID:") == 1);
  FUZZ_REQUIRE (delivery_mail_judge (end->ep, text, length) == DELIVERY_OK);
  delivery_mail_free (mail);
}

/* Subject and header as parameters of the URL. */
static char *
url_of (const char *subject, const char *field, const char *to)
{
  g_autofree char *s = g_uri_escape_string (subject, NULL, FALSE);
  g_autofree char *f = g_uri_escape_string (field, NULL, FALSE);
  g_autofree char *t = g_uri_escape_string (to, NULL, FALSE);

  return g_strconcat (END_URL "?subject=", s, *f ? "&header=" : "", f,
                      "&to=", t, NULL);
}

static void
check_judge (const struct fuzz_input *input)
{
  struct end end;
  int result;

  FUZZ_REQUIRE (end_init (&end, DELIVERY_RECEIVER, END_URL));
  result = delivery_mail_judge (end.ep, (const char *)input->at, input->left);
  FUZZ_REQUIRE (result == DELIVERY_OK || result == DELIVERY_NOT_FOUND
                || result == DELIVERY_MANGLED);
  if (result != DELIVERY_NOT_FOUND)
    FUZZ_REQUIRE (
        memmem (input->at, input->left, END_TOKEN, strlen (END_TOKEN)));
  FUZZ_REQUIRE ((result == DELIVERY_MANGLED) == (end.ep->text != NULL));
  end_clear (&end);
}

/* What readers of RFC 2047 make of it. */
static char *
decode_words (const char *text)
{
  GString *out = g_string_new (NULL);
  const char *start = "=?UTF-8?B?";
  gboolean behind_word = FALSE;

  while (*text) {
    const char *at = text + (behind_word && *text == ' ');
    const char *end = g_str_has_prefix (at, start)
                          ? strstr (at + strlen (start), "?=")
                          : NULL;

    if (end) {
      g_autofree char *part = g_strndup (at + strlen (start),
                                         (gsize)(end - at) - strlen (start));
      gsize length;
      g_autofree guchar *bytes = g_base64_decode (part, &length);

      FUZZ_REQUIRE (end + 2 - at <= 75);
      FUZZ_REQUIRE (
          g_utf8_validate ((const char *)bytes, (gssize)length, NULL));
      g_string_append_len (out, (const char *)bytes, (gssize)length);
      text = end + 2;
    } else {
      g_string_append_c (out, *text++);
    }
    behind_word = end != NULL;
  }
  return g_string_free (out, FALSE);
}

static void
check_words (const char *text)
{
  g_autofree char *words = encoded_words (text);
  g_autofree char *decoded = decode_words (words);

  for (const char *p = words; *p; p++)
    FUZZ_REQUIRE ((guchar)*p < 0x80);
  FUZZ_REQUIRE (strcmp (decoded, text) == 0);
}

FUZZ_TARGET (mail)
{
  struct fuzz_input input = { data, size };
  g_autofree char *subject = fuzz_line (&input);
  g_autofree char *field = fuzz_line (&input);
  g_autofree char *to = fuzz_line (&input);
  g_autofree char *url = url_of (subject, field, to);
  struct end end;

  if (end_init (&end, DELIVERY_SENDER, url)) {
    check_words (subject);
    check_message (&end);
    end_clear (&end);
  }
  check_judge (&input);
  return 0;
}
