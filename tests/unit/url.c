/* SPDX-License-Identifier: BSD-2-Clause */
/* URLs: what is taken apart how, and what is refused with which words.  Each
 * is parsed in an allocation of its exact size, so that the sanitizers see a
 * read beyond it. */
#include "url.h"

#include "reason.h"
#include "unit.h"

#include <string.h>

static const struct {
  const char *text;
  const char *scheme, *user, *password, *host;
  guint port;
  const char *path;
  const char *public;
} good[] = {
  { "smtp://h:25", "smtp", NULL, NULL, "h", 25, NULL, "smtp://h:25" },
  { "SMTPS://Host.Example:465/", "smtps", NULL, NULL, "Host.Example", 465, "/",
    "smtps://Host.Example:465/" },
  { "a+b-c.9://h", "a+b-c.9", NULL, NULL, "h", 0, NULL, "a+b-c.9://h" },
  { "smtp://u:" CANARY "@h:25", "smtp", "u", CANARY, "h", 25, NULL,
    "smtp://u@h:25" },
  { "imap://user@h:143/IN%42OX", "imap", "user", NULL, "h", 143, "/INBOX",
    "imap://user@h:143/INBOX" },
  { "ftp://u:@h:21", "ftp", "u", "", "h", 21, NULL, "ftp://u@h:21" },
  { "ftp://:pw@h:21", "ftp", "", "pw", "h", 21, NULL, "ftp://@h:21" },
  { "ftp://@h:21", "ftp", "", NULL, "h", 21, NULL, "ftp://@h:21" },
  { "x://u%3Aser:p%40%2F%23%3F:x@h:1", "x", "u:ser", "p@/#?:x", "h", 1, NULL,
    "x://u%3Aser@h:1" },
  { "x://me%40dom.tld:p%25w@h:1", "x", "me@dom.tld", "p%w", "h", 1, NULL,
    "x://me%40dom.tld@h:1" },
  { "x://h:1/%2500", "x", NULL, NULL, "h", 1, "/%00", "x://h:1/%2500" },
  { "irc://h:6667/%23chan%C3%BC", "irc", NULL, NULL, "h", 6667,
    "/#chan\xc3\xbc", "irc://h:6667/%23chan%C3%BC" },
  { "x://\xc3\xbc:\xc3\xbc@h:1/\xe2\x82\xac", "x", "\xc3\xbc", "\xc3\xbc", "h",
    1, "/\xe2\x82\xac", "x://%C3%BC@h:1/%E2%82%AC" },
  { "ftp://h:21//etc/../x", "ftp", NULL, NULL, "h", 21, "//etc/../x",
    "ftp://h:21//etc/../x" },
  { "ftp://h:21/a:b%40c;type=a", "ftp", NULL, NULL, "h", 21, "/a:b@c;type=a",
    "ftp://h:21/a:b%40c;type=a" },
  { "file:///tmp/a%20b", "file", NULL, NULL, NULL, 0, "/tmp/a b",
    "file:///tmp/a%20b" },
  { "maildir://bob%40dom.tld@/home/bob/a%40b", "maildir", "bob@dom.tld", NULL,
    NULL, 0, "/home/bob/a@b", "maildir://bob%40dom.tld@/home/bob/a%40b" },
  { "x://u:" CANARY "@/", "x", "u", CANARY, NULL, 0, "/", "x://u@/" },
  { "file:/tmp/x", "file", NULL, NULL, NULL, 0, "/tmp/x", "file:///tmp/x" },
  { "x://[::1]:25", "x", NULL, NULL, "::1", 25, NULL, "x://[::1]:25" },
  { "x://[::1]", "x", NULL, NULL, "::1", 0, NULL, "x://[::1]" },
  { "x://u:p@[2001:DB8::1]:25/p", "x", "u", "p", "2001:DB8::1", 25, "/p",
    "x://u@[2001:DB8::1]:25/p" },
  { "x://[::ffff:192.0.2.1]:25", "x", NULL, NULL, "::ffff:192.0.2.1", 25, NULL,
    "x://[::ffff:192.0.2.1]:25" },
  { "x://[fe80::1%25lo]:25", "x", NULL, NULL, "fe80::1%lo", 25, NULL,
    "x://[fe80::1%25lo]:25" },
  { "x://192.0.2.1:25", "x", NULL, NULL, "192.0.2.1", 25, NULL,
    "x://192.0.2.1:25" },
  { "x://mail.example.:25", "x", NULL, NULL, "mail.example.", 25, NULL,
    "x://mail.example.:25" },
  { "x://xn--strae-oqa.de:25", "x", NULL, NULL, "xn--strae-oqa.de", 25, NULL,
    "x://xn--strae-oqa.de:25" },
  { "x://mail.1st:25", "x", NULL, NULL, "mail.1st", 25, NULL,
    "x://mail.1st:25" },
  { "x://_srv.example:65535", "x", NULL, NULL, "_srv.example", 65535, NULL,
    "x://_srv.example:65535" },
  { "x://h:1?p=1", "x", NULL, NULL, "h", 1, NULL, "x://h:1" },
};

