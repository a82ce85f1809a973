/* SPDX-License-Identifier: BSD-2-Clause */
/* Messages of IRC and names of people, also where they end in the middle. */
#include "unit.h"

#include "../../plugins/irc/irc.h"

#include <string.h>

/* In memory of just its length: who reads beyond it is seen by sanitizers and
 * by valgrind. */
static char *
exact_copy (const char *text, gsize length)
{
  char *exact = g_malloc (length + 1);

  memcpy (exact, text, length);
  exact[length] = '\0';
  return exact;
}

static void
parse (struct message *message, const char *text, gsize length)
{
  char *exact = exact_copy (text, length);

  ck_assert_int_eq (message_parse (message, exact), 0);
  g_free (exact);
}

/* ---- Messages ---------------------------------------------------------- */

static const struct {
  const char *line, *nick, *command;
  const char *params[4]; /* all, or the first four */
  gsize n_params;
  const char *text;
} lines[] = {
  { ":a!u@h PRIVMSG #c :x y", "a", "PRIVMSG", { "#c", "x y" }, 2, "x y" },
  { ":a!u@h PRIVMSG #c x", "a", "PRIVMSG", { "#c", "x" }, 2, "x" },
  { ":s 001 me :hello", "s", "001", { "me", "hello" }, 2, "hello" },
  { ":a@h QUIT", "a@h", "QUIT", { 0 }, 0, "" },
  { "PING :t", "", "PING", { "t" }, 1, "t" },
  { "PING t", "", "PING", { "t" }, 1, "t" },
  { "PING ::t", "", "PING", { ":t" }, 1, ":t" },
  { "PING :", "", "PING", { "" }, 1, "" },
  { "PING", "", "PING", { 0 }, 0, "" },
  { "PING   a   b", "", "PING", { "a", "b" }, 2, "b" },
  { "PING a  ", "", "PING", { "a" }, 1, "a" },
  { "PING a: b", "", "PING", { "a:", "b" }, 2, "b" },
  { "@a=b;c :n!u@h X y", "n", "X", { "y" }, 1, "y" },
  { "@a=b   :n   X", "n", "X", { 0 }, 0, "" },
  { "@a=b X :", "", "X", { "" }, 1, "" },
  { "@a X @b", "", "X", { "@b" }, 1, "@b" },
  { "A 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15",
    "",
    "A",
    { "1", "2", "3", "4" },
    15,
    "15" },
  { "A 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 :17",
    "",
    "A",
    { "1", "2", "3", "4" },
    15,
    "15 16 :17" },
  { "A 1 2 3 4 5 6 7 8 9 10 11 12 13 14 :15 :16",
    "",
    "A",
    { "1", "2", "3", "4" },
    15,
    "15 :16" },
  { ":!u@h X", "", "X", { 0 }, 0, "" },
  { ":a!b!c X", "a", "X", { 0 }, 0, "" },
  { ":", "", "", { 0 }, 0, "" },
  { ": ", "", "", { 0 }, 0, "" },
  { ": X", "", "X", { 0 }, 0, "" },
  { ":!", "", "", { 0 }, 0, "" },
  { ":x", "x", "", { 0 }, 0, "" },
  { ":x ", "x", "", { 0 }, 0, "" },
  { "@", "", "", { 0 }, 0, "" },
  { "@ ", "", "", { 0 }, 0, "" },
  { "@ :", "", "", { 0 }, 0, "" },
  { "   ", "", "", { 0 }, 0, "" },
  { "", "", "", { 0 }, 0, "" },
};

START_TEST (a_message)
{
  struct message message;
  gsize length = strlen (lines[_i].line);

  parse (&message, lines[_i].line, length);
  unit_check_text ("nick", message.nick, lines[_i].nick);
  unit_check_text ("command", message.command, lines[_i].command);
  ck_assert_uint_eq (message.n_params, lines[_i].n_params);
  for (gsize i = 0; i < 4; i++)
    unit_check_text ("param", message.params[i],
                     lines[_i].params[i] ? lines[_i].params[i] : "");
  unit_check_text ("text", message.text, lines[_i].text);
  message_free (&message);
  ck_assert_ptr_null (message.copy);
}
END_TEST

