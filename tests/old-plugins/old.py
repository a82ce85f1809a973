# SPDX-License-Identifier: BSD-2-Clause
"""Plugins that were built for an older minor of the contract, and those of
today, in this host and in one of a made-up next minor: all of them run."""
import base64
import hmac
import os
import pathlib
import socket
import sys

_tests = pathlib.Path(os.environ["abs_top_srcdir"], "tests")
sys.path[:0] = [str(_tests / "cli"), str(_tests / "dialogue")]
import harness  # noqa: E402
import script  # noqa: E402
from harness import *  # noqa: E402, F401, F403

HOSTS = {"this": harness.PROGRAM, "next": str(BUILD / "tests/next/run")}
BUILT = {"every": "tests/old-plugins", "every-net": "tests/old-plugins",
         "finger": "tests/old-plugins", "file": "plugins/file",
         "ahead": "tests/next", "ahead-calls": "tests/next"}
OLD = sorted(path.name for path in (SOURCE / "tests/old-plugins").iterdir()
             if path.is_dir() and path.name[0].isdigit())
PASSWORD = harness.CANARY


def of_machine(path):
    """Class, byte order and machine of an ELF file."""
    head = path.read_bytes()[:20]
    return head[4], head[5], head[18:20]


def plugins_of(tmp, age, *names):
    """A folder with those plugins, as they were built then."""
    folder = tmp / "plugins"
    folder.mkdir(mode=0o755)
    for name in names:
        if STATIC and age == "fresh" and BUILT[name].startswith("plugins/"):
            not_applicable("it is a part of the program")
        path = (BUILD / BUILT[name] / f".libs/{name}.so" if age == "fresh"
                else SOURCE / f"tests/old-plugins/{age}/{name}.so")
        if of_machine(path) != of_machine(BUILD / "core/.libs/libdelivery.so"):
            not_applicable("built for another machine")
        write(folder / f"{name}.so", path.read_bytes(), 0o755)
    return folder


def needs_a_next_host():
    if STATIC:
        not_applicable("the library is a part of the program")


def deliver(host, folder, send, recv, *options):
    """A run whose plugins come from that folder and from nowhere else."""
    if host == "next":
        needs_a_next_host()
    harness.PROGRAM = HOSTS[host]
    r = run("--plugin-dir", folder, "--send", send, "--recv", recv, "-o",
            "json", "--timeout", 40, *options)
    equal(r.json["status"], r.code, r)
    return r


def delivered(r, *versions):
    equal((r.code, r.json["reason"]), (OK, "ok"), r)
    equal([r.json["plugins"][end]["version"] for end in ("send", "recv")],
          list(versions))
    return r


def for_each(*ages):
    """A test for each host, and for plugins of each age."""
    def decorate(function):
        for host in HOSTS:
            for age in ages:
                def one(tmp, host=host, age=age):
                    function(tmp, host, age)
                one.__name__ = (f"{function.__name__}_{age}_in_{host}_host"
                                .replace(".", "p"))
                test(one)
        return function
    return decorate


# ---- The hosts --------------------------------------------------------------

def number(text):
    return tuple(map(int, text.split(".")))


@test
def the_next_host_is_of_the_next_minor():
    needs_a_next_host()
    said = {}
    for host, program in HOSTS.items():
        done = subprocess.run([program, "--version"], capture_output=True,
                              text=True)
        said[host] = number(re.search(r"contract ([\d.]+)", done.stdout)[1])
    equal(said["next"], (said["this"][0], said["this"][1] + 1))


@test
def there_are_plugins_of_each_version_that_was():
    """0.9 is kept until 1.0 is declared, and replaced then."""
    equal(OLD[:1], ["0.9"])


