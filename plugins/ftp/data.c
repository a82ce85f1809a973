/* SPDX-License-Identifier: BSD-2-Clause */
/* Where the server listens for a data connection. */
#include "ftp.h"

#include <string.h>

/* A number of up to `max`; -1 where there is none. */
static long
take_number (const char **at, long max)
{
  long n = -1;

  while (**at >= '0' && **at <= '9' && n <= max)
    n = (n < 0 ? 0 : n) * 10 + *(*at)++ - '0';
  return n <= max ? n : -1;
}

/* Six numbers with commas between them, and maybe blanks.  `*end` is behind
 * them. */
static unsigned
six_numbers (const char *at, const char **end)
{
  long numbers[6];

  for (int i = 0; i < 6; i++) {
    at += strspn (at, " ");
    numbers[i] = take_number (&at, 255);
    at += strspn (at, " ");
    if (numbers[i] < 0 || (i < 5 && *at++ != ','))
      return 0;
  }
  *end = at;
  return *at == ',' ? 0 : (unsigned)(numbers[4] * 256 + numbers[5]);
}

/* "Entering Passive Mode (127,0,0,1,195,80)".  The brackets are not there for
 * sure (RFC 1123, section 4.1.2.6); without them the numbers are the first
 * digits of the text, with them anything may stand before. */
unsigned
ftp_pasv_port (const char *text)
{
  const char *end, *bracket = text;

  while ((bracket = strchr (bracket, '('))) {
    unsigned port = six_numbers (++bracket, &end);

    if (port && *end == ')')
      return port;
  }
  return six_numbers (text + strcspn (text, "0123456789"), &end);
}

/* "Entering Extended Passive Mode (|||50000|)": any character may stand for
 * the bar (RFC 2428, section 3), and what stands in the first two fields must
 * be empty. */
unsigned
ftp_epsv_port (const char *text)
{
  const char *at = strchr (text, '(');
  long port;
  char bar;

  if (!at || at[1] < 33 || at[1] > 126)
    return 0;
  bar = *++at;
  if (at[1] != bar || at[2] != bar)
    return 0;
  at += 3;
  port = take_number (&at, 65535);
  return port > 0 && at[0] == bar && at[1] == ')' ? (unsigned)port : 0;
}
