# SPDX-License-Identifier: BSD-2-Clause
"""Many scenarios in one call of the program, each with servers of its own:

    many = Many(tmp)
    many.add("refused", smtp := Smtp(MAIL="550 no\r\n"))
    for one in many.play():
        equal(one.reason, "rejected", one)

A sender's message is looked for in a file that is not there, and a receiver
has a sender that does not matter, unless another end is given."""
import contextlib
import unicodedata

import ftp_server
import irc_server
from script import *

# What may be said before TLS (rule 1).
BEFORE_TLS = {"smtpstarttls": "EHLO STARTTLS QUIT",
              "imapstarttls": "CAPABILITY STARTTLS LOGOUT",
              "pop3starttls": "CAPA STLS QUIT", "ftps": "AUTH QUIT"}
# What a server shows that no line may hold.
EVIL = "|<>`"


class Outcome:
    """What the program said of a scenario, and the servers that it had."""

    def __init__(self, result, send, recv):
        self.result, self.send, self.recv = result, send, recv
        for key in ("scenario", "reason", "step", "message", "status", "facts",
                    "token"):
            setattr(self, key, result.get(key))
        self.details = result["details"] or ""

    def __repr__(self):
        return f"{self.scenario}: {self.reason} in {self.step}: " \
               f"{self.message!r} {self.details!r}"

    @property
    def texts(self):
        return [self.message, self.details, *self.facts.values()]


def is_clean(text):
    """One that a terminal and a parser of performance data can be shown."""
    return not [c for c in text if c in EVIL or (c != "\n" and (
        unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp")))]


NO_CAP = ":s 421 * CAP :what\r\n"


def make(scheme, smtp=None, **changes):
    """A server of that scheme; what it says may be functions of the peer."""
    if scheme == "ftps":
        return ftp_server.Ftp(scheme, **{
            verb: (lambda server, what=what: what(server.peers[-1]) or "")
            if callable(what) else what for verb, what in changes.items()})
    if scheme.startswith("smtp"):
        return Smtp(scheme, **changes)
    if scheme.startswith("irc"):
        return irc_server.Irc(scheme, **changes)
    return {"imap": Imap, "pop3": Pop3}[scheme[:4]](smtp or Smtp(), scheme,
                                                    **changes)


class Many:
    # The timeout of a scenario counts from the beginning of the call, so that
    # not too many may wait for others.
    AT_ONCE = 40

    def __init__(self, tmp):
        self.tmp = tmp
        self.lines, self.ends = {}, {}
        self.servers = contextlib.ExitStack()

    def url(self, name, server, user, more):
        if server is None:
            return f"file://{self.tmp}/{name}"
        if isinstance(server, str):
            return server
        if isinstance(server, ftp_server.Ftp):
            return ftp_server.at(server, more)
        if isinstance(server, irc_server.Irc):
            return server.url(user, more)
        if server.scheme in ("lmtp", "smtp", "smtps", "smtpstarttls"):
            more = f"to=bob%40example.org&{more}"
        return url(server, user, more)

    def add(self, name, send=None, recv=None, more=("", ""), **options):
        """`options` are those of a scenario: patience, timeout, wait."""
        name = name.lower()
        options = {"patience": 0, "timeout": 40, **options}
        for server in send, recv:
            if server is not None and not isinstance(server, str) \
                    and not server.thread.ident:
                self.servers.enter_context(server)
        if send is None:
            send = "smtp://anna@localhost:9?from=anna%40example.org" \
                   "&to=bob%40example.org"
        self.ends[name] = send, recv
        self.lines[name] = (
            f"{name}.send = {self.url(name, send, 'anna', more[0])}\n"
            f"{name}.recv = {self.url(name, recv, 'bob', more[1])}\n"
            + "".join(f"{name}.{key} = {value}\n"
                      for key, value in options.items()))

    def run(self, names, *arguments, **options):
        """What the program says, as it is."""
        conf(self.tmp, "[scenarios]\n" + "".join(
            self.lines[name] for name in names))
        return keeps_secret(run(
            "--conf", self.tmp / "conf.ini", "--play", "*", "-4", "-j", "16",
            *arguments, **options))

    def play_for_nagios(self):
        with self.servers:
            return self.run(self.ends)

    def play(self, *arguments, **options):
        """The outcomes, in their order, of all that were added; `errors` is
        what the program said besides."""
        names, outcomes, self.errors = list(self.ends), [], ""
        with self.servers:
            while names:
                some, names = names[:self.AT_ONCE], names[self.AT_ONCE:]
                r = self.run(some, "-o", "json", *arguments, **options)
                results = r.json.get("results", [r.json])
                equal([one["scenario"] for one in results], some, r)
                outcomes += [Outcome(one, *self.ends[one["scenario"]])
                             for one in results]
                self.errors += r.err
        self.lines, self.ends = {}, {}
        for one in outcomes:
            for text in one.texts:
                equal(is_clean(text), True, one)
            for server in one.send, one.recv:
                equal(getattr(server, "mistakes", []), [], one)
        return outcomes


def tag_of(peer, verb=""):
    """The tag of the last command (of that kind) of a client of IMAP."""
    said = (peer.secret if peer.tls else peer.clear).decode("latin-1")
    tags = re.findall(rf"(\S+) {verb}[^\r\n]*\r\n", said)
    return tags[-1] if tags else ""


def before_tls(server):
    """The words that the server heard in the clear; but for the allowed."""
    heard = []
    for line in server.clear.split("\r\n"):
        words = line.split(" ") + [""]
        verb = words[server.scheme == "imapstarttls"]
        if line.isprintable() and line and line.isascii() \
                and verb not in BEFORE_TLS.get(server.scheme, "").split():
            heard.append(line)
    return heard


def says_nothing(one, server, connections=1):
    """TLS or nothing (rule 1), and no second try."""
    equal(before_tls(server), [], one)
    lacks(server.clear, PASSWORD, "anna", "bob", one.token or "cd-")
    equal(len(server.peers), connections, one)
    for form in forms(PASSWORD):
        lacks(server.clear.encode("latin-1"), form)
