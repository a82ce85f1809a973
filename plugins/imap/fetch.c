/* SPDX-License-Identifier: BSD-2-Clause */
/* Header fields of new messages. */
#include "imap.h"

#include <inttypes.h>

/* Every number from `next` on; "*" would bring the last message each time,
 * new or not. */
unsigned
imap_say_fetch (struct imap *imap)
{
  return imap_say (imap,
                   "UID FETCH %" PRIu32 ":%" PRIu32
                   " (BODY.PEEK[HEADER.FIELDS (" DELIVERY_MAIL_FIELDS ")])",
                   imap->places[imap->selected].next, UINT32_MAX);
}

static void
add_copy (struct imap *imap, uint32_t uid, int judgement)
{
  for (size_t i = 0; i < imap->n_copies; i++)
    if (imap->copies[i].place == imap->selected && imap->copies[i].uid == uid)
      return;
  if (imap->n_copies == COPIES_MAX)
    return;
  if (imap->n_copies == 0)
    imap->verdict = judgement;
  imap->copies[imap->n_copies++]
      = (struct copy){ imap->selected, imap->places[imap->selected].validity,
                       uid, 0 };
}

static uint32_t
behind (uint32_t uid)
{
  return uid < UINT32_MAX ? uid + 1 : uid;
}

/* "(UID 7 BODY[HEADER.FIELDS (MESSAGE-ID)] {42}...)", in any order. */
static int
read_items (struct parser *parser, uint32_t *uid, struct span *header)
{
  struct span name;

  if (!parse_char (parser, '('))
    return 0;
  while (parse_item (parser, &name) && parse_char (parser, ' ')) {
    if (span_is (&name, "UID")) {
      if (!parse_number (parser, uid))
        return 0;
    } else if (name.length > 5 && name.start[4] == '['
               && parse_string (parser, header)) {
      /* Only ever asked for by one name: it is the header. */
    } else if (!parse_value (parser))
      return 0;
    parse_char (parser, ' ');
  }
  return parse_char (parser, ')');
}

int
imap_note_fetch (struct imap *imap, struct parser *parser)
{
  struct place *place;
  struct span header = { NULL, 0, 0 };
  uint32_t uid = 0;
  int judgement;

  if (imap->selected == PLACES_MAX)
    return DELIVERY_OK;
  if (!read_items (parser, &uid, &header))
    return delivery_fail (imap->ep, DELIVERY_PROTOCOL,
                          "the server sends a FETCH that makes no sense: %s",
                          imap->response.data);
  place = &imap->places[imap->selected];
  if (imap->is_asking_last && uid >= place->said_next)
    place->said_next = behind (uid);
  /* Without a header it is not what was asked for: others gave it flags. */
  if (!uid || uid < place->next || !header.start)
    return DELIVERY_OK;
  if (uid >= place->top)
    place->top = behind (uid);
  judgement = delivery_mail_judge (imap->ep, header.start, header.length);
  if (judgement != DELIVERY_NOT_FOUND)
    add_copy (imap, uid, judgement);
  return DELIVERY_OK;
}
