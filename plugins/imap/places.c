/* SPDX-License-Identifier: BSD-2-Clause */
/* The mailbox, and the mailboxes where messages go astray. */
#include "imap.h"
#include "name.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* If a mailbox has new numbers for its messages (RFC 3501, section 2.3.1.1),
 * this many of the last are looked at again. */
#define AGAIN 200

static int
out_of_memory (struct imap *imap)
{
  return delivery_fail (imap->ep, DELIVERY_INTERNAL, "out of memory");
}

/* ---- Names ------------------------------------------------------------- */

void
imap_free_places (struct imap *imap)
{
  for (size_t i = 0; i < imap->n_places; i++) {
    free (imap->places[i].name);
    free (imap->places[i].quoted);
  }
  imap->n_places = 0;
}

static int
find_place (const struct imap *imap, const char *name)
{
  for (size_t i = 0; i < imap->n_places; i++)
    if (strcmp (imap->places[i].name, name) == 0
        || (strcasecmp (name, "INBOX") == 0
            && strcasecmp (imap->places[i].name, name) == 0))
      return (int)i;
  return -1;
}

/* `name` as the server writes it.  The mailbox itself is no other place. */
static int
add_place (struct imap *imap, const char *name)
{
  struct place *place = &imap->places[imap->n_places];

  if (imap->n_places == PLACES_MAX || find_place (imap, name) >= 0)
    return DELIVERY_OK;
  memset (place, 0, sizeof *place);
  place->name = strdup (name);
  place->quoted = name_quote (name);
  if (!place->name || !place->quoted) {
    int is_ours = errno == ENOMEM;

    free (place->name);
    free (place->quoted);
    if (is_ours)
      return out_of_memory (imap);
    return delivery_fail (imap->ep, DELIVERY_PROTOCOL,
                          "a mailbox with a name that cannot be written: %s",
                          name);
  }
  imap->n_places++;
  return DELIVERY_OK;
}

static int
add_encoded (struct imap *imap, const char *name)
{
  char *encoded = name_encode (name);
  int result = encoded ? add_place (imap, encoded) : out_of_memory (imap);

  free (encoded);
  return result;
}

int
imap_name_places (struct imap *imap)
{
  const char *path = delivery_path (imap->ep), *junk;
  int result = add_encoded (imap, path && path[1] ? path + 1 : "INBOX");

  for (size_t i = 0; result == DELIVERY_OK
                     && (junk = delivery_param_at (imap->ep, "junk", i));
       i++)
    result = add_encoded (imap, junk);
  return result;
}

/* ---- What the server says of them -------------------------------------- */

static int
has_flag (struct parser *parser, const char *wanted)
{
  struct span flag;
  int found = 0;

  if (!parse_char (parser, '('))
    return 0;
  while (parse_word (parser, &flag)) {
    found |= span_is (&flag, wanted);
    parse_char (parser, ' ');
  }
  return parse_char (parser, ')') && found;
}

/* "(\HasNoChildren \Junk) "/" Junk" */
int
imap_note_list (struct imap *imap, struct parser *parser)
{
  struct span name;
  char *copy;
  int result = DELIVERY_OK;

  if (!has_flag (parser, "\\Junk") || !parse_char (parser, ' ')
      || !parse_value (parser) || !parse_char (parser, ' ')
      || !parse_string (parser, &name))
    return DELIVERY_OK;
  copy = span_copy (&name);
  if (!copy)
    return out_of_memory (imap);
  if (delivery_param_count (imap->ep, "junk") == 0)
    result = add_place (imap, copy);
  free (copy);
  /* Nothing is found there, and that is no reason to fail. */
  return result == DELIVERY_PROTOCOL ? DELIVERY_OK : result;
}

static void
note_numbers (struct place *place, struct parser *parser)
{
  if (!parse_char (parser, '('))
    return;
  for (;;) {
    uint32_t *into;

    if (parse_this (parser, "UIDNEXT"))
      into = &place->said_next;
    else if (parse_this (parser, "UIDVALIDITY"))
      into = &place->said_validity;
    else
      return;
    if (!parse_number (parser, into))
      return;
    parse_char (parser, ' ');
  }
}

/* ""Junk" (UIDNEXT 5 UIDVALIDITY 1)" */
int
imap_note_status (struct imap *imap, struct parser *parser)
{
  struct span name;
  char *copy;
  int place;

  if (!parse_string (parser, &name) || !parse_char (parser, ' '))
    return DELIVERY_OK;
  copy = span_copy (&name);
  if (!copy)
    return out_of_memory (imap);
  place = find_place (imap, copy);
  free (copy);
  if (place > 0)
    note_numbers (&imap->places[place], parser);
  return DELIVERY_OK;
}

