/* SPDX-License-Identifier: BSD-2-Clause */
#include "param.h"

const char *
net_param (struct delivery_endpoint *ep, const char *name)
{
  return delivery_param_is_declared (ep, name) ? delivery_param (ep, name)
                                               : NULL;
}
