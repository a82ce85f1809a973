# SPDX-License-Identifier: BSD-2-Clause
"""What is built against the stored descriptions of the binary interface: of
both libraries, and of the tables in a plugin, which no library exports.
`make abi-update` adds what is new to the descriptions."""
import os
import pathlib
import sys
import tempfile
import xml.etree.ElementTree as xml

_tests = pathlib.Path(os.environ["abs_top_srcdir"], "tests")
sys.path[:0] = [str(_tests / "cli"), str(_tests / "plugins")]
from harness import *  # noqa: E402
from compiling import *  # noqa: E402

STORED = SOURCE / "tests/abi"
HEADERS = SOURCE / "include/delivery"
NEXT_HEADERS = BUILD / "tests/next/include/delivery"
BUILT = {"libdelivery": BUILD / "core/.libs/libdelivery.so",
         "libdelivery-net": BUILD / "core/net/.libs/libdelivery-net.so"}
if not STATIC:  # There, it is a part of the program.
    BUILT["plugin"] = BUILD / "plugins/file/.libs/file.so"
# These may grow at their ends, and no other struct may.
GROWING = ["delivery_plugin", "delivery_transport", "delivery_param"]
# core/engine.h is for the program of the same build.
PRIVATE = "[suppress_function]\n symbol_name_regexp = ^delivery_engine_\n" \
          " drop = yes\n"


def described(tmp, file, headers=HEADERS):
    """The XML of what the headers make public of a file."""
    if not shutil.which("abidw"):
        skip("no abidw")
    head = file.read_bytes()[:20]
    if (head[4], head[18]) != (2, 62):
        not_applicable("the descriptions are for x86_64")
    out = tmp / "described"
    done = subprocess.run(
        ["abidw", "--headers-dir", headers, "--drop-private-types",
         "--exported-interfaces-only", "--drop-undefined-syms",
         "--no-show-locs", "--no-corpus-path", "--no-comp-dir-path",
         "--no-parameter-names", "--no-elf-needed", "--no-write-default-sizes",
         "--suppressions", write(tmp / "private", PRIVATE), "--out-file", out,
         file], capture_output=True, text=True)
    equal(done.returncode, 0, done.stderr)
    text = out.read_text()
    if "<function-decl" not in text:
        not_applicable("built without debugging information")
    # Where the sources were is of no importance.
    return re.sub(r" path='[./]*/(core|plugins|tests|doc)/", r" path='\1/",
                  text)


def stored(name):
    return (STORED / f"{name}.abi").read_text()


def structs(tree):
    return {one.get("name"): one for one in tree.iter("class-decl")
            if one.get("name") in GROWING and one.get("size-in-bits")}


def cut(text, old_text):
    """Without what has grown at the ends of the structs that may grow."""
    tree = xml.fromstring(text)
    old = structs(xml.fromstring(old_text))
    for name, struct in structs(tree).items():
        size = int(old[name].get("size-in-bits")) if name in old else 0
        if 0 < size < int(struct.get("size-in-bits")):
            struct.set("size-in-bits", str(size))
            for member in list(struct):
                if int(member.get("layout-offset-in-bits")) >= size:
                    struct.remove(member)
    return xml.tostring(tree, encoding="unicode")


def difference(tmp, old, new, *options):
    """What abidiff says of two descriptions, or "" for nothing."""
    if not shutil.which("abidiff"):
        skip("no abidiff")
    done = subprocess.run(
        ["abidiff", "--ignore-soname", *options,
         write(tmp / "old.abi", old), write(tmp / "new.abi", new)],
        capture_output=True, text=True)
    if done.returncode & 3:
        raise AssertionError(f"abidiff: {done.stdout}{done.stderr}")
    return done.stdout if done.returncode else ""


def broken(tmp, old, new):
    """What was promised and does not hold any more."""
    return difference(tmp, old, cut(new, old), "--no-added-syms")


# ---- What is built ----------------------------------------------------------

@test
def nothing_that_was_promised_is_broken(tmp):
    for name, file in BUILT.items():
        equal(broken(tmp, stored(name), described(tmp, file)), "", name)


@test
def the_descriptions_have_all_that_there_is(tmp):
    """What is new is guarded from its first day: make abi-update."""
    for name, file in BUILT.items():
        equal(difference(tmp, stored(name), described(tmp, file)), "",
              f"{name}; if that is intended: make abi-update")


@test
def the_descriptions_have_every_function_and_every_table():
    for name, script in (("libdelivery", "core/libdelivery.map"),
                         ("libdelivery-net", "core/net/libdelivery-net.map")):
        text = re.sub(r"DELIVERY_PRIVATE \{.*?\}", "",
                      (SOURCE / script).read_text(), flags=re.S)
        equal(sorted(re.findall(r"<function-decl name='(\w+)'",
                                stored(name))),
              sorted(re.findall(r"^  (delivery_\w+);", text, re.M)))
    equal(sorted(structs(xml.fromstring(stored("plugin")))), sorted(GROWING))
    contains(stored("plugin"), "'delivery_plugin_record' size-in-bits='256'")
    contains(stored("libdelivery"), "'delivery_pollfd' size-in-bits='96'")
    contains(stored("libdelivery-net"), "'delivery_reply' size-in-bits='256'")


