/* SPDX-License-Identifier: BSD-2-Clause */
/* From the greeting to the login, and the end. */
#include "imap.h"
#include "name.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* How long LOGOUT may take, in microseconds. */
#define LOGOUT_MAX 1000000

/* ---- Capabilities ------------------------------------------------------ */

static void
forget_capabilities (struct imap *imap)
{
  imap->offered = 0;
  imap->is_told = 0;
  free (imap->mechanisms);
  imap->mechanisms = NULL;
}

static int
add_mechanism (struct imap *imap, const char *name, size_t length)
{
  const char *before = imap->mechanisms ? imap->mechanisms : "";
  char *all;

  if (asprintf (&all, "%s%s%.*s", before, *before ? " " : "", (int)length,
                name)
      < 0)
    return delivery_fail (imap->ep, DELIVERY_INTERNAL, "out of memory");
  free (imap->mechanisms);
  imap->mechanisms = all;
  return DELIVERY_OK;
}

static int
note_capability (struct imap *imap, const struct span *word)
{
  static const struct {
    const char *word;
    unsigned bit;
  } known[] = {
    { "STARTTLS", IMAP_STARTTLS },
    { "LOGINDISABLED", IMAP_LOGINDISABLED },
    { "SASL-IR", IMAP_SASL_IR },
    { "LITERAL+", IMAP_LITERAL_PLUS },
    { "IDLE", IMAP_IDLE },
    { "UIDPLUS", IMAP_UIDPLUS },
    { "SPECIAL-USE", IMAP_SPECIAL_USE },
    { "LIST-STATUS", IMAP_LIST_STATUS },
    { "LIST-EXTENDED", IMAP_LIST_EXTENDED },
  };

  for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
    if (span_is (word, known[i].word))
      imap->offered |= known[i].bit;
  if (word->length > 5 && strncasecmp (word->start, "AUTH=", 5) == 0)
    return add_mechanism (imap, word->start + 5, word->length - 5);
  return DELIVERY_OK;
}

int
imap_note_capabilities (struct imap *imap, const char *at, const char *end)
{
  struct parser parser = { at, end };
  struct span word;
  int last = 0, result = DELIVERY_OK;

  forget_capabilities (imap);
  imap->is_told = 1;
  while (result == DELIVERY_OK && !last && parse_word (&parser, &word)) {
    const char *bracket = memchr (word.start, ']', word.length);

    last = bracket != NULL;
    if (last)
      word.length = (size_t)(bracket - word.start);
    result = note_capability (imap, &word);
    parse_char (&parser, ' ');
  }
  return result;
}

static int
ask_capabilities (struct imap *imap)
{
  if (imap->is_told)
    return DELIVERY_OK;
  return imap_await_ok (imap, imap_say (imap, "CAPABILITY"), "CAPABILITY");
}

/* ---- Greeting ---------------------------------------------------------- */

static int
fail_greeting (struct imap *imap, const char *line)
{
  return delivery_fail (imap->ep, DELIVERY_PROTOCOL,
                        "the server greets with what is no greeting: %s",
                        line);
}

static int
fail_bye (struct imap *imap, const char *words)
{
  return delivery_fail (imap->ep,
                        strstr (words, "[UNAVAILABLE]") ? DELIVERY_TEMPFAIL
                                                        : DELIVERY_REJECTED,
                        "the server does not want us: %s", words);
}

static int
take_greeting (struct imap *imap)
{
  const char *line;
  size_t length;
  struct parser parser;
  int result = delivery_stream_read_line (imap->stream, &line, &length);

  if (result != DELIVERY_OK)
    return result;
  parser = (struct parser){ line, line + length };
  if (!parse_char (&parser, '*') || !parse_char (&parser, ' '))
    return fail_greeting (imap, line);
  if (parse_this (&parser, "BYE"))
    return fail_bye (imap, parser.at);
  if (parse_this (&parser, "PREAUTH"))
    imap->is_logged_in = 1;
  else if (!parse_this (&parser, "OK"))
    return fail_greeting (imap, line);
  if (parse_char (&parser, '[') && parse_this (&parser, "CAPABILITY"))
    return imap_note_capabilities (imap, parser.at, parser.end);
  return DELIVERY_OK;
}

/* ---- TLS --------------------------------------------------------------- */

static int
has_scheme (const struct imap *imap, const char *scheme)
{
  return strcmp (delivery_scheme (imap->ep), scheme) == 0;
}

