# SPDX-License-Identifier: BSD-2-Clause
"""make deb: what lintian says of the packages, and what they are worth on a
system where nothing else is installed than what they ask for."""
from building import *

# There is nobody to file the bug that an upload to Debian would close.
SUPPRESSED = "initial-upload-closes-no-bugs"


@once
def packages():
    need("dpkg-buildpackage", "dh")
    folder = at_work("deb")
    make("deb", f"DEB_FOLDER={folder}")
    return folder


def names():
    """All but those of debug information."""
    return sorted(path for path in packages().glob("*.deb")
                  if "-dbgsym_" not in path.name)


def field(package, name):
    [path] = packages().glob(f"{package}_*.deb")
    return said_by("dpkg-deb", "--field", path, name).strip()


@once
def system():
    """A small Debian below a folder, with the packages installed."""
    archive = BUILD.resolve().parent / "clean-system.tar"
    if os.geteuid() != 0:
        not_applicable("root alone may install packages")
    if not archive.exists():
        skip(f"no {archive}, which quickstart makes")
    root = at_work("root")
    root.mkdir()
    said_by("tar", "-C", root, "-xf", archive)
    global before
    before = set(files_below(root))
    (root / "packages").mkdir()
    for path in names():
        shutil.copy(path, root / "packages")
    shutil.copytree(SOURCE / "packaging/debian/tests", root / "tests")
    said_by("chroot", root, "sh", "-c", "dpkg --install /packages/*.deb")
    return root


before = set()


def inside(*command, **options):
    return said_by("chroot", system(), *command, **options)


@test
def lintian_has_no_errors_or_warnings():
    need("lintian")
    [changes] = packages().glob("*.changes")
    equal(said_by("lintian", "--allow-root", "--fail-on", "error,warning",
                  "--suppress-tags", SUPPRESSED, changes), "")


@test
def a_heavy_plugin_is_a_package_of_its_own():
    have = {path.name.split("_")[0] for path in names()}
    equal({name for name in have if "-plugin-" in name},
          {f"check-delivery-plugin-{name}" for name in ("ftp", "irc", "mail")})
    contains(have, "check-delivery", "libdelivery0", "libdelivery-net0",
             "libdelivery-dev", "check-delivery-doc")
    lacks(field("check-delivery", "Depends"), "libssl", "libgsasl",
          "libdelivery-net")


@test
def the_program_has_the_contract_that_plugins_ask_for():
    abi = f"check-delivery-abi-{variable('DELIVERY_CONTRACT')}"
    equal(field("check-delivery", "Provides"), abi)
    for name in "ftp", "irc", "mail":
        contains(field(f"check-delivery-plugin-{name}", "Depends").split(", "),
                 abi)


@test
def every_plugin_is_in_a_package():
    contents = "".join(said_by("dpkg-deb", "--contents", path)
                       for path in names())
    for name in plugins():
        contains(contents, f"/check_delivery/{name}.so\n",
                 f"/man7/check_delivery-{name}.7.gz\n")


@test
def a_delivery_on_a_clean_system():
    out = inside("sh", "/tests/delivery")
    equal(out.count("OK - delivered in "), 2, out)
    equal(inside("dpkg", "--audit"), "")


@test
def the_manual_on_a_clean_system():
    pages = ["check_delivery", "check_delivery.conf",
             *(f"check_delivery-{name}" for name in plugins())]
    for page in pages:
        contains(inside("man", page), page.upper())


@test
def a_plugin_built_with_the_development_files():
    root = system()
    need("pkg-config")
    [folder] = root.glob("usr/lib/*/pkgconfig/delivery.pc")
    flags = said_by("pkg-config", "--cflags", "--libs", "delivery",
                    env={"PKG_CONFIG_SYSROOT_DIR": root,
                         "PKG_CONFIG_LIBDIR": folder.parent}).split()
    said_by(*variable("CC").split(), "-shared", "-fPIC", "-o",
            root / "tests/logline.so", root /
            "usr/share/doc/check-delivery/sample/logline.c",
            f"-I{root}/usr/include", f"-L{folder.parent.parent}", *flags)
    contains(inside("check_delivery", "--plugin-dir", "/tests", "--send",
                    "logline:///tmp/log", "--recv", "logline:///tmp/log"),
             "OK - delivered in ")


@test
def purged_they_leave_nothing():
    root = system()
    inside("sh", "-c", "dpkg --purge $(dpkg-deb --show --showformat "
           "'${Package} ' /packages/libdelivery-dev_*.deb) && for p in "
           "/packages/*.deb; do dpkg-deb --show --showformat '${Package}\\n' "
           "$p; done | xargs dpkg --purge")
    left = set(files_below(root)) - before
    equal(sorted(file for file in left if not file.startswith(
        ("packages/", "tests/", "var/lib/dpkg/", "var/log/", "var/cache/",
         "tmp/log"))), [])
    lacks(inside("dpkg", "--list"), "delivery")


main()
