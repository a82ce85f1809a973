# SPDX-License-Identifier: BSD-2-Clause
# The made-up next minor of the contract: a libdelivery of the same sources,
# whose structs have grown, and plugins that are ahead of this version.  The
# program is the same: it knows the engine only.
EXTRA_DIST += tests/next/grow.sh
NEXT_HEADER = tests/next/include/delivery/plugin.h
NEXT_MAP = tests/next/libdelivery.map
NEXT_CPPFLAGS = -Itests/next/include $(AM_CPPFLAGS)
NEXT_GROW = $(AM_V_GEN)$(MKDIR_P) '$(@D)' && AWK='$(AWK)' \
	$(SHELL) '$(srcdir)/tests/next/grow.sh'
CLEANFILES += $(NEXT_HEADER) $(NEXT_MAP) tests/next/run

$(NEXT_HEADER): include/delivery/plugin.h tests/next/grow.sh
	$(NEXT_GROW) header '$(srcdir)/include/delivery/plugin.h' >$@.new
	@mv $@.new $@
$(NEXT_MAP): core/libdelivery.map tests/next/grow.sh
	$(NEXT_GROW) map '$(srcdir)/core/libdelivery.map' >$@.new
	@mv $@.new $@
$(tests_next_libdelivery_la_OBJECTS) $(tests_next_ahead_la_OBJECTS) \
$(tests_next_ahead_calls_la_OBJECTS): $(NEXT_HEADER)

check_LTLIBRARIES += tests/next/libdelivery.la
tests_next_libdelivery_la_SOURCES = tests/next/next.c \
	$(core_libcore_la_SOURCES)
tests_next_libdelivery_la_CPPFLAGS = $(NEXT_CPPFLAGS)
tests_next_libdelivery_la_CFLAGS = $(core_libcore_la_CFLAGS)
tests_next_libdelivery_la_LIBADD = $(core_libcore_la_LIBADD)
tests_next_libdelivery_la_LDFLAGS = $(AM_LDFLAGS) -no-undefined \
	-rpath /nowhere -version-info $(DELIVERY_LT_VERSION) \
	-Wl,--wrap=plugin_adopt \
	-Wl,--version-script=$(NEXT_MAP)
tests_next_libdelivery_la_DEPENDENCIES = $(NEXT_MAP)

check_LTLIBRARIES += tests/next/ahead.la tests/next/ahead-calls.la
tests_next_ahead_la_SOURCES = tests/next/ahead.c
tests_next_ahead_la_CPPFLAGS = $(NEXT_CPPFLAGS)
tests_next_ahead_la_LDFLAGS = $(ZOO_LDFLAGS)
tests_next_ahead_la_LIBADD = tests/next/libdelivery.la
tests_next_ahead_calls_la_SOURCES = tests/next/ahead.c
tests_next_ahead_calls_la_CPPFLAGS = $(NEXT_CPPFLAGS) -DAHEAD_CALLS
tests_next_ahead_calls_la_LDFLAGS = $(ZOO_LDFLAGS)
tests_next_ahead_calls_la_LIBADD = tests/next/libdelivery.la

# ./run, with that library instead of this version's.
check_SCRIPTS = tests/next/run
tests/next/run: run tests/next/libdelivery.la
	$(AM_V_GEN)sed 's,"$$b/core/.libs:,"$$b/tests/next/.libs:$$b/core/.libs:,' \
	  run >$@.new && chmod +x $@.new && mv $@.new $@
