# SPDX-License-Identifier: BSD-2-Clause
"""make rpm: rpmbuild accepts the spec, and the packages have what they
should."""
from building import *


@once
def packages():
    need("rpmbuild", "rpm")
    folder = at_work("rpm")
    make("rpm", f"RPM_FOLDER={folder}")
    version = variable("VERSION")
    return {path.name.split(f"-{version}-")[0]: path
            for path in folder.glob("RPMS/*/*.rpm")}


def ask(package, what):
    return said_by("rpm", "-qp", what, packages()[package]).splitlines()


def files_of_package(package):
    return ask(package, "--list")


@test
def rpmbuild_makes_all_packages():
    have = {name for name in packages() if not name.endswith(
        ("-debuginfo", "-debugsource"))}
    equal(have, {"check_delivery", "check_delivery-doc", "libdelivery",
                 "libdelivery-net", "libdelivery-devel",
                 *(f"check_delivery-plugin-{name}"
                   for name in ("ftp", "irc", "mail"))})
    [source] = at_work("rpm").glob("SRPMS/*.src.rpm")
    contains(said_by("rpm", "-qp", "--list", source), "check_delivery.spec",
             ".tar.xz")


@test
def files_are_where_fedora_expects_them():
    lib = said_by("rpm", "--eval", "%{_libdir}").strip()
    contains(files_of_package("check_delivery"), "/usr/bin/check_delivery",
             f"{lib}/nagios/plugins/check_delivery",
             f"{lib}/check_delivery/file.so",
             "/etc/nagios/objects/delivery.cfg",
             "/usr/lib/systemd/system/check_delivery@.timer",
             "/usr/share/bash-completion/completions/check_delivery",
             "/usr/share/icinga2/include/plugins-contrib.d/delivery.conf")
    contains(files_of_package("check_delivery-plugin-ftp"),
             f"{lib}/check_delivery/ftp.so")
    contains(files_of_package("libdelivery"), f"{lib}/libdelivery.so.0")
    contains(files_of_package("libdelivery-devel"),
             f"{lib}/pkgconfig/delivery.pc", "/usr/include/delivery/plugin.h")
    contains(files_of_package("check_delivery-doc"),
             "/usr/share/doc/check_delivery/examples/mail.conf")
    equal(ask("check_delivery", "--configfiles"),
          ["/etc/nagios/objects/delivery.cfg"])


@test
def every_file_is_in_one_package():
    files = [file for name in packages() for file in files_of_package(name)
             if not file.startswith(("/usr/lib/.build-id",
                                     "/usr/share/licenses"))]
    equal(sorted({file for file in files if files.count(file) > 1}), [])
    for name in plugins():
        # rpm compresses manual pages, or not.
        equal([file.split("/")[-1].removesuffix(".gz") for file in files
               if f"/{name}.so" in file or f"check_delivery-{name}.7" in file],
              [f"{name}.so", f"check_delivery-{name}.7"])


@test
def the_program_has_the_contract_that_plugins_ask_for():
    abi = f"check_delivery(abi) = {variable('DELIVERY_CONTRACT')}"
    contains(ask("check_delivery", "--provides"), abi)
    for name in "ftp", "irc", "mail":
        contains(ask(f"check_delivery-plugin-{name}", "--requires"), abi)


main()
