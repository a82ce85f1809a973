/* SPDX-License-Identifier: BSD-2-Clause */
/* Parameters of the toolkit, which a transport's table may have or not. */
#ifndef CORE_NET_PARAM_H
#define CORE_NET_PARAM_H

#include <delivery/plugin.h>

/* The value of a parameter, its default, or NULL: also where the table does
 * not have it. */
const char *net_param (struct delivery_endpoint *ep, const char *name);

#endif
