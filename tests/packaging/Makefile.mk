# SPDX-License-Identifier: BSD-2-Clause
# What is made for other programs, read by those; and the packages.
packaging_tests = \
	tests/packaging/completion.py \
	tests/packaging/monitoring.py \
	tests/packaging/units.py
EXTRA_DIST += $(packaging_tests)
if HAVE_PYTHON3
TESTS += $(packaging_tests)
endif
