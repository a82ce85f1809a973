# SPDX-License-Identifier: BSD-2-Clause
"""What authors of plugins and build systems ask: --check-plugin,
--dump-plugin, --dump-config."""
import concurrent.futures
import signal

from harness import *

MODULES = BUILD / "tests/plugins/.libs"


def put(tmp, name, module=None):
    folder = tmp / "plugins"
    folder.mkdir(mode=0o755, exist_ok=True)
    content = (MODULES / f"{module or name}.so").read_bytes()
    return write(folder / f"{name}.so", content, 0o755)


# Valgrind takes most of the time: it is found where a test is about it.
ALONE = {"PATH": "/"}


class Report:
    """The lines of --check-plugin, by their verdict."""

    def __init__(self, *arguments, conduct=None, valgrind=False):
        temporary = pathlib.Path(tempfile.mkdtemp(prefix="check_delivery-t."))
        r = run("--check-plugin", *arguments,
                env={"CONDUCT": conduct, "TMPDIR": temporary,
                     **({} if valgrind else ALONE)})
        equal(list(temporary.iterdir()), [], "left behind")
        temporary.rmdir()
        self.result = r
        self.head, *lines, self.sum = r.out.splitlines()
        self.lines = {verdict: [line[6:] for line in lines
                                if line.startswith(f"{verdict:4}  ")]
                      for verdict in ("ok", "note", "mend", "skip")}
        equal(sum(map(len, self.lines.values())), len(lines), r)
        equal(self.sum, "{} ok, {} to mend, {} note{}, {} skipped".format(
            len(self.lines["ok"]), len(self.lines["mend"]),
            len(self.lines["note"]),
            "" if len(self.lines["note"]) == 1 else "s",
            len(self.lines["skip"])))
        equal(r.code, CRITICAL if self.lines["mend"] else OK, r)

    def __repr__(self):
        return self.result.out


def at_once():
    """Runs wait most of the time, but for the search for leaks."""
    return concurrent.futures.ThreadPoolExecutor(1 if SANITIZED else 5)


def reports(names):
    with at_once() as pool:
        return list(pool.map(Report, names))


def mends(report, *parts):
    """Each is in a line of its own, and there is no other."""
    equal(len(report.lines["mend"]), len(parts), report)
    for line, part in zip(report.lines["mend"], parts):
        contains(line, part)


WATCHED = not SANITIZED and not COVERAGE
VALGRIND = WATCHED and shutil.which("valgrind")


@test
def a_good_plugin_passes(tmp):
    report = Report(put(tmp, "conduct"), valgrind=WATCHED)
    mends(report)
    equal(report.lines["note"], [])
    contains(report.head, f"{tmp}/plugins/conduct.so: conduct 1, for the "
             "plugin contract 0.9")
    contains(report.lines["ok"], "loads as the host loads it",
             "its tables make sense", "conduct:// to itself: delivered",
             "conduct:// where nothing was sent: not_found",
             "conduct:// where something else lies: not_found",
             "conduct:// sends, a folder that is not there: io",
             "conduct.served:// receives, a server that is not there: "
             "connect",
             "conduct.served:// receives, a server that hangs up: closed",
             "conduct.served:// receives, a server that says nonsense: "
             "protocol",
             "conduct.served:// receives, a server that says nothing: "
             "timeout")
    if VALGRIND:
        equal(report.lines["skip"], [], report)
        equal(sum("valgrind finds nothing" in line
                  for line in report.lines["ok"]), 2, report)


@test
def plugins_of_this_package_pass():
    """By their names, too."""
    names = sorted(folder.name for folder in (SOURCE / "plugins").iterdir()
                   if folder.is_dir())
    found = dict(zip(names, reports(names)))
    for report in found.values():
        mends(report)
    contains(found["file"].lines["ok"], "file:// to itself: delivered")
    # With a recipient, who is in no receiver's URL here.
    for name in "smtp", "lmtp":
        contains(found[name].lines["ok"], *(
            f"{name}:// sends, a server that {what}" for what in (
                "is not there: connect", "hangs up: closed",
                "says nonsense: protocol", "says nothing: timeout")))


@test
def valgrind_finds_nothing_in_them():
    """In two; tests/dialogue/stages.py takes the others further."""
    if not WATCHED:
        not_applicable("sanitizers look for the same, or another build does")
    if not VALGRIND:
        skip("no valgrind")
    for name, trials in ("file", 1), ("lmtp", 1):
        report = Report(name, valgrind=True)
        mends(report)
        equal(sum("valgrind finds nothing" in line
                  for line in report.lines["ok"]), trials, report)


