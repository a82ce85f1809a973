/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A plugin that calls every function of delivery/net.h.  Its protocol is made
 * up, of pieces of real ones; old.py has the server.
 */
#include <delivery/net.h>

#include <stdlib.h>
#include <string.h>

struct both {
  struct delivery_net *net;
  struct delivery_stream *stream;
  struct delivery_mail *mail;
};

static int
both_open (struct delivery_endpoint *ep, uint32_t flags)
{
  struct both *both = calloc (1, sizeof *both);
  int result;

  (void)flags;
  if (!both)
    return delivery_fail (ep, DELIVERY_INTERNAL, "no memory");
  delivery_set_data (ep, both);
  result = delivery_net_new (ep, &both->net);
  if (result == DELIVERY_OK && delivery_role (ep) == DELIVERY_SENDER)
    result = delivery_mail_new (ep, &both->mail);
  return result;
}

static int
both_free (struct delivery_endpoint *ep, uint32_t flags)
{
  struct both *both = delivery_data (ep);

  (void)flags;
  if (both) {
    delivery_mail_free (both->mail);
    delivery_stream_free (both->stream);
    delivery_net_free (both->net);
  }
  free (both);
  return DELIVERY_OK;
}

/* A reply that must have one certain code. */
static int
expect (struct delivery_stream *stream, int code, const char *what)
{
  const struct delivery_reply *reply;
  int result = delivery_reply_read (stream, &reply);

  if (result != DELIVERY_OK || reply->code == code)
    return result;
  return strcmp (what, "AUTH") == 0
             ? delivery_reply_fail_as (stream, reply, what, DELIVERY_AUTH)
             : delivery_reply_fail (stream, reply, what);
}

/* An answer with text between its lines, then a text that a dot ends. */
static int
ask_for_help (struct delivery_endpoint *ep, struct delivery_stream *stream)
{
  const struct delivery_reply *reply;
  const char *line = "";
  int lines = 0, result;

  delivery_stream_printf (stream, "HELP");
  result = delivery_reply_read_text (stream, &reply);
  if (result == DELIVERY_OK)
    delivery_fact (ep, "help", "%d %s", reply->code, reply->lines[1]);
  while (result == DELIVERY_OK && line) {
    result = delivery_stream_read_dotted (stream, &line, NULL);
    lines += result == DELIVERY_OK && line;
  }
  delivery_fact (ep, "dotted", "%d", lines);
  return result;
}

static int
both_connect (struct delivery_endpoint *ep, uint32_t flags)
{
  struct both *both = delivery_data (ep);
  struct delivery_stream *stream;
  int result = delivery_net_connect (both->net, &both->stream);

  (void)flags;
  if (result != DELIVERY_OK)
    return result;
  stream = both->stream;
  delivery_stream_set_limit (stream, delivery_now () + 60 * (int64_t)1000000);
  result = expect (stream, 220, "the greeting");
  if (result != DELIVERY_OK)
    return result;
  delivery_stream_printf (stream, "STARTTLS %d",
                          delivery_stream_is_tls (stream));
  result = expect (stream, 220, "STARTTLS");
  if (result == DELIVERY_OK)
    result = delivery_stream_start_tls (stream);
  delivery_fact (ep, "secure", "%d", delivery_stream_is_tls (stream));
  return result == DELIVERY_OK ? ask_for_help (ep, stream) : result;
}

/* A whole session of SMTP, in the middle of ours. */
static int
talk_smtp (struct delivery_endpoint *ep, struct delivery_stream *stream,
           struct delivery_mail *mail)
{
  struct delivery_smtp *smtp = delivery_smtp_new (stream);
  const struct delivery_reply *reply;
  int result = delivery_smtp_check_name (ep, "servername");

  delivery_stream_printf (stream, "SMTP");
  if (result == DELIVERY_OK)
    result = delivery_smtp_greeting (smtp);
  if (result == DELIVERY_OK)
    result = delivery_smtp_hello (smtp, "EHLO", "every.example", &reply);
  if (result == DELIVERY_OK)
    delivery_fact (ep, "offer", "%s", delivery_smtp_offer (smtp, "SIZE"));
  delivery_stream_printf (stream, "NOOP");
  delivery_smtp_asked (smtp);
  if (result == DELIVERY_OK)
    result = delivery_smtp_answer (smtp, &reply);
  if (result == DELIVERY_OK)
    result = delivery_smtp_send (smtp, mail);
  if (result == DELIVERY_OK)
    result = delivery_smtp_quit (smtp);
  delivery_smtp_free (smtp);
  return result;
}

