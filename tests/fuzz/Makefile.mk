# SPDX-License-Identifier: BSD-2-Clause
# Fuzz targets.  "make check" replays their corpora; "make fuzz" looks for
# more, with clang and libFuzzer:
#   make fuzz FUZZ_TIME=600 FUZZ_TARGETS="url ini"
FUZZ_TIME = 60
FUZZ_FOLDER = tests/fuzz/work
fuzz_targets = exec expand expect ftp_data imap ini irc mail options params \
	plugin pop3 range reply sasl secret text url worker
FUZZ_TARGETS = $(fuzz_targets)
EXTRA_DIST += tests/fuzz/broken.c tests/fuzz/corpus tests/fuzz/dict \
	tests/fuzz/fuzz.make tests/fuzz/fuzz.sh

fuzz_cflags = $(AM_CFLAGS) $(GLIB_CFLAGS) $(JANSSON_CFLAGS) $(NET_CFLAGS)
fuzz_shared = tests/fuzz/replay.c tests/fuzz/fuzz.c tests/fuzz/fuzz.h

check_PROGRAMS += tests/fuzz/parsers
TESTS += tests/fuzz/parsers
tests_fuzz_parsers_SOURCES = $(fuzz_shared) \
	tests/fuzz/memory_file.c tests/fuzz/memory_file.h \
	tests/fuzz/end.c tests/fuzz/end.h \
	tests/fuzz/exec.c tests/fuzz/expand.c tests/fuzz/expect.c \
	tests/fuzz/ftp_data.c tests/fuzz/imap.c tests/fuzz/ini.c \
	tests/fuzz/irc.c tests/fuzz/mail.c tests/fuzz/params.c \
	tests/fuzz/options.c tests/fuzz/plugin.c tests/fuzz/pop3.c tests/fuzz/range.c \
	tests/fuzz/reply.c tests/fuzz/sasl.c tests/fuzz/secret.c \
	tests/fuzz/text.c tests/fuzz/url.c tests/fuzz/worker.c \
	plugins/exec/answer.c plugins/exec/child.c plugins/exec/child.h \
	plugins/exec/exec.h \
	core/options.c core/options.h \
	core/net/tls_load.c plugins/ftp/data.c \
	plugins/imap/name.c plugins/imap/parse.c \
	plugins/irc/message.c plugins/irc/nick.c \
	plugins/pop3/listing.c plugins/pop3/parse.c
tests_fuzz_parsers_CFLAGS = $(fuzz_cflags)
tests_fuzz_parsers_LDADD = core/net/libnet.la core/libcore.la \
	$(NET_LIBS) $(GLIB_LIBS) $(JANSSON_LIBS)

include tests/fuzz/sessions.mk

fuzz_tests = tests/fuzz/fuzzing.py
EXTRA_DIST += $(fuzz_tests)
if HAVE_PYTHON3
TESTS += $(fuzz_tests)
endif

# What a target may need; the plugins' sources are among them.
fuzz_sources = $(core_libcore_la_SOURCES) core/options.c \
	$(core_net_libnet_la_SOURCES) \
	$(core_net_libtls_la_SOURCES) core/net/tls_static.c \
	$(plugins_exec_exec_la_SOURCES) $(plugins_ftp_ftp_la_SOURCES) \
	$(plugins_imap_imap_la_SOURCES) $(plugins_irc_irc_la_SOURCES) \
	$(plugins_lmtp_lmtp_la_SOURCES) $(plugins_pop3_pop3_la_SOURCES) \
	$(plugins_smtp_smtp_la_SOURCES) tests/fuzz/end.c tests/fuzz/memory_file.c
fuzz_cppflags = $(DEFS) $(AM_CPPFLAGS) $(GLIB_CFLAGS) $(JANSSON_CFLAGS) \
	$(NET_CFLAGS) $(OPENSSL_CFLAGS)
fuzz_libs = $(NET_LIBS) $(OPENSSL_LIBS) $(JANSSON_LIBS) $(LTDL_LIBS) \
	$(GLIB_LIBS) -ldl -lm

fuzz:
	@test -n '$(FUZZ_CC)' || { echo "make fuzz needs clang with libFuzzer:" \
	  "in Debian, clang and libclang-rt-dev;" \
	  "then configure again, or with FUZZ_CC=..." >&2; exit 1; }
	@$(MAKE) --no-print-directory -f '$(srcdir)/tests/fuzz/fuzz.make' \
	  CC='$(FUZZ_CC)' TARGETS='$(FUZZ_TARGETS)' FOLDER='$(FUZZ_FOLDER)' \
	  SOURCES='$(fuzz_sources)' CPPFLAGS='$(fuzz_cppflags)' \
	  LIBS='$(fuzz_libs)' top_srcdir='$(top_srcdir)'
	@srcdir='$(srcdir)' $(SHELL) '$(srcdir)/tests/fuzz/fuzz.sh' \
	  '$(FUZZ_FOLDER)' '$(FUZZ_TIME)' $(FUZZ_TARGETS)
.PHONY: fuzz

mostlyclean-local:
	rm -rf tests/fuzz/work
