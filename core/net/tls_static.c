/* SPDX-License-Identifier: BSD-2-Clause */
/* For the program that has all in one file: TLS is there already. */
#include "tls.h"

int
tls_load (struct delivery_endpoint *ep, const struct tls_ops **ops)
{
  (void)ep;
  *ops = &delivery_tls_ops;
  return DELIVERY_OK;
}
