/* SPDX-License-Identifier: BSD-2-Clause */
/* The lines of POP3, and the lists of messages. */
#include "unit.h"

#include "../../plugins/pop3/listing.h"
#include "../../plugins/pop3/parse.h"

#include <string.h>

/* In memory of just its length: who reads beyond it is seen by sanitizers and
 * by valgrind. */
static char *
exact (const char *text)
{
  gsize length = strlen (text) + 1;
  char *copy = g_malloc (length);

  return memcpy (copy, text, length);
}

static const struct {
  const char *line;
  enum status status;
  const char *rest;
} answers[] = {
  { "+OK", STATUS_OK, "" },
  { "+OK ", STATUS_OK, "" },
  { "+OK hi there", STATUS_OK, "hi there" },
  { "+OK  x", STATUS_OK, " x" },
  { "-ERR", STATUS_ERR, "" },
  { "-ERR [AUTH] no", STATUS_ERR, "[AUTH] no" },
  { "+", STATUS_MORE, "" },
  { "+ ", STATUS_MORE, "" },
  { "+ YWJj", STATUS_MORE, "YWJj" },
  { "+OKAY", STATUS_NONE, NULL },
  { "+Oh well", STATUS_NONE, NULL },
  { "+O", STATUS_NONE, NULL },
  { "+OK\tx", STATUS_NONE, NULL },
  { "+ok", STATUS_NONE, NULL },
  { "-err", STATUS_NONE, NULL },
  { "-ERROR", STATUS_NONE, NULL },
  { "-", STATUS_NONE, NULL },
  { "", STATUS_NONE, NULL },
  { " +OK", STATUS_NONE, NULL },
  { "OK", STATUS_NONE, NULL },
  { "1 120", STATUS_NONE, NULL },
};

START_TEST (an_answer)
{
  char *line = exact (answers[_i].line);
  const char *rest;

  ck_assert_int_eq (parse_status (line, &rest), answers[_i].status);
  if (answers[_i].rest)
    ck_assert_str_eq (rest, answers[_i].rest);
  g_free (line);
}
END_TEST

static const struct {
  const char *words;
  enum code code;
} codes[] = {
  { "[AUTH] no", CODE_AUTH },
  { "[auth]", CODE_AUTH },
  { "[IN-USE] x", CODE_IN_USE },
  { "[LOGIN-DELAY]", CODE_LOGIN_DELAY },
  { "[SYS/TEMP] x", CODE_TEMP },
  { "[sys/temp/disk] x", CODE_TEMP },
  { "[SYS/PERM]", CODE_PERM },
  { "", CODE_NONE },
  { "[", CODE_NONE },
  { "[AUTH", CODE_NONE },
  { "[AUTHX]", CODE_NONE },
  { "[SYS]", CODE_NONE },
  { "[SYS/TEM]", CODE_NONE },
  { "AUTH", CODE_NONE },
  { " [AUTH]", CODE_NONE },
  { "see [AUTH]", CODE_NONE },
};

START_TEST (a_code)
{
  char *words = exact (codes[_i].words);

  ck_assert_int_eq (parse_code (words), codes[_i].code);
  g_free (words);
}
END_TEST

static const struct {
  const char *text;
  uint32_t number;
  const char *rest; /* NULL if it is none */
} numbers[] = {
  { "0", 0, "" },
  { "1 2", 1, "2" },
  { "12   x", 12, "x" },
  { "007 ", 7, "" },
  { "4294967295", UINT32_MAX, "" },
  { "4294967296", 0, NULL },
  { "18446744073709551617", 0, NULL },
  { "99999999999999999999999999 1", 0, NULL },
  { "", 0, NULL },
  { " 1", 0, NULL },
  { "-1", 0, NULL },
  { "+1", 0, NULL },
  { "1x", 0, NULL },
  { "1\t2", 0, NULL },
  { "x", 0, NULL },
};

START_TEST (a_number)
{
  char *text = exact (numbers[_i].text);
  const char *at = text;
  uint32_t number = 4711;

  ck_assert_int_eq (take_number (&at, &number), numbers[_i].rest != NULL);
  if (numbers[_i].rest) {
    ck_assert_uint_eq (number, numbers[_i].number);
    ck_assert_str_eq (at, numbers[_i].rest);
  } else {
    ck_assert_uint_eq (number, 4711);
    ck_assert_ptr_eq (at, text);
  }
  g_free (text);
}
END_TEST

