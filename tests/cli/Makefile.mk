# SPDX-License-Identifier: BSD-2-Clause
# Tests of the built program, from outside, with Python's standard library.
EXTRA_DIST += tests/cli/harness.py
cli_tests = \
	tests/cli/conf.py \
	tests/cli/doc.py \
	tests/cli/expects.py \
	tests/cli/file.py \
	tests/cli/ini-configparser.py \
	tests/cli/ini-secrets.py \
	tests/cli/loader.py \
	tests/cli/options.py \
	tests/cli/output.py \
	tests/cli/signals.py \
	tests/cli/valgrind.py \
	tests/cli/zoo.py
EXTRA_DIST += $(cli_tests)
EXTRA_DIST += tests/cli/data/ini/example.ini
if HAVE_PYTHON3
TESTS += $(cli_tests)
endif
include tests/ini/Makefile.mk
