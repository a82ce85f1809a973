# SPDX-License-Identifier: BSD-2-Clause
# A plugin is a module without a version; it must resolve all its symbols.
PLUGIN_CFLAGS = $(AM_CFLAGS)
PLUGIN_LDFLAGS = $(AM_LDFLAGS) -module -avoid-version -shared -no-undefined \
	-export-symbols-regex '^delivery_plugin_entry$$'

plugin_LTLIBRARIES += plugins/file/file.la
plugins_file_file_la_SOURCES = plugins/file/file.c
plugins_file_file_la_LDFLAGS = $(PLUGIN_LDFLAGS)
plugins_file_file_la_LIBADD = core/libdelivery.la

plugin_LTLIBRARIES += plugins/smtp/smtp.la
plugins_smtp_smtp_la_SOURCES = plugins/smtp/smtp.c plugins/smtp/smtp.h \
	plugins/smtp/message.c plugins/smtp/session.c
plugins_smtp_smtp_la_LDFLAGS = $(PLUGIN_LDFLAGS)
plugins_smtp_smtp_la_LIBADD = core/net/libdelivery-net.la core/libdelivery.la

plugin_LTLIBRARIES += plugins/imap/imap.la
plugins_imap_imap_la_SOURCES = plugins/imap/imap.c plugins/imap/imap.h \
	plugins/imap/clean.c \
	plugins/imap/command.c plugins/imap/command.h \
	plugins/imap/fetch.c \
	plugins/imap/look.c \
	plugins/imap/name.c plugins/imap/name.h \
	plugins/imap/parse.c plugins/imap/parse.h \
	plugins/imap/places.c \
	plugins/imap/session.c
plugins_imap_imap_la_LDFLAGS = $(PLUGIN_LDFLAGS)
plugins_imap_imap_la_LIBADD = core/net/libdelivery-net.la core/libdelivery.la

plugin_LTLIBRARIES += plugins/ftp/ftp.la
plugins_ftp_ftp_la_SOURCES = plugins/ftp/ftp.c plugins/ftp/ftp.h \
	plugins/ftp/data.c plugins/ftp/session.c plugins/ftp/transfer.c
plugins_ftp_ftp_la_LDFLAGS = $(PLUGIN_LDFLAGS)
plugins_ftp_ftp_la_LIBADD = core/net/libdelivery-net.la core/libdelivery.la

plugin_LTLIBRARIES += plugins/irc/irc.la
plugins_irc_irc_la_SOURCES = plugins/irc/irc.c plugins/irc/irc.h \
	plugins/irc/dialogue.c plugins/irc/login.c \
	plugins/irc/message.c plugins/irc/message.h \
	plugins/irc/nick.c plugins/irc/session.c
plugins_irc_irc_la_LDFLAGS = $(PLUGIN_LDFLAGS)
plugins_irc_irc_la_LIBADD = core/net/libdelivery-net.la core/libdelivery.la

plugin_LTLIBRARIES += plugins/maildir/maildir.la
plugins_maildir_maildir_la_SOURCES = plugins/maildir/maildir.c \
	plugins/maildir/maildir.h \
	plugins/maildir/clean.c \
	plugins/maildir/folder.c \
	plugins/maildir/look.c \
	plugins/maildir/names.c plugins/maildir/names.h \
	plugins/maildir/watch.c
plugins_maildir_maildir_la_LDFLAGS = $(PLUGIN_LDFLAGS)
plugins_maildir_maildir_la_LIBADD = core/net/libdelivery-net.la \
	core/libdelivery.la

# A .la file beside a plugin would be of no use to anybody.
install-data-hook:
	cd '$(DESTDIR)$(plugindir)' && \
	for each in $(plugin_LTLIBRARIES); do \
	  rm -f "`basename $$each`"; \
	done
uninstall-hook:
	cd '$(DESTDIR)$(plugindir)' && \
	  for each in $(plugin_LTLIBRARIES); do \
	    rm -f "`basename $$each .la`.so"; \
	  done
