/* SPDX-License-Identifier: BSD-2-Clause */
/* Replies of three digits. */
#ifndef CORE_NET_REPLY_H
#define CORE_NET_REPLY_H

struct reply;

/* NULL is nothing. */
void reply_free (struct reply *reply);

#endif
