# SPDX-License-Identifier: BSD-2-Clause
# The toolkit as a plugin sees it, and what a server sees of it.
check_LTLIBRARIES += tests/net/talk.la
tests_net_talk_la_SOURCES = tests/net/talk.c
tests_net_talk_la_LDFLAGS = $(MODULE_LDFLAGS) -rpath /nowhere
tests_net_talk_la_LIBADD = core/net/libdelivery-net.la core/libdelivery.la

net_tests = \
	tests/net/connect.py \
	tests/net/stream.py
EXTRA_DIST += tests/net/talking.py $(net_tests)
if HAVE_PYTHON3
TESTS += $(net_tests)
endif
