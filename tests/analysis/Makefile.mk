# SPDX-License-Identifier: BSD-2-Clause
# make analysis: gcc's analyser, clang-tidy and cppcheck read what we ship.
EXTRA_DIST += .clang-tidy core/.clang-tidy tests/analysis/analysis.py \
	tests/analysis/cppcheck.txt
analysis:
	@abs_top_srcdir='$(abs_top_srcdir)' $(PYTHON3) -B \
	  $(srcdir)/tests/analysis/analysis.py $(DEFS) $(DEFAULT_INCLUDES) \
	  -I$(abs_top_srcdir)/include -I$(abs_top_srcdir)/core \
	  $(AM_CPPFLAGS) -std=gnu11 $(NET_CFLAGS) $(OPENSSL_CFLAGS) \
	  $(JANSSON_CFLAGS)
.PHONY: analysis
