# SPDX-License-Identifier: BSD-2-Clause
# Servers that play a script: hostile and odd ones, with good ones beside them.
dialogue_tests = \
	tests/dialogue/ftp.py \
	tests/dialogue/imap.py \
	tests/dialogue/irc.py \
	tests/dialogue/lmtp.py \
	tests/dialogue/smtp.py \
	tests/dialogue/tls.py
EXTRA_DIST += tests/dialogue/script.py $(dialogue_tests)
if HAVE_PYTHON3
TESTS += $(dialogue_tests)
endif
