# SPDX-License-Identifier: BSD-2-Clause
# A plugin is a module without a version; it must resolve all its symbols.
PLUGIN_CFLAGS = $(AM_CFLAGS)
PLUGIN_LDFLAGS = $(AM_LDFLAGS) -module -avoid-version -shared -no-undefined \
	-export-symbols-regex '^delivery_plugin_entry$$'

plugin_LTLIBRARIES += plugins/file/file.la
plugins_file_file_la_SOURCES = plugins/file/file.c
plugins_file_file_la_LDFLAGS = $(PLUGIN_LDFLAGS)
plugins_file_file_la_LIBADD = core/libdelivery.la

# A .la file beside a plugin would be of no use to anybody.
install-data-hook:
	cd '$(DESTDIR)$(plugindir)' && rm -f file.la
uninstall-hook:
	rm -f '$(DESTDIR)$(plugindir)/file.so'
