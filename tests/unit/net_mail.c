/* SPDX-License-Identifier: BSD-2-Clause */
/* Addresses, encoded words, and whether a message is ours. */
#include "unit.h"

#include "../../core/net/address.h"
#include "../../core/net/encoded_word.h"

#include "endpoint.h"

#include <delivery/net.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static const struct {
  const char *address;
  gboolean is_proper;
} addresses[] = {
  { "anna@example.org", TRUE },
  { "anna", TRUE },
  { "a.b+c=d@x", TRUE },
  { "o'hara@example.org", TRUE },
  { "\"a b\"@example.org", TRUE },
  { "\"a\\\"b\"@example.org", TRUE },
  { "a@[192.0.2.1]", TRUE },
  { "a@[IPv6:2001:db8::1]", TRUE },
  { "über@straße.example", TRUE },
  { "", FALSE },
  { "@x", FALSE },
  { "a@", FALSE },
  { "a b@x", FALSE },
  { "a.@x", FALSE },
  { ".a@x", FALSE },
  { "a..b@x", FALSE },
  { "a@b@x", FALSE },
  { "a@x>", FALSE },
  { "<a@x>", FALSE },
  { "a@x y", FALSE },
  { "a@x> SIZE=1", FALSE },
  { "\"a\"b\"@x", FALSE },
  { "\"a\\\"@x", FALSE },
  { "\"", FALSE },
  { "\"a@x", FALSE },
  { "a\"@x", FALSE },
  { "\"a\x01\"@x", FALSE },
  { "a@[]", FALSE },
  { "a@[a_b]", FALSE },
  { "a@.x", FALSE },
  { "a@x..y", FALSE },
  { "a@-x", FALSE },
  { "a@[x", FALSE },
  { "a@[x]y", FALSE },
  { "a,b@x", FALSE },
  { "a\xff@x", FALSE },
};

START_TEST (an_address)
{
  ck_assert_int_eq (address_is_proper (addresses[_i].address),
                    addresses[_i].is_proper);
}
END_TEST

START_TEST (addresses_have_an_end)
{
  g_autofree char *local = g_strnfill (64, 'a');
  g_autofree char *proper = g_strconcat (local, "@x", NULL);
  g_autofree char *longer = g_strconcat (local, "a@x", NULL);
  g_autofree char *domain = g_strnfill (253, 'a');
  g_autofree char *whole = g_strconcat ("a@", domain, NULL);

  ck_assert (address_is_proper (proper));
  ck_assert (!address_is_proper (longer));
  ck_assert (!address_is_proper (whole));
}
END_TEST

static const struct {
  const char *text, *words;
} texts[] = {
  { "plain text", "plain text" },
  { "", "" },
  { "ü", "=?UTF-8?B?w7w=?=" },
  { "=?x", "=?UTF-8?B?PT94?=" },
  { "a  b ", "a  b " },
  { "ü t0ken", "=?UTF-8?B?w7w=?= t0ken" },
  { "ü a=b", "=?UTF-8?B?w7w=?= a=b" },
  { " ü", " =?UTF-8?B?w7w=?=" },
  { "a ü b", "a =?UTF-8?B?w7w=?= b" },
  { "ü ü", "=?UTF-8?B?w7wgw7w=?=" },
  { "ü  ü a", "=?UTF-8?B?w7wgIMO8?= a" },
  { "ü  ", "=?UTF-8?B?w7w=?=  " },
  { "äöüäöüäöüäöüäöüäöüä",
    "=?UTF-8?B?w6TDtsO8w6TDtsO8w6TDtsO8w6TDtsO8w6TDtsO8w6TDtsO8w6Q=?=" },
  { "xäöüäöüäöüäöüäöüäöüäö",
    "=?UTF-8?B?eMOkw7bDvMOkw7bDvMOkw7bDvMOkw7bDvMOkw7bDvMOkw7bDvMOk?= "
    "=?UTF-8?B?w7Y=?=" },
};

START_TEST (encoded_text)
{
  g_autofree char *words = encoded_words (texts[_i].text);

  unit_check_text (texts[_i].text, words, texts[_i].words);
}
END_TEST

/* ---- Judging ----------------------------------------------------------- */

#define TOKEN "abcDEF-123"
#define FIELD "X-Check-Delivery-Token: " TOKEN "\r\n"
#define ID "Message-ID: <" TOKEN "@example.org>\r\n"

