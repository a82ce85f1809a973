/* SPDX-License-Identifier: BSD-2-Clause */
/* URLs: scheme://user:password@host:port/path?name=value (RFC 3986, strict
 * where RFC 3986 is lenient). */
#ifndef CORE_URL_H
#define CORE_URL_H

#include <glib.h>

/* Limits: a URL has room for an OAuth token; names as in RFC 1035. */
#define URL_MAX 16384
#define URL_HOST_MAX 253
#define URL_LABEL_MAX 63
#define URL_SCHEME_MAX 32
#define URL_PARAMS_MAX 64

struct url_param {
  char *name;
  char *value; /* decoded */
};

/* All parts are percent-decoded; NULL where the URL has none. */
struct url {
  char *scheme; /* in lower case */
  char *user;
  char *password;
  char *host;        /* an IPv6 address without its brackets */
  gboolean ipv6;     /* whether it had some */
  guint port;        /* 0 where there is none */
  char *path;        /* with its leading slash */
  GPtrArray *params; /* of struct url_param, in order */
};

/* Reads a URL.  Error texts name the part that is wrong and the way out, and
 * hold neither user nor password nor values. */
struct url *url_parse (const char *text, GError **error);
void url_free (struct url *url); /* wipes the password and all values */

/* The URL with neither password nor parameters, for output. */
char *url_public (const struct url *url);

/* The same of a URL that could not be read, as far as it is recognised: its
 * scheme, or "". */
char *url_public_scheme (const char *text);

#endif