/* Nothing of what was said before counts any more. */
static int
starttls (struct imap *imap)
{
  const struct command *command;
  int result;

  if (imap->is_logged_in)
    return delivery_fail (imap->ep, DELIVERY_TLS,
                          "the server says that we are logged in, before TLS; "
                          "that is refused");
  result = ask_capabilities (imap);
  if (result == DELIVERY_REJECTED)
    return delivery_fail (imap->ep, DELIVERY_TLS,
                          "the server does not even say whether it has "
                          "STARTTLS");
  if (result == DELIVERY_OK && !(imap->offered & IMAP_STARTTLS))
    return delivery_fail (imap->ep, DELIVERY_TLS,
                          "the server offers no STARTTLS; imaps:// is TLS "
                          "from the start, imap:// does without");
  if (result == DELIVERY_OK)
    result = imap_await (imap, imap_say (imap, "STARTTLS"), &command);
  if (result == DELIVERY_OK && command->status != STATUS_OK)
    return imap_fail (imap, command, "STARTTLS", DELIVERY_TLS);
  if (result == DELIVERY_OK)
    result = delivery_stream_start_tls (imap->stream);
  forget_capabilities (imap);
  return result;
}

/* ---- Login ------------------------------------------------------------- */

/* A user name or password that cannot be quoted goes as a literal. */
static int
say_literal (struct imap *imap, unsigned number, const char *before,
             const char *text)
{
  int is_plus = (imap->offered & IMAP_LITERAL_PLUS) != 0;
  const char *challenge;
  int result;

  delivery_stream_printf (imap->stream, "%s{%zu%s}", before, strlen (text),
                          is_plus ? "+" : "");
  if (is_plus)
    return DELIVERY_OK;
  result = imap_await_more (imap, number, &challenge);
  if (result == DELIVERY_OK && !challenge)
    return delivery_fail (imap->ep, DELIVERY_AUTH,
                          "the server refuses a literal in LOGIN");
  return result;
}

static int
say_login_in_literals (struct imap *imap, unsigned *number)
{
  const char *user = delivery_user (imap->ep);
  const char *password = delivery_password (imap->ep);
  char *before = NULL, *second = NULL;
  int result;

  *number = imap_new_tag (imap);
  if (asprintf (&before, "%s%u LOGIN ", imap->prefix, *number) < 0)
    before = NULL;
  if (asprintf (&second, "%s ", user) < 0)
    second = NULL;
  if (!before || !second)
    result = delivery_fail (imap->ep, DELIVERY_INTERNAL, "out of memory");
  else
    result = say_literal (imap, *number, before, user);
  if (result == DELIVERY_OK)
    result = say_literal (imap, *number, second, password);
  if (result == DELIVERY_OK)
    result = delivery_stream_secret (imap->stream, "", password);
  free (before);
  free (second);
  return result;
}

static int
say_login (struct imap *imap, unsigned *number)
{
  char *user = name_quote (delivery_user (imap->ep));
  char *password = name_quote (delivery_password (imap->ep));
  char *verb = NULL;
  int result = DELIVERY_OK;

  if (!user || !password)
    result = say_login_in_literals (imap, number);
  else if (asprintf (&verb, "LOGIN %s", user) < 0)
    result = delivery_fail (imap->ep, DELIVERY_INTERNAL, "out of memory");
  else
    *number = imap_say_secret (imap, verb, password);
  if (password)
    explicit_bzero (password, strlen (password));
  free (verb);
  free (user);
  free (password);
  return result;
}

/* RFC 5530: what cannot be asked for the password now has not refused it. */
static int
fail_login (struct imap *imap, const struct command *command)
{
  return imap_fail (imap, command, "login refused",
                    strstr (command->text, "[UNAVAILABLE]") ? DELIVERY_TEMPFAIL
                                                            : DELIVERY_AUTH);
}

/* The command of RFC 3501 itself, for servers without a way for us in SASL. */
static int
login_plainly (struct imap *imap)
{
  const struct command *command;
  unsigned number = 0;
  int result;

  if (imap->offered & IMAP_LOGINDISABLED)
    return delivery_fail (imap->ep, DELIVERY_AUTH,
                          "the server takes no login here (LOGINDISABLED); "
                          "imapstarttls:// or imaps:// may help");
  result = say_login (imap, &number);
  if (result == DELIVERY_OK)
    result = imap_await (imap, number, &command);
  if (result == DELIVERY_OK && command->status != STATUS_OK)
    return fail_login (imap, command);
  return result;
}

/* Challenge and response until the server has its verdict, or until we give up
 * ("*").  `first` is the answer to the first challenge, if that is not made by
 * it; `is_said`: there was a response already. */
