# SPDX-License-Identifier: BSD-2-Clause
"""Finding and loading plugins, and what is checked before one is used."""
import resource
import struct
import sys

from harness import *

sys.path.insert(0, str(SOURCE / "tests/plugins"))
from placing import *  # noqa: E402

# ---- Folders ----------------------------------------------------------------

@test
def a_good_plugin_works(tmp):
    put(tmp / "plugins", "odd-good")
    r = works("odd-good:", tmp / "plugins")
    equal(r.answer["plugins"]["recv"], {"name": "odd-good",
                                        "version": "plugins"})


@test
def a_folder_that_is_not_there_is_refused(tmp):
    refused(check("odd-good:", tmp / "none"), "config",
            f"plugin folder {tmp}/none: No such file")


@test
def a_file_instead_of_a_folder_is_refused(tmp):
    write(tmp / "file", "")
    refused(check("odd-good:", tmp / "file"), "config",
            f"plugin folder {tmp}/file: not a folder")


@test
def a_missing_folder_of_the_variable_is_passed_over(tmp):
    put(tmp / "plugins", "odd-good")
    path = f"{tmp}/none::{tmp}/plugins:"
    works("odd-good:", env={"CHECK_DELIVERY_PLUGIN_PATH": path})


@test
def a_folder_that_others_may_write_to_is_refused(tmp):
    folder = tmp / "plugins"
    put(folder, "odd-good")
    for mode in (0o775, 0o757, 0o777, 0o1777):
        folder.chmod(mode)
        refused(check("odd-good:", folder), "config",
                f"plugin folder {folder}: others may write to it; chmod go-w")
        refused(check("odd-good:", env={"CHECK_DELIVERY_PLUGIN_PATH": folder}),
                "config", "others may write to it")


@test
def a_folder_in_one_that_all_may_write_to_is_refused(tmp):
    folder = tmp / "open/deep/plugins"
    put(folder, "odd-good")
    (tmp / "open").chmod(0o777)
    refused(check("odd-good:", folder), "config",
            f"everybody may write to {tmp}/open; chmod o-w")
    (tmp / "open").chmod(0o1777)
    works("odd-good:", folder)


@test
def a_folder_of_somebody_else_is_refused(tmp):
    if os.geteuid() != 0:
        skip("only root can give a folder away")
    put(tmp / "plugins", "odd-good")
    os.chown(tmp / "plugins", 54321, 54321)
    refused(check("odd-good:", tmp / "plugins"), "config",
            "belongs to neither root nor the user who runs check_delivery")


@test
def a_folder_in_one_of_somebody_else_is_refused(tmp):
    """Who could put another in its place; but not where the program is in it
    too, which then is as much theirs."""
    if os.geteuid() != 0:
        skip("only root can give a folder away")
    folder = tmp / "theirs/deep/plugins"
    put(folder, "odd-good")
    works("odd-good:", folder)
    for mode in 0o755, 0o1755:
        (tmp / "theirs").chmod(mode)
        os.chown(tmp / "theirs", 54321, 54321)
        refused(check("odd-good:", folder), "config",
                f"plugin folder {folder}: {tmp}/theirs belongs to neither "
                "root nor the user who runs check_delivery")
    program = shutil.copy(PROGRAM_FILE, tmp / "theirs/check_delivery")
    done = subprocess.run(
        [program, "--plugin-dir", folder, "-sodd-good:", "-rodd-good:"],
        env=environment(LD_LIBRARY_PATH=f"{BUILD}/core/.libs"),
        stdout=subprocess.PIPE, check=False)
    equal(done.returncode, OK, done)


def set_acl(path, *entries):
    """(tag, permissions, id) of POSIX.1e, as the kernel stores them."""
    data = struct.pack("<I", 2) + b"".join(
        struct.pack("<HHI", *entry) for entry in entries)
    try:
        os.setxattr(path, "system.posix_acl_access", data)
    except OSError as error:
        skip(f"no access control lists here: {error}")


