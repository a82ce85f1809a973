# SPDX-License-Identifier: BSD-2-Clause
lint_tests = tests/lint/hostile.py tests/lint/source.py
EXTRA_DIST += $(lint_tests) tests/hostile
if HAVE_PYTHON3
TESTS += $(lint_tests)
endif

# These alone, without what the others need.
check-source:
	$(MAKE) check-TESTS check_PROGRAMS= check_LTLIBRARIES= \
	  TESTS='$(lint_tests)'
.PHONY: check-source

# Where the sources are, then what goes into the tarball.
list-distfiles:
	@echo '$(top_srcdir)'; for f in $(DISTFILES); do \
	  if test -d "$(top_srcdir)/$$f"; then \
	    (cd '$(top_srcdir)' && find "$$f" -type f); \
	  else echo "$$f"; fi; \
	done
.PHONY: list-distfiles
