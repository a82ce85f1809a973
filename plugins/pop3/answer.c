/* SPDX-License-Identifier: BSD-2-Clause */
/* Commands and their answers, one after the other. */
#include "pop3.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/* What the server had said by now would be taken for the answer. */
int
pop3_say (struct pop3 *pop3, const char *line, const char *secret)
{
  if (delivery_stream_has_input (pop3->stream))
    return delivery_fail (pop3->ep, DELIVERY_PROTOCOL,
                          "the server spoke without being asked");
  if (secret)
    return delivery_stream_secret (pop3->stream, line, secret);
  return delivery_stream_printf (pop3->stream, "%s", line);
}

int
pop3_read (struct pop3 *pop3, struct answer *answer)
{
  const char *line;
  int result = delivery_stream_read_line (pop3->stream, &line, NULL);

  if (result != DELIVERY_OK)
    return result;
  answer->status = parse_status (line, &answer->text);
  answer->code = CODE_NONE;
  if (answer->status == STATUS_NONE)
    return delivery_fail (pop3->ep, DELIVERY_PROTOCOL,
                          "the server says what is no answer: %s", line);
  if (answer->status == STATUS_ERR)
    answer->code = parse_code (answer->text);
  return DELIVERY_OK;
}

int
pop3_ask (struct pop3 *pop3, struct answer *answer, const char *format, ...)
{
  char *line;
  va_list args;
  int length, result;

  va_start (args, format);
  length = vasprintf (&line, format, args);
  va_end (args);
  if (length < 0)
    return delivery_fail (pop3->ep, DELIVERY_INTERNAL, "out of memory");
  result = pop3_say (pop3, line, NULL);
  free (line);
  if (result == DELIVERY_OK)
    result = pop3_read (pop3, answer);
  if (result == DELIVERY_OK && answer->status == STATUS_MORE)
    return delivery_fail (pop3->ep, DELIVERY_PROTOCOL,
                          "the server asks for more, and there is none");
  return result;
}

/* ---- Refusals ---------------------------------------------------------- */

int
pop3_note_refusal (struct pop3 *pop3, const struct answer *answer,
                   const char *what)
{
  pop3->refused_with = answer->code;
  free (pop3->refusal);
  if (asprintf (&pop3->refusal, "%s: -ERR %s", what, answer->text) >= 0)
    return DELIVERY_OK;
  pop3->refusal = NULL;
  return delivery_fail (pop3->ep, DELIVERY_INTERNAL, "out of memory");
}

int
pop3_refuse_as (struct pop3 *pop3, const struct answer *answer,
                const char *what, int reason)
{
  int result = pop3_note_refusal (pop3, answer, what);

  if (result != DELIVERY_OK)
    return result;
  return delivery_fail (pop3->ep, reason, "%s", pop3->refusal);
}

int
pop3_refuse (struct pop3 *pop3, const struct answer *answer, const char *what,
             int reason)
{
  static const int reasons[] = {
    [CODE_AUTH] = DELIVERY_AUTH,
    [CODE_IN_USE] = DELIVERY_TEMPFAIL,
    [CODE_LOGIN_DELAY] = DELIVERY_TEMPFAIL,
    [CODE_TEMP] = DELIVERY_TEMPFAIL,
    [CODE_PERM] = DELIVERY_REJECTED,
  };

  if (answer->code != CODE_NONE)
    reason = reasons[answer->code];
  return pop3_refuse_as (pop3, answer, what, reason);
}
