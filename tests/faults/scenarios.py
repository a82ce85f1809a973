# SPDX-License-Identifier: BSD-2-Clause
"""A delivery by each transport, and a number of failures, to be played at once
against good servers and bad ones.

    with contextlib.ExitStack() as stack:
        scenarios = Scenarios(tmp, stack)
        deliveries(scenarios)
        results = scenarios.play(env=shim.env)
"""
from faults import *
import ftp_server
import irc_server
import script
import scripts
from maildirs import Maildir
from script import Imap, Lmtp, Pop3, Smtp


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
    script.certificates.authority(script.folder(), "stranger")
    script.certificates.certificate(script.folder(), "strange", ca="stranger")
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
