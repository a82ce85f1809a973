/* SPDX-License-Identifier: BSD-2-Clause */
/* INI files, read from disk: the dialect, inheritance and references. */
#include "ini.h"

#include "reason.h"
#include "unit.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct ini *
read_text (const char *text, GError **error)
{
  g_autofree char *path = unit_file ("test.ini", text, -1);

  return ini_read (path, error);
}

static struct ini *
read_good (const char *text)
{
  GError *error = NULL;
  struct ini *ini = read_text (text, &error);

  ck_assert_msg (ini != NULL, "'%s': %s", text, error ? error->message : "");
  return ini;
}

#define D "[DEFAULT]\nd = default\nboth = of default\n"

/* `option` of section [s]; `value` NULL where there is none. */
static const struct {
  const char *text, *option, *value;
} structure[] = {
  { "[s]\nk = v\n", "k", "v" },
  { "[s]\nk = v", "k", "v" },
  { "[s]\nk=v\n", "k", "v" },
  { "[s]\nk:v\n", "k", "v" },
  { "[s]\nk : v\n", "k", "v" },
  { "[s]\nk = v = w : x\n", "k", "v = w : x" },
  { "[s]\nk : v = w\n", "k", "v = w" },
  { "[s]\nk = :v\n", "k", ":v" },
  { "[s]\nKeY = V\n", "key", "V" },
  { "[s]\nk =\n", "k", "" },
  { "[s]\nk = \t \n", "k", "" },
  { "[s]\n\xc3\x9c.\xc3\xa4 = \xe2\x82\xac\n", "\xc3\xbc.\xc3\xa4",
    "\xe2\x82\xac" },
  { "[s]\na.b-c_d[x] = v\n", "a.b-c_d[x]", "v" },
  { "[s]\na key = v\n", "a key", "v" },
  { "[s]\n\"k\" = \"v\"\n", "\"k\"", "\"v\"" },
  { "[s]\nk = a\\nb\\\\c\\td\\s\\\n", "k", "a\\nb\\\\c\\td\\s\\" },
  { "[s]\nk = v ; no comment\n", "k", "v ; no comment" },
  { "[s]\nk = v # no comment\n", "k", "v # no comment" },
  { "[s]\nk = ;#%(x)s\n", "k", ";#%(x)s" },
  { "# c\n; c\n  # c\n[s]\n#k = no\n;k = no\n  ; c\nk = v\n", "k", "v" },
  { "[s]\nk = ~/x `id` $HOME\n", "k", "~/x `id` $HOME" },
  /* Continuation lines. */
  { "[s]\nk = v\n w\n", "k", "v\nw" },
  { "[s]\nk = v\n\tw\n  x\n", "k", "v\nw\nx" },
  { "[s]\nk =\n  w\n", "k", "\nw" },
  { "[s]\nk = v\n  w = x\n", "k", "v\nw = x" },
  { "[s]\nk = v\n  [t]\n", "k", "v\n[t]" },
  { "[s]\nk = v\n\n  w\n", "k", "v\n\nw" },
  { "[s]\nk = v\n  # c\n  w\n", "k", "v\nw" },
  { "[s]\nk = v\n\n\n", "k", "v" },
  { "[s]\n  k = v\n  l = w\n", "k", "v" },
  { "[s]\n  k = v\n  l = w\n", "l", "w" },
  { "[s]\n  k = v\n    w\n l = x\n", "k", "v\nw" },
  { "[s]\n  k = v\n    w\n l = x\n", "l", "x" },
  { "[s]\n  k = v\n", "k", "v" },
  /* Ends of lines and of files. */
  { "[s]\r\nk = v\r\n  w\r\n", "k", "v\nw" },
  { "\xef\xbb\xbf[s]\nk = v\n", "k", "v" },
  { "\xef\xbb\xbf\r\n[s]\r\nk = v", "k", "v" },
  /* Sections. */
  { "[ s ]\nk = other\n[s]\nk = v\n", "k", "v" },
  { "[S]\nk = other\n[s]\nk = v\n", "k", "v" },
  { "[s] trailing words\nk = v\n", "k", "v" },
  { "[t]\nk = v\n[s]\n", "k", NULL },
  { "[t]\nk = v\n", "k", NULL },
  { "", "k", NULL },
  { "# nothing\n", "k", NULL },
  /* Inheritance. */
  { D "[s]\n", "d", "default" },
  { D "[s]\nboth = own\n", "both", "own" },
  { "[s]\nboth = own\n" D, "both", "own" },
  { "[s]\n" D, "d", "default" },
  { D "[s]\nboth =\n", "both", "" },
  { D, "d", NULL },
  { "[default]\nd = no\n[s]\n", "d", NULL },
};

