/* SPDX-License-Identifier: BSD-2-Clause */
/* Logging in with an access token, which GNU SASL does not know. */
#ifndef CORE_NET_OAUTH_H
#define CORE_NET_OAUTH_H

#include <delivery/plugin.h>

/* The first response of XOAUTH2 and of OAUTHBEARER (RFC 7628, section 3.1),
 * in base64.  To be wiped and freed by the caller. */
char *oauth_xoauth2 (struct delivery_endpoint *ep, const char *token);
char *oauth_bearer (struct delivery_endpoint *ep, const char *token);

/* A challenge after that is the server's reason for refusing, in base64 of
 * JSON; it becomes a detail of the result. */
void oauth_note_refusal (struct delivery_endpoint *ep, const char *challenge);

#endif
