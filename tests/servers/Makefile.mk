# SPDX-License-Identifier: BSD-2-Clause
# Whole checks against real servers, which the tests start and stop.
servers_tests = \
	tests/servers/ftp-cases.py \
	tests/servers/ftp-outage.py \
	tests/servers/irc-cases.py \
	tests/servers/irc-logins.py \
	tests/servers/irc-outage.py \
	tests/servers/lmtp.py \
	tests/servers/mail-bridge.py \
	tests/servers/mail-cases.py \
	tests/servers/mail-logins.py \
	tests/servers/mail-outage.py \
	tests/servers/mail-pairs.py \
	tests/servers/maildir-cases.py \
	tests/servers/pop3.py
EXTRA_DIST += tests/servers/certificates.py tests/servers/daemons.py \
	tests/servers/ftp.py tests/servers/irc.py tests/servers/mail.py \
	$(servers_tests)
if HAVE_PYTHON3
# They wait most of the time, and find no lines that others do not.
if !COVERAGE
TESTS += $(servers_tests)
endif
endif
