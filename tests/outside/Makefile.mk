# SPDX-License-Identifier: BSD-2-Clause
# make installcheck: with what is installed, and from outside the tree.
EXTRA_DIST += tests/outside/installcheck.sh

installcheck-local:
	@CC='$(CC)' CFLAGS='$(CFLAGS) $(SANITIZE_CFLAGS)' LDFLAGS='$(LDFLAGS)' \
	PKG_CONFIG='$(PKG_CONFIG)' libdir='$(libdir)' \
	outside='$(abs_top_srcdir)/tests/outside' CXX='$(CXX_FOR_TESTS)' \
	PYTHON3='$(PYTHON3)' \
	$(SHELL) $(srcdir)/tests/outside/installcheck.sh
