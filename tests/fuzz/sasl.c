/* SPDX-License-Identifier: BSD-2-Clause */
/* Challenges of a server.  Input: what it offers, a line; whether there is a
 * first response; then a challenge a line. */
#include "end.h"
#include "fuzz.h"

#include <string.h>

/* To hash that often is work, and no finding: some millions are let be. */
static gboolean
is_work (const char *challenge)
{
  gsize length;
  g_autofree guchar *bytes = g_base64_decode (challenge, &length);
  g_autofree char *text = g_strndup ((const char *)bytes, length);
  const char *rounds = strstr (text, "i=");

  return rounds && strspn (rounds + 2, " +" G_CSET_DIGITS) > 4;
}

static void
check_response (int result, const char *response)
{
  if (result == DELIVERY_OK && response)
    FUZZ_REQUIRE (
        strspn (response, G_CSET_a_2_z G_CSET_A_2_Z G_CSET_DIGITS "+/=")
        == strlen (response));
  FUZZ_REQUIRE (!response || !strstr (response, END_CANARY));
}

static void
converse (struct delivery_sasl *sasl, struct fuzz_input *input)
{
  const char *response = NULL;
  int result = DELIVERY_OK, n = 0;

  if (fuzz_below (input, 2)) {
    result = delivery_sasl_begin (sasl, &response);
    check_response (result, response);
  }
  while (result == DELIVERY_OK && input->left) {
    g_autofree char *challenge = fuzz_line (input);

    if (is_work (challenge))
      return;
    result = delivery_sasl_step (sasl, challenge, &response);
    FUZZ_REQUIRE (result != DELIVERY_OK || response);
    check_response (result, response);
    FUZZ_REQUIRE (++n <= DELIVERY_SASL_ROUNDS_MAX + 1);
  }
  /* A server that proved nothing is not believed. */
  if (n < 2 && g_str_has_prefix (delivery_sasl_mechanism (sasl), "SCRAM"))
    FUZZ_REQUIRE (delivery_sasl_end (sasl) == DELIVERY_AUTH);
}

FUZZ_TARGET (sasl)
{
  struct fuzz_input input = { data, size };
  g_autofree char *offered = fuzz_line (&input);
  struct delivery_sasl *sasl;
  struct end end;
  int result;

  FUZZ_REQUIRE (end_init (&end, DELIVERY_SENDER, END_URL));
  result = delivery_sasl_new (end.ep, "smtp", offered, &sasl);
  FUZZ_REQUIRE ((result == DELIVERY_OK) == (sasl != NULL));
  if (sasl)
    converse (sasl, &input);
  delivery_sasl_free (sasl);
  end_clear (&end);
  return 0;
}
