# SPDX-License-Identifier: BSD-2-Clause
# The zoo: plugins that are wrong, for tests/cli/.  libtool makes a module
# only of what it could install; it never is.
ZOO_LDFLAGS = $(MODULE_LDFLAGS) -rpath /nowhere

check_LTLIBRARIES += tests/plugins/zoo.la
tests_plugins_zoo_la_SOURCES = tests/plugins/zoo.c tests/plugins/misdeeds.c \
	tests/plugins/misdeeds.h tests/plugins/nonsense.c
tests_plugins_zoo_la_LDFLAGS = $(ZOO_LDFLAGS)
tests_plugins_zoo_la_LIBADD = core/libdelivery.la

check_LTLIBRARIES += tests/plugins/odd.la
tests_plugins_odd_la_SOURCES = tests/plugins/odd.c tests/plugins/odd.h \
	tests/plugins/oddities.c
tests_plugins_odd_la_LDFLAGS = $(ZOO_LDFLAGS)
tests_plugins_odd_la_LIBADD = core/libdelivery.la -ldl

# COMMON gives open, send and recv, and what comes behind it takes them back.
check_LTLIBRARIES += tests/plugins/parts.la
tests_plugins_parts_la_SOURCES = tests/plugins/parts.c
tests_plugins_parts_la_CFLAGS = $(AM_CFLAGS) -Wno-override-init
tests_plugins_parts_la_LDFLAGS = $(ZOO_LDFLAGS)
tests_plugins_parts_la_LIBADD = core/libdelivery.la

# Their one symbol is not what it should be, which a plugin's usual flags
# would not let pass.
SYMBOL_LDFLAGS = $(AM_LDFLAGS) -module -avoid-version -shared \
	-rpath /nowhere -Wl,-z,lazy
check_LTLIBRARIES += tests/plugins/symbol_none.la \
	tests/plugins/symbol_null.la tests/plugins/symbol_data.la \
	tests/plugins/symbol_undefined.la
tests_plugins_symbol_none_la_SOURCES = tests/plugins/symbol.c
tests_plugins_symbol_none_la_CFLAGS = $(AM_CFLAGS)
tests_plugins_symbol_none_la_LDFLAGS = $(SYMBOL_LDFLAGS)
tests_plugins_symbol_null_la_SOURCES = tests/plugins/symbol.c
tests_plugins_symbol_null_la_CFLAGS = $(AM_CFLAGS) -DSYMBOL_IS_NULL
tests_plugins_symbol_null_la_LDFLAGS = $(SYMBOL_LDFLAGS)
tests_plugins_symbol_data_la_SOURCES = tests/plugins/symbol.c
tests_plugins_symbol_data_la_CFLAGS = $(AM_CFLAGS) -DSYMBOL_IS_DATA
tests_plugins_symbol_data_la_LDFLAGS = $(SYMBOL_LDFLAGS)
tests_plugins_symbol_undefined_la_SOURCES = tests/plugins/symbol.c
tests_plugins_symbol_undefined_la_CFLAGS = $(AM_CFLAGS) -DSYMBOL_IS_UNDEFINED
tests_plugins_symbol_undefined_la_LDFLAGS = $(SYMBOL_LDFLAGS)

# What --check-plugin finds in them.
check_LTLIBRARIES += tests/plugins/conduct.la tests/plugins/untidy.la
tests_plugins_conduct_la_SOURCES = tests/plugins/conduct.c
tests_plugins_conduct_la_LDFLAGS = $(ZOO_LDFLAGS)
tests_plugins_conduct_la_LIBADD = core/net/libdelivery-net.la \
	core/libdelivery.la
tests_plugins_untidy_la_SOURCES = tests/plugins/untidy.c
tests_plugins_untidy_la_LDFLAGS = $(ZOO_LDFLAGS)
tests_plugins_untidy_la_LIBADD = core/libdelivery.la

# How the host keeps the contract.
check_LTLIBRARIES += tests/plugins/contract.la
tests_plugins_contract_la_SOURCES = tests/plugins/contract.c
tests_plugins_contract_la_LDFLAGS = $(ZOO_LDFLAGS)
tests_plugins_contract_la_LIBADD = core/libdelivery.la

plugins_tests = \
	tests/plugins/contract.py \
	tests/plugins/header.py \
	tests/plugins/parts.py \
	tests/plugins/symbols.py
EXTRA_DIST += tests/plugins/compiling.py tests/plugins/placing.py \
	$(plugins_tests)
if HAVE_PYTHON3
TESTS += $(plugins_tests)
endif