START_TEST (the_dialect_is_that_of_configparser)
{
  struct ini *ini = read_good (structure[_i].text);
  g_autofree char *value = ini_raw (ini, "s", structure[_i].option);

  unit_check_text (structure[_i].text, value, structure[_i].value);
  ini_free (ini);
}
END_TEST

START_TEST (sections_and_options_keep_the_order_of_the_file)
{
  struct ini *ini = read_good (D "[z]\nb=1\na b=2\n[a [x]]\n[m]\nd=0\n");
  g_auto (GStrv) sections = ini_sections (ini);
  g_auto (GStrv) options = ini_options (ini, "z");
  g_auto (GStrv) none = ini_options (ini, "not there");
  g_autofree char *s = g_strjoinv ("|", sections);
  g_autofree char *o = g_strjoinv ("|", options);

  ck_assert_str_eq (s, "z|a [x]|m");
  ck_assert_str_eq (o, "b|a b");
  ck_assert_uint_eq (g_strv_length (none), 0);
  ini_free (ini);
}
END_TEST

#define REFS                                                               \
  "[DEFAULT]\nhost = h.example\nref = ${own}\n"                            \
  "[creds]\nuser1 = user%40domain.tld:" CANARY "\nnum = 7\nown = creds'\n" \
  "[s]\nown = s'\nplain = v\n"

/* The value of "k" in a section [s] behind those above. */
static const struct {
  const char *value, *expanded;
} references[] = {
  { "v", "v" },
  { "${plain}", "v" },
  { "${PLAIN}${Plain}", "vv" },
  { "smtp://${creds:user1}@${host}:25",
    "smtp://user%40domain.tld:" CANARY "@h.example:25" },
  { "${s:plain}", "v" },
  { "${creds:host}", "h.example" },
  { "${DEFAULT:host}", "h.example" },
  /* An inherited option refers to the section that was asked. */
  { "${ref}", "s'" },
  { "${creds:ref}", "creds'" },
  { "$$", "$" },
  { "$${plain}", "${plain}" },
  { "a$$b${plain}c", "a$bvc" },
  { "%(plain)s %", "%(plain)s %" },
  { "%(", "%(" },
  { "%(k)s%%(k)s", "%(k)s%%(k)s" },
  { "$$HOME $$(id) `id` ~", "$HOME $(id) `id` ~" },
};

START_TEST (references_are_replaced)
{
  g_autofree char *text
      = g_strconcat (REFS "k = ", references[_i].value, "\n", NULL);
  struct ini *ini = read_good (text);
  GError *error = NULL;
  g_autofree char *value = ini_value (ini, "s", "k", FALSE, NULL, &error);

  ck_assert_msg (!error, "%s", error ? error->message : "");
  unit_check_text (references[_i].value, value, references[_i].expanded);
  ini_free (ini);
}
END_TEST

/* The line of "k" is 11. */
static const struct {
  const char *value, *part;
} bad_references[] = {
  { "${missing}", "test.ini:11: [s] k: " },
  { "${plian}", "did you mean 'plain'" },
  { "${creds:usr1}", "did you mean 'user1'" },
  { "${nowhere:x}", "a section that is not there" },
  { "${" CANARY "}", "[s] k: " },
  { "pa$word" CANARY, "test.ini:11: [s] k: lone '$' at byte 3" },
  { CANARY "$", "lone '$' at byte 16" },
  { "${plain", "lone '$'" },
  { "${}", "lone '$'" },
  { "${a:b:c}", "more than one ':'" },
  { "${k}", "loop" },
  { "x${k}${k}", "loop" },
  { "${env:UNIT_NONE}", "UNIT_NONE is not set" },
  { "${file:missing}", "missing" },
};

START_TEST (bad_references_name_section_option_and_line)
{
  g_autofree char *text
      = g_strconcat (REFS "k = ", bad_references[_i].value, "\n", NULL);
  struct ini *ini = read_good (text);
  GError *error = NULL;

  g_unsetenv ("UNIT_NONE");
  ck_assert (ini_value (ini, "s", "k", FALSE, NULL, &error) == NULL);
  ck_assert_msg (strstr (error->message, "test.ini:11: [s] k: ") != NULL, "%s",
                 error->message);
  unit_check_error (&error, DELIVERY_CONFIG, bad_references[_i].part);
  ini_free (ini);
}
END_TEST

