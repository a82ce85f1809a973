/* SPDX-License-Identifier: BSD-2-Clause */
/* From the connection to the login, and the end. */
#include "pop3.h"

#include <stdlib.h>
#include <string.h>

/* How long QUIT may take where nothing hangs on it, in microseconds. */
#define QUIT_MAX 1000000

/* How long to stay away from a server that was asked too soon, and does not
 * say how soon is too soon; in seconds. */
#define DELAY_UNKNOWN 5

/* ---- CAPA -------------------------------------------------------------- */

static void
forget_offers (struct pop3 *pop3)
{
  pop3->offered = 0;
  pop3->login_delay = 0;
  pop3->delay_may_differ = 0;
  free (pop3->mechanisms);
  pop3->mechanisms = NULL;
}

static int
note_mechanisms (struct pop3 *pop3, const char *mechanisms)
{
  free (pop3->mechanisms);
  pop3->mechanisms = strdup (mechanisms);
  if (!pop3->mechanisms)
    return delivery_fail (pop3->ep, DELIVERY_INTERNAL, "out of memory");
  return DELIVERY_OK;
}

/* "LOGIN-DELAY 900 USER": at most 900 s, and less for some. */
static void
note_delay (struct pop3 *pop3, const char *value)
{
  if (take_number (&value, &pop3->login_delay))
    pop3->delay_may_differ = *value != '\0';
}

static int
note_capability (struct pop3 *pop3, const char *line)
{
  static const struct {
    const char *keyword;
    unsigned bit;
  } known[]
      = { { "STLS", POP3_STLS }, { "USER", POP3_USER }, { "TOP", POP3_TOP } };
  const char *value;

  for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
    if (parse_capability (line, known[i].keyword))
      pop3->offered |= known[i].bit;
  value = parse_capability (line, "LOGIN-DELAY");
  if (value)
    note_delay (pop3, value);
  value = parse_capability (line, "SASL");
  return value && *value ? note_mechanisms (pop3, value) : DELIVERY_OK;
}

static int
read_capabilities (struct pop3 *pop3)
{
  const char *line;
  int lines = 0, result;

  for (;;) {
    result = delivery_stream_read_dotted (pop3->stream, &line, NULL);
    if (result != DELIVERY_OK || !line)
      return result;
    if (++lines > DELIVERY_REPLY_LINES_MAX)
      return delivery_fail (pop3->ep, DELIVERY_PROTOCOL,
                            "the server has capabilities without end");
    result = note_capability (pop3, line);
    if (result != DELIVERY_OK)
      return result;
  }
}

/* Old servers have none. */
static int
ask_capabilities (struct pop3 *pop3)
{
  struct answer answer;
  int result;

  forget_offers (pop3);
  result = pop3_ask (pop3, &answer, "CAPA");
  if (result != DELIVERY_OK || answer.status != STATUS_OK)
    return result;
  pop3->offered = POP3_CAPA;
  return read_capabilities (pop3);
}

/* ---- Greeting and TLS -------------------------------------------------- */

/* A timestamp for APOP may stand in it; see login.c. */
static int
take_greeting (struct pop3 *pop3)
{
  struct answer answer;
  int result = pop3_read (pop3, &answer);

  if (result != DELIVERY_OK || answer.status == STATUS_OK)
    return result;
  if (answer.status == STATUS_ERR)
    return pop3_refuse (pop3, &answer, "the server does not want us",
                        DELIVERY_REJECTED);
  return delivery_fail (pop3->ep, DELIVERY_PROTOCOL,
                        "the server greets with a challenge");
}

static int
has_scheme (const struct pop3 *pop3, const char *scheme)
{
  return strcmp (delivery_scheme (pop3->ep), scheme) == 0;
}

/* Nothing of what was said before counts any more. */
static int
stls (struct pop3 *pop3)
{
  struct answer answer;
  int result = ask_capabilities (pop3);

  if (result == DELIVERY_OK && !(pop3->offered & POP3_CAPA))
    return delivery_fail (pop3->ep, DELIVERY_TLS,
                          "the server does not even say whether it has STLS");
  if (result == DELIVERY_OK && !(pop3->offered & POP3_STLS))
    return delivery_fail (pop3->ep, DELIVERY_TLS,
                          "the server offers no STLS; pop3s:// is TLS from "
                          "the start, pop3:// does without");
  forget_offers (pop3);
  if (result == DELIVERY_OK)
    result = pop3_ask (pop3, &answer, "STLS");
  if (result == DELIVERY_OK && answer.status != STATUS_OK)
    return pop3_refuse_as (pop3, &answer, "STLS", DELIVERY_TLS);
  return result == DELIVERY_OK ? delivery_stream_start_tls (pop3->stream)
                               : result;
}

/* ---- All together ------------------------------------------------------ */

/* How soon the next login may be, from now on; the server counts from a moment
 * that has passed. */
static void
note_login (struct pop3 *pop3, uint32_t delay)
{
  pop3->next_login = delivery_now () + (int64_t)delay * 1000000;
}

static int
log_in (struct pop3 *pop3)
{
  int result = pop3_login (pop3);

  if (result != DELIVERY_OK && pop3->refused_with == CODE_LOGIN_DELAY)
    note_login (pop3, pop3->login_delay ? pop3->login_delay : DELAY_UNKNOWN);
  if (result != DELIVERY_OK)
    return result;
  if (pop3->delay_may_differ)
    result = ask_capabilities (pop3);
  note_login (pop3, pop3->login_delay);
  return result;
}

int
pop3_begin (struct pop3 *pop3)
{
  int result = delivery_net_connect (pop3->net, &pop3->stream);

  pop3->outstanding = 0;
  pop3->refused_with = CODE_NONE;
  if (result == DELIVERY_OK && has_scheme (pop3, "pop3s"))
    result = delivery_stream_start_tls (pop3->stream);
  if (result == DELIVERY_OK)
    result = take_greeting (pop3);
  if (result == DELIVERY_OK && has_scheme (pop3, "pop3starttls"))
    result = stls (pop3);
  if (result == DELIVERY_OK)
    result = ask_capabilities (pop3);
  return result == DELIVERY_OK ? log_in (pop3) : result;
}

static void
drop (struct pop3 *pop3)
{
  delivery_stream_free (pop3->stream);
  pop3->stream = NULL;
}

int
pop3_quit (struct pop3 *pop3)
{
  struct answer answer;
  int result = pop3_ask (pop3, &answer, "QUIT");

  if (result == DELIVERY_OK && answer.status != STATUS_OK)
    result = pop3_refuse (pop3, &answer, "QUIT", DELIVERY_REJECTED);
  drop (pop3);
  return result;
}

void
pop3_leave (struct pop3 *pop3)
{
  struct answer answer;

  if (!pop3->stream)
    return;
  delivery_stream_set_limit (pop3->stream, delivery_now () + QUIT_MAX);
  delivery_stream_printf (pop3->stream, "QUIT");
  pop3->outstanding++;
  while (pop3->outstanding && pop3_read (pop3, &answer) == DELIVERY_OK)
    pop3->outstanding--;
  drop (pop3);
}
