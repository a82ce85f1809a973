# SPDX-License-Identifier: BSD-2-Clause
# The system on a bad day: a library that is preloaded into the program.  It is
# no part of what is hardened or sanitized, and goes before both.
check_LTLIBRARIES += tests/faults/shim.la
tests_faults_shim_la_SOURCES = tests/faults/shim.c tests/faults/shim.h \
	tests/faults/shim_clock.c tests/faults/shim_files.c \
	tests/faults/shim_io.c tests/faults/shim_log.c \
	tests/faults/shim_names.c
tests_faults_shim_la_CPPFLAGS = -U_FORTIFY_SOURCE
tests_faults_shim_la_CFLAGS = -std=gnu11 $(WARN_CFLAGS) $(MAP_CFLAGS)
tests_faults_shim_la_LDFLAGS = $(AM_LDFLAGS) -module -avoid-version -shared \
	-rpath /nowhere

# What the shim is to notice, done by a plugin.
check_LTLIBRARIES += tests/faults/talker.la
tests_faults_talker_la_SOURCES = tests/faults/talker.c
tests_faults_talker_la_LDFLAGS = $(MODULE_LDFLAGS) -rpath /nowhere
tests_faults_talker_la_LIBADD = core/libdelivery.la

faults_tests = \
	tests/faults/clocks.py \
	tests/faults/files.py \
	tests/faults/names.py \
	tests/faults/pieces.py \
	tests/faults/traces.py
EXTRA_DIST += tests/faults/faults.py tests/faults/scenarios.py \
	$(faults_tests)
if HAVE_PYTHON3
TESTS += $(faults_tests)
endif
