/* SPDX-License-Identifier: BSD-2-Clause */
/* The lines of POP3, and the list of a mailbox's messages.  Input: lines. */
#include "fuzz.h"

#include "../../plugins/pop3/listing.h"
#include "../../plugins/pop3/parse.h"

#include <string.h>

static gboolean
is_in (const char *part, const char *line)
{
  return part >= line && part <= line + strlen (line);
}

static void
check_line (const char *line)
{
  const char *rest = NULL, *at = line, *capability;
  enum status status = parse_status (line, &rest);
  uint32_t number;

  FUZZ_REQUIRE (is_in (rest, line));
  FUZZ_REQUIRE ((status == STATUS_NONE) == (rest == line));
  parse_code (rest);
  if (take_number (&at, &number))
    FUZZ_REQUIRE (at > line && is_in (at, line) && *at != ' '
                  && (!*at || at[-1] == ' '));
  else
    FUZZ_REQUIRE (at == line);
  capability = parse_capability (line, "SASL");
  FUZZ_REQUIRE (!capability
                || (is_in (capability, line) && *capability != ' '));
}

static void
check_order (const struct listing *listing)
{
  for (size_t i = 0; i < listing->n; i++) {
    FUZZ_REQUIRE (listing_has (listing, listing_uid (listing, i)));
    FUZZ_REQUIRE (
        !i
        || strcmp (listing_uid (listing, i - 1), listing_uid (listing, i))
               <= 0);
    FUZZ_REQUIRE (listing->entries[i].number);
  }
  FUZZ_REQUIRE (!listing_has (listing, ""));
}

FUZZ_TARGET (pop3)
{
  struct fuzz_input input = { data, size };
  struct listing listing = { 0 };
  size_t n = 0;

  while (input.left) {
    g_autofree char *line = fuzz_line (&input);
    const char *uid;
    uint32_t number;

    check_line (line);
    if (!parse_unique_id (line, &number, &uid))
      continue;
    FUZZ_REQUIRE (number && *uid && is_in (uid, line));
    FUZZ_REQUIRE (listing_add (&listing, number, uid));
    FUZZ_REQUIRE (strcmp (listing_uid (&listing, n++), uid) == 0);
  }
  FUZZ_REQUIRE (listing.n == n);
  /* Each seventh is one that the mailbox does not have any more. */
  for (size_t i = 6; i < n; i += 7)
    listing.entries[i].number = 0;
  listing_sort (&listing);
  FUZZ_REQUIRE (listing.n == n - n / 7);
  check_order (&listing);
  listing_clear (&listing);
  return 0;
}
