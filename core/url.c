/* SPDX-License-Identifier: BSD-2-Clause */
#include "url.h"

#include "reason.h"
#include "secret.h"
#include "text.h"

#include <arpa/inet.h>
#include <string.h>

static void
param_free (void *p)
{
  struct url_param *param = p;

  g_free (param->name);
  secret_free (param->value);
  g_free (param);
}

void
url_free (struct url *url)
{
  if (!url)
    return;
  g_free (url->scheme);
  secret_free (url->user);
  secret_free (url->password);
  g_free (url->host);
  g_free (url->path);
  g_ptr_array_unref (url->params);
  g_free (url);
}

/* Decodes %XX.  Splitting is over by now, so that an encoded delimiter is a
 * plain character; what could end a line of a protocol is refused. */
static char *
decode (const char *from, gsize length, const char *part, GError **error)
{
  GString *out = g_string_sized_new (length);
  const char *end = from + length;

  for (const char *p = from; p < end; p++) {
    int c = (guchar)*p;

    if (c == '%') {
      if (end - p < 3 || !g_ascii_isxdigit (p[1])
          || !g_ascii_isxdigit (p[2])) {
        config_error (error,
                      "'%%' in the %s is not followed by two hexadecimal "
                      "digits; write a percent sign as %%25",
                      part);
        goto refused;
      }
      c = g_ascii_xdigit_value (p[1]) * 16 + g_ascii_xdigit_value (p[2]);
      p += 2;
    }
    if (c < 0x20 || c == 0x7f) {
      config_error (error, "control character (%%%02X) in the %s", c, part);
      goto refused;
    }
    g_string_append_c (out, (char)c);
  }
  if (!g_utf8_validate (out->str, (gssize)out->len, NULL)) {
    config_error (error, "the %s is not UTF-8", part);
    goto refused;
  }
  for (const char *p = out->str; *p; p = g_utf8_next_char (p))
    if (g_unichar_iscntrl (g_utf8_get_char (p))) {
      config_error (error, "control character in the %s", part);
      goto refused;
    }
  return g_string_free (out, FALSE);

refused:
  secret_string_free (out);
  return NULL;
}

static gboolean
parse_scheme (struct url *url, const char *text, const char **rest,
              GError **error)
{
  const char *p = text;

  while (g_ascii_isalnum (*p) || (*p && strchr ("+-.", *p)))
    p++;
  if (*text == '"' || *text == '\'')
    return config_error (error, "a quote before the scheme; write the URL "
                                "without quotes");
  if (*p != ':' || !g_ascii_isalpha (*text) || p - text > URL_SCHEME_MAX)
    return config_error (error, "no scheme; a URL begins like file:// or "
                                "smtp://");
  url->scheme = g_ascii_strdown (text, p - text);
  *rest = p + 1;
  return TRUE;
}

static gboolean
parse_port (struct url *url, const char *text, gsize length, GError **error)
{
  g_autofree char *copy = g_strndup (text, length);
  guint64 port;

  if (length == 0)
    return config_error (error, "no port behind the colon; add one, such as "
                                ":25");
  if (!text_number (copy, 65535, &port) || port == 0 || *copy == '0')
    return config_error (error, "the port is not a number from 1 to 65535");
  url->port = (guint)port;
  return TRUE;
}

/* An IPv6 address in brackets, with a zone as RFC 6874 writes it ("%25eth0").
 * `*rest` is set behind the closing bracket. */
static gboolean
parse_ipv6 (struct url *url, const char *text, const char *end,
            const char **rest, GError **error)
{
  const char *close = memchr (text, ']', (gsize)(end - text));
  g_autofree char *inner = NULL;
  struct in6_addr address;
  char *zone;

  if (!close)
    return config_error (error,
                         "the bracket before the address is not closed");
  inner = g_strndup (text + 1, (gsize)(close - text - 1));
  zone = strchr (inner, '%');
  if (zone) {
    if (!g_str_has_prefix (zone, "%25") || !zone[3]
        || strspn (zone + 3, G_CSET_a_2_z G_CSET_A_2_Z G_CSET_DIGITS "._-")
               != strlen (zone + 3))
      return config_error (error, "the zone of the address is wrong; write it "
                                  "like [fe80::1%%25eth0]");
    *zone = '\0';
  }
  if (inet_pton (AF_INET6, inner, &address) != 1)
    return config_error (error, "not an IPv6 address in the brackets");
  url->ipv6 = TRUE;
  url->host
      = zone ? g_strdup_printf ("%s%%%s", inner, zone + 3) : g_strdup (inner);
  *rest = close + 1;
  return TRUE;
}

static gboolean
check_label (const char *label, GError **error)
{
  if (!*label || strlen (label) > URL_LABEL_MAX)
    return config_error (error, "a part of the host name is %s",
                         *label ? "longer than 63 characters" : "empty");
  if (*label == '-' || g_str_has_suffix (label, "-"))
    return config_error (error,
                         "a part of the host name begins or ends with '-'");
  return TRUE;
}