static int
converse (struct imap *imap, struct delivery_sasl *sasl, unsigned number,
          const char *first, int is_said)
{
  const struct command *command;
  const char *challenge, *response;
  int result;

  for (;;) {
    result = imap_await_more (imap, number, &challenge);
    if (result != DELIVERY_OK || !challenge)
      break;
    response = first;
    if (!first)
      result = delivery_sasl_step (sasl, challenge, &response);
    first = NULL;
    if (result != DELIVERY_OK) {
      delivery_stream_printf (imap->stream, "*");
      return result;
    }
    delivery_stream_secret (imap->stream, "", response);
    is_said = 1;
  }
  if (result == DELIVERY_OK)
    result = imap_await (imap, number, &command);
  if (result == DELIVERY_OK && command->status != STATUS_OK)
    return fail_login (imap, command);
  if (result == DELIVERY_OK && !is_said)
    return delivery_fail (imap->ep, DELIVERY_PROTOCOL,
                          "the server accepts a login that was not made");
  return result == DELIVERY_OK ? delivery_sasl_end (sasl) : result;
}

static int
authenticate (struct imap *imap, struct delivery_sasl *sasl)
{
  const char *mechanism = delivery_sasl_mechanism (sasl);
  const char *first;
  char verb[64];
  unsigned number;
  int goes_along;
  int result = delivery_sasl_begin (sasl, &first);

  if (result != DELIVERY_OK)
    return result;
  snprintf (verb, sizeof verb, "AUTHENTICATE %s", mechanism);
  goes_along = first && imap->offered & IMAP_SASL_IR;
  if (goes_along) {
    number = imap_say_secret (imap, verb, first);
    first = NULL;
  } else {
    number = imap_say (imap, "%s", verb);
    if (first && strcmp (first, "=") == 0)
      first = "";
  }
  return converse (imap, sasl, number, first, goes_along);
}

static int
may_login_plainly (const struct imap *imap)
{
  return delivery_user (imap->ep) && delivery_password (imap->ep)
         && strcmp (delivery_param (imap->ep, "auth"), "auto") == 0;
}

/* Where the server has mechanisms but none for us, LOGIN is what is left. */
static int
login (struct imap *imap)
{
  struct delivery_sasl *sasl;
  int result;

  if (!delivery_sasl_is_wanted (imap->ep))
    return delivery_fail (imap->ep, DELIVERY_AUTH,
                          "the server wants a login; write USER:PASSWORD@ "
                          "before the host");
  /* What was learnt before the login need not hold behind it. */
  imap->is_told = 0;
  if (!imap->mechanisms && may_login_plainly (imap))
    return login_plainly (imap);
  result = delivery_sasl_new (imap->ep, "imap",
                              imap->mechanisms ? imap->mechanisms : "", &sasl);
  if (result == DELIVERY_AUTH && may_login_plainly (imap)
      && !(imap->offered & IMAP_LOGINDISABLED))
    return login_plainly (imap);
  if (result == DELIVERY_OK)
    result = authenticate (imap, sasl);
  delivery_sasl_free (sasl);
  return result;
}

/* ---- All together ------------------------------------------------------ */

int
imap_begin (struct imap *imap)
{
  int result = imap_reset_commands (imap);

  forget_capabilities (imap);
  imap->is_logged_in = 0;
  imap->is_begun = 0;
  imap->may_leave = 0;
  imap->idling = 0;
  imap->is_idling = 0;
  imap->selected = PLACES_MAX;
  if (result == DELIVERY_OK && has_scheme (imap, "imaps"))
    result = delivery_stream_start_tls (imap->stream);
  if (result == DELIVERY_OK)
    result = take_greeting (imap);
  if (result == DELIVERY_OK && has_scheme (imap, "imapstarttls"))
    result = starttls (imap);
  if (result == DELIVERY_OK)
    result = ask_capabilities (imap);
  if (result == DELIVERY_OK && !imap->is_logged_in)
    result = login (imap);
  if (result == DELIVERY_OK)
    result = ask_capabilities (imap);
  imap->is_begun = result == DELIVERY_OK;
  return result;
}

void
imap_end (struct imap *imap)
{
  const struct command *command;

  delivery_stream_set_limit (imap->stream, delivery_now () + LOGOUT_MAX);
  if (!imap->may_leave) {
    if (imap_stop_idling (imap) != DELIVERY_OK)
      return;
    imap->may_leave = 1;
    imap_say (imap, "LOGOUT");
  }
  imap_await (imap, imap->last, &command);
}
