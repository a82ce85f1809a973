# SPDX-License-Identifier: BSD-2-Clause
"""All kinds of bad plugins in one run, beside good ones: each ends in one
clear line, and the others do not notice."""
import sys

from zookeeper import *

sys.path.insert(0, str(SOURCE / "tests/plugins"))
from placing import *  # noqa: E402

GOOD = [f"good{number}" for number in range(8)]

# Files that are no plugins, or none for us: how they come about, and why they
# are refused.
FILES = {
    "text": (lambda path: write(path, "some text " * 99, 0o755),
             "invalid ELF header"),
    "empty": (lambda path: write(path, "", 0o755), "file too short"),
    "machine": (lambda path: of_another_machine(path),
                "made for another kind of machine"),
    "link": (lambda path: path.symlink_to(MODULES / "odd.so"),
             "a symbolic link; put the file itself there"),
    "open": (lambda path: write(path, (MODULES / "odd.so").read_bytes(),
                                0o757), "others may write to it; chmod go-w"),
    "folder": (lambda path: path.mkdir(), "not a regular file"),
}
SYMBOLS = {
    "symbol_none": "no symbol delivery_plugin_entry; end the source with",
    "symbol_null": "no symbol delivery_plugin_entry; end the source with",
    "symbol_undefined": "undefined symbol: delivery_of_the_future",
}
# What is odd, and why it is refused; loader.py has all of them.
TABLES = {
    "magic": "wrong magic number", "null": "returned NULL",
    "short2": "its tables are shorter than version",
    "huge": "its tables are longer than any version",
    "longer2": "uses what this check_delivery does not know yet",
    "newer": "made for version 0.10 of the plugin contract, and this "
             "check_delivery has 0.9",
    "major": "made for version 1.9 of the plugin contract, and this "
             "check_delivery has 0.9",
    "wrongname": "its name is 'other', so the file must be 'other.so'",
    "twice": "scheme 'odd-twice' stands twice",
    "norole": "has neither send nor recv",
    "entrycrash": "plugin odd-entrycrash ",
}
# What the plugin does when it sends; how that ends, and a part of the text.
DEEDS = {
    "crash": ("plugin", "plugin zoo "),
    "abort": ("plugin", "plugin zoo "),
    "exit0": ("plugin", "plugin zoo ended its process (exit code 0)"),
    "_exit0": ("plugin", "plugin zoo ended its process (exit code 0)"),
    "exit3": ("plugin", "plugin zoo ended its process (exit code 3)"),
    "fork_exit": ("plugin", "plugin zoo ended its process"),
    "fork_bomb": ("ok", "delivered"),
    "close_all": ("plugin", "plugin zoo ended its process"),
    "dup": ("plugin", "plugin zoo ended its process"),
    "garbage": ("plugin", "plugin zoo sent nonsense"),
    "memory": ("plugin", "plugin zoo "),
    "alarm": ("plugin", "plugin zoo died by signal 14"),
    "hang": ("timeout", "plugin zoo did not come back"),
    "ignore": ("timeout", "plugin zoo did not come back"),
    "busy": ("timeout", "plugin zoo did not come back"),
    "stop": ("timeout", "plugin zoo did not come back"),
    "leave_group": ("timeout", "plugin zoo did not come back"),
    "warnings": ("timeout", "plugin zoo did not come back"),
    "write": ("ok", "delivered"),
    "locale": ("ok", "delivered"),
    "handlers": ("ok", "delivered"),
    "fail_large": ("protocol", "xxxx"),
    "fail_dirty": ("protocol", "a!b c"),
    "metric&text=nan": ("plugin", "the metric 'm' has no proper name"),
    "give&text=42": ("plugin", "send_send returned 42"),
}
if not SANITIZED:  # they need descriptors at their end
    DEEDS["change"] = ("ok", "delivered")


def of_another_machine(path):
    data = bytearray((MODULES / "odd.so").read_bytes())
    data[18] = 0xfe  # e_machine
    write(path, bytes(data), 0o755)


