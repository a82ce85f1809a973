# SPDX-License-Identifier: BSD-2-Clause
# What stands in for the world in sessions (see tests/fuzz/session.h); read by
# automake and by GNU make.
session_wraps = \
	-Wl,--wrap=connect_beside \
	-Wl,--wrap=connect_make \
	-Wl,--wrap=delivery_stream_start_tls \
	-Wl,--wrap=g_get_monotonic_time \
	-Wl,--wrap=getrandom \
	-Wl,--wrap=poll \
	-Wl,--wrap=record_write \
	-Wl,--wrap=registry_find \
	-Wl,--wrap=registry_free \
	-Wl,--wrap=registry_new \
	-Wl,--wrap=token_new
