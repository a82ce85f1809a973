# SPDX-License-Identifier: BSD-2-Clause
# One program a module of the core; each sees its hidden functions.
if HAVE_CHECK
unit_tests = \
	tests/unit/reason \
	tests/unit/text \
	tests/unit/secret \
	tests/unit/range \
	tests/unit/url \
	tests/unit/params \
	tests/unit/expand \
	tests/unit/ini_scan \
	tests/unit/ini \
	tests/unit/settings \
	tests/unit/expect \
	tests/unit/result \
	tests/unit/record \
	tests/unit/render \
	tests/unit/pool \
	tests/unit/pool_host \
	tests/unit/ftp_data \
	tests/unit/imap_parse \
	tests/unit/irc_message \
	tests/unit/net_mail \
	tests/unit/pop3_parse
check_PROGRAMS += $(unit_tests)
TESTS += $(unit_tests)
if HAVE_PYTHON3
TESTS += tests/unit/valgrind.py
endif

unit_cflags = $(AM_CFLAGS) $(CHECK_CFLAGS) $(GLIB_CFLAGS)
unit_ldadd = tests/unit/libunit.la core/libcore.la $(CHECK_LIBS) $(GLIB_LIBS)

check_LTLIBRARIES += tests/unit/libunit.la
tests_unit_libunit_la_SOURCES = tests/unit/unit.c tests/unit/unit.h
tests_unit_libunit_la_CFLAGS = $(unit_cflags)

tests_unit_reason_CFLAGS = $(unit_cflags)
tests_unit_reason_LDADD = $(unit_ldadd)
tests_unit_text_CFLAGS = $(unit_cflags)
tests_unit_text_LDADD = $(unit_ldadd)
tests_unit_secret_CFLAGS = $(unit_cflags)
tests_unit_secret_LDADD = $(unit_ldadd)
tests_unit_range_CFLAGS = $(unit_cflags)
tests_unit_range_LDADD = $(unit_ldadd)
tests_unit_url_CFLAGS = $(unit_cflags)
tests_unit_url_LDADD = $(unit_ldadd)
tests_unit_params_CFLAGS = $(unit_cflags)
tests_unit_params_LDADD = $(unit_ldadd)
tests_unit_expand_CFLAGS = $(unit_cflags)
tests_unit_expand_LDADD = $(unit_ldadd)
tests_unit_ini_scan_CFLAGS = $(unit_cflags)
tests_unit_ini_scan_LDADD = $(unit_ldadd)
tests_unit_ini_CFLAGS = $(unit_cflags)
tests_unit_ini_LDADD = $(unit_ldadd)
tests_unit_settings_CFLAGS = $(unit_cflags)
tests_unit_settings_LDADD = $(unit_ldadd)
tests_unit_expect_CFLAGS = $(unit_cflags)
tests_unit_expect_LDADD = $(unit_ldadd)
tests_unit_result_CFLAGS = $(unit_cflags)
tests_unit_result_LDADD = $(unit_ldadd)
tests_unit_record_CFLAGS = $(unit_cflags)
tests_unit_record_LDADD = $(unit_ldadd)
tests_unit_render_CFLAGS = $(unit_cflags) $(JANSSON_CFLAGS)
tests_unit_render_LDADD = $(unit_ldadd) $(JANSSON_LIBS)
tests_unit_pool_SOURCES = tests/unit/pool.c tests/unit/task.c tests/unit/task.h
tests_unit_pool_CFLAGS = $(unit_cflags)
tests_unit_pool_LDADD = $(unit_ldadd)
tests_unit_pool_host_SOURCES = tests/unit/pool_host.c tests/unit/task.c \
	tests/unit/task.h
tests_unit_pool_host_CFLAGS = $(unit_cflags)
tests_unit_pool_host_LDADD = $(unit_ldadd)
tests_unit_ftp_data_SOURCES = tests/unit/ftp_data.c \
	plugins/ftp/data.c plugins/ftp/ftp.h
tests_unit_ftp_data_CFLAGS = $(unit_cflags)
tests_unit_ftp_data_LDADD = $(unit_ldadd)
tests_unit_imap_parse_SOURCES = tests/unit/imap_parse.c \
	plugins/imap/name.c plugins/imap/name.h \
	plugins/imap/parse.c plugins/imap/parse.h
tests_unit_imap_parse_CFLAGS = $(unit_cflags)
tests_unit_imap_parse_LDADD = $(unit_ldadd)
tests_unit_irc_message_SOURCES = tests/unit/irc_message.c \
	plugins/irc/irc.h plugins/irc/message.c plugins/irc/message.h \
	plugins/irc/nick.c
tests_unit_irc_message_CFLAGS = $(unit_cflags)
tests_unit_irc_message_LDADD = $(unit_ldadd)
tests_unit_net_mail_SOURCES = tests/unit/net_mail.c \
	core/net/address.c core/net/address.h \
	core/net/encoded_word.c core/net/encoded_word.h core/net/mail_judge.c
tests_unit_net_mail_CFLAGS = $(unit_cflags)
tests_unit_net_mail_LDADD = $(unit_ldadd)
tests_unit_pop3_parse_SOURCES = tests/unit/pop3_parse.c \
	plugins/pop3/listing.c plugins/pop3/listing.h \
	plugins/pop3/parse.c plugins/pop3/parse.h
tests_unit_pop3_parse_CFLAGS = $(unit_cflags)
tests_unit_pop3_parse_LDADD = $(unit_ldadd)
endif
EXTRA_DIST += tests/unit/valgrind.py
