# SPDX-License-Identifier: BSD-2-Clause
"""What a script can check of the source: budgets, layout, who knows whom."""
import sys
import pathlib

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "cli"))
from harness import *  # noqa: E402

FUNCTION_LINES = 60
FILE_LINES = 600
PARAMETERS = 6
COLUMNS = 79

# What is over a budget, by name, with the reason.
EXCEPTIONS = {
    # As the C library calls it.
    "tests/faults/machine_torture.c:__libc_start_main",
}

FOLDERS = ["include", "core", "plugins", "doc", "packaging", "tests"]


def sources(*folders, suffixes=(".c", ".h")):
    found = [path for folder in folders or FOLDERS
             for path in sorted((SOURCE / folder).rglob("*"))
             if path.suffix in suffixes and path.is_file()]
    if not found:
        raise AssertionError(f"no sources in {SOURCE}")
    return found


def name(path):
    return str(path.relative_to(SOURCE))


def functions(path):
    """Name, parameters and number of lines of each function: in our layout
    the name begins a line, and so do both braces of the body."""
    lines = path.read_text().split("\n")
    start = None
    for number, line in enumerate(lines):
        if line == "{":
            head = number - 1
            while head > 0 and not re.match(r"[A-Za-z_0-9]+ \(", lines[head]):
                head -= 1
            start = head
        elif line.startswith("}") and start is not None:
            signature = " ".join(lines[start:number])
            match = re.match(r"(\w+) \((.*?)\)\s*\{", signature)
            if match:
                yield match[1], match[2].split(","), number - start + 1
            start = None


def complain(problems):
    problems = [p for p in problems
                if not any(p.startswith(known) for known in EXCEPTIONS)]
    if problems:
        raise AssertionError("\n" + "\n".join(problems))


@test
def functions_are_short_and_take_few_parameters():
    problems, seen = [], 0
    for path in sources():
        for function, parameters, lines in functions(path):
            seen += 1
            if lines > FUNCTION_LINES:
                problems.append(f"{name(path)}:{function}: {lines} lines")
            if len(parameters) > PARAMETERS:
                problems.append(f"{name(path)}:{function}: "
                                f"{len(parameters)} parameters")
    if seen < 300:
        raise AssertionError(f"only {seen} functions found")
    complain(problems)


@test
def files_are_short():
    complain(f"{name(path)}: {n} lines"
             for path in sources(suffixes=(".c", ".h", ".py", ".sh"))
             if (n := path.read_text().count("\n")) > FILE_LINES)


@test
def lines_fit():
    complain(f"{name(path)}:{number}: {len(line)} columns"
             for path in sources(suffixes=(".c", ".h", ".py", ".sh", ".pod"))
             for number, line in enumerate(path.read_text().split("\n"), 1)
             if len(line) > COLUMNS)


@test
def no_white_space_at_the_end():
    complain(f"{name(path)}:{number}"
             for path in sources(suffixes=(".c", ".h", ".py", ".sh", ".pod",
                                           ".mk", ".map"))
             for number, line in enumerate(path.read_text().split("\n"), 1)
             if line != line.rstrip())


@test
def every_file_names_its_licence():
    complain(name(path)
             for path in sources(suffixes=(".c", ".h", ".py", ".sh", ".mk",
                                           ".map"))
             if "SPDX-License-Identifier: BSD-2-Clause"
             not in path.read_text()[:200])


@test
def the_layout_is_that_of_clang_format():
    tool = shutil.which("clang-format-14") or shutil.which("clang-format")
    if not tool:
        skip("no clang-format")
    version = subprocess.run([tool, "--version"], stdout=subprocess.PIPE,
                             check=True).stdout.decode()
    if " version 14." not in version:
        skip("clang-format is not of version 14")
    done = subprocess.run([tool, "--dry-run", "--Werror", "--style=file",
                           *map(str, sources())], stderr=subprocess.PIPE,
                          check=False)
    if done.returncode:
        raise AssertionError(done.stderr.decode()[:2000])


def includes(path):
    return re.findall(r'#include [<"](.*?)[>"]', path.read_text())


@test
def libltdl_is_known_to_one_file():
    users = [name(path) for path in sources() if "ltdl.h" in includes(path)]
    equal(users, ["core/loader.c"])


@test
def the_core_knows_neither_network_nor_gio():
    # It plays servers to plugins; a check never runs it.
    servers = "core/conform_peer.c"
    complain(f"{name(path)}: {header}"
             for path in sources("core")
             if "core/net/" not in name(path) and name(path) != servers
             for header in includes(path)
             if re.match(r"delivery/net\.h|gio/|openssl/|netdb|sys/socket",
                         header))


@test
def what_loads_openssl_is_loaded_for_tls_alone():
    for file in NET_FILES[:1] + sorted(BUILD.glob("plugins/*/.libs/*.so")):
        lacks(output("readelf", "-dW", file), "libssl", "libcrypto")


@test
def plugins_know_the_public_headers_only():
    own = {path.name for path in sources("core")}
    complain(f"{name(path)}: {header}"
             for path in sources("plugins", "doc")
             for header in includes(path)
             if header in own or "core/" in header)


@test
def the_program_knows_the_engine_only():
    allowed = {"engine.h", "last_words.h", "options.h", "pool.h",
               "sanitized.h"}
    own = {path.name for path in sources("core")}
    for file in "last_words.c", "main.c", "options.c", "options.h":
        known = set(includes(SOURCE / "core" / file)) & own
        equal(known - allowed, set(), file)