static struct url *
parse_good (const char *text)
{
  g_autofree char *copy = g_strdup (text);
  GError *error = NULL;
  struct url *url = url_parse (copy, &error);

  ck_assert_msg (url != NULL, "'%s': %s", text, error ? error->message : "?");
  return url;
}

START_TEST (good_urls_are_taken_apart)
{
  struct url *url = parse_good (good[_i].text);

  unit_check_text ("scheme", url->scheme, good[_i].scheme);
  unit_check_text ("user", url->user, good[_i].user);
  unit_check_text ("password", url->password, good[_i].password);
  unit_check_text ("host", url->host, good[_i].host);
  ck_assert_uint_eq (url->port, good[_i].port);
  unit_check_text ("path", url->path, good[_i].path);
  ck_assert_int_eq (url->ipv6, strchr (good[_i].text, '[') != NULL);
  url_free (url);
}
END_TEST

START_TEST (the_public_form_reads_back_without_the_password)
{
  struct url *url = parse_good (good[_i].text), *again;
  g_autofree char *public = url_public (url);

  unit_check_text (good[_i].text, public, good[_i].public);
  again = parse_good (public);
  unit_check_text ("scheme", again->scheme, url->scheme);
  unit_check_text ("user", again->user, url->user);
  unit_check_text ("password", again->password, NULL);
  unit_check_text ("host", again->host, url->host);
  unit_check_text ("path", again->path, url->path);
  ck_assert_uint_eq (again->port, url->port);
  ck_assert_uint_eq (again->params->len, 0);
  url_free (url);
  url_free (again);
}
END_TEST

START_TEST (parameters_come_in_order_and_decoded)
{
  static const char *const wanted[][2] = {
    { "to", "a@b&c=d" }, { "to", "" }, { "n_1", "x=y/?" }, { "z", "+" }
  };
  struct url *url
      = parse_good ("x://h:1/p?to=a%40b%26c%3Dd&to=&n_1=x=y/?&z=+");

  ck_assert_uint_eq (url->params->len, G_N_ELEMENTS (wanted));
  for (guint i = 0; i < url->params->len; i++) {
    const struct url_param *param = url->params->pdata[i];

    unit_check_text ("name", param->name, wanted[i][0]);
    unit_check_text ("value", param->value, wanted[i][1]);
  }
  url_free (url);
}
END_TEST

#define U "x://u:" CANARY "@"

