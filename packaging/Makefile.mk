# SPDX-License-Identifier: BSD-2-Clause
# For other programs: bash, Icinga 2, Nagios, NRPE, systemd; and packages.

# What is installed has the paths of this build in it.
SUBSTITUTE = $(AM_V_GEN)$(MKDIR_P) '$(@D)' && $(SED) \
	-e 's,[@]programdir[@],$(programdir),g' \
	-e 's,[@]sysconfdir[@],$(sysconfdir),g' \
	-e 's,[@]version[@],$(PACKAGE_VERSION),g' \
	-e 's,[@]contract[@],$(DELIVERY_CONTRACT),g' \
	'$(srcdir)/$@.in' >'$@.new' && mv -f '$@.new' '$@'
substituted = packaging/monitoring/icinga2.conf \
	packaging/monitoring/nagios.cfg \
	packaging/monitoring/nrpe.cfg \
	packaging/rpm/check_delivery.spec \
	packaging/systemd/check_delivery@.service
packaging/monitoring/icinga2.conf: packaging/monitoring/icinga2.conf.in
packaging/monitoring/nagios.cfg: packaging/monitoring/nagios.cfg.in
packaging/monitoring/nrpe.cfg: packaging/monitoring/nrpe.cfg.in
packaging/rpm/check_delivery.spec: packaging/rpm/check_delivery.spec.in
packaging/systemd/check_delivery@.service: \
  packaging/systemd/check_delivery@.service.in
$(substituted): Makefile
	$(SUBSTITUTE)
CLEANFILES += $(substituted)
EXTRA_DIST += packaging/monitoring/icinga2.conf.in \
	packaging/monitoring/nagios.cfg.in \
	packaging/monitoring/nrpe.cfg.in \
	packaging/rpm/check_delivery.spec.in \
	packaging/systemd/check_delivery@.service.in \
	packaging/check_delivery.bash

noinst_DATA = packaging/monitoring/icinga2.conf \
	packaging/monitoring/nagios.cfg
nodist_examples_DATA = packaging/monitoring/nrpe.cfg
dist_unit_DATA = packaging/systemd/check_delivery@.timer
nodist_unit_DATA = packaging/systemd/check_delivery@.service

# These are installed under names that their readers expect.
install-data-local: $(substituted)
	$(MKDIR_P) '$(DESTDIR)$(completionsdir)' '$(DESTDIR)$(icingadir)' \
	  '$(DESTDIR)$(nagiosdir)'
	$(INSTALL_DATA) '$(srcdir)/packaging/check_delivery.bash' \
	  '$(DESTDIR)$(completionsdir)/check_delivery'
	$(INSTALL_DATA) packaging/monitoring/icinga2.conf \
	  '$(DESTDIR)$(icingadir)/delivery.conf'
	$(INSTALL_DATA) packaging/monitoring/nagios.cfg \
	  '$(DESTDIR)$(nagiosdir)/delivery.cfg'
uninstall-local:
	rm -f '$(DESTDIR)$(completionsdir)/check_delivery' \
	  '$(DESTDIR)$(icingadir)/delivery.conf' \
	  '$(DESTDIR)$(nagiosdir)/delivery.cfg'

# make deb, make rpm: packages, built from the tarball in folders of their own.
$(distdir).tar.xz: $(DISTFILES)
	@$(MAKE) dist-xz

debian_files = changelog check-delivery-doc.install \
	check-delivery-plugin-ftp.install check-delivery-plugin-irc.install \
	check-delivery-plugin-mail.install check-delivery.install \
	check-delivery.links control copyright libdelivery-dev.install \
	libdelivery-net0.install libdelivery-net0.symbols \
	libdelivery-tls0.install libdelivery-tls0.symbols \
	libdelivery0.install libdelivery0.symbols not-installed rules \
	source/format source/lintian-overrides \
	tests/control tests/delivery tests/sample

# The tests have been run by whoever builds packages of what he has here.
DEB_FOLDER = deb
deb: $(distdir).tar.xz
	rm -rf '$(DEB_FOLDER)'
	$(MKDIR_P) '$(DEB_FOLDER)'
	cp $(distdir).tar.xz \
	  '$(DEB_FOLDER)/check-delivery_$(PACKAGE_VERSION).orig.tar.xz'
	tar -C '$(DEB_FOLDER)' -xf $(distdir).tar.xz
	cp -R '$(DEB_FOLDER)/$(distdir)/packaging/debian' \
	  '$(DEB_FOLDER)/$(distdir)/debian'
	cd '$(DEB_FOLDER)/$(distdir)' && \
	  env -u MAKEFLAGS -u MAKELEVEL -u MFLAGS DEB_BUILD_PROFILES=nocheck \
	    DEB_BUILD_OPTIONS="$${DEB_BUILD_OPTIONS-nocheck}" \
	    dpkg-buildpackage -us -uc -jauto

RPM_FOLDER = rpm
rpm: $(distdir).tar.xz packaging/rpm/check_delivery.spec
	rm -rf '$(RPM_FOLDER)'
	$(MKDIR_P) '$(RPM_FOLDER)/SOURCES'
	cp $(distdir).tar.xz '$(RPM_FOLDER)/SOURCES'
	folder=`cd '$(RPM_FOLDER)' && pwd` && \
	  env -u MAKEFLAGS -u MAKELEVEL -u MFLAGS \
	    rpmbuild -ba --nodeps --nocheck --define "_topdir $$folder" \
	      packaging/rpm/check_delivery.spec
clean-local: clean-packages
clean-packages:
	rm -rf deb rpm $(distdir).tar.xz
.PHONY: deb rpm clean-packages
EXTRA_DIST += $(debian_files:%=packaging/debian/%)
