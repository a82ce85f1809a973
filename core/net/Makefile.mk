# SPDX-License-Identifier: BSD-2-Clause
# libdelivery-net, the toolkit for transports, and libdelivery-tls, which it
# loads when TLS is wanted.

# All of the toolkit, once as objects: for the library, which hides most of
# it, and for the unit tests, which want to see it.
noinst_LTLIBRARIES += core/net/libnet.la
core_net_libnet_la_SOURCES = \
	core/net/address.c core/net/address.h \
	core/net/connect.c core/net/connect.h \
	core/net/encoded_word.c core/net/encoded_word.h \
	core/net/mail.c core/net/mail_judge.c \
	core/net/mechanism.c core/net/mechanism.h \
	core/net/net.c core/net/net.h \
	core/net/oauth.c core/net/oauth.h \
	core/net/param.c core/net/param.h \
	core/net/reply.c core/net/reply.h \
	core/net/sasl.c core/net/sasl.h \
	core/net/smtp.c \
	core/net/stream.c core/net/stream.h \
	core/net/stream_io.c core/net/stream_io.h \
	core/net/stream_text.c \
	core/net/tls.h \
	core/net/token_command.c core/net/token_command.h
core_net_libnet_la_CFLAGS = $(AM_CFLAGS) $(NET_CFLAGS)
core_net_libnet_la_LIBADD = $(NET_LIBS) -ldl

lib_LTLIBRARIES += core/net/libdelivery-net.la
core_net_libdelivery_net_la_SOURCES = core/net/tls_load.c core/net/tls.h
core_net_libdelivery_net_la_CFLAGS = $(AM_CFLAGS) $(GLIB_CFLAGS)
core_net_libdelivery_net_la_LIBADD = core/net/libnet.la core/libdelivery.la
core_net_libdelivery_net_la_LDFLAGS = $(AM_LDFLAGS) -no-undefined \
	-version-info $(DELIVERY_LT_VERSION) \
	-Wl,--version-script=$(srcdir)/core/net/libdelivery-net.map
core_net_libdelivery_net_la_DEPENDENCIES = core/net/libnet.la \
	core/libdelivery.la core/net/libdelivery-net.map
EXTRA_DIST += core/net/libdelivery-net.map

noinst_LTLIBRARIES += core/net/libtls.la
core_net_libtls_la_SOURCES = \
	core/net/param.c core/net/param.h \
	core/net/tls.c core/net/tls.h \
	core/net/tls_context.c core/net/tls_context.h \
	core/net/trust.c core/net/trust.h
core_net_libtls_la_CFLAGS = $(AM_CFLAGS) $(GLIB_CFLAGS) $(OPENSSL_CFLAGS)

lib_LTLIBRARIES += core/net/libdelivery-tls.la
core_net_libdelivery_tls_la_SOURCES =
core_net_libdelivery_tls_la_LIBADD = core/net/libtls.la core/libdelivery.la \
	$(GLIB_LIBS) $(OPENSSL_LIBS)
core_net_libdelivery_tls_la_LDFLAGS = $(AM_LDFLAGS) -no-undefined \
	-version-info $(DELIVERY_LT_VERSION) \
	-Wl,--version-script=$(srcdir)/core/net/libdelivery-tls.map
core_net_libdelivery_tls_la_DEPENDENCIES = core/net/libtls.la \
	core/libdelivery.la core/net/libdelivery-tls.map
EXTRA_DIST += core/net/libdelivery-tls.map
EXTRA_DIST += core/net/tls_static.c