static const struct {
  const char *header;
  int judgement;
} headers[] = {
  { FIELD ID "\r\n", DELIVERY_OK },
  { ID FIELD, DELIVERY_OK },
  { "x-check-DELIVERY-token:" TOKEN "\nmessage-id:<" TOKEN "@x>\n",
    DELIVERY_OK },
  { "X-Check-Delivery-Token:\r\n " TOKEN "\r\nMessage-ID:\r\n\t<" TOKEN
    "@x>  \r\n",
    DELIVERY_OK },
  { "Subject: x\r\n" FIELD "To: y\r\n z\r\n" ID, DELIVERY_OK },
  { FIELD "Message-ID: <other@x>\r\n", DELIVERY_MANGLED },
  { FIELD, DELIVERY_MANGLED },
  { ID, DELIVERY_MANGLED },
  { ID "X-Check-Delivery-Token: " TOKEN "x\r\n", DELIVERY_MANGLED },
  { "", DELIVERY_NOT_FOUND },
  { "\r\n" FIELD ID, DELIVERY_NOT_FOUND },
  { "Subject: " TOKEN "\r\n", DELIVERY_NOT_FOUND },
  { "Subject: Re: " FIELD, DELIVERY_NOT_FOUND },
  { "In-Reply-To: <" TOKEN "@example.org>\r\nReferences: <" TOKEN
    "@example.org>\r\n",
    DELIVERY_NOT_FOUND },
  { "X-Check-Delivery-Token: > " TOKEN "\r\n", DELIVERY_NOT_FOUND },
  { "X-Check-Delivery-Token: " TOKEN " " TOKEN "\r\n", DELIVERY_NOT_FOUND },
  { "X-Check-Delivery-Tokens: " TOKEN "\r\n", DELIVERY_NOT_FOUND },
  { "X-X-Check-Delivery-Token: " TOKEN "\r\n", DELIVERY_NOT_FOUND },
  { "Message-ID: <x" TOKEN "@x>\r\n", DELIVERY_NOT_FOUND },
  { "Message-ID: " TOKEN "@x\r\n", DELIVERY_NOT_FOUND },
  { "Message-ID: <" TOKEN ">\r\n", DELIVERY_NOT_FOUND },
  { "Message-ID: <" TOKEN "x@x>\r\n", DELIVERY_NOT_FOUND },
  { "Message-ID: <" TOKEN "@x x>\r\n", DELIVERY_NOT_FOUND },
  { "Message-ID: <1@x> <" TOKEN "@x>\r\n", DELIVERY_NOT_FOUND },
  { "no colon\r\n: " TOKEN "\r\n \r\n", DELIVERY_NOT_FOUND },
};

/* An endpoint that can say no more than its token. */
static struct delivery_endpoint *
judging_endpoint (void)
{
  static struct run_shared shared;
  struct delivery_endpoint *ep = g_new0 (struct delivery_endpoint, 1);

  shared.out = open ("/dev/null", O_WRONLY | O_CLOEXEC);
  shared.cancel_fd = -1;
  shared.token = g_strdup (TOKEN);
  shared.secrets = secrets_new ();
  ep->shared = &shared;
  return ep;
}

static int
judge (const char *header, gsize length)
{
  struct delivery_endpoint *ep = judging_endpoint ();
  g_autofree char *exact = g_memdup2 (header, length);
  int judgement = delivery_mail_judge (ep, exact ? exact : "", length);

  ck_assert_int_eq (ep->text != NULL, judgement == DELIVERY_MANGLED);
  close (ep->shared->out);
  g_free (ep->shared->token);
  secrets_free (ep->shared->secrets);
  g_free (ep->text);
  g_free (ep);
  return judgement;
}

START_TEST (a_header)
{
  const char *header = headers[_i].header;

  ck_assert_int_eq (judge (header, strlen (header)), headers[_i].judgement);
}
END_TEST

START_TEST (a_header_that_is_cut_anywhere)
{
  for (gsize cut = 0; cut < strlen (headers[_i].header); cut++)
    judge (headers[_i].header, cut);
}
END_TEST

START_TEST (a_header_with_nul)
{
  static const char header[] = "X: \0" FIELD "\r\n" ID;

  ck_assert_int_eq (judge (header, sizeof header - 1), DELIVERY_NOT_FOUND);
}
END_TEST

START_TEST (a_header_of_many_lines)
{
  g_autoptr (GString) header = g_string_new (NULL);

  for (int i = 0; i < 100000; i++)
    g_string_append (header, i % 2 ? " folded\r\n" : "X: y\r\n");
  g_string_append (header, FIELD ID);
  ck_assert_int_eq (judge (header->str, header->len), DELIVERY_OK);
}
END_TEST

void
unit_add (TCase *tcase)
{
  unit_add_table (tcase, an_address, addresses);
  tcase_add_test (tcase, addresses_have_an_end);
  unit_add_table (tcase, encoded_text, texts);
  unit_add_table (tcase, a_header, headers);
  unit_add_table (tcase, a_header_that_is_cut_anywhere, headers);
  tcase_add_test (tcase, a_header_with_nul);
  tcase_add_test (tcase, a_header_of_many_lines);
}
