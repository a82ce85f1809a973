# SPDX-License-Identifier: BSD-2-Clause
"""Calls that move a byte at a time, are interrupted, or find nothing although
poll() said so: the same results as without."""
import contextlib

from faults import *
import ftp_server
import irc_server
import script
import scripts
from maildirs import Maildir
from script import Imap, Lmtp, Pop3, Smtp

EVERYTHING = "short eintr eagain poll"


class Irc(irc_server.Irc):
    def __init__(self, scheme="irc", **changes):
        super().__init__(**changes)
        self.scheme = scheme

    def play(self, peer):
        if self.scheme == "irctls":
            peer.start_tls()
        super().play(peer)


class Scenarios:
    """The lines of an INI file, and the servers that they are about."""

    def __init__(self, tmp, stack):
        self.tmp, self.stack, self.lines = tmp, stack, ["[scenarios]"]

    def add(self, name, send, recv, patience=20):
        self.lines += [f"{name}.send = {send}", f"{name}.recv = {recv}",
                       f"{name}.patience = {patience}"]

    def begin(self, *servers):
        for server in servers:
            self.stack.enter_context(server)

    def mail(self, name, sender, receiver, patience=20):
        self.begin(sender, receiver)
        self.add(name, script.url(sender, "anna"), script.url(receiver, "bob"),
                 patience)

    def ftp(self, name, server, patience=20):
        self.begin(server)
        at = ftp_server.at(server)
        self.add(name, at, at, patience)

    def irc(self, name, server):
        self.begin(server)
        more = f"?ca_file={script.folder()}/ca.pem" \
            if server.scheme == "irctls" else ""
        at = f"localhost:{server.port}/{irc_server.TARGET}{more}"
        self.add(name, f"{server.scheme}://anna@{at}",
                 f"{server.scheme}://bob@{at}")

    def play(self, *arguments, **options):
        write(self.tmp / "conf.ini", "\n".join(self.lines) + "\n")
        r = run("--conf", self.tmp / "conf.ini", "--play", "*", "-j", "16",
                "-4", "-o", "json", "--timeout", "50", *arguments, **options)
        return {each["scenario"]: each for each in r.json["results"]}


def deliveries(scenarios):
    tmp = scenarios.tmp
    for tls in "", "s", "starttls":
        smtp = Smtp(f"smtp{tls}")
        scenarios.mail(f"imap{tls}", smtp, Imap(smtp, f"imap{tls}"))
        lmtp = Lmtp()
        scenarios.mail(f"pop3{tls}", lmtp, Pop3(lmtp, f"pop3{tls}"))
    for scheme in "ftp", "ftps":
        scenarios.ftp(scheme, ftp_server.Ftp(scheme))
    for scheme in "irc", "irctls":
        scenarios.irc(scheme, Irc(scheme))
    scenarios.add("file", f"file://{tmp}/file", f"file://{tmp}/file")
    by_scripts(scenarios)


def by_scripts(scenarios):
    tmp = scenarios.tmp
    store = scripts.script(tmp, scripts.steps(
        open="echo detail a word before",
        send='grep -qx password=hidden || exit 15\n'
             f'echo "$CHECK_DELIVERY_TOKEN" >{tmp}/by-script\n'
             'echo "metric size=35 B"\n'
             'echo "fact said $(seq -s . 900)"'),
        "store")
    fetch = scripts.script(tmp, scripts.steps(
        recv=f'grep -q "$CHECK_DELIVERY_TOKEN" {tmp}/by-script || exit 3'),
        "fetch")
    scenarios.add("exec", f"exec://anna:hidden@{store}", scripts.url(fetch))
    box = Maildir(tmp / "Maildir")
    put = scripts.script(tmp, scripts.steps(
        send=f"t=$CHECK_DELIVERY_TOKEN; f={box.path}/tmp/$t\n"
             'printf "%s\\n" "Subject: $t" "Message-ID: <$t@example.test>" '
             '"X-Check-Delivery-Token: $t" "" "$t" >"$f"\n'
             f'mv "$f" {box.path}/new'), "put")
    scenarios.add("maildir", scripts.url(put), f"maildir://{box.path}")


