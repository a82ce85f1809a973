/* SPDX-License-Identifier: BSD-2-Clause */
/* The lines of POP3 (RFC 1939, 2449). */
#ifndef PLUGINS_POP3_PARSE_H
#define PLUGINS_POP3_PARSE_H

#include <stdint.h>

enum status {
  STATUS_NONE, /* it is no answer */
  STATUS_OK,   /* "+OK" */
  STATUS_ERR,  /* "-ERR" */
  STATUS_MORE  /* "+ ": a challenge (RFC 5034) */
};

/* Response codes, in brackets before the words for people (RFC 2449, section
 * 8; RFC 3206). */
enum code {
  CODE_NONE,
  CODE_AUTH,
  CODE_IN_USE,
  CODE_LOGIN_DELAY,
  CODE_TEMP, /* SYS/TEMP */
  CODE_PERM  /* SYS/PERM */
};

/* What a line is, and what stands behind that. */
enum status parse_status (const char *line, const char **rest);

/* The code that words begin with. */
enum code parse_code (const char *words);

/* A number, and `*at` moves behind it and the blanks that follow.  0 if there
 * is none, if it does not fit, or if it is followed by something else. */
int take_number (const char **at, uint32_t *number);

/* "7 whqtswO00WBw418f9t5JxYwZ", of UIDL. */
int parse_unique_id (const char *line, uint32_t *number, const char **uid);

/* What stands behind a keyword of CAPA, or NULL if the line is of another
 * one. */
const char *parse_capability (const char *line, const char *keyword);

#endif
