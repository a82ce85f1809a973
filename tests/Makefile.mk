# SPDX-License-Identifier: BSD-2-Clause
# Every test speaks TAP and is independent of all others.  make check -jN.
AM_TESTS_ENVIRONMENT = \
	abs_top_builddir='$(abs_top_builddir)'; export abs_top_builddir; \
	abs_top_srcdir='$(abs_top_srcdir)'; export abs_top_srcdir; \
	SANITIZERS='$(enable_sanitizers)'; export SANITIZERS; \
	STATIC_PLUGINS='$(enable_static_plugins)'; export STATIC_PLUGINS; \
	COVERAGE='$(enable_coverage)'; export COVERAGE; \
	G_SLICE=always-malloc; export G_SLICE;
LOG_DRIVER = env AM_TAP_AWK='$(AWK)' $(SHELL) \
	$(top_srcdir)/build-aux/tap-driver.sh
PY_LOG_DRIVER = $(LOG_DRIVER)
SH_LOG_DRIVER = $(LOG_DRIVER)
PY_LOG_COMPILER = $(PYTHON3)
AM_PY_LOG_FLAGS = -B
SH_LOG_COMPILER = $(SHELL)

EXTRA_DIST += tests/lsan.supp

include tests/unit/Makefile.mk
include tests/cli/Makefile.mk
include tests/fuzz/Makefile.mk
include tests/lint/Makefile.mk
include tests/plugins/Makefile.mk
include tests/net/Makefile.mk
include tests/servers/Makefile.mk
include tests/dialogue/Makefile.mk
include tests/faults/Makefile.mk
include tests/faults/machine.mk
include tests/old-plugins/Makefile.mk
include tests/next/Makefile.mk
include tests/outside/Makefile.mk
include tests/packaging/Makefile.mk
include tests/abi/Makefile.mk
include tests/bench/Makefile.mk
include tests/analysis/Makefile.mk
include tests/coverage/Makefile.mk
