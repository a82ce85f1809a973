/* SPDX-License-Identifier: BSD-2-Clause */
#include "oauth.h"

#include <glib.h>
#include <string.h>

static char *
encode_and_wipe (GString *text)
{
  char *encoded = g_base64_encode ((const guchar *)text->str, text->len);

  explicit_bzero (text->str, text->len);
  g_string_free (text, TRUE);
  return encoded;
}

/* It must not grow, which would leave a copy behind: room for all of it. */
static GString *
room_for (struct delivery_endpoint *ep, const char *token)
{
  return g_string_sized_new (strlen (token) + 4 * strlen (delivery_user (ep))
                             + strlen (delivery_host (ep)) + 64);
}

char *
oauth_xoauth2 (struct delivery_endpoint *ep, const char *token)
{
  GString *text = room_for (ep, token);

  g_string_append_printf (text, "user=%s\1", delivery_user (ep));
  g_string_append (text, "auth=Bearer ");
  g_string_append (text, token);
  g_string_append (text, "\1\1");
  return encode_and_wipe (text);
}

/* RFC 5801, section 4: "," and "=" have another meaning. */
static void
add_saslname (GString *text, const char *name)
{
  for (; *name; name++)
    if (*name == ',')
      g_string_append (text, "=2C");
    else if (*name == '=')
      g_string_append (text, "=3D");
    else
      g_string_append_c (text, *name);
}

char *
oauth_bearer (struct delivery_endpoint *ep, const char *token)
{
  GString *text = room_for (ep, token);

  g_string_append (text, "n,a=");
  add_saslname (text, delivery_user (ep));
  g_string_append_printf (text, ",\1host=%s\1port=%u\1", delivery_host (ep),
                          delivery_port (ep));
  g_string_append (text, "auth=Bearer ");
  g_string_append (text, token);
  g_string_append (text, "\1\1");
  return encode_and_wipe (text);
}

void
oauth_note_refusal (struct delivery_endpoint *ep, const char *challenge)
{
  gsize length;
  g_autofree guchar *text = g_base64_decode (challenge, &length);
  g_autofree char *line = g_strndup ((const char *)text, length);

  if (*line)
    delivery_detail (ep, "the server refuses the token: %s", line);
}