def failures(scenarios):
    tmp = scenarios.tmp
    for name, changes in (
            ("greeting", {"GREETING": "421 4.3.2 closing\r\n"}),
            ("login", {"AUTH": "535 5.7.8 no\r\n"}),
            ("recipient", {"RCPT": "550 5.1.1 no such user\r\n"}),
            ("message", {"MESSAGE": "451 4.3.0 later\r\n"}),
            ("garbage", {"EHLO": "250-mx\r\n2500 what\r\n"}),
            ("gone", {"DATA": lambda peer: peer.socket.close()}),
            ("lost", {})):
        smtp = Smtp(**changes)
        scenarios.mail(name, smtp, Imap(smtp, copies=lambda messages: []), 0)
    for name, scheme, changes in (
            ("injected", "smtpstarttls", {"STARTTLS": "220 go\r\n250 x\r\n"}),
            ("refused", "smtpstarttls", {"STARTTLS": "454 no\r\n"}),
            ("stranger", "smtps", {"certificate": "strange"})):
        smtp = Smtp(scheme, **changes)
        scenarios.mail(name, smtp, Imap(smtp), 0)
    smtp = Smtp()
    scenarios.mail("imap", smtp, Imap(smtp, LOGIN="TAG NO no\r\n",
                                      AUTHENTICATE="TAG NO no\r\n"), 0)
    lmtp = Lmtp()
    scenarios.mail("pop3", lmtp, Pop3(lmtp, AUTH="-ERR [AUTH] no\r\n"), 0)
    scenarios.ftp("ftp", ftp_server.Ftp(STOR="553 no\r\n"), 0)
    scenarios.ftp("cut", ftp_server.Ftp("ftps", truncates=True), 0)
    scenarios.irc("irc", Irc(WELCOME=":s 465 NICK :banned\r\n"))
    scenarios.add("file", f"file://{tmp}/here", f"file://{tmp}/there", 0)
    says = scripts.script(tmp, "seq 1 4000 >&2; exit 20", "says")
    starts = scripts.script(tmp, "", "starts", first="#!/nowhere/sh")
    scenarios.add("exec", scripts.url(says), f"file://{tmp}/there", 0)
    scenarios.add("interpreter", scripts.url(starts), f"file://{tmp}/x", 0)


def with_and_without(tmp, fill, io):
    """The results of the same, in two worlds."""
    for world, shim in (("fair", None), ("foul", Shim(tmp, io=io))):
        folder = tmp / "world"
        folder.mkdir()
        with contextlib.ExitStack() as stack:
            scenarios = Scenarios(folder, stack)
            fill(scenarios)
            yield scenarios.play(env=shim and shim.env)
        shutil.rmtree(folder)
        if shim:
            shim.did(*io.split())


def same(tmp, fill, io=EVERYTHING):
    fair, foul = with_and_without(tmp, fill, io)
    equal(sorted(foul), sorted(fair))
    for name, result in foul.items():
        def neutral(each):
            return re.sub(r":\d{4,5}\b", ":PORT", timeless(each))
        equal(neutral(result), neutral(fair[name]), name)
    return fair


@test
def every_delivery(tmp):
    fair = same(tmp, deliveries)
    equal(len(fair), 13)
    for name, result in fair.items():
        equal(result["reason"], "ok", f"{name}: {result}")


@test
def failures_of_all_kinds(tmp):
    certificates = script.certificates
    certificates.authority(script.folder(), "stranger")
    certificates.certificate(script.folder(), "strange", ca="stranger")
    fair = same(tmp, failures)
    equal({name: result["reason"] for name, result in fair.items()}, {
        "greeting": "tempfail", "login": "auth", "recipient": "rejected",
        "message": "tempfail", "garbage": "protocol", "gone": "closed",
        "lost": "not_found", "injected": "protocol", "refused": "tls",
        "stranger": "tls", "imap": "auth", "pop3": "auth",
        "ftp": "rejected", "cut": "not_found", "irc": "rejected",
        "file": "not_found", "exec": "tempfail", "interpreter": "config"})


@test
def one_trouble_at_a_time(tmp):
    for io in EVERYTHING.split():
        fair = same(tmp, by_scripts_and_a_server, io)
        for name, result in fair.items():
            equal(result["reason"], "ok", f"{io}: {name}: {result}")


def by_scripts_and_a_server(scenarios):
    by_scripts(scenarios)
    smtp = Smtp("smtps")
    scenarios.mail("mail", smtp, Imap(smtp, "imapstarttls"))


@test
def files_of_our_own(tmp):
    """An INI file with references and secrets, good and wrong."""
    write(tmp / "password", "hidden\n")
    for text in (pair(tmp, "a", "a.warning = 5\n; " + "x" * 9000 + "\n")
                 + "[creds]\nu = u:${file:%s}\n" % (tmp / "password"),
                 "a.send = file://x\nno line at all\n", "a.send = ${x:y}\n"):
        conf(tmp, "[scenarios]\n" + text)
        shim = Shim(tmp, io=EVERYTHING)
        fair = play(tmp, "*", "-v")
        foul = play(tmp, "*", "-v", env=shim.env)
        shim.did("short", "eintr", "poll")

        def neutral(said):
            return re.sub(r"\d+\.\d+|cd-[a-z0-9]+", "N", said)
        equal((foul.code, neutral(foul.out), neutral(foul.err)),
              (fair.code, neutral(fair.out), neutral(fair.err)))


@test
def long_answers(tmp):
    """To a pipe, to a file, and to a pipe that the reader does not block on."""
    fair = run("--doc")
    shim = Shim(tmp, io=EVERYTHING)
    foul = run("--doc", env=shim.env)
    equal((foul.code, foul.out), (fair.code, fair.out))
    with open(tmp / "out", "wb") as out:
        run("--doc", env=shim.env, stdout=out)
    equal((tmp / "out").read_text(), fair.out)
    ours, theirs = os.pipe()
    os.set_blocking(theirs, False)
    process = start("--doc", env=shim.env, stdout=theirs)
    os.close(theirs)
    with open(ours) as said:
        equal(said.read(), fair.out)
    finish(process)
    shim.did("short", "eintr", "poll", "eagain")


main()
