/* SPDX-License-Identifier: BSD-2-Clause */
#include "parse.h"

#include <string.h>
#include <strings.h>

enum status
parse_status (const char *line, const char **rest)
{
  static const struct {
    const char *word;
    enum status status;
  } known[]
      = { { "+OK", STATUS_OK }, { "-ERR", STATUS_ERR }, { "+", STATUS_MORE } };

  for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
    size_t length = strlen (known[i].word);

    if (strncmp (line, known[i].word, length) == 0
        && (line[length] == ' ' || !line[length])) {
      *rest = line + length + (line[length] == ' ');
      return known[i].status;
    }
  }
  *rest = line;
  return STATUS_NONE;
}

/* Codes may get more levels behind a slash: what begins alike means alike. */
enum code
parse_code (const char *words)
{
  static const struct {
    const char *word;
    enum code code;
  } known[] = { { "[AUTH", CODE_AUTH },
                { "[IN-USE", CODE_IN_USE },
                { "[LOGIN-DELAY", CODE_LOGIN_DELAY },
                { "[SYS/TEMP", CODE_TEMP },
                { "[SYS/PERM", CODE_PERM } };

  for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
    size_t length = strlen (known[i].word);

    if (strncasecmp (words, known[i].word, length) == 0
        && (words[length] == ']' || words[length] == '/'))
      return known[i].code;
  }
  return CODE_NONE;
}

int
take_number (const char **at, uint32_t *number)
{
  uint64_t value = 0;
  const char *digit = *at;

  while (*digit >= '0' && *digit <= '9' && value <= UINT32_MAX)
    value = value * 10 + (uint64_t)(*digit++ - '0');
  if (digit == *at || value > UINT32_MAX || (*digit && *digit != ' '))
    return 0;
  *number = (uint32_t)value;
  *at = digit + strspn (digit, " ");
  return 1;
}

int
parse_unique_id (const char *line, uint32_t *number, const char **uid)
{
  const char *c;

  if (!take_number (&line, number) || !*number || !*line)
    return 0;
  *uid = line;
  for (c = line; *c > ' ' && *c < 0x7f; c++)
    ;
  return !*c;
}

const char *
parse_capability (const char *line, const char *keyword)
{
  size_t length = strlen (keyword);

  if (strncasecmp (line, keyword, length) != 0
      || (line[length] && line[length] != ' '))
    return NULL;
  return line + length + strspn (line + length, " ");
}