@crashes
@test
def misdeeds_are_found(tmp):
    path = put(tmp, "conduct")
    cases = (
            ("lies", "where nothing was sent: says that the token was"),
            ("removes", "it was removed or altered"),
            ("fd", "descriptors are left open behind free: "),
            ("speechless", "fails without a word"),
            ("hang", "did not come back by delivery_deadline()"),
            ("crash", "died by signal 6"))
    if SANITIZED:
        cases = cases[:-1]
    with at_once() as pool:
        found = list(pool.map(lambda case: Report(path, conduct=case[0]),
                              cases))
    for (conduct, part), report in zip(cases, found):
        if not any(part in line for line in report.lines["mend"]):
            raise AssertionError(f"{conduct}: {report}")
    report = Report(path, conduct="leaves")
    contains(str(report.lines["note"]), "leaves something behind at its path")
    mends(report)


@test
def valgrind_tells_whose_leak_it_is(tmp):
    if not WATCHED:
        not_applicable("sanitizers look for the same, or another build does")
    if not VALGRIND:
        skip("no valgrind")
    for conduct, part in (
            ("leak", "valgrind: 12,345 bytes in 1 blocks are definitely lost, "
             "in leak()"),
            ("wild", "valgrind: Invalid read of size 1, in read_freed()")):
        report = Report(put(tmp, "conduct"), conduct=conduct, valgrind=True)
        contains(report.lines["mend"], part)


@test
def what_gio_loses_for_the_toolkit_is_no_plugins(tmp):
    """By a valgrind that says what it is told to."""
    if not WATCHED:
        not_applicable("sanitizers look for the same, or another build does")
    plugin = put(tmp, "conduct")
    stacks = {"gio": ["libgio-2.0.so.0", "libdelivery-net.so.0", "conduct.so"],
              "toolkit": ["libglib-2.0.so.0", "libdelivery-net.so.0",
                          "conduct.so"],
              "own": ["libgio-2.0.so.0", "conduct.so", "libdelivery-net.so.0"]}

    def checked_by(name):
        frames = "".join(f"<frame><obj>{plugin.parent}/{library}</obj>"
                         f"<fn>f</fn></frame>" for library in stacks[name])
        (tmp / name).mkdir()
        write(tmp / name / "valgrind", "#!/bin/sh\nfor a; do case $a in "
              "--xml-file=*) log=${a#*=} ;; esac; done\nfor n in 1 2 3; do "
              "echo '<error><kind>Leak_DefinitelyLost</kind><what>a leak"
              f"</what>{frames}</error></valgrindoutput>' >\"$log.$n\"\n"
              "done\n", 0o755)
        return run("--check-plugin", plugin,
                   env={"PATH": f"{tmp}/{name}:{os.environ['PATH']}"})

    with at_once() as pool:
        found = dict(zip(stacks, pool.map(checked_by, stacks)))
    for name, r in found.items():
        equal("mend  valgrind: a leak, in f()" in r.out, name != "gio", r)
        equal("valgrind finds nothing" in r.out, name == "gio", r)


@test
def without_valgrind_that_is_said(tmp):
    path = put(tmp, "conduct")
    r = run("--check-plugin", path, env={"PATH": str(tmp)})
    equal(r.code, OK, r)
    if not SANITIZED:
        contains(r.out, "skip  leaks: valgrind is not installed")


@test
def a_valgrind_that_fails_has_found_nothing_out(tmp):
    if not WATCHED:
        not_applicable("sanitizers look for the same, or another build does")
    write(tmp / "valgrind", "#!/bin/sh\nexit 1\n", 0o755)
    r = run("--check-plugin", put(tmp, "conduct"), env={"PATH": str(tmp)})
    equal(r.code, OK, r)
    contains(r.out, "skip  valgrind: it did not come to its end")
    lacks(r.out, "finds nothing")


@test
def a_signal_ends_it(tmp):
    """What it interrupts is no trial that was passed."""
    path = put(tmp, "conduct")
    for number in signal.SIGINT, signal.SIGTERM, signal.SIGHUP:
        process = start("--check-plugin", path, env=ALONE)
        until_it_says(process, "trying .* a server that says nothing")
        process.send_signal(number)
        r = finish(process)
        equal(r.code, UNKNOWN, r)
        contains(r.out, "skip  the rest: interrupted by a signal\n")
        equal(r.out.count("interrupted"), 1, r)


