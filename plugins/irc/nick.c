/* SPDX-License-Identifier: BSD-2-Clause */
/* Who we are. */
#include "irc.h"

#include <stdio.h>
#include <string.h>

/* What each server gives (RFC 2812, section 1.2.1). */
#define LENGTH_ALWAYS 9

static const char *
name_of (const char *user)
{
  return user ? user : "check_delivery";
}

/* A digit behind the nick, where no server cuts it off. */
void
nick_make (char *nick, const char *user, unsigned variant)
{
  user = name_of (user);
  if (variant)
    snprintf (nick, NICK_MAX, "%.*s%u", LENGTH_ALWAYS - 1, user, variant);
  else
    snprintf (nick, NICK_MAX, "%s", user);
}