/* ---- Opening ----------------------------------------------------------- */

/* Where new messages begin, when a place is seen for the first time, or when
 * its messages have new numbers.  One of which the server says nothing may
 * come to be with its first message. */
static void
settle (struct imap *imap, struct place *place)
{
  int is_new = place->is_known && !place->validity;

  if (place->is_known
      && (!place->said_next || place->said_validity == place->validity))
    return;
  place->next = place->said_next ? place->said_next : 1;
  if (place->is_known)
    place->next = place->said_next > AGAIN ? place->said_next - AGAIN : 1;
  if (place->is_known && !is_new)
    delivery_detail (imap->ep,
                     "%s has new numbers for its messages; the last %d are "
                     "looked at again",
                     place->name, AGAIN);
  place->validity = place->said_validity;
  place->top = 0;
  place->is_known = 1;
}

/* An old server does not say UIDNEXT: the number of the last message does.  If
 * there is none, "*" is a mistake for some. */
static int
ask_last (struct imap *imap, size_t place)
{
  int result;

  imap->places[place].said_next = 1;
  if (imap->is_empty)
    return DELIVERY_OK;
  imap->is_asking_last = 1;
  result = imap_await_ok (imap, imap_say (imap, "UID FETCH * (UID)"), "FETCH");
  imap->is_asking_last = 0;
  return result;
}

static int
await_selected (struct imap *imap, size_t place, unsigned number)
{
  const struct command *command;
  int result = imap_await (imap, number, &command);

  if (result != DELIVERY_OK)
    return result;
  if (command->status != STATUS_OK) {
    imap->selected = PLACES_MAX;
    return imap_fail (imap, command, imap->places[place].name,
                      strstr (command->text, "[UNAVAILABLE]")
                              || strstr (command->text, "[INUSE]")
                          ? DELIVERY_TEMPFAIL
                          : DELIVERY_REJECTED);
  }
  if (!imap->places[place].said_next)
    result = ask_last (imap, place);
  if (result == DELIVERY_OK)
    settle (imap, &imap->places[place]);
  return result;
}

static unsigned
say_select (struct imap *imap, size_t place, const char *verb)
{
  imap->selected = place;
  imap->is_empty = 0;
  imap->places[place].said_next = 0;
  imap->places[place].said_validity = 0;
  return imap_say (imap, "%s %s", verb, imap->places[place].quoted);
}

int
imap_select (struct imap *imap, size_t place, const char *verb)
{
  return await_selected (imap, place, say_select (imap, place, verb));
}

static unsigned
say_list (struct imap *imap)
{
  if (delivery_param_count (imap->ep, "junk")
      || !(imap->offered & IMAP_SPECIAL_USE))
    return 0;
  if (!(imap->offered & IMAP_LIST_EXTENDED))
    return imap_say (imap, "LIST \"\" \"%%\"");
  if (imap->offered & IMAP_LIST_STATUS)
    return imap_say (imap, "LIST (SPECIAL-USE) \"\" \"*\" RETURN (SPECIAL-USE "
                           "STATUS (UIDNEXT UIDVALIDITY))");
  return imap_say (imap, "LIST (SPECIAL-USE) \"\" \"*\"");
}

/* Those whose numbers LIST did not bring.  A place that cannot be asked is no
 * reason to fail; nothing is found there. */
static int
ask_numbers (struct imap *imap)
{
  const struct command *command;
  int result = DELIVERY_OK;

  for (size_t i = 1; result == DELIVERY_OK && i < imap->n_places; i++) {
    struct place *place = &imap->places[i];

    if (!place->said_next)
      result = imap_await (
          imap,
          imap_say (imap, "STATUS %s (UIDNEXT UIDVALIDITY)", place->quoted),
          &command);
    if (result == DELIVERY_OK)
      settle (imap, place);
  }
  return result;
}

int
imap_open_places (struct imap *imap)
{
  const struct command *command;
  unsigned number = say_select (imap, 0, "SELECT");
  unsigned list = say_list (imap);
  int result;

  imap->is_listing = 1;
  result = await_selected (imap, 0, number);
  if (result == DELIVERY_OK && list)
    result = imap_await (imap, list, &command);
  imap->is_listing = 0;
  return result == DELIVERY_OK ? ask_numbers (imap) : result;
}
