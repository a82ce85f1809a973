# SPDX-License-Identifier: BSD-2-Clause
# Plugins as they were built for a minor version of the contract, in hosts of
# this version and of the next; see README.
EXTRA_DIST += tests/old-plugins/README tests/old-plugins/make.sh \
	tests/old-plugins/0.9/every-net.so \
	tests/old-plugins/0.9/every.so \
	tests/old-plugins/0.9/file.so \
	tests/old-plugins/0.9/finger.so \
	tests/old-plugins/0.9/logline.so

check_LTLIBRARIES += tests/old-plugins/every.la \
	tests/old-plugins/every-net.la tests/old-plugins/finger.la
tests_old_plugins_every_la_SOURCES = tests/old-plugins/every.c
tests_old_plugins_every_la_LDFLAGS = $(ZOO_LDFLAGS)
tests_old_plugins_every_la_LIBADD = core/libdelivery.la
tests_old_plugins_every_net_la_SOURCES = tests/old-plugins/every-net.c
tests_old_plugins_every_net_la_LDFLAGS = $(ZOO_LDFLAGS)
tests_old_plugins_every_net_la_LIBADD = core/net/libdelivery-net.la \
	core/libdelivery.la
tests_old_plugins_finger_la_SOURCES = doc/sample/finger.c
tests_old_plugins_finger_la_CFLAGS = $(AM_CFLAGS) -Wno-unused-parameter
tests_old_plugins_finger_la_LDFLAGS = $(ZOO_LDFLAGS)
tests_old_plugins_finger_la_LIBADD = core/net/libdelivery-net.la \
	core/libdelivery.la

old_plugins_tests = tests/old-plugins/old.py
EXTRA_DIST += $(old_plugins_tests)
if HAVE_PYTHON3
TESTS += $(old_plugins_tests)
endif
