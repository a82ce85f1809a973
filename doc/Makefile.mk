# SPDX-License-Identifier: BSD-2-Clause
# Manual pages, from POD.  They are in the tarball, so that only who changes
# them needs pod2man.
dist_man_MANS = doc/check_delivery.1 doc/check_delivery.conf.5 \
	doc/delivery-plugin.3 \
	plugins/exec/check_delivery-exec.7 \
	plugins/file/check_delivery-file.7 \
	plugins/ftp/check_delivery-ftp.7 \
	plugins/imap/check_delivery-imap.7 \
	plugins/irc/check_delivery-irc.7 \
	plugins/lmtp/check_delivery-lmtp.7 \
	plugins/maildir/check_delivery-maildir.7 \
	plugins/pop3/check_delivery-pop3.7 \
	plugins/smtp/check_delivery-smtp.7
EXTRA_DIST += doc/check_delivery.pod doc/check_delivery.conf.pod \
	doc/delivery-plugin.pod \
	plugins/exec/check_delivery-exec.pod \
	plugins/file/check_delivery-file.pod \
	plugins/ftp/check_delivery-ftp.pod \
	plugins/imap/check_delivery-imap.pod \
	plugins/irc/check_delivery-irc.pod \
	plugins/lmtp/check_delivery-lmtp.pod \
	plugins/maildir/check_delivery-maildir.pod \
	plugins/pop3/check_delivery-pop3.pod \
	plugins/smtp/check_delivery-smtp.pod
MAINTAINERCLEANFILES = $(dist_man_MANS)

# The date is fixed, so that builds of one version are alike.
POD_TO_MAN = $(AM_V_GEN)$(MKDIR_P) '$(@D)' && $(POD2MAN) --errors=die --utf8 \
	--center=check_delivery --date=2026-11-22 --release='$(PACKAGE_VERSION)'

SUFFIXES = .pod .1 .3 .5 .7
.pod.1:
	$(POD_TO_MAN) --section=1 $< $@
.pod.3:
	$(POD_TO_MAN) --section=3 $< $@
.pod.5:
	$(POD_TO_MAN) --section=5 $< $@
.pod.7:
	$(POD_TO_MAN) --section=7 $< $@

# The samples that the manual speaks of, beside the README.
sampledir = $(docdir)/sample
dist_sample_DATA = doc/sample/finger.c doc/sample/keep.rs \
	doc/sample/logline.c doc/sample/spool.cc

# What authors of plugins copy to begin with.
templatedir = $(docdir)/template
dist_template_DATA = doc/template/Makefile doc/template/mine.c \
	doc/template/server.py

# Those of the exec plugin are to be run.
scriptsdir = $(sampledir)/exec
dist_scripts_SCRIPTS = doc/sample/exec/logline.py doc/sample/exec/logline.sh

# Files to begin with, beside the README too.
examplesdir = $(docdir)/examples
dist_examples_DATA = doc/examples/mail.conf doc/examples/transfer.conf