@test
def the_old_plugins_call_every_function_of_their_version(tmp):
    for age in OLD:
        seen = set()
        for path in (SOURCE / "tests/old-plugins" / age).glob("*.so"):
            done = subprocess.run(["nm", "-D", "--undefined-only", path],
                                  capture_output=True, text=True, check=True)
            seen |= set(re.findall(r"\b(delivery_\w+)", done.stdout))
        for library, prefix in (("core/libdelivery", "DELIVERY_"),
                                ("core/net/libdelivery-net",
                                 "DELIVERY_NET_")):
            text = (SOURCE / f"{library}.map").read_text()
            body = re.search(rf"^{prefix}{re.escape(age)} {{(.*?)^}}", text,
                             re.S | re.M)[1]
            names = set(re.findall(r"\b(delivery_\w+);", body))
            equal(len(names) > 25, True, names)
            equal(names - seen, set(), f"not called in {age}")


@test
def the_old_plugins_need_no_newer_c_library_than_rhel_9_has():
    if not shutil.which("readelf"):
        skip("no readelf")
    for path in (SOURCE / "tests/old-plugins").glob("*/*.so"):
        done = subprocess.run(["readelf", "-VW", path], capture_output=True,
                              text=True, check=True)
        needed = re.findall(r"Name: GLIBC_([\d.]+)", done.stdout)
        equal(bool(needed), True, path)
        equal(max(map(number, needed)) <= (2, 34), True, f"{path}: {needed}")


# ---- Deliveries -------------------------------------------------------------

@for_each(*OLD, "fresh")
def the_file_plugin_of(tmp, host, age):
    folder = plugins_of(tmp, age, "file")
    url = f"file://{tmp}/x"
    r = deliver(host, folder, url, url)
    own = delivered(r, *[r.json["plugins"]["send"]["version"]] * 2)
    equal(files_of(tmp), ["plugins"], own)
    r = deliver(host, folder, url, f"file://{tmp}/y", "--patience", 1)
    equal((r.code, r.json["reason"]), (CRITICAL, "not_found"), r)


@for_each(*OLD)
def the_sample_logline_of(tmp, host, age):
    folder = plugins_of(tmp, age, "logline")
    url = f"logline://{tmp}/log"
    r = delivered(deliver(host, folder, url, url), "1", "1")
    contains((tmp / "log").read_text(), r.json["token"])


class Finger(script.Server):
    """Says what is in a file."""

    def __init__(self, path):
        super().__init__()
        self.path = path

    def play(self, peer):
        equal(peer.line(), "anna")
        peer.say("Plan:\r\n" + self.path.read_text() + "\r\n")


@for_each(*OLD)
def the_sample_finger_of(tmp, host, age):
    folder = plugins_of(tmp, age, "finger", "logline")
    with Finger(tmp / "plan") as server:
        delivered(deliver(host, folder, f"logline://{tmp}/plan",
                          f"finger://anna@127.0.0.1:{server.port}"), "1", "1")
        equal(server.mistakes, [])


@for_each("fresh")
def the_sample_finger_finds_nothing_of(tmp, host, age):
    """The end of the answer is no connection that was lost."""
    folder = plugins_of(tmp, age, "file", "finger")
    write(tmp / "plan", "none")
    with Finger(tmp / "plan") as server:
        r = deliver(host, folder, f"file://{tmp}/other",
                    f"finger://anna@127.0.0.1:{server.port}", "--patience", 0)
        equal((r.code, r.json["reason"]), (CRITICAL, "not_found"), r)


