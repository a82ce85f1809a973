/* SPDX-License-Identifier: BSD-2-Clause */
/* Sessions of SMTP and LMTP: what the two have in common. */
#include "stream.h"

#include <string.h>

/* How long QUIT may take, in microseconds. */
#define QUIT_MAX 1000000

struct delivery_smtp {
  struct delivery_stream *stream;
  GPtrArray *offers; /* lines of the answer to the last hello */
  guint outstanding; /* answers that are not read yet */
  gboolean quit_is_sent;
  gboolean is_over; /* its answer was waited for */
};

/* The message, and what is to be said of it. */
struct sending {
  struct delivery_smtp *smtp;
  struct delivery_mail *mail;
  const char *text;
  size_t length;
};

int
delivery_smtp_check_name (struct delivery_endpoint *ep, const char *param)
{
  const char *name = delivery_param (ep, param);
  const char *c = name;

  while (c && g_ascii_isgraph (*c))
    c++;
  if (!name || (*name && !*c))
    return DELIVERY_OK;
  return delivery_fail (ep, DELIVERY_CONFIG, "%s=%s: not a name of a machine",
                        param, name);
}

struct delivery_smtp *
delivery_smtp_new (struct delivery_stream *stream)
{
  struct delivery_smtp *smtp = g_new0 (struct delivery_smtp, 1);

  smtp->stream = stream;
  smtp->offers = g_ptr_array_new_with_free_func (g_free);
  return smtp;
}

void
delivery_smtp_free (struct delivery_smtp *smtp)
{
  if (!smtp)
    return;
  g_ptr_array_unref (smtp->offers);
  g_free (smtp);
}

/* ---- Answers ----------------------------------------------------------- */

/* Nothing of what was written will be sent.  A server may leave at any time,
 * with 421 (RFC 5321, section 3.8). */
static void
break_off (struct delivery_stream *stream)
{
  g_autofree char *said = g_strndup (stream->in + stream->in_start,
                                     stream->in_end - stream->in_start);

  said[strcspn (said, "\r\n")] = '\0';
  if (g_str_has_prefix (said, "421") && (!said[3] || strchr (" -", said[3])))
    stream_break (stream, DELIVERY_TEMPFAIL, "the server leaves: %s", said);
  else
    stream_break (stream, DELIVERY_PROTOCOL,
                  "the server spoke without being asked");
}

void
delivery_smtp_asked (struct delivery_smtp *smtp)
{
  if (!smtp->outstanding && delivery_stream_has_input (smtp->stream))
    break_off (smtp->stream);
  smtp->outstanding++;
}

int
delivery_smtp_answer (struct delivery_smtp *smtp,
                      const struct delivery_reply **reply)
{
  int result = delivery_reply_read (smtp->stream, reply);

  if (result == DELIVERY_OK)
    smtp->outstanding--;
  return result;
}

int
delivery_smtp_greeting (struct delivery_smtp *smtp)
{
  const struct delivery_reply *reply;
  int result;

  smtp->outstanding = 1;
  result = delivery_smtp_answer (smtp, &reply);
  if (result == DELIVERY_OK && reply->code != 220)
    return delivery_reply_fail (smtp->stream, reply, "greeting");
  return result;
}

/* ---- What the server offers -------------------------------------------- */

int
delivery_smtp_hello (struct delivery_smtp *smtp, const char *verb,
                     const char *name, const struct delivery_reply **reply)
{
  int result;

  g_ptr_array_set_size (smtp->offers, 0);
  delivery_stream_printf (smtp->stream, "%s %s", verb,
                          name ? name
                               : delivery_stream_local_name (smtp->stream));
  delivery_smtp_asked (smtp);
  result = delivery_smtp_answer (smtp, reply);
  if (result != DELIVERY_OK || (*reply)->code != 250)
    return result;
  for (size_t i = 1; i < (*reply)->n_lines; i++)
    g_ptr_array_add (smtp->offers, g_strdup ((*reply)->lines[i]));
  return DELIVERY_OK;
}

const char *
delivery_smtp_offer (const struct delivery_smtp *smtp, const char *keyword)
{
  gsize length = strlen (keyword);
  const char *found = NULL;

  for (guint i = 0; i < smtp->offers->len; i++) {
    const char *line = smtp->offers->pdata[i];

    if (g_ascii_strncasecmp (line, keyword, length) == 0
        && (!line[length] || line[length] == ' '))
      found = line + length + strspn (line + length, " ");
  }
  return found;
}

