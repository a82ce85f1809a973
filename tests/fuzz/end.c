/* SPDX-License-Identifier: BSD-2-Clause */
#include "end.h"

#include "fuzz.h"
#include "memory_file.h"
#include "net/stream.h"
#include "text.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* So many pieces the kernel keeps for sure. */
#define PIECES_MAX 64

static struct delivery_param params[]
    = { DELIVERY_NET_PARAMS, DELIVERY_SASL_PARAMS, DELIVERY_MAIL_PARAMS };

/* Bytes told at once, and more, fit in here. */
#define TOLD_MAX (2 * TEXT_MAX)

gboolean
end_init (struct end *end, int role, const char *url)
{
  struct url *parsed = url_parse (url, NULL);

  if (!parsed || !params_check (params, G_N_ELEMENTS (params), parsed, NULL)) {
    url_free (parsed);
    return FALSE;
  }
  *end = (struct end){ .plugin.p.name = "fuzz" };
  end->transport.params = params;
  end->transport.t.n_params = G_N_ELEMENTS (params);
  end->shared = (struct run_shared){
    .out = memory_file (MEMORY_TOLD, NULL, 0),
    .cancel_fd = -1,
    .token = (char *)END_TOKEN,
    .secrets = secrets_new (),
    .verbosity = 3,
  };
  end->ep = endpoint_new (&end->shared, role, parsed);
  end->ep->plugin = &end->plugin;
  end->ep->transport = &end->transport;
  end->ep->peer = end->ep;
  end->ep->deadline = g_get_monotonic_time () + G_GINT64_CONSTANT (3600000000);
  return TRUE;
}

static void
check_text (const char *text)
{
  FUZZ_REQUIRE (fuzz_is_clean (text, TOLD_MAX));
  FUZZ_REQUIRE (!strstr (text, END_CANARY));
}

static void
check_record (enum record_kind kind, GVariant *body, void *data)
{
  (void)kind;
  (void)data;
  for (gsize i = 0; i < g_variant_n_children (body); i++) {
    g_autoptr (GVariant) part = g_variant_get_child_value (body, i);

    if (g_variant_is_of_type (part, G_VARIANT_TYPE_STRING))
      check_text (g_variant_get_string (part, NULL));
  }
}

void
end_clear (struct end *end)
{
  if (end->ep->text)
    check_text (end->ep->text);
  if (end->ep->fault)
    check_text (end->ep->fault);
  memory_file_records (check_record, NULL);
  endpoint_free (end->ep);
  secrets_free (end->shared.secrets);
}

/* A socket that keeps the bounds of pieces. */
struct delivery_stream *
end_stream (struct end *end, const uint8_t *data, size_t size, size_t piece)
{
  static struct delivery_net net;
  int fds[2];
  g_autoptr (GSocket) socket = NULL;

  FUZZ_REQUIRE (socketpair (AF_UNIX,
                            SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0,
                            fds)
                == 0);
  piece = MAX (piece, size / PIECES_MAX + 1);
  while (size) {
    size_t n = MIN (piece, size);

    FUZZ_REQUIRE (send (fds[1], data, n, 0) == (ssize_t)n);
    data += n;
    size -= n;
  }
  close (fds[1]);
  socket = g_socket_new_from_fd (fds[0], NULL);
  net = (struct delivery_net){ .ep = end->ep };
  return stream_new (&net,
                     g_socket_connection_factory_create_connection (socket),
                     g_strdup ("mx.example.org"));
}