START_TEST (a_message_that_is_cut_anywhere)
{
  gsize length = strlen (lines[_i].line);

  for (gsize cut = 0; cut < length; cut++) {
    struct message message;
    gsize all = 0;

    parse (&message, lines[_i].line, cut);
    for (gsize i = 0; i < PARAMS_MAX; i++)
      all += strlen (message.params[i]);
    ck_assert_uint_le (all + strlen (message.command) + strlen (message.nick),
                       cut);
    ck_assert_uint_le (strlen (message.text), cut);
    message_free (&message);
  }
}
END_TEST

static const struct {
  const char *line, *commands;
  int is;
} among[] = {
  { "433", "433", 1 },     { "433", "1 433 2", 1 }, { "433", "1 2 433", 1 },
  { "433 x", "433 1", 1 }, { "join", "JOIN", 1 },   { "433", "4330", 0 },
  { "4330", "433", 0 },    { "433", "1433 43", 0 }, { "43", "433 4 3", 0 },
  { "433", "", 0 },        { "", "433", 0 },        { "", "", 0 },
};

START_TEST (a_command_among_others)
{
  struct message message;

  parse (&message, among[_i].line, strlen (among[_i].line));
  ck_assert_int_eq (message_is_one_of (&message, among[_i].commands),
                    among[_i].is);
  message_free (&message);
}
END_TEST

START_TEST (commands_have_no_case)
{
  struct message message;

  parse (&message, "privMsg", 7);
  ck_assert_int_eq (message_is (&message, "PRIVMSG"), 1);
  ck_assert_int_eq (message_is (&message, "PRIVMSGS"), 0);
  ck_assert_int_eq (message_is (&message, "PRIVMS"), 0);
  message_free (&message);
}
END_TEST

/* ---- Names ------------------------------------------------------------- */

static const struct {
  const char *a, *b;
  int is_same;
} names[] = {
  { "bob", "BOB", 1 },     { "AZaz", "azAZ", 1 },
  { "[]\\~", "{}|^", 1 },  { "{}|^", "[]\\~", 1 },
  { "#Room", "#room", 1 }, { "", "", 1 },
  { "bob", "bo", 0 },      { "bo", "bob", 0 },
  { "bob", "", 0 },        { "", "bob", 0 },
  { "bob", "rob", 0 },     { "@", "`", 0 },
  { "_", "\177", 0 },      { "\303\204", "\303\244", 0 },
};

START_TEST (the_same_name)
{
  char *a = exact_copy (names[_i].a, strlen (names[_i].a));
  char *b = exact_copy (names[_i].b, strlen (names[_i].b));

  ck_assert_int_eq (same_name (a, b), names[_i].is_same);
  g_free (a);
  g_free (b);
}
END_TEST

static const struct {
  const char *user;
  unsigned variant;
  const char *nick;
} nicks[] = {
  { "bob", 0, "bob" },
  { "bob", 1, "bob1" },
  { "bob", 3, "bob3" },
  { "ninechars", 0, "ninechars" },
  { "ninechars", 2, "ninechar2" },
  { "averylongnick", 0, "averylongnick" },
  { "averylongnick", 3, "averylon3" },
  { NULL, 0, "check_delivery" },
  { NULL, 1, "check_de1" },
};

START_TEST (a_nick)
{
  char *nick = g_malloc (NICK_MAX);

  nick_make (nick, nicks[_i].user, nicks[_i].variant);
  unit_check_text ("nick", nick, nicks[_i].nick);
  g_free (nick);
}
END_TEST

START_TEST (the_longest_nick)
{
  g_autofree char *user = g_strnfill (10 * NICK_MAX, 'x');
  char *nick = g_malloc (NICK_MAX);

  for (unsigned variant = 0; variant <= VARIANTS_MAX; variant++) {
    nick_make (nick, user, variant);
    ck_assert_uint_lt (strlen (nick), NICK_MAX);
  }
  g_free (nick);
}
END_TEST

void
unit_add (TCase *tcase)
{
  unit_add_table (tcase, a_message, lines);
  unit_add_table (tcase, a_message_that_is_cut_anywhere, lines);
  unit_add_table (tcase, a_command_among_others, among);
  tcase_add_test (tcase, commands_have_no_case);
  unit_add_table (tcase, the_same_name, names);
  unit_add_table (tcase, a_nick, nicks);
  tcase_add_test (tcase, the_longest_nick);
}
