# SPDX-License-Identifier: BSD-2-Clause
# Helpers of the tests of INI files and scenarios; nothing is installed.
check_PROGRAMS += tests/ini/ini-dump
tests_ini_ini_dump_SOURCES = tests/ini/ini-dump.c
tests_ini_ini_dump_CFLAGS = $(AM_CFLAGS) $(GLIB_CFLAGS) $(JANSSON_CFLAGS)
tests_ini_ini_dump_LDADD = core/libcore.la $(GLIB_LIBS) $(JANSSON_LIBS)

# -rpath: libtool makes no module of what is not to be installed.
check_LTLIBRARIES += tests/ini/memory.la
tests_ini_memory_la_SOURCES = tests/ini/memory.c
tests_ini_memory_la_LDFLAGS = $(MODULE_LDFLAGS) -rpath /nowhere
tests_ini_memory_la_LIBADD = core/libdelivery.la
