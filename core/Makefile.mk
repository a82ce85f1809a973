# SPDX-License-Identifier: BSD-2-Clause
deliveryincludedir = $(includedir)/delivery
deliveryinclude_HEADERS = include/delivery/net.h include/delivery/plugin.h
AM_CPPFLAGS += -DPLUGINDIR=\"$(plugindir)\" \
	-DPROGRAMDIR=\"$(programdir)\" -DINCLUDEDIR=\"$(includedir)\" \
	-DDOCDIR=\"$(docdir)\" -DMANDIR=\"$(mandir)\"

# Everything but the program, once as objects: for the library, which hides
# most of it, and for the unit tests, which want to see it.
noinst_LTLIBRARIES += core/libcore.la
core_libcore_la_SOURCES = \
	core/about.c core/about.h \
	core/conf.c core/conf.h \
	core/conform.c core/conform.h \
	core/conform_lint.c \
	core/conform_peer.c core/conform_peer.h \
	core/conform_runs.c \
	core/conform_valgrind.c \
	core/describe.c core/describe.h \
	core/dump.c core/dump.h \
	core/endpoint.c core/endpoint.h \
	core/engine.c core/engine.h \
	core/expand.c core/expand.h \
	core/expect.c core/expect.h \
	core/fds.c core/fds.h \
	core/ini.c core/ini.h \
	core/ini_scan.c core/ini_scan.h \
	core/inspect.c core/inspect.h \
	core/loader.c core/loader.h \
	core/look.c core/look.h \
	core/params.c core/params.h \
	core/play.c core/play.h \
	core/plugin.c core/plugin.h \
	core/pool.c core/pool.h \
	core/range.c core/range.h \
	core/reason.c core/reason.h \
	core/record.c core/record.h \
	core/registry.c core/registry.h \
	core/render.h core/render_json.c core/render_nagios.c \
	core/result.c core/result.h \
	core/run.c core/run.h \
	core/run_steps.c core/run_steps.h \
	core/sandbox.c core/sandbox.h \
	core/sanitized.h \
	core/scenario.c core/scenario.h \
	core/secret.c core/secret.h \
	core/settings.c core/settings.h \
	core/slurp.c core/slurp.h \
	core/text.c core/text.h \
	core/token.c core/token.h \
	core/url.c core/url.h
core_libcore_la_CFLAGS = $(AM_CFLAGS) $(GLIB_CFLAGS) $(JANSSON_CFLAGS)
core_libcore_la_LIBADD = $(GLIB_LIBS) $(JANSSON_LIBS) $(LTDL_LIBS) -ldl -lm

lib_LTLIBRARIES += core/libdelivery.la
core_libdelivery_la_SOURCES =
core_libdelivery_la_LIBADD = core/libcore.la
core_libdelivery_la_LDFLAGS = $(AM_LDFLAGS) -no-undefined \
	-version-info $(DELIVERY_LT_VERSION) \
	-Wl,--version-script=$(srcdir)/core/libdelivery.map
core_libdelivery_la_DEPENDENCIES = core/libcore.la core/libdelivery.map
EXTRA_DIST += core/libdelivery.map

program_PROGRAMS += core/check_delivery
core_check_delivery_SOURCES = core/last_words.c core/last_words.h \
	core/main.c core/options.c core/options.h core/sanitized.h
core_check_delivery_CFLAGS = $(AM_CFLAGS) $(PIE_CFLAGS) $(GLIB_CFLAGS)
core_check_delivery_LDFLAGS = $(AM_LDFLAGS) $(PIE_LDFLAGS)
if STATIC_PLUGINS
# All in one file: the plugins, and the libraries as objects.
core_check_delivery_SOURCES += core/net/tls_static.c core/net/tls.h
core_check_delivery_LDADD = $(preloaded_plugins) \
	core/net/libnet.la core/net/libtls.la core/libcore.la \
	$(NET_LIBS) $(OPENSSL_LIBS) $(GLIB_LIBS)
if COVERAGE
core_check_delivery_SOURCES += tests/coverage/leave.c
core_check_delivery_LDFLAGS += $(COVERAGE_LDFLAGS)
endif
core_check_delivery_DEPENDENCIES = $(in_tree_plugins) core/net/libnet.la \
	core/net/libtls.la core/libcore.la
else
core_check_delivery_LDADD = core/libdelivery.la $(GLIB_LIBS)
endif
