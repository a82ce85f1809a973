/* SPDX-License-Identifier: BSD-2-Clause */
/* What the plugins of the zoo do wrong, by name. */
#ifndef MISDEEDS_H
#define MISDEEDS_H

#include <delivery/plugin.h>

/* Does a misdeed for which no endpoint is needed.  Returns 0 where there is
 * none of that name. */
int misdeed_in_process (const char *name);

/* Does any misdeed.  Returns what the callback must return, or -1 for what
 * it would return otherwise. */
int misdeed_do (struct delivery_endpoint *ep, const char *name);

#endif