/* Two rounds: a challenge, and the last word. */
static int
log_in (struct delivery_endpoint *ep, struct delivery_stream *stream)
{
  struct delivery_sasl *sasl;
  const struct delivery_reply *reply;
  const char *response;
  int result = delivery_sasl_new (ep, "smtp", "CRAM-MD5", &sasl);

  if (result != DELIVERY_OK)
    return result;
  result = delivery_sasl_begin (sasl, &response);
  delivery_stream_printf (stream, "AUTH %s", delivery_sasl_mechanism (sasl));
  if (result == DELIVERY_OK)
    result = delivery_reply_read (stream, &reply);
  if (result == DELIVERY_OK)
    result = delivery_sasl_step (sasl, reply->lines[0], &response);
  if (result == DELIVERY_OK)
    result = delivery_stream_secret (stream, "", response);
  if (result == DELIVERY_OK)
    result = expect (stream, 235, "AUTH");
  if (result == DELIVERY_OK)
    result = delivery_sasl_end (sasl);
  delivery_sasl_free (sasl);
  return result;
}

static int
both_send (struct delivery_endpoint *ep, uint32_t flags)
{
  struct both *both = delivery_data (ep);
  struct delivery_stream *stream = both->stream;
  const char *name = delivery_stream_local_name (stream), *text;
  size_t length;
  int result = DELIVERY_OK;

  (void)flags;
  if (delivery_sasl_is_wanted (ep))
    result = log_in (ep, stream);
  if (result == DELIVERY_OK)
    result = talk_smtp (ep, stream, both->mail);
  if (result != DELIVERY_OK)
    return result;
  delivery_stream_printf (
      stream, "MAIL %s %s %d", delivery_mail_from (both->mail),
      delivery_mail_to (both->mail), delivery_mail_is_utf8 (both->mail));
  result = expect (stream, 354, "MAIL");
  if (result != DELIVERY_OK)
    return result;
  text = delivery_mail_text (both->mail, name, &length);
  delivery_stream_write_dotted (stream, text, length);
  return expect (stream, 250, "the message");
}

/* A message by its number of bytes: "LENGTH PORT", then the bytes; the same
 * comes by the second connection. */
static int
fetch (struct delivery_stream *stream, char **first, char **second)
{
  struct delivery_stream *beside = NULL;
  const char *line;
  size_t length;
  char *rest;
  unsigned port;
  int result = delivery_stream_read_line (stream, &line, NULL);

  if (result != DELIVERY_OK)
    return result;
  length = strtoul (line, &rest, 10);
  port = (unsigned)strtoul (rest, NULL, 10);
  result = delivery_stream_read_bytes (stream, length, first);
  if (result == DELIVERY_OK)
    result = delivery_stream_connect_beside (stream, port, &beside);
  if (result == DELIVERY_OK)
    result = delivery_stream_read_rest (beside, DELIVERY_LITERAL_MAX, second,
                                        &length);
  delivery_stream_free (beside);
  return result;
}

static int
both_recv (struct delivery_endpoint *ep, uint32_t flags)
{
  struct both *both = delivery_data (ep);
  char *first = NULL, *second = NULL;
  int ready, result;

  (void)flags;
  delivery_stream_write (both->stream, "FETCH\r\n", 7);
  result = delivery_stream_flush (both->stream);
  if (result == DELIVERY_OK)
    result = delivery_stream_wait (both->stream, INT64_MAX, &ready);
  if (result == DELIVERY_OK) {
    delivery_fact (ep, "ready", "%d %d", ready,
                   delivery_stream_has_input (both->stream));
    result = fetch (both->stream, &first, &second);
  }
  if (result == DELIVERY_OK)
    result = strcmp (first, second) == 0
                 ? delivery_mail_judge (ep, first, strlen (first))
                 : DELIVERY_MANGLED;
  free (first);
  free (second);
  return result;
}

static int
both_close (struct delivery_endpoint *ep, uint32_t flags)
{
  struct both *both = delivery_data (ep);

  (void)flags;
  if (!both->stream)
    return DELIVERY_OK;
  delivery_stream_printf (both->stream, "QUIT");
  return delivery_stream_end (both->stream);
}

static const struct delivery_param params[]
    = { DELIVERY_NET_PARAMS, DELIVERY_TLS_PARAMS, DELIVERY_SASL_PARAMS,
        DELIVERY_MAIL_PARAMS };

static const struct delivery_transport transport = {
  .scheme = "every-net",
  .synopsis = "every-net://[USER[:PASSWORD]@]HOST:PORT",
  .description = "Uses all of the toolkit.",
  .params = params,
  .n_params = sizeof params / sizeof params[0],
  .url = DELIVERY_NEEDS_HOST | DELIVERY_TAKES_USER | DELIVERY_TAKES_PASSWORD,
  .open = both_open,
  .free = both_free,
  .connect = both_connect,
  .send = both_send,
  .recv = both_recv,
  .close = both_close,
};

static const struct delivery_plugin every_net = {
  .name = "every-net",
  .version = "1",
  .summary = "all of the toolkit",
  .transports = &transport,
  .n_transports = 1,
};
DELIVERY_PLUGIN (every_net);
