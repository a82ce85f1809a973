# SPDX-License-Identifier: BSD-2-Clause
# make bench: figures, by turns with a reference; no part of make check.
EXTRA_DIST += tests/bench/bench.py tests/bench/file-reference.c
EXTRA_PROGRAMS = tests/bench/file-reference
tests_bench_file_reference_SOURCES = tests/bench/file-reference.c
tests_bench_file_reference_CFLAGS = -O2
tests_bench_file_reference_LDFLAGS = -all-static
CLEANFILES += tests/bench/file-reference

bench: all tests/bench/file-reference
	CHECK_DELIVERY_PLUGIN_PATH='$(abs_builddir)/plugins/file/.libs' \
	LD_LIBRARY_PATH='$(abs_builddir)/core/.libs' \
	$(PYTHON3) -B $(srcdir)/tests/bench/bench.py \
	  '$(abs_builddir)/core/.libs/check_delivery' \
	  '$(abs_builddir)/tests/bench/file-reference' $(ROUNDS)
.PHONY: bench
