# SPDX-License-Identifier: BSD-2-Clause
"""--doc: what plugins say of themselves, and what is said of broken ones."""
from harness import *

MODULES = BUILD / "tests/plugins/.libs"


def put(tmp, name, module="odd"):
    folder = tmp / "plugins"
    folder.mkdir(mode=0o755, exist_ok=True)
    content = (MODULES / f"{module}.so").read_bytes()
    return write(folder / f"{name}.so", content, 0o755)


def doc(tmp, *arguments, **more):
    """The text; it is always clean."""
    r = run("--plugin-dir", tmp / "plugins", *arguments, **more)
    equal((r.code, r.err), (OK, ""), r)
    bad = [c for c in r.out
           if (ord(c) < 32 and c != "\n") or 127 <= ord(c) < 160]
    equal(bad, [], "control characters")
    return r.out


def block(text, scheme):
    """The lines of one transport."""
    lines = text.splitlines()
    start_ = [i for i, line in enumerate(lines)
              if line.startswith(f"  {scheme}:// ")]
    equal(len(start_), 1, f"{scheme} in {text!r}")
    rest = lines[start_[0]:]
    ends = [i for i, line in enumerate(rest)
            if i and not line.startswith("    ")]
    return rest[:ends[0] if ends else None]


@test
def every_transport_of_every_plugin_is_listed(tmp):
    put(tmp, "parts", "parts")
    put(tmp, "odd-good")
    text = doc(tmp, "--doc")
    contains(text, "odd-good plugins: odd in one way\n",
             "parts 2.5: the parts of a URL; by Some Body; "
             f"https://example.org/parts\n  {tmp}/plugins\n")
    for scheme in ("odd-good", "parts", "parts.must", "parts.nothing",
                   "parts.all", "parts.host", "parts.user", "parts.password",
                   "parts.path", "file"):
        equal(block(text, scheme)[0].split(" (")[0],
              f"  {scheme}:// sends and receives")
    equal(block(text, "parts.send")[0], "  parts.send:// sends")
    equal(block(text, "parts.recv")[0], "  parts.recv:// receives")
    lacks(text, "Not usable")


@test
def a_transport_is_told_in_full(tmp):
    put(tmp, "parts", "parts")
    equal(block(doc(tmp, "--doc"), "parts"), [
        "  parts:// sends and receives (other names: parts.else, parts.too)",
        "    parts://SYNOPSIS",
        "    A transport of the tests.",
        "    Parameters:",
        "      text=text", "          Some text.",
        "      bool=yes or no, default yes", "          Whether or not.",
        "      int=whole number within -5:10, default 7",
        "          A number.",
        "      time=duration within 0.1:1h, default 1.5",
        "          A while.",
        "      choice=One|Two|three, default One",
        "          One of them.",
        "      list=text, may repeat",
        "          As often as you like; this help is long enough that it must"
        " be broken",
        "          into two lines at least.",
        "      secret=text, secret", "          Nobody may see it."])
    contains("\n".join(block(doc(tmp, "--doc"), "parts.must")),
             "      must=text, required\n")


@test
def one_scheme_is_told_alone(tmp):
    put(tmp, "parts", "parts")
    put(tmp, "odd-good")
    for arguments in (["--doc", "parts.must"], ["--doc=parts.must"],
                      ["-l", "parts.must"], ["--doc", "PARTS.must"],
                      ["--doc", "parts.must://"],
                      ["--doc", f"parts.must://a:{CANARY}@host:25"]):
        text = doc(tmp, *arguments)
        equal(len(block(text, "parts.must")), 6, text)
        equal(text.count("://SYNOPSIS"), 1, text)
        lacks(text, "odd-good", "file:///")


@test
def another_name_of_a_scheme_is_found(tmp):
    put(tmp, "parts", "parts")
    text = doc(tmp, "--doc", "parts.too")
    equal(text.count("://SYNOPSIS"), 1, text)
    block(text, "parts")


@test
def l_and_doc_are_the_same(tmp):
    put(tmp, "parts", "parts")
    equal(doc(tmp, "-l"), doc(tmp, "--doc"))


@test
def an_option_may_follow(tmp):
    put(tmp, "parts", "parts")
    r = run("--doc", "--plugin-dir", tmp / "plugins")
    equal(r.code, OK, r)
    block(r.out, "parts.must")


@test
def an_unknown_scheme_is_unknown(tmp):
    put(tmp, "parts", "parts")
    for scheme, hint in (("nosuch", "; --doc alone lists all"),
                         ("part", "; did you mean 'parts'?"),
                         (f"part://{CANARY}", "; did you mean 'parts'?"),
                         ("x" * 5000, ""), ("|\n\033", ""),
                         (os.fsdecode(b"\x8f\xf5"), "")):
        r = sane(run("--plugin-dir", tmp / "plugins", "--doc", scheme))
        equal(r.code, UNKNOWN, r)
        contains(r.text, "UNKNOWN - config - --doc: no plugin for '",
                 hint)
        keeps_secret(r)
        j = run("--plugin-dir", tmp / "plugins", "--doc", scheme, "-o",
                "json")
        equal((j.code, j.json["reason"]), (UNKNOWN, "config"))


