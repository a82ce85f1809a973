# SPDX-License-Identifier: BSD-2-Clause
# Tests of the built program, from outside, with Python's standard library.
EXTRA_DIST += tests/cli/harness.py
cli_tests = tests/cli/file.py
cli_tests += tests/cli/conf.py
cli_tests += tests/cli/expects.py
cli_tests += tests/cli/ini-configparser.py
cli_tests += tests/cli/ini-secrets.py
EXTRA_DIST += $(cli_tests)
EXTRA_DIST += tests/cli/data/ini/example.ini
TESTS += $(cli_tests)
include tests/ini/Makefile.mk
