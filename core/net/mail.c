/* SPDX-License-Identifier: BSD-2-Clause */
#include "address.h"
#include "encoded_word.h"
#include "param.h"

#include <delivery/net.h>
#include <string.h>

/* Header lines are folded here (RFC 5322, section 2.1.1). */
#define LINE_MAX_WANTED 78

/* More of `header=` or `subject=` than this is no probe any more. */
#define HEADER_LINE_MAX 900

struct delivery_mail {
  struct delivery_endpoint *ep;
  char *from; /* of the envelope; "" for the empty reverse path */
  char *to;
  gboolean is_utf8;
  GString *text;
};

/* ---- Fields of the user's ---------------------------------------------- */

/* What a message has once, by us, or what would suggest other recipients. */
static const char *const our_fields[] = { "from",
                                          "to",
                                          "cc",
                                          "bcc",
                                          "date",
                                          "subject",
                                          "message-id",
                                          "return-path",
                                          "received",
                                          "auto-submitted",
                                          "x-auto-response-suppress",
                                          "x-check-delivery-token",
                                          "mime-version",
                                          "content-type",
                                          "content-transfer-encoding",
                                          "content-disposition",
                                          NULL };

/* A field name is printable ASCII without a colon (RFC 5322, 2.2). */
static gsize
field_name_length (const char *field)
{
  gsize length = 0;

  while (g_ascii_isgraph (field[length]) && field[length] != ':')
    length++;
  return field[length] == ':' ? length : 0;
}

static int
check_field (struct delivery_endpoint *ep, const char *field)
{
  gsize length = field_name_length (field);
  g_autofree char *name = g_ascii_strdown (field, (gssize)length);

  if (!length || strlen (field) > HEADER_LINE_MAX)
    return delivery_fail (ep, DELIVERY_CONFIG,
                          "header=: not a field such as 'X-Name: value'");
  if (strcmp (name, "subject") == 0)
    return delivery_fail (ep, DELIVERY_CONFIG,
                          "header=Subject: write subject= instead");
  if (g_strv_contains (our_fields, name))
    return delivery_fail (ep, DELIVERY_CONFIG,
                          "header=%.*s: the message has one of its own",
                          (int)length, field);
  return DELIVERY_OK;
}

static int
check_fields (struct delivery_endpoint *ep)
{
  const char *field, *subject = net_param (ep, "subject");
  int result = DELIVERY_OK;

  if (subject && strlen (subject) > HEADER_LINE_MAX)
    return delivery_fail (ep, DELIVERY_CONFIG,
                          "subject=: longer than %d bytes", HEADER_LINE_MAX);
  if (!delivery_param_is_declared (ep, "header"))
    return result;
  for (size_t i = 0; (field = delivery_param_at (ep, "header", i)); i++) {
    result = check_field (ep, field);
    if (result != DELIVERY_OK)
      break;
  }
  return result;
}

/* ---- The two ends ------------------------------------------------------ */

static int
find_recipient (struct delivery_mail *mail)
{
  const char *to = net_param (mail->ep, "to");
  const char *what = to ? "to=" : "the user of the receiver's URL: ";

  if (!to)
    to = delivery_peer_user (mail->ep);
  if (!to)
    return delivery_fail (mail->ep, DELIVERY_CONFIG,
                          "no recipient: the receiver's URL has no user; add "
                          "?to=ADDRESS to the sender's");
  if (!address_is_proper (to))
    return delivery_fail (mail->ep, DELIVERY_CONFIG, "%s%s: not an address",
                          what, to);
  mail->to = g_strdup (to);
  return DELIVERY_OK;
}

static int
find_sender (struct delivery_mail *mail)
{
  const char *from = net_param (mail->ep, "from");
  const char *what = from ? "from=" : "the user of the sender's URL: ";

  if (!from)
    from = delivery_user (mail->ep);
  if (!from)
    return delivery_fail (mail->ep, DELIVERY_CONFIG,
                          "no sender: the URL has no user; add ?from=ADDRESS "
                          "(from= for the empty reverse path)");
  if (*from && !address_is_proper (from))
    return delivery_fail (mail->ep, DELIVERY_CONFIG,
                          "%s%s: not an address; ?from=ADDRESS names one",
                          what, from);
  mail->from = g_strdup (from);
  return DELIVERY_OK;
}

int
delivery_mail_new (struct delivery_endpoint *ep, struct delivery_mail **mail)
{
  int result;

  *mail = g_new0 (struct delivery_mail, 1);
  (*mail)->ep = ep;
  result = find_recipient (*mail);
  if (result == DELIVERY_OK)
    result = find_sender (*mail);
  if (result == DELIVERY_OK)
    result = check_fields (ep);
  if (result != DELIVERY_OK) {
    g_clear_pointer (mail, delivery_mail_free);
    return result;
  }
  (*mail)->is_utf8
      = !g_str_is_ascii ((*mail)->from) || !g_str_is_ascii ((*mail)->to);
  return DELIVERY_OK;
}

