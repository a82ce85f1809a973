# SPDX-License-Identifier: BSD-2-Clause
# The machine on a bad day: what it refuses, and who ends whom.  The library
# is preloaded into the program; it is no part of what is hardened.
check_LTLIBRARIES += tests/faults/machine_torture.la
tests_faults_machine_torture_la_SOURCES = tests/faults/machine_calls.c \
	tests/faults/machine_torture.c tests/faults/machine_torture.h
tests_faults_machine_torture_la_CPPFLAGS = -U_FORTIFY_SOURCE
tests_faults_machine_torture_la_CFLAGS = -std=gnu11 $(WARN_CFLAGS) \
	$(MAP_CFLAGS) -fno-builtin
tests_faults_machine_torture_la_LDFLAGS = $(AM_LDFLAGS) -module \
	-avoid-version -shared -rpath /nowhere
tests_faults_machine_torture_la_LIBADD = -ldl

machine_tests = \
	tests/faults/machine-limits.py \
	tests/faults/machine-signals.py \
	tests/faults/machine-torture.py
EXTRA_DIST += tests/faults/machine_runs.py \
	$(machine_tests)
if HAVE_PYTHON3
TESTS += $(machine_tests)
endif

# Every allocation of every delivery, and every step of every dialogue under
# valgrind; most of an hour.
torture: all $(check_LTLIBRARIES)
	TORTURE_ALL=yes $(MAKE) check \
	  TESTS='tests/faults/machine-torture.py tests/dialogue/stages.py'
.PHONY: torture
