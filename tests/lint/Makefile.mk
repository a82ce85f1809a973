# SPDX-License-Identifier: BSD-2-Clause
lint_tests = tests/lint/source.py
EXTRA_DIST += $(lint_tests)
if HAVE_PYTHON3
TESTS += $(lint_tests)
endif

# Where the sources are, then what goes into the tarball.
list-distfiles:
	@echo '$(top_srcdir)'; for f in $(DISTFILES); do \
	  if test -d "$(top_srcdir)/$$f"; then \
	    (cd '$(top_srcdir)' && find "$$f" -type f); \
	  else echo "$$f"; fi; \
	done
.PHONY: list-distfiles
