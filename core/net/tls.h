/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * TLS, in a library of its own: libcrypto alone costs a third of a check in
 * the clear, which does not need it.  So libdelivery-net loads libdelivery-tls
 * (and it OpenSSL) when a transport has TLS parameters, and knows it by this
 * table of functions only.
 */
#ifndef CORE_NET_TLS_H
#define CORE_NET_TLS_H

#include <delivery/plugin.h>

/* The rules of an endpoint, and its sessions. */
struct tls_context;

/* One connection. */
struct tls;

struct tls_ops {
  /* Reads the parameters.  Fails with DELIVERY_CONFIG. */
  int (*context_new) (struct delivery_endpoint *ep,
                      struct tls_context **context);
  void (*context_free) (struct tls_context *context);

  /* The handshake, on a descriptor that does not block; `like` is a connection
   * whose session is resumed, or NULL; it may take until `until`.  The reason
   * of a failure comes with its text, which is the caller's to free and to
   * tell; DELIVERY_CLOSED: the peer went away. */
  int (*start) (struct tls_context *context, int fd, const struct tls *like,
                int64_t until, struct tls **tls, char **why);

  /* Reads into or writes from a buffer without blocking.  `*done` is what
   * was read or written; if that is nothing, `*wants` says for which events
   * to wait, or is 0 at the end of the connection. */
  int (*read) (struct tls *tls, void *buffer, size_t size, size_t *done,
               int *wants);
  int (*write) (struct tls *tls, const void *bytes, size_t length,
                size_t *done, int *wants);

  /* Says that nothing follows.  `*wants` is for which events to wait before
   * it is called again, or 0. */
  int (*end) (struct tls *tls, int *wants);

  /* Says the same, if that can be done at once.  NULL is nothing. */
  void (*free) (struct tls *tls);
};

/* The one export of libdelivery-tls, for libdelivery-net of the same build. */
#define TLS_OPS_SYMBOL "delivery_tls_ops"
extern const struct tls_ops delivery_tls_ops;

/* Loads the library and finds its table.  Fails with DELIVERY_INTERNAL. */
int tls_load (struct delivery_endpoint *ep, const struct tls_ops **ops);

#endif
