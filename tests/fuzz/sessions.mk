# SPDX-License-Identifier: BSD-2-Clause
# Whole sessions as fuzz targets (see tests/fuzz/session.h).
fuzz_targets += session_ftp session_imap session_irc session_lmtp \
	session_pop3 session_smtp session_starttls
include tests/fuzz/session_wraps.mk

check_PROGRAMS += tests/fuzz/sessions
TESTS += tests/fuzz/sessions
tests_fuzz_sessions_SOURCES = $(fuzz_shared) \
	tests/fuzz/session.c tests/fuzz/session.h \
	tests/fuzz/session_judge.c tests/fuzz/session_peer.c \
	tests/fuzz/session_ftp.c tests/fuzz/session_imap.c \
	tests/fuzz/session_irc.c tests/fuzz/session_lmtp.c \
	tests/fuzz/session_pop3.c tests/fuzz/session_smtp.c \
	tests/fuzz/session_starttls.c
tests_fuzz_sessions_CFLAGS = $(fuzz_cflags)
tests_fuzz_sessions_LDFLAGS = $(AM_LDFLAGS) $(session_wraps)
tests_fuzz_sessions_LDADD = \
	tests/fuzz/libftp.la tests/fuzz/libimap.la tests/fuzz/libirc.la \
	tests/fuzz/liblmtp.la tests/fuzz/libpop3.la tests/fuzz/libsmtp.la \
	core/net/libnet.la core/libcore.la \
	$(NET_LIBS) $(GLIB_LIBS) $(JANSSON_LIBS)

# The plugins in one program: their entries have the names by which libltdl
# would know them apart.
session_entry = -Ddelivery_plugin_entry
check_LTLIBRARIES += tests/fuzz/libftp.la
tests_fuzz_libftp_la_SOURCES = $(plugins_ftp_ftp_la_SOURCES)
tests_fuzz_libftp_la_CPPFLAGS = $(AM_CPPFLAGS) $(session_entry)=ftp_LTX_delivery_plugin_entry
check_LTLIBRARIES += tests/fuzz/libimap.la
tests_fuzz_libimap_la_SOURCES = $(plugins_imap_imap_la_SOURCES)
tests_fuzz_libimap_la_CPPFLAGS = $(AM_CPPFLAGS) $(session_entry)=imap_LTX_delivery_plugin_entry
check_LTLIBRARIES += tests/fuzz/libirc.la
tests_fuzz_libirc_la_SOURCES = $(plugins_irc_irc_la_SOURCES)
tests_fuzz_libirc_la_CPPFLAGS = $(AM_CPPFLAGS) $(session_entry)=irc_LTX_delivery_plugin_entry
check_LTLIBRARIES += tests/fuzz/liblmtp.la
tests_fuzz_liblmtp_la_SOURCES = $(plugins_lmtp_lmtp_la_SOURCES)
tests_fuzz_liblmtp_la_CPPFLAGS = $(AM_CPPFLAGS) $(session_entry)=lmtp_LTX_delivery_plugin_entry
check_LTLIBRARIES += tests/fuzz/libpop3.la
tests_fuzz_libpop3_la_SOURCES = $(plugins_pop3_pop3_la_SOURCES)
tests_fuzz_libpop3_la_CPPFLAGS = $(AM_CPPFLAGS) $(session_entry)=pop3_LTX_delivery_plugin_entry
check_LTLIBRARIES += tests/fuzz/libsmtp.la
tests_fuzz_libsmtp_la_SOURCES = $(plugins_smtp_smtp_la_SOURCES)
tests_fuzz_libsmtp_la_CPPFLAGS = $(AM_CPPFLAGS) $(session_entry)=smtp_LTX_delivery_plugin_entry