@test
def who_may_write_by_an_access_control_list_is_another(tmp):
    """The mask of the list stands where the rights of the group did."""
    folder = tmp / "plugins"
    path = put(folder, "odd-good")
    nobody = 0xffffffff
    for what, good, part in (
            (folder, 5, f"plugin folder {folder}: others may write to it"),
            (path, 5, f"{path}: others may write to it")):
        for user, mask, reason in ((7, 7, True), (5, 5, False),
                                   (7, 5, False)):
            set_acl(what, (1, 7, nobody), (2, user, 54321), (4, good, nobody),
                    (16, mask, nobody), (32, 5, nobody))
            r = check("odd-good:", folder)
            if reason:
                contains(r.answer["message"], part)
            equal(r.code, UNKNOWN if reason else OK, r)
        os.removexattr(what, "system.posix_acl_access")
        what.chmod(0o755)


@test
def a_link_to_a_folder_is_followed_and_its_target_judged(tmp):
    put(tmp / "plugins", "odd-good")
    (tmp / "link").symlink_to(tmp / "plugins")
    works("odd-good:", tmp / "link")
    (tmp / "plugins").chmod(0o777)
    refused(check("odd-good:", tmp / "link"), "config",
            f"plugin folder {tmp}/plugins: others may write")


@test
def a_relative_folder_works(tmp):
    put(tmp / "plugins", "odd-good")
    works("odd-good:", "plugins", cwd=tmp)


# ---- Files ------------------------------------------------------------------

def refused_file(tmp, make, *parts, name="odd-good"):
    folder = tmp / "plugins"
    folder.mkdir(mode=0o755)
    path = folder / f"{name}.so"
    make(path)
    return refused(check(f"{name}:", folder), "plugin", f"{path}: ", *parts)


@test
def a_file_that_others_may_write_to_is_refused(tmp):
    for mode in (0o775, 0o757):
        put(tmp / "plugins", "odd-good", mode=mode)
        refused(check("odd-good:", tmp / "plugins"), "plugin",
                f"{tmp}/plugins/odd-good.so: others may write to it; "
                "chmod go-w")


@test
def a_file_of_somebody_else_is_refused(tmp):
    if os.geteuid() != 0:
        skip("only root can give a file away")
    os.chown(put(tmp / "plugins", "odd-good"), 54321, 54321)
    refused(check("odd-good:", tmp / "plugins"), "plugin", "odd-good.so: "
            "belongs to neither root nor the user who runs check_delivery")


@test
def a_symbolic_link_is_refused(tmp):
    target = put(tmp / "elsewhere", "odd-good")
    refused_file(tmp, lambda path: path.symlink_to(target),
                 "a symbolic link; put the file itself there")


@test
def a_dangling_link_is_refused(tmp):
    refused_file(tmp, lambda path: path.symlink_to(tmp / "nowhere"),
                 "a symbolic link")


@test
def a_hard_link_is_the_file_itself(tmp):
    """Packages and backups make them; owner and mode are those of the file,
    whatever its other names are."""
    other = put(tmp / "elsewhere", "other")
    folder = tmp / "plugins"
    folder.mkdir(mode=0o755)
    os.link(other, folder / "odd-good.so")
    works("odd-good:", folder)
    other.chmod(0o757)
    refused(check("odd-good:", folder), "plugin",
            f"{folder}/odd-good.so: others may write to it")


@test
def a_fifo_is_refused_at_once(tmp):
    refused_file(tmp, lambda path: os.mkfifo(path, 0o644),
                 "not a regular file")


@test
def a_folder_by_the_name_of_a_plugin_is_refused(tmp):
    refused_file(tmp, lambda path: path.mkdir(), "not a regular file")


@test
def a_file_that_may_not_be_read_is_refused(tmp):
    if os.geteuid() == 0:
        not_applicable("root may read all")
    put(tmp / "plugins", "odd-good", mode=0o000)
    refused(check("odd-good:", tmp / "plugins"), "plugin",
            "Permission denied")


@test
def a_text_file_is_refused(tmp):
    refused_file(tmp, lambda path: write(path, "some text, and long enough "
                                         "to be no ELF header at all " * 9),
                 "invalid ELF header")


@test
def an_empty_file_is_refused(tmp):
    refused_file(tmp, lambda path: write(path, ""), "file too short")


