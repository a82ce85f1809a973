/* SPDX-License-Identifier: BSD-2-Clause */
/* The tables of the odd plugin, to be spoilt before the host sees them. */
#ifndef ODD_H
#define ODD_H

#include <delivery/plugin.h>

/* As they may be in some later version. */
struct longer_plugin {
  struct delivery_plugin p;
  uint64_t tail[2];
};
struct longer_transport {
  struct delivery_transport t;
  uint64_t tail[2];
};
struct longer_param {
  struct delivery_param p;
  uint64_t tail[2];
};

struct odd {
  char name[256], folder[256], other[64], text[8192];
  const char *other_names[2];
  struct delivery_param params[2];
  struct delivery_transport transports[2];
  struct delivery_plugin plugin;
  struct delivery_plugin_record record;
  struct longer_param longer_params[2];
  struct longer_transport longer_transports[2];
  struct longer_plugin longer_plugin;
};
extern struct odd odd;

/* Spoils the tables by a name; without one of that name they stay as they
 * are.  Returns 0 where the entry shall return NULL. */
int oddity_do (const char *name);

#endif