static int
check_size (const struct sending *sending)
{
  const char *size = delivery_smtp_offer (sending->smtp, "SIZE");
  guint64 max = size ? g_ascii_strtoull (size, NULL, 10) : 0;

  if (!max || sending->length <= max)
    return DELIVERY_OK;
  return delivery_fail (sending->smtp->stream->ep, DELIVERY_REJECTED,
                        "the message has %zu bytes, and the server takes "
                        "%" G_GUINT64_FORMAT,
                        sending->length, max);
}

static int
check_utf8 (const struct sending *sending)
{
  if (!delivery_mail_is_utf8 (sending->mail)
      || delivery_smtp_offer (sending->smtp, "SMTPUTF8"))
    return DELIVERY_OK;
  return delivery_fail (sending->smtp->stream->ep, DELIVERY_REJECTED,
                        "an address is not ASCII, and the server does not "
                        "offer SMTPUTF8");
}

/* ---- Commands ---------------------------------------------------------- */

static void
say_mail (const struct sending *sending)
{
  struct delivery_smtp *smtp = sending->smtp;
  gboolean is_utf8 = delivery_mail_is_utf8 (sending->mail);
  gboolean is_8bit = is_utf8 && delivery_smtp_offer (smtp, "8BITMIME");
  char size[32] = "";

  if (delivery_smtp_offer (smtp, "SIZE"))
    g_snprintf (size, sizeof size, " SIZE=%zu", sending->length);
  delivery_stream_printf (
      smtp->stream, "MAIL FROM:<%s>%s%s%s", delivery_mail_from (sending->mail),
      size, is_8bit ? " BODY=8BITMIME" : "", is_utf8 ? " SMTPUTF8" : "");
}

static void
say_rcpt (const struct sending *sending)
{
  delivery_stream_printf (sending->smtp->stream, "RCPT TO:<%s>",
                          delivery_mail_to (sending->mail));
}

static void
say_data (const struct sending *sending)
{
  delivery_stream_printf (sending->smtp->stream, "DATA");
}

static void
say_quit (struct delivery_smtp *smtp)
{
  delivery_stream_printf (smtp->stream, "QUIT");
  smtp->quit_is_sent = TRUE;
  delivery_smtp_asked (smtp);
}

/* ---- Handing over a mail ----------------------------------------------- */

static void
ask (const struct sending *sending, void (*say) (const struct sending *))
{
  say (sending);
  delivery_smtp_asked (sending->smtp);
}

/* A server that wants TLS or a login first says 530 to both (RFC 3207, section
 * 4; RFC 4954, section 6). */
static int
fail_by_530 (struct delivery_stream *stream,
             const struct delivery_reply *reply, const char *what)
{
  g_autofree char *hint = NULL;

  if (delivery_stream_is_tls (stream) || !strstr (reply->lines[0], "STARTTLS"))
    return delivery_reply_fail_as (stream, reply, what, DELIVERY_AUTH);
  hint = g_strdup_printf ("%s (the server wants STARTTLS first)", what);
  return delivery_reply_fail_as (stream, reply, hint, DELIVERY_TLS);
}

static int
judge (const struct sending *sending, const struct delivery_reply *reply,
       int low, int high, const char *what)
{
  struct delivery_stream *stream = sending->smtp->stream;

  if (reply->code >= low && reply->code <= high)
    return DELIVERY_OK;
  if (reply->code == 530)
    return fail_by_530 (stream, reply, what);
  return delivery_reply_fail (stream, reply, what);
}

static int
expect (const struct sending *sending, int low, int high, const char *what)
{
  const struct delivery_reply *reply;
  int result = delivery_smtp_answer (sending->smtp, &reply);

  return result == DELIVERY_OK ? judge (sending, reply, low, high, what)
                               : result;
}

static int
expect_recipient (const struct sending *sending)
{
  g_autofree char *what
      = g_strdup_printf ("RCPT TO:<%s>", delivery_mail_to (sending->mail));

  return expect (sending, 250, 252, what);
}