@crashes
@test
def a_truncated_module_is_refused_or_named(tmp):
    """Depending on the linker, its end is missed at once or by a signal."""
    whole = (MODULES / "odd.so").read_bytes()
    for part in (20, 60, 100, 1000, 4096, 5000):
        write(tmp / "plugins/odd-good.so" if (tmp / "plugins").exists()
              else put(tmp / "plugins", "odd-good"), whole[:part], 0o755)
        r = check("odd-good:", tmp / "plugins")
        equal((r.code, r.answer["reason"]), (UNKNOWN, "plugin"), r)
        contains(r.text, "odd-good")


MACHINE = "made for another kind of machine; rebuild the plugin for this one"


@test
def a_module_of_another_machine_is_refused(tmp):
    def patched(offset, value):
        data = bytearray((MODULES / "odd.so").read_bytes())
        data[offset] = value
        return bytes(data)
    folder = tmp / "plugins"
    for offset, value, part in [
            (18, 0xfe, MACHINE), (19, 1, MACHINE),  # e_machine
            (4, 1, MACHINE), (4, 2, MACHINE),  # 32 or 64 bits
            (5, 1, MACHINE), (5, 2, MACHINE),  # byte order
            (6, 9, "ELF file version")]:
        path = put(folder, "odd-good")
        if patched(offset, value) == path.read_bytes():
            continue
        write(path, patched(offset, value), 0o755)
        refused(check("odd-good:", folder), "plugin", f"{path}: ", part)


@test
def a_module_for_another_c_library_is_refused(tmp):
    data = (MODULES / "odd.so").read_bytes()
    found = re.search(rb"\0GLIBC_2(\.[0-9.]+)\0", data)
    if not found:
        not_applicable("another C library than glibc")
    path = put(tmp / "plugins", "odd-good")
    write(path, data.replace(found[0], b"\0GLIBC_9" + found[1] + b"\0"),
          0o755)
    refused(check("odd-good:", tmp / "plugins"), "plugin", f"{path}: ",
            f"GLIBC_9{found[1].decode()}' not found")


@crashes
@test
def wrong_symbols_are_refused(tmp):
    folder = tmp / "plugins"
    put(folder, "none", "symbol_none")
    put(folder, "null", "symbol_null")
    put(folder, "symbol", "symbol_undefined")
    put(folder, "data", "symbol_data")
    for name in ("none", "null"):
        refused(check(f"{name}:", folder), "plugin", f"{folder}/{name}.so: "
                "no symbol delivery_plugin_entry; end the source with "
                "DELIVERY_PLUGIN")
    refused(check("symbol:", folder), "plugin", f"{folder}/symbol.so: ",
            "undefined symbol: delivery_of_the_future")
    refused(check("data:", folder), "plugin", "data")


@crashes
@test
def a_constructor_that_aborts_or_hangs_is_named(tmp):
    put(tmp / "plugins", "odd-good")
    if not SANITIZED:
        refused(check("odd-good:", tmp / "plugins",
                      env={"ODD_ABORT": "odd-good"}), "plugin",
                "plugin odd-good died by signal 6")
    refused(check("odd-good:", tmp / "plugins", options=["--timeout", 1],
                  env={"ODD_HANG": "odd-good"}), "timeout",
            "the timeout of 1 s is over: plugin odd-good did not come back")


@crashes
@test
def an_entry_that_crashes_hangs_or_exits_is_named(tmp):
    for name in ("entrycrash", "entryexit"):
        put(tmp / "plugins", f"odd-{name}")
    put(tmp / "plugins", "odd-entryhang")
    refused(check("odd-entrycrash:", tmp / "plugins"), "plugin",
            "plugin odd-entrycrash " + ("" if SANITIZED else
                                        "died by signal 11"))
    refused(check("odd-entryexit:", tmp / "plugins"), "plugin",
            "plugin odd-entryexit ended its process (exit code 0)")
    refused(check("odd-entryhang:", tmp / "plugins",
                  options=["--timeout", 1]), "timeout",
            "the timeout of 1 s is over: plugin odd-entryhang did not come "
            "back")


# ---- Tables -----------------------------------------------------------------

