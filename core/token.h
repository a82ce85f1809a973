/* SPDX-License-Identifier: BSD-2-Clause */
/* The unique text of a run. */
#ifndef CORE_TOKEN_H
#define CORE_TOKEN_H

#include <glib.h>

/* A fresh token: "cd-" and 160 random bits as 32 letters and digits. */
char *token_new (GError **error);

#endif