def bad_plugins(folder):
    """A folder with all of them."""
    put(folder, "zoo", "zoo")
    for name, (make, _) in FILES.items():
        make(folder / f"{name}.so")
    for name in SYMBOLS:
        put(folder, name.replace("_", "-"), name)
    for name in TABLES:
        put(folder, f"odd-{name}")


def scenarios(tmp):
    """Name → the lines of its scenario, its reason, and a part of its text."""
    found = {}
    for name, part in ({name: part for name, (_, part) in FILES.items()}
                       | {name.replace("_", "-"): part
                          for name, part in SYMBOLS.items()}
                       | {f"odd-{name}": part
                          for name, part in TABLES.items()}).items():
        found[name] = (f"{name}.send = {name}:\n{name}.recv = {name}:\n",
                       "plugin", part)
    for deed, (reason, part) in DEEDS.items():
        name = "zoo-" + deed.split("&")[0]
        # Enough for the steps before, with all the others beside them.
        timeout = 5 if reason == "timeout" else 50
        found[name] = (f"{name}.send = zoo:?misdeed={deed}&in=send\n"
                       f"{name}.recv = zoo:\n{name}.timeout = {timeout}\n",
                       reason, part)
    for name in GOOD:
        found[name] = (pair(tmp, name), "ok", "delivered")
    return found


@crashes
@test
def bad_plugins_leave_the_others_alone(tmp):
    folder = tmp / "plugins"
    bad_plugins(folder)
    wanted = scenarios(tmp)
    # Good ones stand among the bad ones, from the first to the last.
    order = sorted(wanted, key=lambda name: name[::-1])
    conf(tmp, "[scenarios]\n" + "".join(wanted[name][0] for name in order))
    r = play(tmp, "*", "--plugin-dir", folder, "-o", "json")
    results = {one["scenario"]: one for one in r.json["results"]}
    equal(sorted(results), sorted(wanted))
    for name, (_, reason, part) in wanted.items():
        one = results[name]
        equal(one["reason"], reason, one)
        contains(one["message"], part)
        lacks(one["message"], "\n")
        equal(len(one["message"]) <= 1024, True)
    for name in GOOD:
        equal(results[name]["status"], OK, results[name])
    equal(r.code, CRITICAL)


@crashes
@test
def each_of_them_has_one_line(tmp):
    folder = tmp / "plugins"
    bad_plugins(folder)
    wanted = scenarios(tmp)
    conf(tmp, "[scenarios]\n" + "".join(one[0] for one in wanted.values()))
    r = sane(play(tmp, "*", "--plugin-dir", folder))
    for name, (_, reason, part) in wanted.items():
        lines = [line for line in r.out.split("\n")
                 if re.match(rf"{name}: ({'|'.join(STATES)}) - ", line)]
        equal(len(lines), 1, name)
        contains(lines[0], part)


@test
def a_scheme_that_two_claim_leaves_the_others_alone(tmp):
    put(tmp / "plugins", "odd-b")
    put(tmp / "plugins", "odd-c")
    conf(tmp, "[scenarios]\ntwo.send = elsewhere:\ntwo.recv = elsewhere:\n"
         "one.send = odd-b:\none.recv = odd-b:\n" + pair(tmp, "good"))
    r = play(tmp, "*", "--plugin-dir", tmp / "plugins", "-o", "json",
             env={"ODD_ALSO": "odd-b=elsewhere odd-c=elsewhere"})
    results = {one["scenario"]: one for one in r.json["results"]}
    equal({name: one["reason"] for name, one in results.items()},
          {"two": "config", "one": "ok", "good": "ok"})
    contains(results["two"]["message"], "is claimed by both", "odd-b.so",
             "odd-c.so")


@test
def a_scheme_of_the_package_is_not_taken_over(tmp):
    """Whoever claims it under another plugin's name is not even loaded."""
    put(tmp / "plugins", "odd-good")
    for scheme, name in ("file", "file"), ("smtps", "smtp"):
        r = run("--plugin-dir", tmp / "plugins", "--send",
                f"{scheme}://a@localhost:1/x?to=b", "--recv", "odd-good:",
                "-o", "json", env={"ODD_ALSO": f"odd-good={scheme}"}).json
        equal(r["plugins"]["send"]["name"], name, r)


main()
