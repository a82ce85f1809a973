# SPDX-License-Identifier: BSD-2-Clause
# Servers that play a script: hostile and odd ones, with good ones beside them.
dialogue_tests = \
	tests/dialogue/ftp.py \
	tests/dialogue/imap.py \
	tests/dialogue/irc.py \
	tests/dialogue/irc-logins.py \
	tests/dialogue/lmtp.py \
	tests/dialogue/pop3-messages.py \
	tests/dialogue/pop3.py \
	tests/dialogue/smtp.py \
	tests/dialogue/stages.py \
	tests/dialogue/tls.py
EXTRA_DIST += tests/dialogue/actor.py tests/dialogue/ftp_server.py \
	tests/dialogue/irc_server.py tests/dialogue/script.py \
	tests/dialogue/stage.py $(dialogue_tests) \
	tests/hostile/faults-servers.md tests/hostile/tls.md
if HAVE_PYTHON3
TESTS += $(dialogue_tests)
endif
