/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mine://HOST:PORT: a transport to begin with.  Search for "mine", and put
 * your protocol into send and recv; what you do not need, leave out.
 *
 * As it stands, the sender says "PUT TOKEN" to a server, which answers "OK",
 * and the receiver says "GET TOKEN", which is answered by "OK" or "NO".
 */
#include <delivery/net.h>

#include <stdlib.h>
#include <string.h>

/* One endpoint: what its callbacks share. */
struct mine {
  struct delivery_net *net;
  struct delivery_stream *stream;
};

/* ---- Beginning and end ------------------------------------------------- */

/* Looks at the URL and its parameters; connects to nothing. */
static int
mine_open (struct delivery_endpoint *ep, uint32_t flags)
{
  struct mine *mine = calloc (1, sizeof *mine);

  (void)flags;
  if (!mine)
    return delivery_fail (ep, DELIVERY_INTERNAL, "out of memory");
  delivery_set_data (ep, mine);
  return delivery_net_new (ep, &mine->net);
}

static int
mine_free (struct delivery_endpoint *ep, uint32_t flags)
{
  struct mine *mine = delivery_data (ep);

  (void)flags;
  if (!mine)
    return DELIVERY_OK;
  delivery_stream_free (mine->stream);
  delivery_net_free (mine->net);
  free (mine);
  return DELIVERY_OK;
}

static int
mine_connect (struct delivery_endpoint *ep, uint32_t flags)
{
  struct mine *mine = delivery_data (ep);

  (void)flags;
  return delivery_net_connect (mine->net, &mine->stream);
}

static int
mine_close (struct delivery_endpoint *ep, uint32_t flags)
{
  struct mine *mine = delivery_data (ep);

  (void)flags;
  delivery_stream_free (mine->stream);
  mine->stream = NULL;
  return DELIVERY_OK;
}

/* ---- The dialogue ------------------------------------------------------ */

/* Says a line, and reads the answer to it. */
static int
ask (struct mine *mine, const char *verb, const char *what,
     const char **answer)
{
  delivery_stream_printf (mine->stream, "%s %s", verb, what);
  return delivery_stream_read_line (mine->stream, answer, NULL);
}

static int
mine_send (struct delivery_endpoint *ep, uint32_t flags)
{
  const char *answer;
  int result = ask (delivery_data (ep), "PUT", delivery_token (ep), &answer);

  (void)flags;
  if (result == DELIVERY_OK && strcmp (answer, "OK") != 0)
    return delivery_fail (ep, DELIVERY_REJECTED, "PUT: %s", answer);
  return result;
}

/* Looks once; the host calls again until patience is over. */
static int
mine_recv (struct delivery_endpoint *ep, uint32_t flags)
{
  const char *answer;
  int result = ask (delivery_data (ep), "GET", delivery_token (ep), &answer);

  (void)flags;
  if (result == DELIVERY_OK && strcmp (answer, "OK") != 0)
    return delivery_fail (ep, DELIVERY_NOT_FOUND, "GET: %s", answer);
  return result;
}

/* ---- What it is -------------------------------------------------------- */

static const struct delivery_param params[] = { DELIVERY_NET_PARAMS };

static const struct delivery_transport transports[] = {
  {
      .scheme = "mine",
      .synopsis = "mine://HOST:PORT",
      .description = "Says the token to a server, and asks it for it.",
      .params = params,
      .n_params = sizeof params / sizeof params[0],
      .url = DELIVERY_NEEDS_HOST,
      .open = mine_open,
      .free = mine_free,
      .connect = mine_connect,
      .send = mine_send,
      .recv = mine_recv,
      .close = mine_close,
  },
};

static const struct delivery_plugin mine = {
  .name = "mine",
  .version = "0.1",
  .summary = "a transport to begin with",
  .transports = transports,
  .n_transports = sizeof transports / sizeof transports[0],
};
DELIVERY_PLUGIN (mine);
