# SPDX-License-Identifier: BSD-2-Clause
"""make install: everything where distributions expect it, and the same files
whatever folder they were built in."""
from building import *

WHERE = ["--prefix=/usr", "--sysconfdir=/etc",
         "--libdir=/usr/lib/x86_64-linux-gnu",
         "--with-programdir=/usr/lib/nagios/plugins",
         "--with-unitdir=/lib/systemd/system"]


@once
def installed(folder, within):
    """The tarball, unpacked in that folder, built in a folder within it, or
    in itself, and installed: what make install gave."""
    top = at_work(folder)
    top.mkdir(parents=True)
    tarball = f"{variable('PACKAGE')}-{variable('VERSION')}.tar.xz"
    said_by("tar", "-xf", BUILD.resolve() / tarball, "-C", top,
            "--strip-components=1")
    build = top / within
    build.mkdir(exist_ok=True)
    configure = f"{os.path.relpath(top, build)}/configure"
    said_by(configure, "-q", *WHERE, "CFLAGS=-g -O0", cwd=build)
    said_by("make", "-j2", cwd=build)
    root = at_work(folder.replace("/", "-") + ".root")
    said_by("make", "install", f"DESTDIR={root}", cwd=build)
    return root


def first():
    return installed("a", "")


def second():
    return installed("another/longer/name", "build")


@test
def everything_is_where_debian_expects_it():
    files = files_below(first())
    lib = "usr/lib/x86_64-linux-gnu"
    contains(files, "usr/lib/nagios/plugins/check_delivery",
             f"{lib}/libdelivery.so.0", f"{lib}/libdelivery-net.so.0",
             f"{lib}/pkgconfig/delivery.pc",
             f"{lib}/pkgconfig/delivery-net.pc",
             "usr/include/delivery/plugin.h",
             "usr/share/man/man1/check_delivery.1",
             "usr/share/man/man5/check_delivery.conf.5",
             "usr/share/bash-completion/completions/check_delivery",
             "usr/share/icinga2/include/plugins-contrib.d/delivery.conf",
             "etc/nagios-plugins/config/delivery.cfg",
             "lib/systemd/system/check_delivery@.service",
             "lib/systemd/system/check_delivery@.timer",
             "usr/share/doc/check_delivery/examples/mail.conf",
             "usr/share/doc/check_delivery/examples/nrpe.cfg",
             "usr/share/doc/check_delivery/sample/logline.c")
    for name in plugins():
        contains(files, f"{lib}/check_delivery/{name}.so",
                 f"usr/share/man/man7/check_delivery-{name}.7")
    equal([file for file in files if not file.startswith(
        ("usr/", "etc/nagios-plugins/", "lib/systemd/system/"))], [])


@test
def what_others_read_names_the_program():
    root = first()
    for file in ("usr/share/icinga2/include/plugins-contrib.d/delivery.conf",
                 "etc/nagios-plugins/config/delivery.cfg",
                 "lib/systemd/system/check_delivery@.service",
                 "usr/share/doc/check_delivery/examples/nrpe.cfg"):
        text = (root / file).read_text()
        contains(text, "/usr/lib/nagios/plugins")
        lacks(text, "@programdir@", "@sysconfdir@", "${prefix}")
    need("pkg-config")
    for name, wanted in (("programdir", "/usr/lib/nagios/plugins"),
                         ("plugindir",
                          "/usr/lib/x86_64-linux-gnu/check_delivery")):
        out = said_by("pkg-config", f"--variable={name}", root /
                      "usr/lib/x86_64-linux-gnu/pkgconfig/delivery.pc")
        equal(out.strip(), wanted)


@test
def two_builds_give_the_same_files():
    one, two = first(), second()
    equal(files_below(two), files_below(one))
    files = files_below(one)
    if len(files) < 40:
        raise AssertionError(files)
    differ = [file for file in files if not (one / file).is_symlink()
              and (one / file).read_bytes() != (two / file).read_bytes()]
    equal(differ, [])
    # The comparison is worth something with debug information only.
    need("readelf")
    contains(said_by("readelf", "-SW", one /
                     "usr/lib/x86_64-linux-gnu/libdelivery.so.0"),
             ".debug_info")


@test
def no_file_names_the_folder_it_was_built_in():
    name = FOLDER.name.encode()
    equal([file for file in files_below(first())
           if name in (first() / file).read_bytes()], [])


@test
def uninstall_leaves_nothing():
    root = first()
    copy = at_work("to-uninstall")
    shutil.copytree(root, copy, symlinks=True)
    said_by("make", "uninstall", f"DESTDIR={copy}", cwd=at_work("a"))
    equal(files_below(copy), [])


main()