/* A name, or an IPv4 address in its one usual form: getaddrinfo would also
 * take 127.1 and 0x7f000001, and a certificate check would not. */
static gboolean
check_host (const char *host, GError **error)
{
  g_auto (GStrv) labels = NULL;
  struct in_addr address;
  const char *last;
  gsize n, length = strlen (host);

  if (length == 0)
    return config_error (error, "no host");
  if (length > URL_HOST_MAX)
    return config_error (error, "the host name is longer than %d characters",
                         URL_HOST_MAX);
  if (strspn (host, G_CSET_a_2_z G_CSET_A_2_Z G_CSET_DIGITS "._-") != length)
    return config_error (error, "the host has a character that no host name "
                                "has; write an international name in its "
                                "xn-- form");
  labels = g_strsplit (host, ".", -1);
  n = g_strv_length (labels);
  if (n > 1 && !*labels[n - 1])
    g_free (g_steal_pointer (&labels[--n]));
  for (gsize i = 0; i < n; i++)
    if (!check_label (labels[i], error))
      return FALSE;
  last = labels[n - 1];
  if ((g_ascii_isdigit (*last)
       && (g_ascii_strncasecmp (last, "0x", 2) == 0
           || strspn (last, G_CSET_DIGITS) == strlen (last)))
      && inet_pton (AF_INET, host, &address) != 1)
    return config_error (error, "the host is not an IPv4 address of four "
                                "numbers");
  return TRUE;
}

static gboolean
parse_host (struct url *url, const char *text, const char *end, GError **error)
{
  const char *colon = memchr (text, ':', (gsize)(end - text));

  if (text < end && *text == '[') {
    if (!parse_ipv6 (url, text, end, &text, error))
      return FALSE;
    if (text < end && *text != ':')
      return config_error (error, "something stands behind the bracket that "
                                  "is not a port");
    return text == end
           || parse_port (url, text + 1, (gsize)(end - text - 1), error);
  }
  if (colon && memchr (colon + 1, ':', (gsize)(end - colon - 1)))
    return config_error (error, "more than one ':' behind the user; write an "
                                "IPv6 address in brackets and encode a ':' of "
                                "the password as %%3A");
  url->host = g_strndup (text, (gsize)((colon ? colon : end) - text));
  if (!check_host (url->host, error))
    return FALSE;
  return !colon
         || parse_port (url, colon + 1, (gsize)(end - colon - 1), error);
}

static gboolean
parse_authority (struct url *url, const char *text, const char *end,
                 GError **error)
{
  const char *at = memchr (text, '@', (gsize)(end - text));

  if (at) {
    const char *colon = memchr (text, ':', (gsize)(at - text));
    gsize user = (gsize)((colon ? colon : at) - text);

    if (memchr (at + 1, '@', (gsize)(end - at - 1)))
      return config_error (error, "more than one '@' before the host; write "
                                  "one that belongs to the user or password "
                                  "as %%40");
    url->user = decode (text, user, "user", error);
    if (!url->user)
      return FALSE;
    if (colon) {
      url->password
          = decode (colon + 1, (gsize)(at - colon - 1), "password", error);
      if (!url->password)
        return FALSE;
    }
    text = at + 1;
    /* "bob@/path": a name, and no machine. */
    if (user && text == end && *end == '/')
      return TRUE;
  }
  return parse_host (url, text, end, error);
}

static gboolean
parse_param (struct url *url, const char *text, gsize length, GError **error)
{
  const char *equals = memchr (text, '=', length);
  gsize n = equals ? (gsize)(equals - text) : length;
  struct url_param *param;
  char *value;

  if (n == 0 || n > URL_SCHEME_MAX || !g_ascii_islower (*text)
      || strspn (text, G_CSET_a_2_z G_CSET_DIGITS "_") < n)
    return config_error (error,
                         "parameter %u has no proper name; write "
                         "?name=value&name=value",
                         url->params->len + 1);
  if (!equals)
    return config_error (error,
                         "parameter %u has no '='; write a '&' of a value as "
                         "%%26",
                         url->params->len + 1);
  if (url->params->len == URL_PARAMS_MAX)
    return config_error (error, "more than %d parameters", URL_PARAMS_MAX);
  value = decode (equals + 1, length - n - 1, "parameters", error);
  if (!value)
    return FALSE;
  param = g_new0 (struct url_param, 1);
  param->name = g_strndup (text, n);
  param->value = value;
  g_ptr_array_add (url->params, param);
  return TRUE;
}

static gboolean
parse_query (struct url *url, const char *text, GError **error)
{
  for (;;) {
    gsize length = strcspn (text, "&");

    if (!parse_param (url, text, length, error))
      return FALSE;
    if (!text[length])
      return TRUE;
    text += length + 1;
  }
}

