# SPDX-License-Identifier: BSD-2-Clause
lint_tests = tests/lint/hostile.py tests/lint/source.py
EXTRA_DIST += $(lint_tests) tests/hostile
if HAVE_PYTHON3
TESTS += $(lint_tests)
endif

# These alone, without what the others need.
check-source:
	$(MAKE) check-TESTS TESTS='$(lint_tests)'
.PHONY: check-source

# Where the sources are, then what goes into the tarball.
list-distfiles:
	@for f in '$(top_srcdir)' $(DISTFILES); do echo "$$f"; done
.PHONY: list-distfiles
