# SPDX-License-Identifier: BSD-2-Clause
"""The header, the version script and the built library name the same
functions, and nothing else is exported."""
import os
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(os.environ["abs_top_srcdir"],
                                    "tests/cli")))
from harness import *  # noqa: E402

HEADER = SOURCE / "include/delivery/plugin.h"
MAP = SOURCE / "core/libdelivery.map"
LIBRARY = BUILD / "core/.libs/libdelivery.so"
PRIVATE = "DELIVERY_PRIVATE"


def without_comments(text):
    return re.sub(r"/\*.*?\*/|^#[^\n]*$", " ", text, flags=re.S | re.M)


def declared():
    """The functions that a plugin may call, by the header."""
    text = without_comments(re.sub(r"\\\n", " ", HEADER.read_text()))
    text = re.sub(r"DELIVERY_EXPORT.*?;", "", text, flags=re.S)
    # What stands in braces is no declaration of a function.
    text = text.replace('extern "C" {', "")
    while "{" in text:
        text, n = re.subn(r"\{[^{}]*\}", "", text)
        equal(n > 0, True, "braces of the header")
    return set(re.findall(r"\b(delivery_[a-z0-9_]+) \(", text)) - {
        "delivery_callback"}


def mapped():
    """Version → names, by the version script."""
    versions = {}
    for name, body in re.findall(r"([\w.]+) \{(.*?)\}",
                                 without_comments(MAP.read_text()), re.S):
        versions[name] = set(re.findall(r"(\w+);",
                                        body.split("local:")[0]))
    return versions


def exported():
    """Version → names, by the library."""
    nm = shutil.which("nm")
    if not nm:
        skip("no nm")
    out = subprocess.run([nm, "-D", "--defined-only",
                          "--with-symbol-versions", LIBRARY],
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


def contract():
    versions = mapped()
    del versions[PRIVATE]
    return versions


@test
def the_header_declares_what_the_script_exports():
    names = declared()
    equal(len(names) > 25, True, names)
    equal(names, set.union(*contract().values()))


@test
def the_script_names_each_function_once():
    names = [name for names in mapped().values() for name in names]
    equal(sorted(names), sorted(set(names)))
    text = without_comments(MAP.read_text())
    for name in names:
        equal(len(re.findall(rf"\b{name};", text)), 1, name)


@test
def the_script_has_a_version_for_each_minor_until_this_one():
    text = HEADER.read_text()
    major = int(re.search(r"ABI_MAJOR (\d+)", text)[1])
    minor = int(re.search(r"ABI_MINOR (\d+)", text)[1])
    versions = sorted(tuple(map(int, name[len("DELIVERY_"):].split(".")))
                      for name in contract())
    equal(versions[-1] <= (major, minor), True, versions)
    equal(versions[0], (0, 9))


@test
def the_library_exports_just_that():
    equal(exported(), mapped())


@test
def what_is_private_is_what_the_program_uses():
    text = without_comments((SOURCE / "core/engine.h").read_text())
    equal(set(re.findall(r"\b(delivery_engine_[a-z_]+) \(", text)),
          mapped()[PRIVATE])


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
