/* SPDX-License-Identifier: BSD-2-Clause */
/* Whether a message is ours. */
#include <delivery/net.h>
#include <glib.h>
#include <string.h>

#define OUR_FIELD "x-check-delivery-token"
#define ID_FIELD "message-id"

struct text {
  const char *start, *end;
};

/* The next line, without its end. */
static struct text
next_line (struct text *rest)
{
  struct text line = { rest->start, rest->end };
  const char *end
      = memchr (rest->start, '\n', (gsize)(rest->end - rest->start));

  if (end)
    line.end = end;
  rest->start = end ? end + 1 : rest->end;
  if (line.end > line.start && line.end[-1] == '\r')
    line.end--;
  return line;
}

static struct text
trim (struct text text)
{
  while (text.start < text.end && g_ascii_isspace (*text.start))
    text.start++;
  while (text.end > text.start && g_ascii_isspace (text.end[-1]))
    text.end--;
  return text;
}

static gboolean
equals (struct text text, const char *wanted)
{
  gsize length = strlen (wanted);

  return (gsize)(text.end - text.start) == length
         && memcmp (text.start, wanted, length) == 0;
}

/* "<TOKEN@anything>" */
static gboolean
is_our_id (struct text value, const char *token)
{
  gsize length = strlen (token);

  return (gsize)(value.end - value.start) > length + 2 && value.start[0] == '<'
         && value.end[-1] == '>'
         && memcmp (value.start + 1, token, length) == 0
         && value.start[1 + length] == '@'
         && !memchr (value.start, ' ', (gsize)(value.end - value.start));
}

static gboolean
is_named (struct text field, gsize name, const char *wanted)
{
  return name == strlen (wanted)
         && g_ascii_strncasecmp (field.start, wanted, name) == 0;
}

/* A field with all its lines: a line that begins with a blank belongs to the
 * one before. */
static struct text
next_field (struct text *rest)
{
  struct text field = next_line (rest);

  while (field.start < field.end && rest->start < rest->end
         && (*rest->start == ' ' || *rest->start == '\t'))
    field.end = next_line (rest).end;
  return field;
}

/* The value may have been moved to a line of its own: it is trimmed. */
static struct text
field_value (struct text field, gsize *name)
{
  const char *colon
      = memchr (field.start, ':', (gsize)(field.end - field.start));
  struct text value = { field.end, field.end };

  *name = colon ? (gsize)(colon - field.start) : 0;
  if (colon)
    value.start = colon + 1;
  return trim (value);
}

int
delivery_mail_judge (struct delivery_endpoint *ep, const char *header,
                     size_t length)
{
  struct text rest = { header, header + length };
  const char *token = delivery_token (ep);
  gboolean has_field = FALSE, has_id = FALSE;

  while (rest.start < rest.end) {
    struct text field = next_field (&rest);
    gsize name;
    struct text value = field_value (field, &name);

    /* The header ends where the body begins. */
    if (field.start == field.end)
      break;
    if (is_named (field, name, OUR_FIELD))
      has_field |= equals (value, token);
    else if (is_named (field, name, ID_FIELD))
      has_id |= is_our_id (value, token);
  }
  if (has_field && has_id)
    return DELIVERY_OK;
  if (has_field)
    return delivery_fail (ep, DELIVERY_MANGLED,
                          "found, but its Message-ID was changed on the way");
  if (has_id)
    return delivery_fail (ep, DELIVERY_MANGLED,
                          "found, but its field X-Check-Delivery-Token was "
                          "lost or changed on the way");
  return DELIVERY_NOT_FOUND;
}