static const struct {
  const char *line;
  uint32_t number;
  const char *uid; /* NULL if it is none */
} unique_ids[] = {
  { "1 a", 1, "a" },
  { "7 whqtswO00WBw418f9t5JxYwZ", 7, "whqtswO00WBw418f9t5JxYwZ" },
  { "4294967295 !~", UINT32_MAX, "!~" },
  { "0 a", 0, NULL },
  { "1", 0, NULL },
  { "1 ", 0, NULL },
  { "1 a b", 0, NULL },
  { "1 a ", 0, NULL },
  { "1 a\t", 0, NULL },
  { "1 \x7f", 0, NULL },
  { "1 \xc3\xa4", 0, NULL },
  { "a 1", 0, NULL },
  { "", 0, NULL },
};

START_TEST (a_unique_id)
{
  char *line = exact (unique_ids[_i].line);
  const char *uid;
  uint32_t number;

  ck_assert_int_eq (parse_unique_id (line, &number, &uid),
                    unique_ids[_i].uid != NULL);
  if (unique_ids[_i].uid) {
    ck_assert_uint_eq (number, unique_ids[_i].number);
    ck_assert_str_eq (uid, unique_ids[_i].uid);
  }
  g_free (line);
}
END_TEST

static const struct {
  const char *line;
  const char *value; /* of SASL, or NULL if it is of another */
} capabilities[] = {
  { "SASL", "" },
  { "SASL PLAIN LOGIN", "PLAIN LOGIN" },
  { "sasl   plain", "plain" },
  { "SASL ", "" },
  { "SASLX", NULL },
  { "SAS", NULL },
  { "X SASL", NULL },
  { " SASL", NULL },
  { "", NULL },
};

START_TEST (a_capability)
{
  char *line = exact (capabilities[_i].line);
  const char *value = parse_capability (line, "SASL");

  if (capabilities[_i].value)
    ck_assert_str_eq (value, capabilities[_i].value);
  else
    ck_assert_ptr_null (value);
  g_free (line);
}
END_TEST

/* ---- Lists ------------------------------------------------------------- */

START_TEST (a_listing)
{
  struct listing listing = { 0 };
  char uid[16];

  listing_sort (&listing);
  ck_assert (!listing_has (&listing, "1"));
  for (unsigned i = 1000; i > 0; i--) {
    g_snprintf (uid, sizeof uid, "%u", i * 7919 % 1009);
    ck_assert (listing_add (&listing, i, uid));
    ck_assert_str_eq (listing_uid (&listing, 1000 - i), uid);
  }
  ck_assert_uint_eq (listing.n, 1000);
  listing_sort (&listing);
  for (unsigned i = 1; i <= 1000; i++) {
    g_snprintf (uid, sizeof uid, "%u", i * 7919 % 1009);
    ck_assert (listing_has (&listing, uid));
  }
  for (unsigned i = 1001; i <= 1008; i++) {
    g_snprintf (uid, sizeof uid, "%u", i * 7919 % 1009);
    ck_assert (!listing_has (&listing, uid));
  }
  listing_clear (&listing);
  ck_assert_uint_eq (listing.n, 0);
}
END_TEST

START_TEST (a_listing_without_some)
{
  struct listing listing = { 0 };

  ck_assert (listing_add (&listing, 1, "b") && listing_add (&listing, 2, "a")
             && listing_add (&listing, 3, "c")
             && listing_add (&listing, 4, "c"));
  listing.entries[0].number = 0;
  listing.entries[2].number = 0;
  listing_sort (&listing);
  ck_assert_uint_eq (listing.n, 2);
  ck_assert (listing_has (&listing, "a") && listing_has (&listing, "c"));
  ck_assert (!listing_has (&listing, "b"));
  listing_clear (&listing);
}
END_TEST

void
unit_add (TCase *tcase)
{
  unit_add_table (tcase, an_answer, answers);
  unit_add_table (tcase, a_code, codes);
  unit_add_table (tcase, a_number, numbers);
  unit_add_table (tcase, a_unique_id, unique_ids);
  unit_add_table (tcase, a_capability, capabilities);
  tcase_add_test (tcase, a_listing);
  tcase_add_test (tcase, a_listing_without_some);
}