VERSIONS = "and this check_delivery has 0.9"
SHORT = "its tables are shorter than version 0.9 says"
NEWER = "uses what this check_delivery does not know yet; install a newer one"
SCHEME = "a scheme is missing or not of [a-z][a-z0-9+.-]*"
PARAM = "in the parameter table of 'odd-{}', "
NAME = PARAM + "a name is missing or not of [a-z][a-z0-9_]*"
KNOWN = PARAM + "'known' has "

ODDITIES = [
    ("null", "delivery_plugin_entry() returned NULL"),
    ("magic", "wrong magic number 0x12345678 instead of 0x444c5631; use the "
     "macro DELIVERY_PLUGIN"),
    ("major", "made for version 1.9 of the plugin contract, " + VERSIONS +
     "; install a newer check_delivery"),
    ("newer", "made for version 0.10 of the plugin contract, " + VERSIONS +
     "; install a newer check_delivery"),
    ("short1", SHORT), ("short2", SHORT), ("short3", SHORT),
    ("huge", "its tables are longer than any version says"),
    ("notable", "its table is NULL"),
    ("longer1", NEWER), ("longer2", NEWER), ("longer3", NEWER),
    ("wrongname", "its name is 'other', so the file must be 'other.so'"),
    ("noname", "has no name"), ("emptyname", "has no name"),
    ("noversion", "has no version"), ("emptyversion", "has no version"),
    ("nosummary", "has no summary"), ("badsummary", "summary is not UTF-8"),
    ("longsummary", "its summary is longer than 4096 bytes"),
    ("badauthor", "author is not UTF-8"), ("badpage", "page is not UTF-8"),
    ("notransports", "has no transports"),
    ("nulltransports", "has no transports"),
    ("manytransports", "has no transports"),
    ("noscheme", SCHEME), ("emptyscheme", SCHEME), ("upperscheme", SCHEME),
    ("digitscheme", SCHEME), ("underscheme", SCHEME), ("longscheme", SCHEME),
    ("badother", "another name of scheme 'odd-badother' is not of "),
    ("twice", "scheme 'odd-twice' stands twice"),
    ("twiceother", "scheme 'odd-twiceother' stands twice"),
    ("norole", "transport 'odd-norole' has neither send nor recv"),
    ("nosynopsis", "has no synopsis"), ("nodescription", "has no description"),
    ("baddescription", "its description is not UTF-8"),
    ("pnoname", NAME), ("pempty", NAME), ("pupper", NAME), ("pdash", NAME),
    ("pdigit", NAME), ("plong", NAME),
    ("pnohelp", "in the parameter table of 'odd-pnohelp', 'known' has no "
     "help"),
    ("pbaddefault", "default of a parameter is not UTF-8"),
    ("plongdefault", "default of a parameter is longer than 4096 bytes"),
    ("ptype", KNOWN + "an unknown type or flag"),
    ("pflag", KNOWN + "an unknown type or flag"),
    ("pchoice", KNOWN + "wrong values"), ("pchoiceempty", KNOWN +
                                          "wrong values"),
    ("pchoicebad", "its list of values of a parameter is not UTF-8"),
    ("pchoicedefault", KNOWN + "a default that does not fit"),
    ("pchoicecase", KNOWN + "a default that does not fit"),
    ("prange", KNOWN + "wrong values"), ("prangeback", KNOWN + "wrong values"),
    ("prangetext", KNOWN + "wrong values"),
    ("prangethree", KNOWN + "wrong values"),
    ("prangeseconds", KNOWN + "wrong values"),
    ("pbooldefault", KNOWN + "a default that does not fit"),
    ("pintdefault", KNOWN + "a default that does not fit"),
    ("pintbelow", KNOWN + "a default that does not fit"),
    ("psecdefault", KNOWN + "a default that does not fit"),
    ("ptwice", "in the parameter table of 'odd-ptwice', 'known' stands "
     "twice"),
    ("pnull", "the parameter table of 'odd-pnull' makes no sense"),
    ("pmany", "the parameter table of 'odd-pmany' makes no sense"),
]


def oddity_test(oddity, message):
    def function(tmp):
        name = f"odd-{oddity}"
        path = put(tmp / "plugins", name)
        refused(check(f"{name}:", tmp / "plugins"), "plugin",
                f"send: {path}: ", message.replace("{}", oddity))
    function.__name__ = f"a_table_that_is_odd_is_refused_{oddity}"
    test(function)


