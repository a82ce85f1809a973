# SPDX-License-Identifier: BSD-2-Clause
lint_tests = tests/lint/source.py
EXTRA_DIST += $(lint_tests)
if HAVE_PYTHON3
TESTS += $(lint_tests)
endif

# What goes into the tarball, by the names in the tree.
list-distfiles:
	@for f in $(DISTFILES); do echo "$$f"; done | \
	  sed -e 's|^$(top_srcdir)/||' -e 's|^$(srcdir)/||'
.PHONY: list-distfiles
