# SPDX-License-Identifier: BSD-2-Clause
# Tests of the built program, from outside, with Python's standard library.
EXTRA_DIST += tests/cli/echoes.py tests/cli/harness.py tests/cli/maildirs.py \
	tests/cli/scripts.py tests/cli/watched.py tests/cli/zookeeper.py
cli_tests = \
	tests/cli/author.py \
	tests/cli/conf.py \
	tests/cli/doc.py \
	tests/cli/exec-bounds.py \
	tests/cli/exec.py \
	tests/cli/expects.py \
	tests/cli/file.py \
	tests/cli/hostile-ini.py \
	tests/cli/hostile-input.py \
	tests/cli/ini-configparser.py \
	tests/cli/ini-secrets.py \
	tests/cli/loader.py \
	tests/cli/maildir.py \
	tests/cli/options.py \
	tests/cli/output.py \
	tests/cli/secrets-kept.py \
	tests/cli/secrets-said.py \
	tests/cli/secure.py \
	tests/cli/signals.py \
	tests/cli/static.py \
	tests/cli/valgrind.py \
	tests/cli/zoo-beside.py \
	tests/cli/zoo-words.py \
	tests/cli/zoo.py
EXTRA_DIST += $(cli_tests)
EXTRA_DIST += tests/cli/data/ini/example.ini tests/hostile/secrets.md
if HAVE_PYTHON3
TESTS += $(cli_tests)
endif

# The program with its library's place built in: the dynamic loader looks at
# no environment for one that is setuid.
check_PROGRAMS += tests/cli/secure
tests_cli_secure_SOURCES = core/last_words.c core/last_words.h \
	core/main.c core/options.c core/options.h
tests_cli_secure_CFLAGS = $(AM_CFLAGS) $(PIE_CFLAGS) $(GLIB_CFLAGS)
tests_cli_secure_LDFLAGS = $(AM_LDFLAGS) $(PIE_LDFLAGS) \
	-Wl,-rpath,$(abs_builddir)/core/.libs
tests_cli_secure_LDADD = core/libdelivery.la $(GLIB_LIBS)

include tests/ini/Makefile.mk