for oddity, message in ODDITIES:
    oddity_test(oddity, message)


@test
def an_older_minor_works(tmp):
    put(tmp / "plugins", "odd-older")
    works("odd-older:", tmp / "plugins")


@test
def longer_tables_that_end_in_zeros_work(tmp):
    put(tmp / "plugins", "odd-longer0")
    works("odd-longer0:", tmp / "plugins")
    works("odd.second:?known=a&other=b", tmp / "plugins")


# ---- Finding ----------------------------------------------------------------

@test
def the_plugin_of_the_scheme_s_name_is_loaded_and_no_other(tmp):
    folder = tmp / "plugins"
    for name in ("odd-g", "odd-good", "odd-goods", "odd", "a", "z"):
        put(folder, name)
    for other in ("odd-g", "odd-goods", "odd", "a", "z"):
        r = works("odd-good:", folder, env={"ODD_ABORT": other})
        equal(r.answer["plugins"]["send"]["name"], "odd-good")


@test
def else_the_longest_name_that_begins_the_scheme(tmp):
    folder = tmp / "plugins"
    for name in ("odd-a", "odd-ab", "odd-abcd"):
        put(folder, name)
    env = {"ODD_ALSO": "odd-a=odd-abc odd-ab=odd-abc odd-abcd=odd-abc"}
    r = works("odd-abc:", folder, env={**env, "ODD_ABORT": "odd-a"})
    equal(r.answer["plugins"]["send"]["name"], "odd-ab")


@test
def a_folder_of_very_many_files_holds_nothing_up(tmp):
    """Among them broken plugins, and one whose scheme is another's name."""
    folder = tmp / "plugins"
    put(folder, "odd-good")
    for number in range(5000):
        os.symlink("nowhere", folder / f"{number}.txt")
    for number in range(20):
        write(folder / f"z{number}.so", "broken", 0o755)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    works("odd-good:", folder)
    works("elsewhere:", folder, env={"ODD_ALSO": "odd-good=elsewhere"})
    refused(check("nothing:", folder), "config", "no plugin for 'nothing://'")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    equal(after.ru_utime - before.ru_utime < 10, True)


@test
def a_prefix_that_does_not_serve_the_scheme_is_passed_over(tmp):
    folder = tmp / "plugins"
    for name in ("odd-a", "odd-ab", "odd-abc"):
        put(folder, name)
    write(folder / "odd-abcde.so", "broken", 0o755)
    r = works("odd-abcdef:", folder, env={"ODD_ALSO": "odd-a=odd-abcdef"})
    equal(r.answer["plugins"]["send"]["name"], "odd-a")


@test
def else_all_are_asked(tmp):
    folder = tmp / "plugins"
    for name in ("odd-a", "odd-b", "odd-c"):
        put(folder, name)
    write(folder / "broken.so", "broken", 0o755)
    r = works("elsewhere:", folder, env={"ODD_ALSO": "odd-b=elsewhere"})
    equal(r.answer["plugins"]["send"]["name"], "odd-b")


@test
def a_scheme_that_two_plugins_claim_is_refused_by_both_names(tmp):
    folder = tmp / "plugins"
    put(folder, "odd-b")
    put(tmp / "more", "odd-c")
    refused(check("elsewhere:", folder, tmp / "more",
                  env={"ODD_ALSO": "odd-b=elsewhere odd-c=elsewhere"}),
            "config", f"'elsewhere://' is claimed by both {folder}/odd-b.so "
            f"and {tmp}/more/odd-c.so; remove one")


@test
def a_broken_plugin_of_the_scheme_s_name_is_told(tmp):
    folder = tmp / "plugins"
    put(folder, "odd-a")
    write(folder / "odd-abc.so", "", 0o755)
    refused(check("odd-abc:", folder, env={"ODD_ALSO": "odd-a=odd-abc"}),
            "plugin", f"{folder}/odd-abc.so: ")


@test
def an_unknown_scheme_names_the_nearest(tmp):
    put(tmp / "plugins", "odd-good")
    refused(check("odd-goof:", tmp / "plugins"), "config",
            "send: no plugin for 'odd-goof://'; did you mean 'odd-good'?")
    refused(check("file:///x", recv="quite-other:"), "config",
            "recv: no plugin for 'quite-other://'; there is exec, file, ftp")