/* Most lines that end too early were fetched from a file. */
static gboolean
refuse_character (char c, gsize byte, GError **error)
{
  const char *hint = "";

  if (c == ' ')
    hint = "; write a space as %20";
  else if (c == '\n' || c == '\r')
    hint = ", the end of a line; a URL is one line, and so is what ${file:} "
           "fetches";
  return config_error (error, "%s at byte %" G_GSIZE_FORMAT " of the URL%s",
                       c == ' ' ? "space" : "control character", byte, hint);
}

/* What may not stand in a URL at all, as it is written. */
static gboolean
check_raw (const char *text, GError **error)
{
  gsize length = strlen (text);

  if (length == 0)
    return config_error (error, "the URL is empty");
  if (length > URL_MAX)
    return config_error (error, "the URL is longer than %d bytes", URL_MAX);
  for (const guchar *p = (const guchar *)text; *p; p++)
    if (*p <= 0x20 || *p == 0x7f)
      return refuse_character ((char)*p, (gsize)((const char *)p - text) + 1,
                               error);
  if (strchr (text, '#'))
    return config_error (error, "a URL here has no fragment; write '#' as "
                                "%%23");
  return TRUE;
}

/* Whether the authority may be a whole one.  A user without a host, or a host
 * without a port, may be what an unlucky password left of it; and so may a
 * host without a user, which parse() has refused. */
static gboolean
is_whole (const struct url *url)
{
  return url->host ? url->port != 0 : !url->user;
}

/* A '/' or '?' in a password ends the authority too early: the user would be
 * taken for the host, and the rest of the password for a port, or a path to be
 * shown; or with an '@' before it, the host would be empty, or a piece of the
 * password, which would be shown as well, or asked.  So behind a host a path
 * has no '@'; a parameter may, for addresses. */
static gboolean
refuse_stray_at (const char *where, GError **error)
{
  return config_error (error,
                       "'@' behind the %s; write a '/' of the "
                       "password as %%2F and a '?' as %%3F, or this "
                       "'@' as %%40",
                       where);
}

static gboolean
check_stray_at (const struct url *url, const char *rest, GError **error)
{
  const char *at = strchr (rest, '@');
  gboolean in_path = at && (gsize)(at - rest) < strcspn (rest, "?");

  if (!at || (is_whole (url) && !(in_path && url->host)))
    return TRUE;
  return refuse_stray_at (url->host ? "host" : "user", error);
}

static gboolean
parse (struct url *url, const char *text, GError **error)
{
  gsize length;

  if (!check_raw (text, error) || !parse_scheme (url, text, &text, error))
    return FALSE;
  if (g_str_has_prefix (text, "//")) {
    text += 2;
    length = strcspn (text, "/?");
    if (length && !memchr (text, '@', length) && strchr (text + length, '@'))
      return refuse_stray_at ("host", error);
    if (length && !parse_authority (url, text, text + length, error))
      return FALSE;
    text += length;
  }
  if (!check_stray_at (url, text, error))
    return FALSE;
  length = strcspn (text, "?");
  if (length && *text != '/')
    return config_error (error, "neither '//' nor '/' behind the scheme; "
                                "write SCHEME://HOST:PORT or "
                                "SCHEME:///ABSOLUTE/PATH");
  if (length) {
    url->path = decode (text, length, "path", error);
    if (!url->path)
      return FALSE;
  }
  return !text[length] || parse_query (url, text + length + 1, error);
}

struct url *
url_parse (const char *text, GError **error)
{
  struct url *url = g_new0 (struct url, 1);

  url->params = g_ptr_array_new_with_free_func (param_free);
  if (!parse (url, text, error)) {
    url_free (url);
    return NULL;
  }
  return url;
}

static void
append_encoded (GString *out, const char *text, const char *allowed)
{
  g_string_append_uri_escaped (out, text, allowed, FALSE);
}

char *
url_public (const struct url *url)
{
  GString *out = g_string_new (url->scheme);

  g_string_append (out, "://");
  if (url->user) {
    append_encoded (out, url->user, NULL);
    g_string_append_c (out, '@');
  }
  if (url->ipv6) {
    g_auto (GStrv) zone = g_strsplit (url->host, "%", 2);

    g_string_append_printf (out, "[%s%s%s]", zone[0], zone[1] ? "%25" : "",
                            zone[1] ? zone[1] : "");
  } else if (url->host) {
    g_string_append (out, url->host);
  }
  if (url->port)
    g_string_append_printf (out, ":%u", url->port);
  if (url->path)
    append_encoded (out, url->path, "/:!$&'()*+,;=");
  return g_string_free (out, FALSE);
}

char *
url_public_scheme (const char *text)
{
  gsize n = strspn (text, G_CSET_a_2_z G_CSET_A_2_Z G_CSET_DIGITS "+.-");

  return n && n <= URL_SCHEME_MAX && text[n] == ':'
             ? g_ascii_strdown (text, (gssize)n)
             : g_strdup ("");
}
