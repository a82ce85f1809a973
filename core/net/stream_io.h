/* SPDX-License-Identifier: BSD-2-Clause */
/* Bytes in and out of a stream, in the clear or through TLS. */
#ifndef CORE_NET_STREAM_IO_H
#define CORE_NET_STREAM_IO_H

#include "stream.h"

/* Receives what there is into the buffer, which must have room; waits for it
 * until `until` at most.  `*ready` is FALSE when nothing came. */
int stream_receive (struct delivery_stream *stream, gint64 until,
                    gboolean *ready);

/* The same, but the end of what the peer says is no failure. */
int stream_receive_or_end (struct delivery_stream *stream, gint64 until,
                           gboolean *ready, gboolean *is_end);

/* Fails since the peer did not answer in time. */
int stream_fail_by_time (struct delivery_stream *stream);

#endif