static const struct {
  const char *text, *part;
} bad[] = {
  /* What could end a line of a protocol, in each component. */
  { "x://u%0d%0aMAIL:" CANARY "@h:1", "in the user" },
  { "x://u%0a:" CANARY "@h:1", "in the user" },
  { "x://u:" CANARY "%0D@h:1", "in the password" },
  { "x://u:%00" CANARY "@h:1", "in the password" },
  { U "h:1/a%0ab", "in the path" },
  { U "h:1/%00", "in the path" },
  { U "h:1/%7f", "in the path" },
  { U "h:1/%1b[2J", "in the path" },
  { U "h:1/?p=%0d", "in the parameters" },
  { U "h:1/?p=%00", "in the parameters" },
  { U "h%0a:1", "host" },
  { U "h%00:1", "host" },
  { U "h:1/\n", "of the URL, the end of a line; a URL is" },
  { U "h:1/a\tb", "control character" },
  { U "h:1\r", "what ${file:} fetches" },
  { "x://u:" CANARY "\x01@h:1", "control character" },
  { "x://u:" CANARY "\x7f@h:1", "control character" },
  { "x://u:" CANARY " x@h:1", "space" },
  /* Percent signs and UTF-8. */
  { "x://u:" CANARY "%@h:1", "%25" },
  { "x://u:" CANARY "%2@h:1", "%25" },
  { "x://u:" CANARY "%g1@h:1", "%25" },
  { "x://u:" CANARY "%1g@h:1", "%25" },
  { "x://u:" CANARY "%1@h:1", "%25" },
  { U "h:1/%", "%25" },
  { U "h:1/a%4", "%25" },
  { U "h:1/%-1", "%25" },
  { U "h:1/?p=%zz", "%25" },
  { "x://u:" CANARY "%ff@h:1", "the password is not UTF-8" },
  { "x://%c0%af:" CANARY "@h:1", "the user is not UTF-8" },
  { U "h:1/%ed%a0%80", "the path is not UTF-8" },
  { U "h:1/\xff", "the path is not UTF-8" },
  { U "h:1/\xc3", "the path is not UTF-8" },
  { U "h:1/?p=%f4%90%80%80", "the parameters is not UTF-8" },
  /* Hosts. */
  { U "h%2f:1", "host" },
  { U "h%40:1", "host" },
  { U "h\\evil:1", "host" },
  { U "h\"x:1", "host" },
  { U "*.example:1", "host" },
  { U "h,h2:1", "host" },
  { U "h%23@evil:1", "more than one '@'" },
  { U "h'x:1", "host" },
  { U "h x:1", "space" },
  { U "127\xe3\x80\x82\x31:1", "xn--" },
  { U "\xd0\xb0pple.example:1", "xn--" },
  { U "stra\xc3\x9f"
      "e.de:1",
    "xn--" },
  { U "h\xe2\x80\xa4"
      "de:1",
    "xn--" },
  { "imap://good#:" CANARY "@evil:1/", "%23" },
  { U "good@evil:1", "more than one '@'" },
  { "x://u@d:" CANARY "@h:1", "more than one '@'" },
  { "x://u:1/" CANARY "@h:1", "'@' behind the host" },
  { "x://u%C2%85:" CANARY "@h:1", "control character in the user" },
  { "x://h:1/%C2%9b", "control character in the path" },
  { "x://u:1?" CANARY "@h:1", "'@' behind the host" },
  { U ":25", "no host" },
  { "x://:25", "no host" },
  { "x://@/", "no host" },
  { "x://:" CANARY "@/p", "no host" },
  { "x://u:" CANARY "@:25/", "no host" },
  { "x://u:" CANARY "@?a=b", "no host" },
  { "x://u:p@/" CANARY "@h:1", "'@' behind the user" },
  { "x://u:p@/p?a=" CANARY "@h:1", "'@' behind the user" },
  { "x://u:p@" CANARY "/w@h:1", "'@' behind the host" },
  { "x://u:p@w/" CANARY "@h:1", "'@' behind the host" },
  { "x://u:p@w:1/" CANARY "@h:1", "'@' behind the host" },
  { "x://u@d:1/" CANARY "@h:1", "'@' behind the host" },
  { "x://u:p@" CANARY "?a=w@h:1", "'@' behind the host" },
  { "x://@", "no host" },
  { "x://u:" CANARY "@", "no host" },
  { U ".:1", "empty" },
  { U ".h:1", "empty" },
  { U "a..b:1", "empty" },
  { U "h..:1", "empty" },
  { U "-h:1", "'-'" },
  { U "h-.de:1", "'-'" },
  /* What getaddrinfo() takes for an address, and certificates do not. */
  { U "127.1:25", "IPv4" },
  { U "0x7f.1:25", "IPv4" },
  { U "127.0.0.0x1:25", "IPv4" },
  { U "0x7f000001:25", "IPv4" },
  { U "2130706433:25", "IPv4" },
  { U "0177.0.0.1:25", "IPv4" },
  { U "1.2.3.4.5:25", "IPv4" },
  { U "1.2.3.256:25", "IPv4" },
  { U "127.0.0.1.:25", "IPv4" },
  { U "0X7F.0.0.1:25", "IPv4" },
  { U "017700000001:25", "IPv4" },
  { U "127.0.0.01:25", "IPv4" },
  { U "0:25", "IPv4" },
  /* IPv6. */
  { U "[::1", "not closed" },
  { U "[", "not closed" },
  { U "::1:25", "brackets" },
  { U "[]:25", "not an IPv6 address" },
  { U "[1:2]:25", "not an IPv6 address" },
  { U "[v1.x]:25", "not an IPv6 address" },
  { U "[127.0.0.1]:25", "not an IPv6 address" },
  { U "[::1]x", "behind the bracket" },
  { U "[::1]]:25", "behind the bracket" },
  { U "[fe80::1%lo]:25", "zone" },
  { U "[fe80::1%25]:25", "zone" },
  { U "[fe80::1%25l%2fo]:25", "zone" },
  { U "[fe80::1%25l%0ao]:25", "zone" },
  { U "[::1]:", "no port" },
  { U "[::1]:x", "1 to 65535" },
  /* Ports. */
  { U "h:", "no port" },
  { U "h:/path", "no port" },
  { U "h:0", "1 to 65535" },
  { U "h:65536", "1 to 65535" },
  { U "h:99999999999", "1 to 65535" },
  { U "h:99999999999999999999999", "1 to 65535" },
  { U "h:-1", "1 to 65535" },
  { U "h:+25", "1 to 65535" },
  { U "h: 25", "space" },
  { U "h:%2025", "1 to 65535" },
  { U "h:25x", "1 to 65535" },
  { U "h:0x19", "1 to 65535" },
  { U "h:025", "1 to 65535" },
  /* A password that forgot its user or its encoding. */
  { "x://u:" CANARY, "1 to 65535" },
  { "x://u:" CANARY "/x@h:25", "'/' of the password as %2F" },
  { "x://u:" CANARY "?x@h:25", "a '?' as %3F" },
  { "x://u:" CANARY ":x:y", "more than one ':'" },
  /* Schemes. */
  { "", "empty" },
  { " x://h:1", "space" },
  { "h:25", "neither '//' nor '/' behind the scheme; write" },
  { "://h:25", "no scheme" },
  { "//h:25", "no scheme" },
  { CANARY, "no scheme" },
  { "\"x://h:1\"", "without quotes" },
  { "'" CANARY, "without quotes" },
  { "/path/" CANARY, "no scheme" },
  { "1x://h:1", "no scheme" },
  { "x_y://h:1", "no scheme" },
  { "abcdefghijklmnopqrstuvwxyz0123456://h:1", "no scheme" },
  { "x:" CANARY, "neither '//' nor '/'" },
  /* Parameters. */
  { U "h:1?", "parameter 1" },
  { U "h:1/?", "parameter 1" },
  { U "h:1/?&a=1", "parameter 1" },
  { U "h:1/?a=1&", "parameter 2" },
  { U "h:1/?=1", "parameter 1" },
  { U "h:1/?A=1", "parameter 1" },
  { U "h:1/?1a=1", "parameter 1" },
  { U "h:1/?a%62=1", "parameter 1" },
  { U "h:1/?verify", "parameter 1 has no '='" },
  { U "h:1/?" CANARY, "parameter 1" },
  { U "h:1/?a=1?#x", "%23" },
};

