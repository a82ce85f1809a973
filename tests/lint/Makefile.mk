# SPDX-License-Identifier: BSD-2-Clause
lint_tests = tests/lint/source.py
EXTRA_DIST += $(lint_tests)
if HAVE_PYTHON3
TESTS += $(lint_tests)
endif

# Where the sources are, then what goes into the tarball.
list-distfiles:
	@for f in '$(top_srcdir)' $(DISTFILES); do echo "$$f"; done
.PHONY: list-distfiles