@for_each(*OLD, "fresh")
def all_functions_of_the_contract_of(tmp, host, age):
    folder = plugins_of(tmp, age, "every")
    r = deliver(host, folder, f"every://me:{PASSWORD}@h:5/path?list=a&list=b",
                "every.other://you@[::1]?int=3&time=2m&bool=no&choice=warn",
                "-6", "-v")
    keeps_secret(r, PASSWORD, "very-secret")
    result = r.json
    equal((r.code, result["reason"]), (WARNING, "ok"), r)
    token = result["token"]
    equal({name: result["facts"].get(name) for name in (
        "send_url", "send_role", "send_params", "send_polls", "send_left",
        "send_calls", "recv_url", "recv_role", "recv_params", "recv_calls")},
        {"send_url": "every me with h 5 /path you", "send_role": "0 6",
         "send_params": "words 1 -7 1.50 find 2:b 10",
         "send_polls": "2 0 1 1", "send_left": "1", "send_calls": "ocskxl",
         "recv_url": "every.other you without ::1 0 - me",
         "recv_role": "1 6", "recv_params": "words 0 3 120.00 warn 0:- 10",
         "recv_calls": "oecrwrkx"})
    equal(result["metrics"], {"send_size": {"value": 2.5, "unit": "B"}})
    contains(result["details"], f"sent {token}, ***", "a warning")
    contains(r.err, f"sent {token}, ***")
    r = deliver(host, folder, "every:", "every:?choice=fail&text=Trash")
    equal((r.code, r.json["reason"], r.json["message"]),
          (WARNING, "misplaced", "in Trash"), r)
    r = deliver(host, folder, "every:", "every:?int=11")
    equal((r.code, r.json["reason"]), (UNKNOWN, "config"), r)


class EveryNet(script.Server):
    """The other end of every-net.c."""
    all_at_once = True

    def __init__(self, password=PASSWORD):
        super().__init__()
        self.password = password
        self.messages = []
        self.verbs = []

    def play(self, peer):
        peer.say("220-every\r\n220 2.0.0 ready\r\n")
        equal(peer.line(), "STARTTLS 0")
        peer.say("220 go\r\n")
        peer.start_tls()
        verb = None
        while verb != "QUIT":
            verb, *rest = peer.line().split(" ")
            self.verbs.append(verb)
            getattr(self, verb)(peer, *rest)

    def HELP(self, peer):
        peer.say("214-every\r\n with text\r\n214 end\r\na\r\n..b\r\n.\r\n")

    def AUTH(self, peer, mechanism):
        equal(mechanism, "CRAM-MD5")
        challenge = b"<1@every>"
        peer.say(f"334 {base64.b64encode(challenge).decode()}\r\n")
        user, digest = base64.b64decode(peer.line()).split(b" ")
        equal(user, b"anna@a.example")
        wanted = hmac.new(self.password.encode(), challenge, "md5")
        good = wanted.hexdigest().encode() == digest
        peer.say("235 2.7.0 ok\r\n" if good else "535 5.7.8 no\r\n")

    def SMTP(self, peer):
        peer.say("220 every\r\n")
        for wanted, answer in (("EHLO every.example",
                                "250-x\r\n250 SIZE 9999"),
                               ("NOOP", "250 ok"),
                               ("MAIL FROM:<anna@a.example>", "250 ok"),
                               ("RCPT TO:<bob@b.example>", "250 ok"),
                               ("DATA", "354 go")):
            equal(peer.line()[:len(wanted)], wanted)
            peer.say(answer + "\r\n")
        for _ in iter(peer.line, "."):
            pass
        peer.say("250 as number 7\r\n")
        equal(peer.line(), "QUIT")
        peer.say("221 bye\r\n")

    def MAIL(self, peer, *rest):
        equal(rest, ("anna@a.example", "bob@b.example", "0"))
        peer.say("354 speak\r\n")
        lines = list(iter(peer.line, "."))
        self.messages.append("".join(line.removeprefix(".") + "\r\n"
                                     for line in lines))
        peer.say("250 2.0.0 ok\r\n")

    def FETCH(self, peer):
        message = self.messages[-1].encode()
        with socket.create_server(("127.0.0.1", 0)) as beside:
            port = beside.getsockname()[1]
            peer.say(f"{len(message)} {port}\r\n".encode() + message)
            beside.settimeout(harness.PATIENT)
            with beside.accept()[0] as second:
                second.sendall(message)

    def QUIT(self, peer):
        """It waits until we close."""


