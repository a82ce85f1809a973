# SPDX-License-Identifier: BSD-2-Clause
"""What the tests of the program share: running it, reading what it says, TAP.

A test file:

    from harness import *

    @test
    def what_it_shows(tmp):          # tmp: a pathlib.Path, removed afterwards
        r = run("--send", f"file://{tmp}/x", "--recv", f"file://{tmp}/x")
        equal(r.code, 0)

    main()
"""
import base64
import ctypes
import inspect
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import traceback
import urllib.parse

BUILD = pathlib.Path(os.environ.get("abs_top_builddir", "."))
SOURCE = pathlib.Path(os.environ.get("abs_top_srcdir", "."))
PROGRAM = os.environ.get("CHECK_DELIVERY", str(BUILD / "run"))
# The program itself; with static plugins, libtool puts nothing before it.
PROGRAM_FILE = next((path for path in (BUILD / "core/.libs/check_delivery",
                                       BUILD / "core/check_delivery")
                     if path.exists()), None)
STATIC = os.environ.get("STATIC_PLUGINS") == "yes"
SANITIZED = os.environ.get("SANITIZERS") == "yes"
COVERAGE = os.environ.get("COVERAGE") == "yes"
# Shared machines are slow at times; this is for waiting, never for judging.
PATIENT = 120

OK, WARNING, CRITICAL, UNKNOWN = range(4)
STATES = ["OK", "WARNING", "CRITICAL", "UNKNOWN"]

_tests = []
_sanitizer_logs = None


class Skip(Exception):
    """Not run, by the name of what is missing."""


class NotApplicable(Skip):
    """Not run, since it makes no sense in this build: no reason to worry."""


def test(function):
    _tests.append(function)
    return function


def skip(why):
    raise Skip(why)


def not_applicable(why):
    raise NotApplicable(f"(not applicable) {why}")


def equal(seen, wanted, what=""):
    if seen != wanted:
        raise AssertionError(f"{what}: wanted {wanted!r}, but saw {seen!r}")


def contains(text, *parts):
    for part in parts:
        if part not in text:
            raise AssertionError(f"wanted {part!r} in {text!r}")


def lacks(text, *parts):
    for part in parts:
        if part in text:
            raise AssertionError(f"did not want {part!r} in {text!r}")


def some(cases):
    """A third of many, which have all been met in another build, where each
    costs ten times as much."""
    return list(cases)[::3] if SANITIZED else list(cases)


# ---- Secrets ----------------------------------------------------------------

CANARY = "S3cr3t-Pa55w0rd"