void
delivery_mail_free (struct delivery_mail *mail)
{
  if (!mail)
    return;
  g_free (mail->from);
  g_free (mail->to);
  if (mail->text)
    g_string_free (mail->text, TRUE);
  g_free (mail);
}

const char *
delivery_mail_from (const struct delivery_mail *mail)
{
  return mail->from;
}

const char *
delivery_mail_to (const struct delivery_mail *mail)
{
  return mail->to;
}

int
delivery_mail_is_utf8 (const struct delivery_mail *mail)
{
  return mail->is_utf8;
}

/* ---- The text ---------------------------------------------------------- */

/* A field, folded where it has blanks; what is not ASCII becomes encoded
 * words. */
static void
add_field (GString *text, const char *name, const char *value)
{
  g_autofree char *encoded = encoded_words (value);
  g_auto (GStrv) words = g_strsplit (encoded, " ", -1);
  gsize column = strlen (name) + 1;

  g_string_append_printf (text, "%s:", name);
  for (char **word = words; *word; word++) {
    gsize length = strlen (*word);

    /* Nothing but blanks on a line would end the header for some. */
    if (word != words && length && column + 1 + length > LINE_MAX_WANTED) {
      g_string_append (text, "\r\n");
      column = 0;
    }
    g_string_append_printf (text, " %s", *word);
    column += 1 + length;
  }
  g_string_append (text, "\r\n");
}

/* RFC 5322, section 3.3, whatever the locale. */
static char *
format_date (void)
{
  static const char *const days[]
      = { "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun" };
  static const char *const months[]
      = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
  g_autoptr (GDateTime) now = g_date_time_new_now_local ();
  g_autofree char *rest = NULL;

  /* A broken TZ. */
  if (!now)
    now = g_date_time_new_now_utc ();
  rest = g_date_time_format (now, "%Y %H:%M:%S %z");
  return g_strdup_printf ("%s, %02d %s %s",
                          days[g_date_time_get_day_of_week (now) - 1],
                          g_date_time_get_day_of_month (now),
                          months[g_date_time_get_month (now) - 1], rest);
}

/* Whose mail it is, for From: the sender of the envelope, else who logs in,
 * else this machine.  Only addresses of the envelope may be other than ASCII:
 * by them the server is asked for SMTPUTF8. */
static char *
header_from (const struct delivery_mail *mail, const char *name)
{
  const char *user = delivery_user (mail->ep);

  if (*mail->from && address_domain (mail->from))
    return g_strdup (mail->from);
  if (*mail->from)
    return g_strdup_printf ("%s@%s", mail->from, name);
  if (user && address_domain (user) && address_is_proper (user)
      && g_str_is_ascii (user))
    return g_strdup (user);
  return g_strdup_printf ("check_delivery@%s", name);
}

static void
add_header (struct delivery_mail *mail, const char *name, const char *token)
{
  GString *text = mail->text;
  g_autofree char *from = header_from (mail, name);
  g_autofree char *date = format_date ();
  const char *given = net_param (mail->ep, "subject");
  g_autofree char *subject
      = g_strdup_printf ("%s%s%s", given, *given ? " " : "", token);
  const char *domain = address_domain (from);

  g_string_append_printf (text, "Date: %s\r\n", date);
  g_string_append_printf (text, "From: <%s>\r\n", from);
  g_string_append_printf (text, "To: <%s>\r\n", mail->to);
  add_field (text, "Subject", subject);
  g_string_append_printf (text, "Message-ID: <%s@%s>\r\n", token,
                          domain ? domain : name);
  g_string_append (text, "Auto-Submitted: auto-generated\r\n"
                         "X-Auto-Response-Suppress: All\r\n");
  g_string_append_printf (text, "X-Check-Delivery-Token: %s\r\n", token);
}

static void
add_users_fields (struct delivery_mail *mail)
{
  const char *field;

  if (!delivery_param_is_declared (mail->ep, "header"))
    return;
  for (size_t i = 0; (field = delivery_param_at (mail->ep, "header", i));
       i++) {
    gsize length = field_name_length (field);
    g_autofree char *name = g_strndup (field, length);

    add_field (mail->text, name,
               field + length + 1 + strspn (field + length + 1, " "));
  }
}

static void
add_body (GString *text, const char *token)
{
  g_string_append (text, "MIME-Version: 1.0\r\n"
                         "Content-Type: text/plain; charset=us-ascii\r\n"
                         "Content-Transfer-Encoding: 7bit\r\n"
                         "\r\n"
                         "check_delivery sent this message to see whether "
                         "mail arrives here.\r\n"
                         "It removes it when it finds it; whoever reads it "
                         "may do so too.\r\n"
                         "\r\n");
  g_string_append_printf (text, "%s\r\n", token);
}

const char *
delivery_mail_text (struct delivery_mail *mail, const char *name,
                    size_t *length)
{
  const char *token = delivery_token (mail->ep);

  if (!mail->text) {
    mail->text = g_string_new (NULL);
    add_header (mail, name, token);
    add_users_fields (mail);
    add_body (mail->text, token);
  }
  *length = mail->text->len;
  return mail->text->str;
}