def over_net(tmp, host, age, server):
    folder = tmp / "plugins"
    if not folder.exists():
        plugins_of(tmp, age, "every-net")
    where = f"127.0.0.1:{server.port}?ca_file={script.folder()}/ca.pem"
    with server:
        r = deliver(host, folder,
                    f"every-net://anna%40a.example:{PASSWORD}@{where}",
                    f"every-net://bob%40b.example@{where}", "-vvv")
        equal(server.mistakes, [])
    return keeps_secret(r, PASSWORD)


@for_each(*OLD, "fresh")
def all_functions_of_the_toolkit_of(tmp, host, age):
    server = EveryNet()
    r = delivered(over_net(tmp, host, age, server), "1", "1")
    equal(server.verbs, ["HELP", "AUTH", "SMTP", "MAIL", "QUIT", "HELP",
                         "FETCH", "QUIT"])
    equal([r.json["facts"][name] for name in (
        "send_help", "recv_dotted", "send_offer", "send_accepted")],
          ["214 with text", "2", "9999", "as number 7"])
    equal((r.json["facts"]["send_secure"], r.json["facts"]["recv_secure"],
           r.json["facts"]["recv_ready"]), ("1", "1", "1 1"))
    contains(r.json["facts"]["recv_tls_version"], "TLS")
    r = over_net(tmp, host, age, EveryNet("another"))
    equal((r.code, r.json["reason"], r.json["message"]),
          (CRITICAL, "auth", "AUTH: 535 5.7.8 no"), r)


# ---- Plugins of today in the next host --------------------------------------

def passes_in_the_next_host(program, *names):
    """A test program, or some of its tests, with the other host."""
    needs_a_next_host()
    done = subprocess.run(
        [sys.executable, "-B", SOURCE / "tests" / program, *names],
        env={**os.environ, "CHECK_DELIVERY": HOSTS["next"]},
        capture_output=True, text=True)
    failed = re.findall(r"^(?:not ok|#).*", done.stdout, re.M)
    equal((done.returncode, failed), (0, []), done.stderr)
    passed = len(re.findall(r"^ok \d+ - \w+$", done.stdout, re.M))
    equal(passed >= max(len(names), 1), True, done.stdout)


@test
def what_the_contract_says_holds_in_the_next_host():
    passes_in_the_next_host("plugins/contract.py")


@test
def parts_and_parameters_are_the_same_in_the_next_host():
    passes_in_the_next_host("plugins/parts.py")


@test
def the_plugins_of_the_tree_run_in_the_next_host():
    passes_in_the_next_host("cli/file.py", "a_delivery_is_found_and_removed")
    passes_in_the_next_host("dialogue/smtp.py", "good_servers")  # and IMAP
    passes_in_the_next_host("dialogue/ftp.py", "good_servers")
    passes_in_the_next_host("dialogue/irc.py", "a_good_server")


# ---- Plugins of the next minor ----------------------------------------------

@test
def a_plugin_of_the_next_minor_is_refused_with_both_versions(tmp):
    """By its record; or, where it calls a function of that minor, by the
    dynamic linker, which comes first.  Other majors are in loader.py."""
    folder = plugins_of(tmp, "fresh", "ahead", "ahead-calls")
    for name in ("ahead", "ahead-calls"):
        r = deliver("this", folder, f"{name}:", f"{name}:")
        equal((r.code, r.json["reason"], r.json["message"]),
              (UNKNOWN, "plugin",
               f"send: {folder}/{name}.so: made for version 0.10 of the "
               "plugin contract, and this check_delivery has 0.9; install a "
               "newer check_delivery"), r)


@test
def a_plugin_of_the_next_minor_runs_in_the_next_host(tmp):
    folder = plugins_of(tmp, "fresh", "ahead", "ahead-calls")
    for name in ("ahead", "ahead-calls"):
        r = delivered(deliver("next", folder, f"{name}:",
                              f"{name}.second:?text=a&word=b"), "1", "1")
        equal(r.json["facts"], {"send_number": "41"}
              if name == "ahead-calls" else {}, r)


main()