# ---- What would be seen -----------------------------------------------------

@test
def the_next_minor_breaks_nothing(tmp):
    """Structs that have grown at their ends, and a function more."""
    for name, file in (("libdelivery", "libdelivery"), ("plugin", "ahead")):
        new = described(tmp, BUILD / f"tests/next/.libs/{file}.so",
                        NEXT_HEADERS)
        equal(broken(tmp, stored(name), new), "", name)
        contains(difference(tmp, stored(name), new), "next")


# What is changed in plugin.h, and a word of the report.
LAYOUTS = [
    ("reordered", "  size_t n_params;\n  uint32_t url;",
     "  uint32_t url;\n  size_t n_params;", "n_params"),
    ("widened", "  uint32_t url;", "  uint64_t url;", "uint64_t"),
    ("in the middle", "  const char *summary; ",
     "  const char *more;\n  const char *summary; ", "summary"),
    ("at the front", "struct delivery_param {\n",
     "struct delivery_param {\n  const char *more;\n", "more"),
    ("renamed and moved", "  delivery_callback *recv;\n", "", "recv"),
    ("shorter", "  delivery_callback *close_late;\n", "", "close_late"),
    ("another type", "  const char *help; ", "  uint64_t help; ", "help"),
    ("record", "  const struct delivery_plugin *plugin;\n",
     "  const struct delivery_plugin *plugin;\n  uint64_t more;\n", "more"),
    ("callback", "*ep, uint32_t flags);", "*ep, uint64_t flags);", "uint64_t"),
]


@test
def a_table_of_another_layout_is_seen(tmp):
    header = (HEADERS / "plugin.h").read_text()
    folder = tmp / "include/delivery"
    folder.mkdir(parents=True)
    for what, old, new, word in [("unchanged", "", "", ""), *LAYOUTS]:
        equal(old == "" or header.count(old) == 1, True, what)
        write(folder / "plugin.h", header.replace(old, new) if old else header)
        write(tmp / "plugin.c", "#include <delivery/plugin.h>\n"
              "static const struct delivery_plugin plugin;\n"
              "DELIVERY_PLUGIN (plugin);\n")
        subprocess.run([*c_compiler(), "-g", "-shared", "-fPIC",
                        f"-I{tmp}/include", "-o", tmp / "plugin.so",
                        tmp / "plugin.c"], check=True)
        said = broken(tmp, stored("plugin"),
                      described(tmp, tmp / "plugin.so", folder))
        equal(bool(said), bool(old), f"{what}: {said}")
        contains(said, word)


# What is changed in the description of libdelivery, and a word of the report.
POINTER = r"(name='delivery_user'.*?<return type-id=)'[^']*'"
FUNCTIONS = [
    ("removed", r"delivery_role\b", "delivery_roll", "delivery_role"),
    ("another version", r"(delivery_role@@)DELIVERY_0\.9|"
     r"(name='delivery_role' version=)'DELIVERY_0\.9'", None, "delivery_role"),
    ("a parameter less", r"(name='delivery_metric'.*?)<parameter [^>]*>",
     r"\1", "delivery_metric"),
    ("another parameter", r"(name='delivery_poll_many'.*?<parameter [^>]*>.*?"
     r"<parameter type-id=)'[^']*'", r"\1'DOUBLE'", "delivery_poll_many"),
    ("another result", r"(<function-decl name='delivery_port'.*?<return "
     r"type-id=)'[^']*'", r"\1'DOUBLE'", "delivery_port"),
    ("a struct grown that may not", r"(name='delivery_pollfd' size-in-bits=)"
     r"'96'", r"\1'128'", "delivery_pollfd"),
]


@test
def a_function_that_is_another_is_seen(tmp):
    text = described(tmp, BUILT["libdelivery"])
    double = re.search(r"<type-decl name='double' [^>]* id='(.*?)'", text)[1]
    for what, old, new, word in FUNCTIONS:
        spoilt, n = re.subn(
            old, new or (lambda m: (m[1] and f"{m[1]}DELIVERY_0.8")
                         or f"{m[2]}'DELIVERY_0.8'"),
            text, flags=re.S)
        equal(n > 0, True, what)
        said = broken(tmp, stored("libdelivery"),
                      spoilt.replace("'DOUBLE'", f"'{double}'"))
        equal(bool(said), True, what)
        contains(said, word)


# ---- make abi-update --------------------------------------------------------

def update():
    """Takes in what is new, and nothing that breaks what was there: for that
    the description must be removed first, by hand."""
    with tempfile.TemporaryDirectory() as folder:
        tmp = pathlib.Path(folder)
        for name, file in BUILT.items():
            new = described(tmp, file)
            path = STORED / f"{name}.abi"
            said = path.exists() and broken(tmp, stored(name), new)
            if said:
                sys.exit(f"{said}{path}: not updated, since that breaks what "
                         "was promised")
            if not path.exists() or difference(tmp, stored(name), new):
                write(path, new, 0o644)
                print(f"{path}: updated")


if sys.argv[1:] == ["--update"]:
    update()
else:
    main()
