# SPDX-License-Identifier: BSD-2-Clause
# Tests of the built program, from outside, with Python's standard library.
EXTRA_DIST += tests/cli/harness.py
cli_tests = tests/cli/file.py
cli_tests += tests/cli/doc.py
cli_tests += tests/cli/loader.py
cli_tests += tests/cli/zoo.py
EXTRA_DIST += $(cli_tests)
TESTS += $(cli_tests)
