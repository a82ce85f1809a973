# SPDX-License-Identifier: BSD-2-Clause
# A plugin is a module without a version; it must resolve all its symbols.
# With --enable-static-plugins it is part of the program instead: then its
# entry has the name by which libltdl knows several of them apart.
in_tree_plugins =
preloaded_plugins =
if STATIC_PLUGINS
PLUGIN_LDFLAGS = $(AM_LDFLAGS) -module -avoid-version -static -rpath /nowhere
plugin_libadd =
net_plugin_libadd =
entry_before = -Ddelivery_plugin_entry=
entry_behind = _LTX_delivery_plugin_entry
else
PLUGIN_LDFLAGS = $(MODULE_LDFLAGS)
plugin_libadd = core/libdelivery.la
net_plugin_libadd = core/net/libdelivery-net.la core/libdelivery.la
entry_before = -DPLUGIN_
entry_behind =
endif
MODULE_LDFLAGS = $(AM_LDFLAGS) -module -avoid-version -shared -no-undefined \
	-export-symbols-regex '^delivery_plugin_entry$$'

in_tree_plugins += plugins/exec/exec.la
preloaded_plugins += -dlpreopen plugins/exec/exec.la
plugins_exec_exec_la_SOURCES = plugins/exec/exec.c plugins/exec/exec.h \
	plugins/exec/answer.c \
	plugins/exec/child.c plugins/exec/child.h \
	plugins/exec/environment.c plugins/exec/folder.c \
	plugins/exec/script.c
plugins_exec_exec_la_LDFLAGS = $(PLUGIN_LDFLAGS)
plugins_exec_exec_la_CPPFLAGS = $(AM_CPPFLAGS) $(entry_before)exec$(entry_behind)
plugins_exec_exec_la_LIBADD = $(plugin_libadd)

in_tree_plugins += plugins/file/file.la
preloaded_plugins += -dlpreopen plugins/file/file.la
plugins_file_file_la_SOURCES = plugins/file/file.c
plugins_file_file_la_LDFLAGS = $(PLUGIN_LDFLAGS)
plugins_file_file_la_CPPFLAGS = $(AM_CPPFLAGS) $(entry_before)file$(entry_behind)
plugins_file_file_la_LIBADD = $(plugin_libadd)

in_tree_plugins += plugins/smtp/smtp.la
preloaded_plugins += -dlpreopen plugins/smtp/smtp.la
plugins_smtp_smtp_la_SOURCES = plugins/smtp/smtp.c plugins/smtp/smtp.h \
	plugins/smtp/session.c
plugins_smtp_smtp_la_LDFLAGS = $(PLUGIN_LDFLAGS)
plugins_smtp_smtp_la_CPPFLAGS = $(AM_CPPFLAGS) $(entry_before)smtp$(entry_behind)
plugins_smtp_smtp_la_LIBADD = $(net_plugin_libadd)

in_tree_plugins += plugins/imap/imap.la
preloaded_plugins += -dlpreopen plugins/imap/imap.la
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
plugins_imap_imap_la_CPPFLAGS = $(AM_CPPFLAGS) $(entry_before)imap$(entry_behind)
plugins_imap_imap_la_LIBADD = $(net_plugin_libadd)

in_tree_plugins += plugins/ftp/ftp.la
preloaded_plugins += -dlpreopen plugins/ftp/ftp.la
plugins_ftp_ftp_la_SOURCES = plugins/ftp/ftp.c plugins/ftp/ftp.h \
	plugins/ftp/data.c plugins/ftp/session.c plugins/ftp/transfer.c
plugins_ftp_ftp_la_LDFLAGS = $(PLUGIN_LDFLAGS)
plugins_ftp_ftp_la_CPPFLAGS = $(AM_CPPFLAGS) $(entry_before)ftp$(entry_behind)
plugins_ftp_ftp_la_LIBADD = $(net_plugin_libadd)

in_tree_plugins += plugins/irc/irc.la
preloaded_plugins += -dlpreopen plugins/irc/irc.la
plugins_irc_irc_la_SOURCES = plugins/irc/irc.c plugins/irc/irc.h \
	plugins/irc/dialogue.c plugins/irc/login.c \
	plugins/irc/message.c plugins/irc/message.h \
	plugins/irc/nick.c plugins/irc/session.c
plugins_irc_irc_la_LDFLAGS = $(PLUGIN_LDFLAGS)
plugins_irc_irc_la_CPPFLAGS = $(AM_CPPFLAGS) $(entry_before)irc$(entry_behind)
plugins_irc_irc_la_LIBADD = $(net_plugin_libadd)

in_tree_plugins += plugins/lmtp/lmtp.la
preloaded_plugins += -dlpreopen plugins/lmtp/lmtp.la
plugins_lmtp_lmtp_la_SOURCES = plugins/lmtp/lmtp.c
plugins_lmtp_lmtp_la_LDFLAGS = $(PLUGIN_LDFLAGS)
plugins_lmtp_lmtp_la_CPPFLAGS = $(AM_CPPFLAGS) $(entry_before)lmtp$(entry_behind)
plugins_lmtp_lmtp_la_LIBADD = $(net_plugin_libadd)

if STATIC_PLUGINS
noinst_LTLIBRARIES += $(in_tree_plugins)
else
plugin_LTLIBRARIES += $(in_tree_plugins)
endif

in_tree_plugins += plugins/pop3/pop3.la
preloaded_plugins += -dlpreopen plugins/pop3/pop3.la
plugins_pop3_pop3_la_SOURCES = plugins/pop3/pop3.c plugins/pop3/pop3.h \
	plugins/pop3/answer.c \
	plugins/pop3/clean.c \
	plugins/pop3/header.c \
	plugins/pop3/list.c \
	plugins/pop3/listing.c plugins/pop3/listing.h \
	plugins/pop3/login.c \
	plugins/pop3/look.c \
	plugins/pop3/parse.c plugins/pop3/parse.h \
	plugins/pop3/session.c
plugins_pop3_pop3_la_LDFLAGS = $(PLUGIN_LDFLAGS)
plugins_pop3_pop3_la_CPPFLAGS = $(AM_CPPFLAGS) $(entry_before)pop3$(entry_behind)
plugins_pop3_pop3_la_LIBADD = $(net_plugin_libadd)

in_tree_plugins += plugins/maildir/maildir.la
preloaded_plugins += -dlpreopen plugins/maildir/maildir.la
plugins_maildir_maildir_la_SOURCES = plugins/maildir/maildir.c \
	plugins/maildir/maildir.h \
	plugins/maildir/clean.c \
	plugins/maildir/folder.c \
	plugins/maildir/look.c \
	plugins/maildir/names.c plugins/maildir/names.h \
	plugins/maildir/watch.c
plugins_maildir_maildir_la_LDFLAGS = $(PLUGIN_LDFLAGS)
plugins_maildir_maildir_la_CPPFLAGS = $(AM_CPPFLAGS) $(entry_before)maildir$(entry_behind)
plugins_maildir_maildir_la_LIBADD = $(net_plugin_libadd)

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