/* The place is where the bad reference stands, not where the search began. */
START_TEST (a_bad_reference_is_placed_where_it_stands)
{
  struct ini *ini = read_good ("[a]\nx = ${b:y}\n[b]\n\ny = ${z}\n");
  GError *error = NULL;

  ck_assert (ini_value (ini, "a", "x", FALSE, NULL, &error) == NULL);
  ck_assert (strstr (error->message, "[a] x") == NULL);
  unit_check_error (&error, DELIVERY_CONFIG, "test.ini:5: [b] y: ");
  ini_free (ini);
}
END_TEST

START_TEST (an_option_that_is_not_there_is_an_error)
{
  struct ini *ini = read_good ("[s]\nk = " CANARY "\n");
  GError *error = NULL;

  ck_assert (ini_value (ini, "s", "x", FALSE, NULL, &error) == NULL);
  unit_check_error (&error, DELIVERY_CONFIG, "[s] has no option 'x'");
  ck_assert (ini_value (ini, "t", "k", FALSE, NULL, &error) == NULL);
  unit_check_error (&error, DELIVERY_CONFIG, "[t]");
  ini_free (ini);
}
END_TEST

/* n options, each a reference to the next. */
static struct ini *
chain (int n, const char *format)
{
  g_autoptr (GString) text = g_string_new ("[s]\n");

  for (int i = 0; i < n; i++) {
    g_autofree char *next = g_strdup_printf ("${k%d}", i + 1);

    g_string_append_printf (text, "k%d = ", i);
    for (const char *p = format; *p; p++)
      if (*p == '*')
        g_string_append (text, next);
      else
        g_string_append_c (text, *p);
    g_string_append_c (text, '\n');
  }
  g_string_append_printf (text, "k%d = end\n", n);
  return read_good (text->str);
}

START_TEST (references_nest_to_a_depth_of_ten)
{
  struct ini *ini = chain (10, "*");
  g_autofree char *value = ini_value (ini, "s", "k0", FALSE, NULL, NULL);
  GError *error = NULL;

  ck_assert_str_eq (value, "end");
  ini_free (ini);
  ini = chain (1000, "*");
  ck_assert (ini_value (ini, "s", "k0", FALSE, NULL, &error) == NULL);
  unit_check_error (&error, DELIVERY_CONFIG, "10 deep");
  ini_free (ini);
}
END_TEST

START_TEST (a_value_that_explodes_is_refused)
{
  struct ini *ini = chain (10, "********");
  GError *error = NULL;

  ck_assert (ini_value (ini, "s", "k0", FALSE, NULL, &error) == NULL);
  unit_check_error (&error, DELIVERY_CONFIG, "10000 references");
  ini_free (ini);
}
END_TEST

START_TEST (secrets_come_from_elsewhere_or_are_left_out)
{
  static const char text[] = "[s]\nk = a${env:UNIT_PW}b${file:pw}c\n";
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  struct ini *ini = read_good (text);
  g_autofree char *value = NULL;
  g_autofree char *skipped = NULL;

  g_free (unit_file ("pw", CANARY "\n", -1));
  g_setenv ("UNIT_PW", "$$", TRUE);
  value = ini_value (ini, "s", "k", FALSE, names, NULL);
  skipped = ini_value (ini, "s", "k", TRUE, NULL, NULL);
  unit_check_text ("value", value, "a$$b" CANARY "c");
  unit_check_text ("skipped", skipped,
                   "a" EXPAND_STAND_IN "b" EXPAND_STAND_IN "c");
  ck_assert_uint_eq (names->len, 1);
  ck_assert_str_eq (names->pdata[0], "UNIT_PW");
  ini_free (ini);
}
END_TEST

/* What a user may write, verbatim but for the dollar sign. */
static const char *const passwords[] = {
  ";x",           "#x",   "=x",        ":x",  "%41",        "\"quoted\"",
  "'x'",          "a\\b", "\\",        "a b", "[x]",        "a  \t b",
  "\xe2\x82\xac", "{x}",  "a=b:c;d#e", "%",   "\xc2\xa0x.", "\\n\\s\\t",
};

START_TEST (a_password_comes_back_as_it_was_written)
{
  g_autofree char *text
      = g_strconcat ("[s]\nk = x", passwords[_i], "x\n", NULL);
  g_autofree char *wanted = g_strconcat ("x", passwords[_i], "x", NULL);
  struct ini *ini = read_good (text);
  g_autofree char *value = ini_value (ini, "s", "k", FALSE, NULL, NULL);

  unit_check_text ("password", value, wanted);
  ini_free (ini);
}
END_TEST