START_TEST (bad_urls_are_refused_and_show_no_secret)
{
  g_autofree char *copy = g_strdup (bad[_i].text);
  GError *error = NULL;
  struct url *url = url_parse (copy, &error);

  ck_assert_msg (url == NULL, "'%s' was taken", bad[_i].text);
  ck_assert_msg (error && strstr (error->message, bad[_i].part),
                 "'%s': '%s' has no '%s'", bad[_i].text,
                 error ? error->message : "(none)", bad[_i].part);
  unit_check_error (&error, DELIVERY_CONFIG, bad[_i].part);
}
END_TEST

/* However a good URL ends too early, it is read or refused, and never read
 * beyond its end. */
START_TEST (urls_may_end_anywhere)
{
  for (gsize length = 0; length <= strlen (good[_i].text); length++) {
    g_autofree char *copy = g_strndup (good[_i].text, length);
    GError *error = NULL;
    struct url *url = url_parse (copy, &error);

    ck_assert_msg ((url != NULL) == (error == NULL), "'%s'", copy);
    g_clear_error (&error);
    url_free (url);
  }
}
END_TEST

static const struct {
  const char *before;
  int n; /* times 'a' */
  const char *behind;
  const char *part; /* of the error; NULL: it is good */
} lengths[] = {
  { "x://h:1/", URL_MAX - 8, "", NULL },
  { "x://h:1/", URL_MAX - 7, "", "longer than" },
  { "x://h:1/", 1024 * 1024, "", "longer than" },
  { "x://", 65536, ":" CANARY "@h:1", "longer than" },
  { "x://", 63, ".b:1", NULL },
  { "x://", 64, ".b:1", "63" },
  { "x://b.", 64, ":1", "63" },
  { "x://", 254, ":1", "253" },
  { "", 32, "://h:1", NULL },
  { "", 33, "://h:1", "no scheme" },
  { "x://h:1/?", 32, "=1", NULL },
  { "x://h:1/?", 33, "=1", "parameter 1" },
};