@test
def the_library_does_not_print_exit_or_touch_signals():
    words = re.compile(r"\b(f?printf|puts|putchar|fputs|perror|g_print(err)?|"
                       r"g_warning|g_critical|g_message|exit|abort|signal|"
                       r"sigaction|sigprocmask|setlocale|alarm) \(")
    # The worker's process is not the library's caller: it ends there.
    allowed = {"core/sandbox.c": {"exit"}}
    problems = []
    for path in sources("core", suffixes=(".c",)):
        if path.name in ("last_words.c", "main.c", "options.c"):
            continue
        text = re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.S)
        for match in words.finditer(text):
            if match[1] not in allowed.get(name(path), set()):
                problems.append(f"{name(path)}: {match[0]}")
    complain(problems)


@test
def the_library_has_no_mutable_globals():
    """Sections of the object files tell: .data and .bss are empty of ours."""
    objects = [path for pattern in ("core/.libs/libcore_la-*.o",
                                    "core/net/.libs/libnet_la-*.o",
                                    "core/net/.libs/libdelivery_tls_la-*.o")
               for path in sorted(BUILD.glob(pattern))]
    if SANITIZED or summary("coverage") == "yes":
        not_applicable("what counts and checks adds its own")
    if len(objects) < 40:
        raise AssertionError(f"only {len(objects)} object files")
    done = subprocess.run(["nm", "--defined-only", "-A", *map(str, objects)],
                          stdout=subprocess.PIPE, check=True)
    # G_DEFINE_QUARK keeps its number once it has it.
    complain(line for line in done.stdout.decode().split("\n")
             if re.search(r" [bBdD] ", line)
             and not re.search(r" [bd] (\w+\.)?q(\.\d+)?$", line)
             and ".rel.ro" not in line and not is_relocated(line))


@test
def plugins_may_be_linked_together():
    """As --enable-static-plugins does: no name stands in two of them."""
    owners, problems = {}, []
    for path in sorted(BUILD.glob("plugins/*/.libs/*_la-*.o")):
        for line in output("nm", "--defined-only", "-g", path).splitlines():
            symbol = line.split()[-1]
            owner = owners.setdefault(symbol, path.parent.parent.name)
            if owner != path.parent.parent.name \
                    and symbol != "delivery_plugin_entry":
                problems.append(f"{symbol}: in {owner} and {path}")
    if len(owners) < 20:
        raise AssertionError(f"only {len(owners)} symbols")
    complain(problems)


def is_relocated(line):
    """Constant tables of pointers are in .data.rel.ro, which nm calls d."""
    path, rest = line.split(":", 1)
    symbol = rest.split()[-1]
    done = subprocess.run(["objdump", "-t", path], stdout=subprocess.PIPE,
                          check=True)
    return any(entry.split()[-1:] == [symbol] and ".data.rel.ro" in entry
               for entry in done.stdout.decode().split("\n"))


def summary(line):
    """What configure said at its end."""
    for said in (BUILD / "summary").read_text().split("\n"):
        match = re.match(r"  (.*?) \.+ (.*)", said)
        if match and match[1] == line:
            return match[2]
    raise AssertionError(f"no line '{line}' in the summary")


def output(*command):
    return subprocess.run([str(part) for part in command], check=True,
                          stdout=subprocess.PIPE).stdout.decode()


LIBRARY_FILE = BUILD / "core" / ".libs" / "libdelivery.so"
NET_FILES = [BUILD / "core/net/.libs/libdelivery-net.so",
             BUILD / "core/net/.libs/libdelivery-tls.so"]


@test
def the_summary_of_configure_tells_the_truth():
    makefile = (BUILD / "Makefile").read_text()
    made = {line.split(" = ", 1)[0]: line.split(" = ", 1)[1]
            for line in makefile.split("\n") if " = " in line}
    equal(summary("sanitizers"), "yes" if SANITIZED else "no")
    equal("__asan" in output("nm", "-D", LIBRARY_FILE), SANITIZED)
    equal("-Werror" in made["WARN_CFLAGS"],
          summary("warnings are errors") == "yes")
    equal(made["CC"], summary("compiler"))
    equal("\nHAVE_CHECK_TRUE=''\n" in (BUILD / "config.log").read_text(),
          summary("unit tests (check)") == "yes")
    contains(output("strings", LIBRARY_FILE).split("\n"),
             summary("plugins in"))


@test
def what_is_built_is_hardened():
    if not summary("hardening").startswith("yes"):
        not_applicable("built without hardening")
    plugins = sorted(BUILD.glob("plugins/*/.libs/*.so"))
    for file in PROGRAM_FILE, LIBRARY_FILE, *NET_FILES, *plugins:
        contains(output("readelf", "-lW", file), "GNU_RELRO")
        contains(output("readelf", "-dW", file), "NOW")
        lacks(output("readelf", "-dW", file), "TEXTREL")
    contains(output("readelf", "-hW", PROGRAM_FILE), "DYN (")
    symbols = output("nm", "-D", LIBRARY_FILE)
    contains(symbols, "__stack_chk_fail")
    if summary("hardening") == "yes":
        contains(symbols, "_chk@")


@test
def the_tarball_has_what_git_has():
    if not (SOURCE / ".git").exists():
        not_applicable("no git checkout")
    listed = subprocess.run(["git", "-c", f"safe.directory={SOURCE}", "-C",
                             str(SOURCE), "ls-files"],
                            stdout=subprocess.PIPE, check=True)
    wanted = {f for f in listed.stdout.decode().split("\n") if f}
    wanted -= {f for f in wanted if f.startswith((".ci/", ".git"))}
    # Without what the make that runs the tests has in the environment.
    top, *files = output("env", "-u", "MAKEFLAGS", "-u", "MAKELEVEL", "make",
                         "-s", "-C", BUILD, "list-distfiles").split()
    missing = wanted - {file.removeprefix(f"{top}/") for file in files}
    equal(sorted(missing), [], "not in the tarball")


main()
