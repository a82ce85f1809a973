# SPDX-License-Identifier: BSD-2-Clause
"""The headers, the version scripts and the built libraries name the same
functions, and nothing else is exported."""
import os
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(os.environ["abs_top_srcdir"],
                                    "tests/cli")))
from harness import *  # noqa: E402

HEADER = SOURCE / "include/delivery/plugin.h"
PRIVATE = "DELIVERY_PRIVATE"


class Library:
    def __init__(self, header, script, prefix):
        self.header = SOURCE / "include/delivery" / header
        self.script = SOURCE / f"{script}.map"
        folder, name = script.rsplit("/", 1)
        self.file = BUILD / folder / ".libs" / f"{name}.so"
        self.prefix = prefix


LIBRARIES = [Library("plugin.h", "core/libdelivery", "DELIVERY_"),
             Library("net.h", "core/net/libdelivery-net", "DELIVERY_NET_")]


def without_comments(text):
    return re.sub(r"/\*.*?\*/|^#[^\n]*$", " ", text, flags=re.S | re.M)


def declared(library):
    """The functions that a plugin may call, by the header."""
    text = library.header.read_text()
    text = re.sub(r"/\*.*?\*/", " ", text, flags=re.S)
    text = without_comments(re.sub(r"\\\n", " ", text))
    text = re.sub(r"DELIVERY_EXPORT.*?;", "", text, flags=re.S)
    # What stands in braces is no declaration of a function.
    text = text.replace('extern "C" {', "")
    while "{" in text:
        text, n = re.subn(r"\{[^{}]*\}", "", text)
        equal(n > 0, True, "braces of the header")
    return set(re.findall(r"\b(delivery_[a-z0-9_]+) \(", text)) - {
        "delivery_callback"}


def mapped(library):
    """Version → names, by the version script."""
    versions = {}
    text = without_comments(library.script.read_text())
    for name, body in re.findall(r"([\w.]+) \{(.*?)\}", text, re.S):
        versions[name] = set(re.findall(r"(\w+);",
                                        body.split("local:")[0]))
    return versions


def exported(library):
    """Version → names, by the library."""
    nm = shutil.which("nm")
    if not nm:
        skip("no nm")
    out = subprocess.run([nm, "-D", "--defined-only",
                          "--with-symbol-versions", library.file],
                         capture_output=True, text=True)
    if out.returncode:
        skip(f"nm: {out.stderr}")
    versions = {}
    for line in out.stdout.splitlines():
        _, kind, symbol = line.split()
        if kind == "A":
            continue
        equal(kind, "T", f"kind of {symbol}")
        name, _, version = symbol.partition("@@")
        versions.setdefault(version, set()).add(name)
    return versions


def contract(library):
    versions = mapped(library)
    versions.pop(PRIVATE, None)
    return versions


@test
def the_headers_declare_what_the_scripts_export():
    for library in LIBRARIES:
        names = declared(library)
        equal(len(names) > 25, True, names)
        equal(names, set.union(*contract(library).values()))


@test
def a_script_names_each_function_once():
    for library in LIBRARIES:
        names = [name for names in mapped(library).values() for name in names]
        equal(sorted(names), sorted(set(names)))
        text = without_comments(library.script.read_text())
        for name in names:
            equal(len(re.findall(rf"\b{name};", text)), 1, name)


@test
def a_script_has_a_version_for_each_minor_until_this_one():
    text = HEADER.read_text()
    major = int(re.search(r"ABI_MAJOR (\d+)", text)[1])
    minor = int(re.search(r"ABI_MINOR (\d+)", text)[1])
    for library in LIBRARIES:
        versions = sorted(
            tuple(map(int, name.removeprefix(library.prefix).split(".")))
            for name in contract(library))
        equal(versions[-1] <= (major, minor), True, versions)
        equal(versions[0], (0, 9))


@test
def pkg_config_tells_the_version_of_the_header():
    text = HEADER.read_text()
    equal(re.search(r"^contract=(.*)$", (BUILD / "delivery.pc").read_text(),
                    re.M)[1],
          ".".join(re.search(rf"ABI_{part} (\d+)", text)[1]
                   for part in ("MAJOR", "MINOR")))


@test
def the_libraries_export_just_that():
    for library in LIBRARIES:
        equal(exported(library), mapped(library))


@test
def what_is_private_is_what_the_program_uses():
    text = without_comments((SOURCE / "core/engine.h").read_text())
    equal(set(re.findall(r"\b(delivery_engine_[a-z_]+) \(", text)),
          mapped(LIBRARIES[0])[PRIVATE])


@test
def the_library_of_tls_exports_its_table_and_nothing_else():
    out = subprocess.run(
        ["nm", "-D", "--defined-only", "--with-symbol-versions",
         BUILD / "core/net/.libs/libdelivery-tls.so"],
        capture_output=True, text=True, check=True)
    equal([line.split()[-1] for line in out.stdout.splitlines()
           if line.split()[1] != "A"],
          [f"delivery_tls_ops@@{PRIVATE}"])


@test
def plugins_export_their_entry_and_nothing_else():
    nm = shutil.which("nm")
    if not nm:
        skip("no nm")
    for path in [*BUILD.glob("plugins/*/.libs/*.so"),
                 BUILD / "tests/plugins/.libs/zoo.so"]:
        out = subprocess.run([nm, "-D", "--defined-only", path],
                             capture_output=True, text=True, check=True)
        names = {line.split()[-1] for line in out.stdout.splitlines()}
        names = {n for n in names if not n.startswith(("__asan", "__odr",
                                                       "__ubsan"))}
        equal(names, {"delivery_plugin_entry"}, path)


main()
