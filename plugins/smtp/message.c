/* SPDX-License-Identifier: BSD-2-Clause */
/* MAIL, RCPT, DATA. */
#include "smtp.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* The message, and what the dialogue says of it. */
struct sending {
  struct smtp *smtp;
  const char *text;
  size_t length;
};

/* ---- Whether the server can take it ------------------------------------ */

static int
check_size (const struct sending *sending)
{
  const struct smtp *smtp = sending->smtp;

  if (!smtp->size_max || sending->length <= smtp->size_max)
    return DELIVERY_OK;
  return delivery_fail (
      sending->smtp->ep, DELIVERY_REJECTED,
      "the message has %zu bytes, and the server takes %" PRIu64,
      sending->length, smtp->size_max);
}

static int
check_utf8 (const struct sending *sending)
{
  if (!delivery_mail_is_utf8 (sending->smtp->mail)
      || sending->smtp->offered & SMTP_SMTPUTF8)
    return DELIVERY_OK;
  return delivery_fail (sending->smtp->ep, DELIVERY_REJECTED,
                        "an address is not ASCII, and the server does not "
                        "offer SMTPUTF8");
}

/* ---- Commands ---------------------------------------------------------- */

static void
say_mail (const struct sending *sending)
{
  const struct smtp *smtp = sending->smtp;
  int is_utf8 = delivery_mail_is_utf8 (smtp->mail);
  char size[32] = "";

  if (smtp->offered & SMTP_SIZE)
    snprintf (size, sizeof size, " SIZE=%zu", sending->length);
  delivery_stream_printf (
      smtp->stream, "MAIL FROM:<%s>%s%s%s", delivery_mail_from (smtp->mail),
      size, is_utf8 && smtp->offered & SMTP_8BITMIME ? " BODY=8BITMIME" : "",
      is_utf8 ? " SMTPUTF8" : "");
}

static void
say_rcpt (const struct sending *sending)
{
  delivery_stream_printf (sending->smtp->stream, "RCPT TO:<%s>",
                          delivery_mail_to (sending->smtp->mail));
}

static void
say_data (const struct sending *sending)
{
  delivery_stream_printf (sending->smtp->stream, "DATA");
}

/* A server with PIPELINING takes QUIT behind the message: one more round trip
 * is saved (RFC 2920, section 3.1). */
static void
say_message (const struct sending *sending)
{
  struct smtp *smtp = sending->smtp;

  delivery_stream_write_dotted (smtp->stream, sending->text, sending->length);
  if (!(smtp->offered & SMTP_PIPELINING))
    return;
  delivery_stream_printf (smtp->stream, "QUIT");
  smtp->quit_is_sent = 1;
  smtp_asked (smtp);
}

/* ---- The dialogue ------------------------------------------------------ */

static void
ask (const struct sending *sending, void (*say) (const struct sending *))
{
  say (sending);
  smtp_asked (sending->smtp);
}

/* A server that wants TLS or a login first says 530 to both (RFC 3207, section
 * 4; RFC 4954, section 6). */
static int
fail_by_530 (const struct sending *sending, const struct delivery_reply *reply,
             const char *what)
{
  struct delivery_stream *stream = sending->smtp->stream;
  char hint[128];

  if (delivery_stream_is_tls (stream) || !strstr (reply->lines[0], "STARTTLS"))
    return delivery_reply_fail_as (stream, reply, what, DELIVERY_AUTH);
  snprintf (hint, sizeof hint, "%s (the server wants smtpstarttls://)", what);
  return delivery_reply_fail_as (stream, reply, hint, DELIVERY_TLS);
}

static int
fail_by_reply (const struct sending *sending,
               const struct delivery_reply *reply, const char *what)
{
  if (reply->code == 530)
    return fail_by_530 (sending, reply, what);
  return delivery_reply_fail (sending->smtp->stream, reply, what);
}

static int
expect (const struct sending *sending, int low, int high, const char *what)
{
  const struct delivery_reply *reply;
  int result = smtp_answer (sending->smtp, &reply);

  if (result == DELIVERY_OK && (reply->code < low || reply->code > high))
    return fail_by_reply (sending, reply, what);
  return result;
}

static int
expect_recipient (const struct sending *sending)
{
  char what[80];

  snprintf (what, sizeof what, "RCPT TO:<%s>",
            delivery_mail_to (sending->smtp->mail));
  return expect (sending, 250, 252, what);
}

/* The three in one go.  The first refusal counts; smtp_end() reads the answers
 * behind it. */
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

/* The server's words, such as the number in its queue, prove that it has
 * taken over. */
static int
finish (const struct sending *sending)
{
  const struct delivery_reply *reply;
  int result;

  ask (sending, say_message);
  result = smtp_answer (sending->smtp, &reply);
  if (result != DELIVERY_OK)
    return result;
  if (reply->code != 250)
    return fail_by_reply (sending, reply, "the message");
  delivery_fact (sending->smtp->ep, "accepted", "%s", reply->lines[0]);
  return DELIVERY_OK;
}

int
smtp_send_message (struct smtp *smtp)
{
  struct sending sending = { smtp, NULL, 0 };
  int result;

  sending.text = delivery_mail_text (
      smtp->mail, delivery_stream_local_name (smtp->stream), &sending.length);
  result = check_size (&sending);
  if (result == DELIVERY_OK)
    result = check_utf8 (&sending);
  if (result != DELIVERY_OK)
    return result;
  if (smtp->offered & SMTP_PIPELINING)
    result = begin_at_once (&sending);
  else
    result = begin_one_by_one (&sending);
  return result == DELIVERY_OK ? finish (&sending) : result;
}
