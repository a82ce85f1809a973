/* SPDX-License-Identifier: BSD-2-Clause */
/* A receiver that does with the toolkit what its URL says, step by step, and
 * tells what came of it: talk://HOST:PORT?do=reply&do=say+QUIT&do=line */
#include <delivery/net.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct talk {
  struct delivery_net *net;
  struct delivery_stream *stream;
};

static int
talk_open (struct delivery_endpoint *ep, uint32_t flags)
{
  struct talk *talk = calloc (1, sizeof *talk);

  (void)flags;
  delivery_set_data (ep, talk);
  return delivery_net_new (ep, &talk->net);
}

static int
talk_free (struct delivery_endpoint *ep, uint32_t flags)
{
  struct talk *talk = delivery_data (ep);

  (void)flags;
  delivery_stream_free (talk->stream);
  delivery_net_free (talk->net);
  free (talk);
  return DELIVERY_OK;
}

/* ---- Steps, each with what stands behind its word ---------------------- */

typedef int step_function (struct delivery_endpoint *ep,
                           struct delivery_stream *stream, const char *rest);

static int
do_say (struct delivery_endpoint *ep, struct delivery_stream *stream,
        const char *rest)
{
  (void)ep;
  return delivery_stream_printf (stream, "%s", rest);
}

/* A character that URLs cannot bring. */
static int
do_smuggle (struct delivery_endpoint *ep, struct delivery_stream *stream,
            const char *rest)
{
  (void)ep;
  return delivery_stream_printf (stream, "a%cb", atoi (rest));
}

static int
do_secret (struct delivery_endpoint *ep, struct delivery_stream *stream,
           const char *rest)
{
  (void)ep;
  return delivery_stream_secret (stream, "PASS ", rest);
}

/* "_" stands for a line break. */
static int
do_dotted (struct delivery_endpoint *ep, struct delivery_stream *stream,
           const char *rest)
{
  char *text = strdup (rest);
  int result;

  (void)ep;
  for (char *c = text; *c; c++)
    if (*c == '_')
      *c = '\n';
  result = delivery_stream_write_dotted (stream, text, strlen (text));
  free (text);
  return result;
}

static int
do_much (struct delivery_endpoint *ep, struct delivery_stream *stream,
         const char *rest)
{
  size_t length = strtoul (rest, NULL, 10);
  char *bytes = calloc (1, length);
  int result;

  (void)ep;
  result = delivery_stream_write (stream, bytes, length);
  free (bytes);
  return result;
}

static int
do_flush (struct delivery_endpoint *ep, struct delivery_stream *stream,
          const char *rest)
{
  (void)ep;
  (void)rest;
  return delivery_stream_flush (stream);
}

static int
do_line (struct delivery_endpoint *ep, struct delivery_stream *stream,
         const char *rest)
{
  const char *line;
  size_t length;
  int result = delivery_stream_read_line (stream, &line, &length);

  (void)rest;
  if (result == DELIVERY_OK)
    delivery_detail (ep, "line %zu %zu [%.60s]", length, strlen (line), line);
  return result;
}

static int
do_lines (struct delivery_endpoint *ep, struct delivery_stream *stream,
          const char *rest)
{
  const char *line;
  int result = DELIVERY_OK;

  (void)ep;
  for (int n = atoi (rest); n > 0 && result == DELIVERY_OK; n--)
    result = delivery_stream_read_line (stream, &line, NULL);
  return result;
}

/* Up to the end of a dotted text. */
static int
do_text (struct delivery_endpoint *ep, struct delivery_stream *stream,
         const char *rest)
{
  const char *line;
  size_t length;
  int result;

  (void)rest;
  while ((result = delivery_stream_read_dotted (stream, &line, &length))
             == DELIVERY_OK
         && line)
    delivery_detail (ep, "text %zu [%s]", length, line);
  return result;
}

static int
do_bytes (struct delivery_endpoint *ep, struct delivery_stream *stream,
          const char *rest)
{
  size_t length = strtoul (rest, NULL, 10);
  char *bytes;
  int result = delivery_stream_read_bytes (stream, length, &bytes);

  if (result == DELIVERY_OK)
    delivery_detail (ep, "bytes [%.60s]", bytes);
  free (bytes);
  return result;
}

static int
do_reply (struct delivery_endpoint *ep, struct delivery_stream *stream,
          const char *rest)
{
  const struct delivery_reply *reply;
  int result = delivery_reply_read (stream, &reply);

  (void)rest;
  if (result != DELIVERY_OK)
    return result;
  if (reply->code >= 300)
    return delivery_reply_fail (stream, reply, "WHAT");
  delivery_detail (ep, "reply %d (%s) %zu [%s]", reply->code, reply->status,
                   reply->n_lines, reply->lines[reply->n_lines - 1]);
  return DELIVERY_OK;
}