def forms(secret):
    """How a secret may come to light: raw, backwards, percent-encoded, in hex,
    in base64 at each offset."""
    raw = secret.encode()
    yield from [raw, raw[::-1], raw.hex().encode(),
                "".join(f"%{byte:02X}" for byte in raw).encode(),
                urllib.parse.quote(secret, safe="").encode(),
                raw.replace(b"-", b"%2D")]
    for offset in range(3):
        middle = base64.b64encode(b"\0" * offset + raw)
        yield middle[(offset * 8 + 5) // 6:(offset + len(raw)) * 8 // 6]


def keeps_secret(r, *secrets):
    """Nothing that the program says shows them."""
    said = (r.out + r.err).encode().lower()
    for secret in secrets or [CANARY]:
        for form in forms(secret):
            if form.lower() in said:
                raise AssertionError(f"{form!r} is in {r!r}")
    return r


# ---- What the program says --------------------------------------------------

class Perfdata:
    """Performance data, read by the grammar that all consumers accept."""

    ITEM = re.compile(
        r"(?P<label>[A-Za-z0-9_.-]+)=(?P<value>-?[0-9]+(\.[0-9]+)?)"
        r"(?P<unit>s|%|B|c|)"
        r"(;(?P<warn>[0-9.:~@-]*)(;(?P<crit>[0-9.:~@-]*)"
        r"(;(?P<min>[0-9.-]*)(;(?P<max>[0-9.-]*))?)?)?)?\Z")

    def __init__(self, text):
        self.items = {}
        for item in text.split(" "):
            match = self.ITEM.match(item)
            if not match:
                raise AssertionError(f"no perfdata item: {item!r} in {text!r}")
            if match["label"] in self.items:
                raise AssertionError(f"label twice: {item!r}")
            self.items[match["label"]] = match.groupdict()

    @property
    def labels(self):
        return list(self.items)

    def value(self, label):
        return float(self.items[label]["value"])


class Result:
    def __init__(self, code, out, err, seconds):
        self.code, self.out, self.err = code, out, err
        self.seconds = seconds

    def __repr__(self):
        return f"code {self.code}, out {self.out!r}, err {self.err!r}"

    @property
    def first(self):
        return self.out.split("\n")[0]

    @property
    def text(self):
        """The first line without its performance data."""
        return self.first.split(" | ")[0]

    @property
    def details(self):
        return self.out.split("\n")[1:-1]

    @property
    def perfdata(self):
        return Perfdata(self.out.split(" | ")[1].split("\n")[0])

    @property
    def json(self):
        return json.loads(self.out)


def sane(result):
    """What holds for every nagios output, whatever happened."""
    out = result.out
    if result.code not in range(4):
        raise AssertionError(f"exit code: {result!r}")
    equal(out.count("|"), 1, f"pipes in {out!r}")
    equal(out[-1:], "\n", "last character")
    equal(out.split(" ")[0], STATES[result.code], "state by exit code")
    if len(result.first.encode()) > 1024:
        raise AssertionError(f"long first line: {result!r}")
    bad = [c for c in out
           if (ord(c) < 32 and c != "\n") or 127 <= ord(c) < 160]
    equal(bad, [], "control characters")
    Perfdata(out.split(" | ")[1].split("\n")[0])
    return result


def environment(**changes):
    """The environment for the program: as it is, with changes (None: unset),
    and sanitizers that report to files which the end of the test reads."""
    env = dict(os.environ)
    env.pop("CREDENTIALS_DIRECTORY", None)
    if SANITIZED:
        log = f"log_path={_sanitizer_logs}/log"
        env["ASAN_OPTIONS"] = f"{log}:detect_leaks=1:abort_on_error=0"
        env["UBSAN_OPTIONS"] = f"{log}:print_stacktrace=1"
        env["LSAN_OPTIONS"] = f"suppressions={SOURCE}/tests/lsan.supp:" \
                              "print_suppressions=0"
    if COVERAGE:
        env["GCOV_ERROR_FILE"] = "/dev/null"
    for name, value in changes.items():
        if value is None:
            env.pop(name, None)
        else:
            env[name] = str(value)
    return env


def start(*arguments, env=None, **popen):
    """Starts the program and does not wait for it."""
    popen.setdefault("stdin", subprocess.DEVNULL)
    popen.setdefault("stdout", subprocess.PIPE)
    popen.setdefault("stderr", subprocess.PIPE)
    return subprocess.Popen([PROGRAM, *map(str, arguments)],
                            env=environment(**(env or {})), **popen)


def finish(process, begun=None):
    try:
        out, err = process.communicate(timeout=PATIENT)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        raise AssertionError("the program did not end")
    seconds = time.monotonic() - begun if begun else 0
    return Result(process.returncode, (out or b"").decode(),
                  (err or b"").decode(), seconds)


def until_it_says(process, pattern):
    """Reads what a started program says with -v, to a line with that."""
    for line in process.stderr:
        if re.search(pattern, line.decode()):
            return process
    raise AssertionError(f"it did not say {pattern!r}: {finish(process)}")


def run(*arguments, env=None, **popen):
    """Runs the program to its end."""
    begun = time.monotonic()
    return finish(start(*arguments, env=env, **popen), begun)


def delivery(tmp, *arguments, name="x", **options):
    """A delivery from a file to itself."""
    url = f"file://{tmp}/{name}"
    return run("--send", url, "--recv", url, *arguments, **options)


def write(path, text, mode=0o600):
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    path.chmod(mode)
    return path


# ---- Scenarios of an INI file -----------------------------------------------

def conf(tmp, text, mode=0o600):
    return write(tmp / "conf.ini", text, mode)


def pair(tmp, name, more="", to=None):
    """The lines of a scenario that delivers to itself, or not to `to`."""
    return (f"{name}.send = file://{tmp}/{name}\n"
            f"{name}.recv = file://{tmp}/{to or name}\n{more}")


def play(tmp, *arguments, **options):
    """Plays by conf.ini; `*arguments` are the scenarios, then options."""
    plays = []
    rest = list(map(str, arguments))
    while rest and not rest[0].startswith("-"):
        plays += ["--play", rest.pop(0)]
    return run("--conf", tmp / "conf.ini", *plays, *rest, **options)


def files_of(tmp):
    return sorted(path.name for path in tmp.iterdir())


def refused(r, *parts):
    """A configuration error of the whole: nothing was sent."""
    sane(r)
    equal(r.code, UNKNOWN, r)
    contains(r.text, "UNKNOWN - config - ", *parts)
    equal(len(r.out.splitlines()), 1, r)
    lacks(r.out, "send_send=", "token=")
    return r


def plugin_folder(tmp, name="memory"):
    """A folder with one plugin of tests/ini/, for --plugin-dir."""
    folder = tmp / "plugins"
    if not folder.exists():
        folder.mkdir(mode=0o755)
        shutil.copy(BUILD / f"tests/ini/.libs/{name}.so", folder)
    return folder


def full_pipe():
    """Both ends of a pipe that has no room left."""
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    try:
        while os.write(writer, b"x" * 4096):
            pass
    except BlockingIOError:
        pass
    os.set_blocking(writer, True)
    return reader, writer


def has_ipv6():
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
        return True
    except OSError:
        return False


def as_anybody():
    """In the child: root may read every file by two capabilities, which the
    program will not have.  For others it fails, and is not needed."""
    prctl = ctypes.CDLL(None).prctl
    for capability in [1, 2]:
        prctl(24, capability, 0, 0, 0)  # PR_CAPBSET_DROP


def as_nobody():
    """What stands before a command that somebody is to run to whom nothing
    here belongs."""
    if os.geteuid() != 0:
        not_applicable("for root, who can be somebody else")
    for folder in BUILD.resolve(), *BUILD.resolve().parents:
        if not folder.stat().st_mode & 0o001:
            skip(f"other users get at no build folder in {folder}")
    return ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]


