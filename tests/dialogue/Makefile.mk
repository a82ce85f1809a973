# SPDX-License-Identifier: BSD-2-Clause
# Servers that play a script: hostile and odd ones, with good ones beside them.
dialogue_tests = \
	tests/dialogue/bounds.py \
	tests/dialogue/claims.py \
	tests/dialogue/ftp-looks.py \
	tests/dialogue/ftp.py \
	tests/dialogue/hostile-environment.py \
	tests/dialogue/hostile-input.py \
	tests/dialogue/hostile-words.py \
	tests/dialogue/imap.py \
	tests/dialogue/irc.py \
	tests/dialogue/irc-logins.py \
	tests/dialogue/lmtp.py \
	tests/dialogue/pop3-messages.py \
	tests/dialogue/pop3.py \
	tests/dialogue/smtp.py \
	tests/dialogue/stages.py \
	tests/dialogue/starttls.py \
	tests/dialogue/tls.py \
	tests/dialogue/words.py
EXTRA_DIST += tests/dialogue/actor.py tests/dialogue/ftp_server.py \
	tests/dialogue/irc_server.py tests/dialogue/many.py \
	tests/dialogue/script.py tests/dialogue/stage.py $(dialogue_tests)
if HAVE_PYTHON3
TESTS += $(dialogue_tests)
endif