@test
def tables_are_read_with_a_strict_eye(tmp):
    report = Report(put(tmp, "untidy"))
    said = "\n".join(report.lines["mend"] + report.lines["note"])
    contains(said, "neither author nor home page", "longer than 60",
             "ends in a full stop; it is no sentence",
             "other:// does not begin with the plugin's name 'untidy'",
             "untidy.send:// the synopsis is no URL of that scheme: send://",
             "untidy.send:// the description does not end in a full stop",
             "untidy.send:// has connect_early, but no recv",
             "untidy.send:// has wait, but no recv",
             "other:// has close_late, but no send",
             "untidy.send:// has open, but no free",
             "untidy.send:// has connect, but no close",
             "other:// has no clean", "api_token sounds like a secret",
             "the help of must does not end", "must is required, so its")
    lacks(said, "token_file")


@test
def what_does_not_load_is_one_line(tmp):
    report = Report(put(tmp, "odd-magic", "odd"))
    mends(report, "wrong magic number")
    write(tmp / "plugins/text.so", "text " * 100, 0o755)
    mends(Report(tmp / "plugins/text.so"), "invalid ELF header")


@test
def deliveries_with_given_urls(tmp):
    """As for a transport that needs a server."""
    path = put(tmp, "conduct")
    url = f"conduct://{tmp}/x?must=two&number=3&text=y"
    report = Report(path, "--send", url, "--recv", url)
    contains(report.lines["ok"], "from --send to --recv: delivered")
    report = Report(path, "--send", url, "--recv", url + "z&what=1")
    contains(str(report.lines["mend"]), "from --send to --recv: config: ",
             "what")
    refused(run("--check-plugin", path, "--send", url), "--send and --recv")


@test
def the_password_of_given_urls_is_shown_nowhere(tmp):
    url = f"conduct.served://u:{CANARY}@localhost:1"
    r = run("--check-plugin", put(tmp, "conduct"), "--send",
            f"file://{tmp}/x", "--recv", url, "-vvv", env=ALONE)
    equal(r.code, CRITICAL, r)
    keeps_secret(r)


@test
def a_server_to_deliver_is_asked_for(tmp):
    contains(str(Report("smtp").lines["skip"]), "add --send and --recv")


# ---- Dumps ------------------------------------------------------------------

def dumped(*arguments):
    r = run(*arguments)
    equal((r.code, r.err), (OK, ""), r)
    pairs = [line.split("=", 1) for line in r.out.splitlines()]
    equal(len({key for key, _ in pairs}), len(pairs), r)
    return dict(pairs)


@test
def dump_config_tells_where_things_are(tmp):
    told = dumped("--dump-config", "--plugin-dir", put(tmp, "conduct").parent)
    version_ = run("--version").out
    contains(version_, told["version"], f"contract {told['contract']})")
    equal(told["contract"],
          f"{told['contract_major']}.{told['contract_minor']}")
    equal(told["plugin_path"].split(":")[0], f"{tmp}/plugins")
    for key in "programdir", "plugindir", "includedir", "docdir", "mandir":
        equal(told[key][0], "/", key)


@test
def dump_plugin_tells_its_tables(tmp):
    path = put(tmp, "parts")
    told = dumped("--dump-plugin", path)
    equal(told, dumped("--dump-plugin", "parts", "--plugin-dir", path.parent))
    equal((told["path"], told["name"], told["version"], told["contract"]),
          (str(path), "parts", "2.5", "0.9"))
    equal((told["author"], told["home_page"]),
          ("Some Body", "https://example.org/parts"))
    equal(told["schemes"].split()[:2], ["parts", "parts.must"])
    equal((told["parts.sends"], told["parts.other_names"]),
          ("yes", "parts.else parts.too"))
    equal((told["parts.send.sends"], told["parts.send.receives"]),
          ("yes", "no"))
    equal(told["parts.callbacks"], "open send recv")
    equal(told["parts.host.url"], "needs_host")
    equal((told["parts.param.choice.type"], told["parts.param.choice.values"],
           told["parts.param.choice.default"]),
          ("choice", "One Two three", "One"))
    equal(told["parts.param.secret.flags"], "secret")
    equal(told["parts.must.param.must.flags"], "required")


@test
def what_cannot_be_dumped_is_an_error(tmp):
    refused(run("--dump-plugin", "nosuch"), "no plugin 'nosuch'; --doc lists")
    for task in "--dump-plugin", "--check-plugin":
        # There are two of that name, but not here.
        for name in "nosuch", "file", "file.so":
            refused(run(task, f"{tmp}/{name}"),
                    f"{tmp}/{name.split('.')[0]}.so: No such file")
    path = put(tmp, "odd-magic", "odd")
    r = sane(run("--dump-plugin", path))
    equal(r.code, UNKNOWN, r)
    contains(r.text, f"UNKNOWN - config - {path}: wrong magic number")


@test
def one_task_at_a_time():
    refused(run("--doc", "--dump-config"), "does not go with")
    refused(run("--dump-config", "--check-plugin", "file"), "does not go")


main()