static int
do_wait (struct delivery_endpoint *ep, struct delivery_stream *stream,
         const char *rest)
{
  int ready;
  int64_t until = delivery_now () + atoi (rest) * (int64_t)1000;
  int result = delivery_stream_wait (stream, until, &ready);

  if (result == DELIVERY_OK)
    delivery_detail (ep, "ready %d", ready);
  return result;
}

static int
do_input (struct delivery_endpoint *ep, struct delivery_stream *stream,
          const char *rest)
{
  (void)rest;
  delivery_detail (ep, "input %d", delivery_stream_has_input (stream));
  return DELIVERY_OK;
}

static int
do_limit (struct delivery_endpoint *ep, struct delivery_stream *stream,
          const char *rest)
{
  (void)ep;
  delivery_stream_set_limit (stream,
                             delivery_now () + atoi (rest) * (int64_t)1000);
  return DELIVERY_OK;
}

static int
do_tls (struct delivery_endpoint *ep, struct delivery_stream *stream,
        const char *rest)
{
  int result = delivery_stream_start_tls (stream);

  (void)rest;
  delivery_detail (ep, "tls %d", delivery_stream_is_tls (stream));
  return result;
}

static int
do_name (struct delivery_endpoint *ep, struct delivery_stream *stream,
         const char *rest)
{
  (void)rest;
  delivery_detail (ep, "name %s", delivery_stream_local_name (stream));
  return DELIVERY_OK;
}

static const struct {
  const char *word;
  step_function *function;
} steps[] = {
  { "say", do_say },       { "smuggle", do_smuggle }, { "secret", do_secret },
  { "dotted", do_dotted }, { "much", do_much },       { "flush", do_flush },
  { "line", do_line },     { "lines", do_lines },     { "bytes", do_bytes },
  { "reply", do_reply },   { "wait", do_wait },       { "input", do_input },
  { "limit", do_limit },   { "tls", do_tls },         { "name", do_name },
  { "text", do_text },
};

static int
do_step (struct delivery_endpoint *ep, struct delivery_stream *stream,
         const char *step)
{
  size_t word = strcspn (step, " ");
  const char *rest = step + word + (step[word] == ' ');

  for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++)
    if (strlen (steps[i].word) == word
        && strncmp (steps[i].word, step, word) == 0)
      return steps[i].function (ep, stream, rest);
  return delivery_fail (ep, DELIVERY_CONFIG, "do=%s: no such step", step);
}

/* A failing step ends it, unless `go_on` is set. */
static int
talk_recv (struct delivery_endpoint *ep, uint32_t flags)
{
  struct talk *talk = delivery_data (ep);
  const char *step;
  int result = delivery_net_connect (talk->net, &talk->stream);

  (void)flags;
  for (size_t i = 0; (step = delivery_param_at (ep, "do", i)); i++) {
    if (result != DELIVERY_OK
        && (!talk->stream || !delivery_param_bool (ep, "go_on")))
      break;
    result = do_step (ep, talk->stream, step);
  }
  return result;
}

/* ---- What it is -------------------------------------------------------- */

#define DO_PARAM                                                        \
  {                                                                     \
    "do", DELIVERY_PARAM_STRING, DELIVERY_PARAM_REPEATABLE, NULL, NULL, \
        "A step."                                                       \
  }
#define GO_ON_PARAM                                                       \
  {                                                                       \
    "go_on", DELIVERY_PARAM_BOOL, 0, "no", NULL, "Steps after a failure." \
  }

static const struct delivery_param clear_params[]
    = { DO_PARAM, GO_ON_PARAM, DELIVERY_NET_PARAMS };
static const struct delivery_param tls_params[]
    = { DO_PARAM, GO_ON_PARAM, DELIVERY_NET_PARAMS, DELIVERY_TLS_PARAMS };

#define TRANSPORT(name, table)                                           \
  {                                                                      \
    .scheme = name, .synopsis = name "://[USER@]HOST:PORT",              \
    .description = "Talks.", .params = table,                            \
    .n_params = sizeof table / sizeof table[0],                          \
    .url = DELIVERY_NEEDS_HOST | DELIVERY_TAKES_USER, .open = talk_open, \
    .free = talk_free, .recv = talk_recv,                                \
  }

static const struct delivery_transport transports[] = {
  TRANSPORT ("talk", clear_params),
  TRANSPORT ("talktls", tls_params),
};

static const struct delivery_plugin talk = {
  .name = "talk",
  .version = "1",
  .summary = "the toolkit, step by step",
  .transports = transports,
  .n_transports = 2,
};
DELIVERY_PLUGIN (talk);
