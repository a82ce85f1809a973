/* SPDX-License-Identifier: BSD-2-Clause */
#include "token.h"

#include "reason.h"

#include <errno.h>
#include <sys/random.h>

#define CHARACTERS 32

char *
token_new (GError **error)
{
  /* 32 characters, so that each takes five bits of a byte evenly; in one
   * case, and without those that are easily mistaken for others. */
  static const char alphabet[] = "abcdefghijkmnpqrstuvwxyz23456789";
  guint8 random[CHARACTERS];
  char text[CHARACTERS + 1] = { 0 };
  ssize_t n;

  G_STATIC_ASSERT (sizeof alphabet == 33);
  do
    n = getrandom (random, sizeof random, 0);
  while (n < 0 && errno == EINTR);
  if (n != sizeof random) {
    g_set_error (error, CORE_ERROR, DELIVERY_INTERNAL,
                 "no random bytes from the system: %s", g_strerror (errno));
    return NULL;
  }
  for (int i = 0; i < CHARACTERS; i++)
    text[i] = alphabet[random[i] % 32];
  return g_strconcat ("cd-", text, NULL);
}
