# SPDX-License-Identifier: BSD-2-Clause
# What is made for other programs, read by those; and the packages.
packaging_tests = \
	tests/packaging/completion.py \
	tests/packaging/monitoring.py \
	tests/packaging/units.py
EXTRA_DIST += $(packaging_tests)
if HAVE_PYTHON3
TESTS += $(packaging_tests)
endif

# make check-packages: those that build all of it anew, from the tarball.
package_tests = \
	tests/packaging/deb.py \
	tests/packaging/install.py \
	tests/packaging/rpm.py
EXTRA_DIST += tests/packaging/building.py $(package_tests)
check-packages: $(distdir).tar.xz
	$(MAKE) check-TESTS TESTS='$(package_tests)'
.PHONY: check-packages
