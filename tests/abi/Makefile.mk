# SPDX-License-Identifier: BSD-2-Clause
# Descriptions of the binary interface, and what is built against them.
EXTRA_DIST += tests/abi/libdelivery-net.abi tests/abi/libdelivery.abi \
	tests/abi/plugin.abi

abi_tests = tests/abi/abi.py
EXTRA_DIST += $(abi_tests)
if HAVE_PYTHON3
TESTS += $(abi_tests)
endif

# For who has added something to the contract, in a build by gcc.
abi-update: all
	$(AM_TESTS_ENVIRONMENT) \
	  $(PYTHON3) -B '$(srcdir)/tests/abi/abi.py' --update
.PHONY: abi-update
