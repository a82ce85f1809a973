# SPDX-License-Identifier: BSD-2-Clause
# make bench: figures, by turns with a reference; no part of make check.
EXTRA_DIST += tests/bench/bench.py tests/bench/mail-bench.py \
	tests/bench/measure.py tests/bench/transfer-bench.py
EXTRA_PROGRAMS = tests/bench/file-reference tests/bench/mail-reference
tests_bench_file_reference_SOURCES = tests/bench/file-reference.c
tests_bench_file_reference_CFLAGS = -O2
tests_bench_file_reference_LDFLAGS = -all-static
tests_bench_mail_reference_SOURCES = tests/bench/mail-reference.c
tests_bench_mail_reference_CFLAGS = -O2 $(OPENSSL_CFLAGS)
tests_bench_mail_reference_LDADD = $(OPENSSL_LIBS)
CLEANFILES += tests/bench/file-reference tests/bench/mail-reference

bench: all tests/bench/file-reference tests/bench/mail-reference
	$(AM_TESTS_ENVIRONMENT) \
	b='$(abs_builddir)'; \
	path=; \
	for each in $(plugin_LTLIBRARIES); do \
	  path="$$path$${path:+:}$$b/`dirname $$each`/.libs"; \
	done; \
	CHECK_DELIVERY_PLUGIN_PATH="$$path"; \
	LD_LIBRARY_PATH="$$b/core/.libs:$$b/core/net/.libs"; \
	export CHECK_DELIVERY_PLUGIN_PATH LD_LIBRARY_PATH; \
	$(PYTHON3) -B $(srcdir)/tests/bench/bench.py \
	  "$$b/core/.libs/check_delivery" \
	  "$$b/tests/bench/file-reference" $(ROUNDS) && \
	$(PYTHON3) -B $(srcdir)/tests/bench/mail-bench.py \
	  "$$b/core/.libs/check_delivery" \
	  "$$b/tests/bench/mail-reference" $(ROUNDS) && \
	$(PYTHON3) -B $(srcdir)/tests/bench/transfer-bench.py \
	  "$$b/core/.libs/check_delivery" $(ROUNDS)
.PHONY: bench
