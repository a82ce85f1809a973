/* SPDX-License-Identifier: BSD-2-Clause */
#include "mechanism.h"

#include "param.h"

#include <string.h>

/* The strongest first.  With a password, a token is the last guess: where a
 * server takes nothing else, the password must be one. */
static const struct mechanism mechanisms[] = {
  { "SCRAM-SHA-256", NEEDS_USER | NEEDS_PASSWORD, FALSE },
  { "SCRAM-SHA-1", NEEDS_USER | NEEDS_PASSWORD, FALSE },
  { "CRAM-MD5", NEEDS_USER | NEEDS_PASSWORD, FALSE },
  { "PLAIN", NEEDS_USER | NEEDS_PASSWORD, FALSE },
  { "LOGIN", NEEDS_USER | NEEDS_PASSWORD, FALSE },
  { "OAUTHBEARER", NEEDS_USER | NEEDS_TOKEN, FALSE },
  { "XOAUTH2", NEEDS_USER | NEEDS_TOKEN, FALSE },
  { "EXTERNAL", 0, TRUE },
  { "GSSAPI", NEEDS_USER, TRUE },
};

const struct mechanism *
mechanism_find (const char *name)
{
  for (gsize i = 0; i < G_N_ELEMENTS (mechanisms); i++)
    if (g_ascii_strcasecmp (mechanisms[i].name, name) == 0)
      return &mechanisms[i];
  return NULL;
}

/* Whether a list with blanks between its words has that word. */
static gboolean
is_offered (const char *offered, const char *name)
{
  gsize length = strlen (name);

  while (*offered) {
    gsize word = strcspn (offered, " ");

    if (word == length && g_ascii_strncasecmp (offered, name, length) == 0)
      return TRUE;
    offered += word + strspn (offered + word, " ");
  }
  return FALSE;
}

/* A token from a command is for what takes tokens, and a password is for all
 * others first. */
static gboolean
may_choose (struct delivery_endpoint *ep, const struct mechanism *mechanism)
{
  if (mechanism->by_auth_only)
    return FALSE;
  if (net_param (ep, "token_command"))
    return (mechanism->needs & NEEDS_TOKEN) != 0;
  return TRUE;
}

int
mechanism_choose (struct delivery_endpoint *ep, const char *offered,
                  const struct mechanism **mechanism)
{
  const char *auth = net_param (ep, "auth");

  *mechanism = auth ? mechanism_find (auth) : NULL;
  if (*mechanism) {
    if (is_offered (offered, (*mechanism)->name))
      return DELIVERY_OK;
    return delivery_fail (ep, DELIVERY_AUTH,
                          "the server does not offer auth=%s, but %s", auth,
                          *offered ? offered : "nothing");
  }
  for (gsize i = 0; i < G_N_ELEMENTS (mechanisms); i++)
    if (may_choose (ep, &mechanisms[i])
        && is_offered (offered, mechanisms[i].name)) {
      *mechanism = &mechanisms[i];
      return DELIVERY_OK;
    }
  return delivery_fail (ep, DELIVERY_AUTH,
                        "the server offers no login that goes with this URL, "
                        "but %s",
                        *offered ? offered : "none at all");
}