@test
def an_unknown_scheme_tells_of_a_plugin_that_does_not_load(tmp):
    write(put(tmp / "plugins", "odd-a"), "text " * 30, 0o755)
    refused(check("elsewhere:", tmp / "plugins"), "config",
            f"did not load: {tmp}/plugins/odd-a.so: ")


@test
def the_first_folder_counts(tmp):
    for folder in ("first", "second", "variable"):
        put(tmp / folder, "odd-good")
    path = f"{tmp}/variable"
    env = {"CHECK_DELIVERY_PLUGIN_PATH": path}
    equal(version(works("odd-good:", tmp / "first", tmp / "second", env=env)),
          "first")
    equal(version(works("odd-good:", tmp / "second", tmp / "first", env=env)),
          "second")
    equal(version(works("odd-good:", env=env)), "variable")
    env = {"CHECK_DELIVERY_PLUGIN_PATH": f"{tmp}/second:{tmp}/first"}
    equal(version(works("odd-good:", env=env)), "second")


@test
def the_first_folder_counts_when_all_are_asked_too(tmp):
    for folder in ("first", "second"):
        put(tmp / folder, "odd-good")
    equal(version(works("elsewhere:", tmp / "first", tmp / "second",
                        env={"ODD_ALSO": "odd-good=elsewhere"})), "first")


@test
def a_plugin_that_was_found_broken_is_still_broken(tmp):
    """All are asked for the sender's scheme; then comes the receiver's."""
    put(tmp / "plugins", "odd-good")
    write(put(tmp / "plugins", "odd-text"), "text", 0o755)
    r = check("elsewhere:", tmp / "plugins", recv="odd-text:",
              env={"ODD_ALSO": "odd-good=elsewhere"})
    refused(r, "plugin", "recv: ", "odd-text.so: ")


@test
def a_broken_plugin_in_the_first_folder_hides_a_good_one(tmp):
    put(tmp / "second", "odd-good")
    write(put(tmp / "first", "odd-good"), "", 0o755)
    refused(check("odd-good:", tmp / "first", tmp / "second"), "plugin",
            f"{tmp}/first/odd-good.so: ")


@test
def other_search_paths_have_no_effect(tmp):
    put(tmp / "plugins", "odd-good")
    put(tmp / "evil", "odd-good")
    put(tmp / "evil", "odd-evil")
    env = {"LTDL_LIBRARY_PATH": tmp / "evil", "LD_LIBRARY_PATH": tmp / "evil"}
    r = works("odd-good:", tmp / "plugins", env=env, cwd=tmp / "evil")
    equal(version(r), "plugins")
    refused(check("odd-evil:", tmp / "plugins", env=env, cwd=tmp / "evil"),
            "config", "no plugin for 'odd-evil://'")


@test
def a_libtool_file_beside_the_plugin_has_no_effect(tmp):
    put(tmp / "plugins", "odd-good")
    put(tmp / "evil", "odd-good")
    put(tmp / "evil", "odd-evil")
    for name in ("odd-good", "odd-evil"):
        write(tmp / f"plugins/{name}.la",
              f"# {name}.la - a libtool library file\n"
              f"dlname='{name}.so'\n"
              f"library_names='{name}.so {name}.so {name}.so'\n"
              f"old_library=''\ndependency_libs=''\ninstalled=yes\n"
              f"shouldnotlink=yes\nlibdir='{tmp}/evil'\n", 0o644)
    equal(version(works("odd-good:", tmp / "plugins")), "plugins")
    refused(check("odd-evil:", tmp / "plugins"), "config",
            "no plugin for 'odd-evil://'")


@test
def a_file_name_with_odd_characters_spoils_nothing(tmp):
    put(tmp / "plugins", "odd-a\n|\033[1m")
    refused(check("elsewhere:", tmp / "plugins"), "config",
            "no plugin for 'elsewhere://'")
    write(tmp / "plugins" / os.fsdecode(b"odd-\xff.so"), "no module\n")
    contains(run("--plugin-dir", tmp / "plugins", "--doc").out,
             f"{tmp}/plugins/odd-\ufffd.so: ")


main()