START_TEST (each_part_has_a_longest_length)
{
  g_autofree char *fill = g_strnfill ((gsize)lengths[_i].n, 'a');
  g_autofree char *text
      = g_strconcat (lengths[_i].before, fill, lengths[_i].behind, NULL);
  GError *error = NULL;
  struct url *url = url_parse (text, &error);

  ck_assert_int_eq (url != NULL, lengths[_i].part == NULL);
  if (!url)
    unit_check_error (&error, DELIVERY_CONFIG, lengths[_i].part);
  url_free (url);
}
END_TEST

/* Labels of 49 bytes and a dot, five of them, and a last one. */
START_TEST (a_host_of_253_bytes_is_the_longest)
{
  g_autofree char *label = g_strnfill (49, 'a');
  g_autofree char *five = g_strconcat (label, ".", label, ".", label, ".",
                                       label, ".", label, NULL);
  g_autofree char *fits = g_strconcat ("x://", five, ".abc:1", NULL);
  g_autofree char *not = g_strconcat ("x://", five, ".abcd:1", NULL);
  GError *error = NULL;

  url_free (parse_good (fits));
  ck_assert (url_parse (not, &error) == NULL);
  unit_check_error (&error, DELIVERY_CONFIG, "253");
}
END_TEST

START_TEST (there_are_at_most_so_many_parameters)
{
  GString *text = g_string_new ("x://h:1/?p=0");
  GError *error = NULL;

  for (int i = 1; i < URL_PARAMS_MAX; i++)
    g_string_append (text, "&p=1");
  url_free (parse_good (text->str));
  g_string_append (text, "&p=1");
  ck_assert (url_parse (text->str, &error) == NULL);
  unit_check_error (&error, DELIVERY_CONFIG, "parameters");
  g_string_free (text, TRUE);
}
END_TEST

/* They are not even counted. */
START_TEST (a_hundred_thousand_parameters_are_too_long)
{
  GString *text = g_string_new ("x://h:1/?p=0");
  GError *error = NULL;

  for (int i = 0; i < 100000; i++)
    g_string_append (text, "&p=1");
  ck_assert (url_parse (text->str, &error) == NULL);
  unit_check_error (&error, DELIVERY_CONFIG, "longer than 16384 bytes");
  g_string_free (text, TRUE);
}
END_TEST

static const struct {
  const char *text, *scheme;
} schemes[] = {
  { "SMTP://u:" CANARY "@:", "smtp" },
  { "smtp:" CANARY, "smtp" },
  { CANARY, "" },
  { "", "" },
  { "://x", "" },
  { "a b://x", "" },
  { "abcdefghijklmnopqrstuvwxyz0123456://h", "" },
};

START_TEST (of_a_bad_url_only_the_scheme_is_public)
{
  g_autofree char *scheme = url_public_scheme (schemes[_i].text);

  unit_check_text (schemes[_i].text, scheme, schemes[_i].scheme);
}
END_TEST

void
unit_add (TCase *tcase)
{
  unit_add_table (tcase, good_urls_are_taken_apart, good);
  unit_add_table (tcase, the_public_form_reads_back_without_the_password,
                  good);
  tcase_add_test (tcase, parameters_come_in_order_and_decoded);
  unit_add_table (tcase, bad_urls_are_refused_and_show_no_secret, bad);
  unit_add_table (tcase, urls_may_end_anywhere, good);
  unit_add_table (tcase, each_part_has_a_longest_length, lengths);
  tcase_add_test (tcase, a_host_of_253_bytes_is_the_longest);
  tcase_add_test (tcase, there_are_at_most_so_many_parameters);
  tcase_add_test (tcase, a_hundred_thousand_parameters_are_too_long);
  unit_add_table (tcase, of_a_bad_url_only_the_scheme_is_public, schemes);
}