def eventually(condition, what="a condition"):
    end = time.monotonic() + PATIENT
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.005)
    raise AssertionError(f"waited in vain for {what}")


def _sanitizer_reports():
    found = []
    for log in sorted(pathlib.Path(_sanitizer_logs).iterdir()):
        found.append(log.read_text(errors="replace"))
        log.unlink()
    return found


def _run_one(function):
    if COVERAGE and "tests/faults" in sys.argv[0]:
        not_applicable("who counts lines makes calls of his own, which fail")
    tmp = pathlib.Path(tempfile.mkdtemp(prefix="check_delivery-test."))
    try:
        if inspect.signature(function).parameters:
            function(tmp)
        else:
            function()
        reports = _sanitizer_reports()
        if reports and not getattr(function, "crashes", False):
            raise AssertionError("sanitizer:\n" + "\n".join(reports))
    finally:
        _sanitizer_reports()
        subprocess.run(["chmod", "-R", "u+rwx", str(tmp)], check=False)
        shutil.rmtree(tmp, ignore_errors=True)


def crashes(function):
    """A test in which a plugin crashes on purpose: sanitizers may say so."""
    function.crashes = True
    return function


def main():
    global _sanitizer_logs
    for number in signal.SIGINT, signal.SIGHUP:  # under nohup
        if signal.getsignal(number) == signal.SIG_IGN:
            signal.signal(number, signal.SIG_DFL)
    os.umask(0o022)
    _sanitizer_logs = tempfile.mkdtemp(prefix="check_delivery-logs.")
    wanted = sys.argv[1:]
    tests = [t for t in _tests if not wanted or t.__name__ in wanted]
    print(f"1..{len(tests)}", flush=True)
    failed = 0
    for number, function in enumerate(tests, 1):
        name = function.__name__
        try:
            _run_one(function)
            print(f"ok {number} - {name}", flush=True)
        except Skip as why:
            print(f"ok {number} - {name} # SKIP {why}", flush=True)
        except BaseException as error:
            failed += 1
            print(f"not ok {number} - {name}", flush=True)
            for line in traceback.format_exc().splitlines():
                print(f"# {line}", flush=True)
            if isinstance(error, KeyboardInterrupt):
                break
    shutil.rmtree(_sanitizer_logs, ignore_errors=True)
    sys.exit(1 if failed else 0)