START_TEST (others_who_may_read_the_file_are_noticed)
{
  g_autofree char *path = unit_file ("public.ini", "[s]\n", -1);
  static const struct {
    mode_t mode;
    gboolean public;
  } modes[] = { { 0600, FALSE },
                { 0640, FALSE },
                { 0644, TRUE },
                { 0604, TRUE },
                { 0602, FALSE } };

  for (gsize i = 0; i < G_N_ELEMENTS (modes); i++) {
    struct ini *ini;

    ck_assert_int_eq (chmod (path, modes[i].mode), 0);
    ini = ini_read (path, NULL);
    ck_assert (ini != NULL);
    ck_assert_int_eq (ini_is_public (ini), modes[i].public);
    ini_free (ini);
  }
}
END_TEST

START_TEST (errors_can_be_made_with_their_place)
{
  struct ini *ini = read_good (D "[s]\n\nk = " CANARY "\n");
  GError *error = NULL;

  ck_assert (!ini_error (ini, "s", "k", &error, "%d is bad", 7));
  unit_check_error (&error, DELIVERY_CONFIG, "test.ini:6: [s] k: 7 is bad");
  config_error (&error, "bad");
  ini_prefix_error (ini, "s", "d", &error);
  unit_check_error (&error, DELIVERY_CONFIG, "test.ini:2: [s] d: bad");
  ini_free (ini);
}
END_TEST

START_TEST (what_is_no_regular_file_is_refused_at_once)
{
  static const char *const names[]
      = { "missing.ini", ".", "fifo.ini", "/dev/zero", "/dev/null", "" };
  g_autofree char *fifo = unit_path ("fifo.ini");

  ck_assert (mkfifo (fifo, 0600) == 0 || errno == EEXIST);
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autofree char *path = g_path_is_absolute (names[i])
                                ? g_strdup (names[i])
                                : unit_path (names[i]);
    GError *error = NULL;

    ck_assert_msg (ini_read (path, &error) == NULL, "%s", path);
    unit_check_error (&error, DELIVERY_CONFIG, path);
  }
}
END_TEST

START_TEST (a_file_has_a_longest_length)
{
  g_autoptr (GString) text = g_string_new ("[s]\nk = v\n");
  g_autofree char *path = NULL;
  GError *error = NULL;

  while (text->len < INI_MAX)
    g_string_append (text,
                     (INI_MAX - text->len) % 64
                         ? "\n"
                         : "#23456789"
                           "0123456789012345678901234567890123456789012345"
                           "67890123\n");
  ck_assert_uint_eq (text->len, INI_MAX);
  ini_free (read_good (text->str));
  g_string_append_c (text, '\n');
  ck_assert (read_text (text->str, &error) == NULL);
  unit_check_error (&error, DELIVERY_CONFIG, "larger than 1024 KiB");
  path = unit_path ("test.ini");
  ck_assert_int_eq (truncate (path, (off_t)1 << 30), 0);
  ck_assert (ini_read (path, &error) == NULL);
  unit_check_error (&error, DELIVERY_CONFIG, "larger than 1024 KiB");
}
END_TEST

START_TEST (a_bad_file_is_named_with_its_line)
{
  GError *error = NULL;
  g_autofree char *path = unit_path ("test.ini");
  g_autofree char *wanted = g_strconcat (path, ":3: ", NULL);

  ck_assert (read_text ("[s]\nk = 1\nk = " CANARY "\n", &error) == NULL);
  ck_assert (strstr (error->message, "line 2") != NULL);
  unit_check_error (&error, DELIVERY_CONFIG, wanted);
}
END_TEST

void
unit_add (TCase *tcase)
{
  tcase_add_unchecked_fixture (tcase, unit_folder_make, unit_folder_remove);
  unit_add_table (tcase, the_dialect_is_that_of_configparser, structure);
  tcase_add_test (tcase, sections_and_options_keep_the_order_of_the_file);
  unit_add_table (tcase, references_are_replaced, references);
  unit_add_table (tcase, bad_references_name_section_option_and_line,
                  bad_references);
  tcase_add_test (tcase, a_bad_reference_is_placed_where_it_stands);
  tcase_add_test (tcase, an_option_that_is_not_there_is_an_error);
  tcase_add_test (tcase, references_nest_to_a_depth_of_ten);
  tcase_add_test (tcase, a_value_that_explodes_is_refused);
  tcase_add_test (tcase, secrets_come_from_elsewhere_or_are_left_out);
  unit_add_table (tcase, a_password_comes_back_as_it_was_written, passwords);
  tcase_add_test (tcase, others_who_may_read_the_file_are_noticed);
  tcase_add_test (tcase, errors_can_be_made_with_their_place);
  tcase_add_test (tcase, what_is_no_regular_file_is_refused_at_once);
  tcase_add_test (tcase, a_file_has_a_longest_length);
  tcase_add_test (tcase, a_bad_file_is_named_with_its_line);
}
