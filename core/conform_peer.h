/* SPDX-License-Identifier: BSD-2-Clause */
/* Servers on loopback that misbehave, for the runs of --check-plugin. */
#ifndef CORE_CONFORM_PEER_H
#define CORE_CONFORM_PEER_H

#include <glib.h>

enum peer {
  PEER_NONE,    /* nobody listens */
  PEER_SILENT,  /* takes the connection, and says nothing */
  PEER_CLOSING, /* closes as soon as something was said, or after a while */
  PEER_BABBLING /* says nonsense without end */
};

struct peers {
  guint ports[PEER_BABBLING + 1]; /* by enum peer */
  int pid;
};

/* Starts a process that plays them; it dies with ours.  FALSE and an error
 * where that is not possible. */
gboolean peers_start (struct peers *peers, GError **error);
void peers_stop (struct peers *peers);

#endif
