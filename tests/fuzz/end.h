/* SPDX-License-Identifier: BSD-2-Clause */
/* An end of a run, for targets whose code tells the host how it went. */
#ifndef TESTS_FUZZ_END_H
#define TESTS_FUZZ_END_H

#include "endpoint.h"
#include "params.h"

#include <delivery/net.h>

/* The password of END_URL, and the token of each run. */
#define END_CANARY "S3cr3t-Pa55w0rd"
#define END_TOKEN "cd-abcdefghijklmnopqrstuvwxyz234567"
#define END_URL "smtp://anna%40example.org:" END_CANARY "@mx.example.org:25"

struct end {
  struct run_shared shared;
  struct plugin plugin;
  struct transport transport;
  struct delivery_endpoint *ep;
};

/* The parameters are those of connections, SASL and mail.  FALSE, and nothing
 * to clear, if the URL is none or has others. */
gboolean end_init (struct end *end, int role, const char *url);

/* Checks that all it was told is clean and has no canary in it. */
void end_clear (struct end *end);

/* A connection whose other end has said these bytes, in pieces of that size,
 * and closed it.  Freed by delivery_stream_free(). */
struct delivery_stream *end_stream (struct end *end, const uint8_t *data,
                                    size_t size, size_t piece);

#endif
