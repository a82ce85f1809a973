# SPDX-License-Identifier: BSD-2-Clause
# The zoo: plugins that are wrong, for tests/cli/.  libtool makes a module
# only of what it could install; it never is.
ZOO_LDFLAGS = $(PLUGIN_LDFLAGS) -rpath /nowhere

check_LTLIBRARIES += tests/plugins/zoo.la
tests_plugins_zoo_la_SOURCES = tests/plugins/zoo.c tests/plugins/misdeeds.c \
	tests/plugins/misdeeds.h tests/plugins/nonsense.c
tests_plugins_zoo_la_LDFLAGS = $(ZOO_LDFLAGS)
tests_plugins_zoo_la_LIBADD = core/libdelivery.la