@test
def why_the_plugin_of_a_scheme_does_not_load_is_told(tmp):
    put(tmp, "none", "symbol_none")
    for scheme in "none", "none.more":
        r = sane(run("--plugin-dir", tmp / "plugins", "--doc", scheme))
        equal(r.code, UNKNOWN, r)
        contains(r.text, f"config - --doc: {tmp}/plugins/none.so: no symbol")


@test
def a_bad_folder_is_refused(tmp):
    r = sane(run("--doc", "--plugin-dir", tmp / "none"))
    equal(r.code, UNKNOWN, r)
    contains(r.text, f"plugin folder {tmp}/none: No such file")


@crashes
@test
def broken_plugins_are_lines_and_the_good_ones_are_told(tmp):
    for name in ("odd-good", "odd-abort", "odd-hang", "odd-null",
                 "odd-magic"):
        put(tmp, name)
    put(tmp, "none", "symbol_none")
    put(tmp, "undefined", "symbol_undefined")
    put(tmp, "parts", "parts")
    folder = tmp / "plugins"
    write(folder / "text.so", "text " * 100, 0o755)
    write(folder / "open.so", "text", 0o777)
    (folder / "link.so").symlink_to("parts.so")
    (folder / "folder.so").mkdir()
    os.mkfifo(folder / "fifo.so")
    write(folder / "other.txt", "of no interest")
    begun = time.monotonic()
    text = doc(tmp, "--doc",
               env={"ODD_ABORT": "odd-abort", "ODD_HANG": "odd-hang"})
    if time.monotonic() - begun > 30:
        raise AssertionError("waited for the one that hangs")
    good, broken = text.split("Not usable:\n")
    for scheme in ("odd-good", "parts", "file"):
        block(good, scheme)
    lines = broken.splitlines()
    equal(len(lines), 11, broken)
    for name, why in [
            ("odd-abort", "" if SANITIZED else "died by signal 6"),
            ("odd-hang", "does not come back when it is loaded"),
            ("odd-null", "returned NULL"), ("odd-magic", "magic number"),
            ("none", "no symbol delivery_plugin_entry"),
            ("undefined", "undefined symbol: delivery_of_the_future"),
            ("text", "invalid ELF header"), ("open", "others may write"),
            ("link", "a symbolic link"), ("folder", "not a regular file"),
            ("fifo", "not a regular file")]:
        equal(len([line for line in lines
                   if f"{name}.so: " in line and why in line]), 1,
              f"{name} in {lines}")
    lacks(text, "other.txt")


@test
def a_broken_plugin_does_not_hide_one_scheme(tmp):
    put(tmp, "odd-magic")
    put(tmp, "parts", "parts")
    lacks(doc(tmp, "--doc", "parts"), "magic")


@test
def two_that_claim_one_scheme_are_told(tmp):
    put(tmp, "odd-a")
    put(tmp, "odd-upperscheme")
    put(tmp, "odd-same1")
    put(tmp, "odd-same2")
    contains(doc(tmp, "--doc"), "odd-same2.so: odd.same:// is claimed by "
             "odd-same1.so too\n")


@test
def control_characters_of_a_plugin_are_not_printed(tmp):
    put(tmp, "odd-pescape")
    contains(doc(tmp, "--doc", "odd-pescape"),
             "known=text, default a [31m b\n")


@test
def a_file_name_with_control_characters_is_cleaned(tmp):
    put(tmp, "odd-a\n|\033[1m")
    contains(doc(tmp, "--doc"), "Not usable:\n", "/odd-a !")


@test
def of_equal_names_the_first_is_told(tmp):
    put(tmp, "odd-good")
    (tmp / "second").mkdir(mode=0o755)
    write(tmp / "second/odd-good.so", "broken", 0o755)
    text = doc(tmp, "--doc", "--plugin-dir", tmp / "second")
    contains(text, "odd-good plugins: ")
    lacks(text, "Not usable")


@test
def lines_are_at_most_79_columns_where_they_can_be_broken(tmp):
    """Lines of parameters and of broken plugins stay whole."""
    put(tmp, "parts", "parts")
    put(tmp, "zoo", "zoo")
    for line in doc(tmp, "--doc").split("Not usable:\n")[0].splitlines():
        text = line.lstrip()
        is_param = line.startswith("      ") and line[6] != " "
        if len(line) > 79 and " " in text and not is_param:
            raise AssertionError(f"{len(line)} columns: {line!r}")


@test
def doc_runs_no_callback_and_sends_nothing(tmp):
    put(tmp, "zoo", "zoo")
    block(doc(tmp, "--doc", "--send", f"file://{tmp}/x", "--recv",
              f"file://{tmp}/x"), "zoo")
    equal((tmp / "x").exists(), False)


main()
