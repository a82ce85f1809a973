# SPDX-License-Identifier: BSD-2-Clause
# make coverage, behind make check in a folder with --enable-coverage.
EXTRA_DIST += tests/coverage/coverage.py tests/coverage/leave.c
coverage:
	@abs_top_srcdir='$(abs_top_srcdir)' \
	  abs_top_builddir='$(abs_top_builddir)' \
	  $(PYTHON3) -B $(srcdir)/tests/coverage/coverage.py
.PHONY: coverage
CLEANFILES += coverage.info