/* The three in one go.  The first refusal counts; delivery_smtp_quit() reads
 * the answers behind it. */
static int
begin_at_once (const struct sending *sending)
{
  int result;

  ask (sending, say_mail);
  ask (sending, say_rcpt);
  ask (sending, say_data);
  result = expect (sending, 250, 250, "MAIL");
  if (result == DELIVERY_OK)
    result = expect_recipient (sending);
  if (result == DELIVERY_OK)
    return expect (sending, 354, 354, "DATA");
  return result;
}

static int
begin_one_by_one (const struct sending *sending)
{
  int result;

  ask (sending, say_mail);
  result = expect (sending, 250, 250, "MAIL");
  if (result != DELIVERY_OK)
    return result;
  ask (sending, say_rcpt);
  result = expect_recipient (sending);
  if (result != DELIVERY_OK)
    return result;
  ask (sending, say_data);
  return expect (sending, 354, 354, "DATA");
}

/* A server with PIPELINING takes QUIT behind the message: one more round trip
 * is saved (RFC 2920, section 3.1).  The server's words, such as the number in
 * its queue, prove that it has taken over. */
static int
finish (const struct sending *sending)
{
  struct delivery_smtp *smtp = sending->smtp;
  const struct delivery_reply *reply;
  int result;

  delivery_stream_write_dotted (smtp->stream, sending->text, sending->length);
  delivery_smtp_asked (smtp);
  if (delivery_smtp_offer (smtp, "PIPELINING"))
    say_quit (smtp);
  result = delivery_smtp_answer (smtp, &reply);
  if (result == DELIVERY_OK)
    result = judge (sending, reply, 250, 250, "the message");
  if (result == DELIVERY_OK)
    delivery_fact (smtp->stream->ep, "accepted", "%s", reply->lines[0]);
  return result;
}

int
delivery_smtp_send (struct delivery_smtp *smtp, struct delivery_mail *mail)
{
  struct sending sending = { smtp, mail, NULL, 0 };
  int result;

  sending.text = delivery_mail_text (
      mail, delivery_stream_local_name (smtp->stream), &sending.length);
  result = check_size (&sending);
  if (result == DELIVERY_OK)
    result = check_utf8 (&sending);
  if (result != DELIVERY_OK)
    return result;
  if (delivery_smtp_offer (smtp, "PIPELINING"))
    result = begin_at_once (&sending);
  else
    result = begin_one_by_one (&sending);
  return result == DELIVERY_OK ? finish (&sending) : result;
}

/* ---- The end ----------------------------------------------------------- */

/* Reads what is still to come of a burst that failed.  If the server wants the
 * message all the same (354), the only safe word is none: what was refused
 * must not be delivered. */
static gboolean
skip_answers (struct delivery_smtp *smtp)
{
  const struct delivery_reply *reply;

  while (smtp->outstanding)
    if (delivery_smtp_answer (smtp, &reply) != DELIVERY_OK
        || reply->code == 354)
      return FALSE;
  return TRUE;
}

/* A server that does not say goodbye in time has taken the mail all the same.
 * 421 may come at any time (RFC 5321, section 3.8). */
static int
read_goodbye (struct delivery_smtp *smtp)
{
  const struct delivery_reply *reply = NULL;
  int result = DELIVERY_OK;

  while (result == DELIVERY_OK && smtp->outstanding)
    result = delivery_smtp_answer (smtp, &reply);
  if (result != DELIVERY_OK)
    return result == DELIVERY_PROTOCOL ? result : DELIVERY_OK;
  if (!reply || reply->code == 221 || reply->code == 421)
    return DELIVERY_OK;
  return delivery_reply_fail_as (smtp->stream, reply,
                                 "this is not the answer to QUIT",
                                 DELIVERY_PROTOCOL);
}

int
delivery_smtp_quit (struct delivery_smtp *smtp)
{
  if (smtp->is_over || smtp->stream->broken)
    return DELIVERY_OK; /* as was told already */
  smtp->is_over = TRUE;
  delivery_stream_set_limit (smtp->stream, delivery_now () + QUIT_MAX);
  if (!smtp->quit_is_sent) {
    if (!skip_answers (smtp))
      return DELIVERY_OK;
    say_quit (smtp);
  }
  return read_goodbye (smtp);
}
