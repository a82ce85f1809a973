# SPDX-License-Identifier: BSD-2-Clause
# Whole checks against real servers, which the tests start and stop.
servers_tests = \
	tests/servers/ftp-cases.py \
	tests/servers/irc-cases.py \
	tests/servers/lmtp.py \
	tests/servers/mail-cases.py \
	tests/servers/mail-logins.py \
	tests/servers/mail-outage.py \
	tests/servers/mail-pairs.py
EXTRA_DIST += tests/servers/certificates.py tests/servers/daemons.py \
	tests/servers/ftp.py tests/servers/irc.py tests/servers/mail.py \
	$(servers_tests)
if HAVE_PYTHON3
TESTS += $(servers_tests)
endif
