# SPDX-License-Identifier: BSD-2-Clause
"""A stage for the scripted servers: each plays its good dialogue but for one
step, at which one thing goes wrong.  Hundreds of them are met in one call of
the program, which is given a scenario for each.

    steps = stage.rehearse("imap")          # the good dialogue, step by step
    cases = stage.cases("imap", steps, ["fin-before", "rst"])
    results = stage.play(cases)             # case -> the result in JSON
    for case in cases:
        stage.judge(case, results[case])

What is not told by the protocol is a file: what a server takes over, it puts
into the file that the receiver looks for, and what it has to show, it takes
from the file that the sender wrote.
"""
import collections
import contextlib
import functools
import resource

import ftp_server
import irc_server
from actor import (ENDLESS, FAULTS, HANDSHAKE, HELD, WORDLESS, Actor,
                   spoil_handshake)
from script import *

# A connection a case, and as many at once as there may be.
resource.setrlimit(resource.RLIMIT_NOFILE, (
    resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)

# A step of a dialogue: what the server says then ("" where it is a matter of
# the connection alone), whether it is all over but for clearing up, and
# whether it is under TLS.
Step = collections.namedtuple("Step", "verb text over tls")
# The n-th step of a protocol's dialogue goes wrong; None: nothing does; ALL:
# each does.  Behind it: the server's certificate, and that of its data
# connections; and the host, the CA file and parameters of the URL.
ALL = -1
Case = collections.namedtuple(
    "Case", "protocol step fault certificate data verb host ca more",
    defaults=[None, "none", "good", "good", "", "localhost", "ca.pem", ""])


# ---- Servers ----------------------------------------------------------------

def quietly(function):
    with contextlib.suppress(Gone):
        function()


class Staged:
    """Mixed into a server of script.py.  `final`: the server has said what
    makes it a delivery."""

    def prepare(self, case, path):
        self.at, self.fault, self.path = case.step, case.fault, path
        self.certificate, self.data_certificate = case.certificate, case.data
        self.steps, self.verb, self.refused = [], "", None
        self.final = self.happened = False
        self.over, self.may_go_on = threading.Event(), threading.Event()
        return self

    def __enter__(self):
        if self.fault not in ("refused", "black-hole"):
            return super().__enter__()
        self.happened, where = True, self.socket.getsockname()
        if self.fault == "refused":
            self.socket.close()
            self.socket = socket.socket()
            self.socket.bind(where)
        else:  # nobody is taken in, and no more may wait
            self.socket.listen(0)
            self.waiting = [socket.socket() for _ in range(4)]
            for one in self.waiting:
                one.setblocking(False)
                one.connect_ex(where)
        return self

    def __exit__(self, *error):
        self.over.set()
        if self.thread.is_alive():
            super().__exit__(*error)
        for one in self.socket, *getattr(self, "waiting", []):
            one.close()

    def meet(self, connection):
        return Actor(connection, self)

    def step(self, peer, verb, *rest):
        self.verb = verb
        super().step(peer, verb, *rest)

    def act(self, actor, text, verb=None, apart=False):
        """`apart`: the actor's troubles are not those of this thread."""
        verb = verb or self.verb
        number = len(self.steps)
        self.steps.append(Step(verb, text, self.final and verb != "STATUS",
                               actor.tls))

        def told(said=False):
            if text and not said:
                actor.speak(text)
            self.final |= self.decides(verb, text)

        if self.at not in (ALL, number) or (self.at == ALL and not text):
            told()
            return
        self.happened = True
        fails = functools.partial(FAULTS[self.fault], actor, text, told)
        if verb == "TLS":
            spoil_handshake(actor, self.fault)
        elif apart:
            threading.Thread(target=quietly, args=(fails,),
                             daemon=True).start()
        else:
            fails()

    # What a protocol says of itself.

    def decides(self, verb, text):
        raise NotImplementedError

    def refusal(self, text, for_now):
        return (b"451 4.3.0 later\r\n" if for_now else b"554 5.7.0 no\r\n")

    def more_lines(self, text):
        return text[:3] + b"-more\r\n"


class StagedSmtp(Staged, Smtp):
    def step(self, peer, verb, default):
        if verb == "MESSAGE":  # delivered, whatever becomes of the answer
            token = re.search(rb"X-Check-Delivery-Token: ([\w-]+)",
                              peer.clear + peer.secret)[1]
            write(self.path, token)
        super().step(peer, verb, default)

    def take(self, peer):
        if self.refused != "DATA":
            super().take(peer)

    def decides(self, verb, text):
        return verb == "MESSAGE"


class StagedLmtp(StagedSmtp):
    hellos = "LHLO",


class Mailbox:
    """What the sender put into a file, as a mail."""

    def __init__(self, path):
        self.path = path

    @property
    def messages(self):
        if not self.path.exists():
            return []
        token = self.path.read_text().strip()
        return [f"Subject: {token}\r\nMessage-ID: <{token}@example.org>\r\n"
                f"X-Check-Delivery-Token: {token}\r\n\r\n{token}\r\n"]


class StagedImap(Staged, Imap):
    def decides(self, verb, text):
        return verb == "FETCH" and b"Token" in text

    def refusal(self, text, for_now):
        tag = text.split(b"\r\n")[-2].split(b" ")[0]
        words = b"[UNAVAILABLE] later" if for_now else b"no"
        return tag + (b" BYE " if tag == b"*" else b" NO ") + words + b"\r\n"

    def more_lines(self, text):
        return b"* 1 EXISTS\r\n"


class StagedPop3(Staged, Pop3):
    def decides(self, verb, text):
        return verb == "TOP"

    def refusal(self, text, for_now):
        return b"-ERR [SYS/TEMP] later\r\n" if for_now else b"-ERR no\r\n"

    def more_lines(self, text):
        return b"+OK\r\n"


class StagedFtp(Staged, ftp_server.Ftp):
    sends = True

    def decides(self, verb, text):
        return verb == "RNTO" if self.sends else verb == "DONE"

    def step(self, peer, verb, default):
        if verb == "RNTO":
            write(self.path, self.token)
        super().step(peer, verb, default)

    def transfer(self, peer, verb, path):
        """A server whose data connection fails says so on the other."""
        self.verb, self.data = verb, None
        try:
            super().transfer(peer, verb, path)
        except Gone:
            if not self.data and self.refused != verb:
                raise
            if self.data:
                self.data.socket.close()
                peer.speak(b"426 broken\r\n")
        finally:
            self.listener.close()

    def accept(self):
        if self.refused in ("STOR", "RETR"):
            self.refused = None
            raise Gone
        connection, _ = self.listener.accept()
        self.data = Actor(connection, self)
        self.data.certificate = self.data_certificate
        if self.scheme == "ftps":
            self.data.start_tls()
        if self.sends:
            self.act(self.data, b"", "DATA")
        else:
            self.verb = "DATA"
        return self.data

    def close(self, data):
        data.close()
        self.data = None

    @property
    def content(self):
        return self.path.read_bytes()


class StagedIrc(Staged, irc_server.Irc):
    """Both ends are here."""

    def play(self, peer):
        if self.scheme == "irctls":
            peer.start_tls()
        super().play(peer)

    def decides(self, verb, text):
        """The receiver has heard it, and the sender hears that it has."""
        self.told = getattr(self, "told", set()) | {verb}
        return {"PRIVMSG", "PING"} <= self.told

    def pass_on(self, peer, line):
        said = f":{peer.nick}!u@h {line}\r\n".encode()
        for other in self.people:
            if other is not peer:
                quietly(lambda: self.act(other, said, "PRIVMSG", apart=True))

    def refusal(self, text, for_now):
        numeric = {b"366": b"473 x #room", b"PON": b"404 x #room",
                   b"CAP": b"CAP * NAK", b"AUT": b"904 x",
                   b"903": b"904 x"}.get(text.split(b" ")[1][:3], b"465 x")
        if b" LS " in text:
            numeric = b"421 x CAP"
        return b":s " + numeric + b" :no\r\n"

    def more_lines(self, text):
        return b":s 372 x :much to say\r\n"


def offer_sasl(peer):
    said = (peer.clear + peer.secret).split(b"\r\n")[-2]
    if b"LS" in said:
        peer.say(":s CAP * LS :sasl=PLAIN\r\n")
    elif b"REQ" in said:
        peer.say(":s CAP * ACK :sasl\r\n")


def take_login(peer):
    said = (peer.clear + peer.secret).split(b"\r\n")[-2]
    peer.say(":s AUTHENTICATE +\r\n" if said.endswith(b"PLAIN")
             else ":s 903 x :in\r\n")


# ---- Protocols --------------------------------------------------------------

SENDERS = ["smtp", "smtps", "smtpstarttls", "lmtp", "ftp-send", "ftps-send"]
RECEIVERS = ["imap", "imaps", "imapstarttls", "pop3", "pop3s", "pop3starttls",
             "ftp-recv", "ftps-recv"]
BOTH = ["irc", "irctls"]
IN_THE_CLEAR = ["smtp", "lmtp", "imap", "pop3", "ftp-send", "ftp-recv", "irc"]
WITH_TLS = ["smtps", "smtpstarttls", "imaps", "imapstarttls", "pop3s",
            "pop3starttls", "ftps-send", "ftps-recv", "irctls"]
PROTOCOLS = IN_THE_CLEAR + WITH_TLS


def make_server(case, path):
    scheme = case.protocol.split("-")[0]
    if scheme == "lmtp":
        server = StagedLmtp(scheme)
    elif scheme.startswith("smtp"):
        server = StagedSmtp(scheme)
    elif scheme.startswith("imap"):
        server = StagedImap(Mailbox(path), scheme)
    elif scheme.startswith("pop3"):
        server = StagedPop3(Mailbox(path), scheme)
    elif scheme.startswith("ftp"):
        server = StagedFtp(scheme, DATA=lambda server, data:
                           data.sendall(server.content))
        server.sends = case.protocol.endswith("send")
    else:
        server = StagedIrc(CAP=offer_sasl, AUTHENTICATE=take_login)
        server.scheme = scheme
    return server.prepare(case, path)


def urls(case, server):
    """Where to send, and where to receive."""
    there = f"file://{server.path}"
    more = [f"ca_file={folder() / case.ca}"] * (case.protocol in WITH_TLS)
    more += [case.more] * bool(case.more)
    login = "" if server.scheme == "lmtp" else f":{PASSWORD}"

    def here(user, path=""):
        return (f"{server.scheme}://{user}{login}@{case.host}:{server.port}"
                f"{path}?{'&'.join(more)}").rstrip("?")

    if isinstance(server, StagedIrc):
        return [here(nick, "/%23room") for nick in ("anna", "bob")]
    if isinstance(server, StagedFtp):
        ours = here("anna", "/in/x")
    else:
        more += ["to=bob%40example.org"] * (case.protocol in SENDERS)
        ours = here("anna%40example.org")
    return [ours, there] if case.protocol in SENDERS else [there, ours]


# ---- Playing ----------------------------------------------------------------

def name(case):
    """Of the scenario: what is not as usual."""
    where = "" if case.step in (None, ALL) else f"{case.step:02}-{case.verb}"
    usual = Case(case.protocol)
    words = [case.protocol, where, case.fault, case.more,
             pathlib.Path(case.ca).name * (case.ca != usual.ca)] + [
        f"{key}-{getattr(case, key)}" for key in ("certificate", "data",
                                                  "host")
        if getattr(case, key) != getattr(usual, key)]
    return re.sub("[^a-z0-9-]+", "_", "-".join(filter(None, words)).lower())


def play(cases, *arguments, env=None, timeout=50, patience=10, jobs=16,
         begun=None, **popen):
    """Plays all cases in one call of the program.  Returns case -> result, as
    the program says it in JSON, with the server as "server".  `begun` is
    called with the process and case -> server while it runs."""
    if len(set(map(name, cases))) < len(cases):
        raise AssertionError("a case twice")
    with tempfile.TemporaryDirectory(prefix="check_delivery-stage.") as tmp, \
            contextlib.ExitStack() as stack:
        servers, ini = {}, "[scenarios]\n"
        for case in cases:
            path = pathlib.Path(tmp, name(case))
            servers[case] = stack.enter_context(make_server(case, path))
            send, recv = urls(case, servers[case])
            ini += (f"{name(case)}.send = {send}\n"
                    f"{name(case)}.recv = {recv}\n")
        write(pathlib.Path(tmp, "conf.ini"), ini)
        process = start("--conf", f"{tmp}/conf.ini", "--play", "*", "-4", "-o",
                        "json", "-j", jobs, "--timeout",
                        timeout, "--patience", patience, *arguments, env=env,
                        **popen)
        if begun:
            begun(process, servers)
        r = finish(process)
        for server in servers.values():
            server.may_go_on.set()
    return read(r, servers)


def read(r, servers):
    """One result a scenario, and no secret anywhere."""
    keeps_secret(r, PASSWORD)
    said = r.json
    by_name = {result["scenario"]: result
               for result in said.get("results", [said])}
    equal(sorted(by_name), sorted(map(name, servers)))
    for case, server in servers.items():
        by_name[name(case)]["server"] = server
    return {case: by_name[name(case)] for case in servers}


def play_held(cases, **options):
    """The same for those that end by the timeout, all at once.  What did not
    come to its step by then is given more time."""
    results = {}
    for timeout in 4, 15, 45:
        waiting = [case for case in cases if case not in results]
        played = play(waiting, timeout=timeout, patience=100,
                      jobs=len(waiting), **options) \
            if waiting else {}
        results |= {case: result for case, result in played.items()
                    if result["server"].happened or timeout == 45}
    return results


def rehearse(*protocols, env=None):
    """protocol -> the steps of its good dialogue."""
    results = play([Case(protocol) for protocol in protocols], env=env)
    for case, result in results.items():
        judge(case, result)
    return {case.protocol: result["server"].steps
            for case, result in results.items()}


def is_possible(step, fault):
    if step.verb == "TLS":
        return fault in HANDSHAKE
    if not step.text:  # FTP's data connection, of which nothing is asked
        return fault in WORDLESS and fault != "silence"
    if step.verb == "PRIVMSG" and (fault == "surplus" or "refusal" in fault):
        return False
    if fault == "surplus" and (step.text.startswith(b"* OK")
                               or not step.text.endswith(b"\r\n")):
        return False
    return step.tls or fault != "end-of-tls"


def cases(protocol, steps, faults, which=lambda step: True):
    """Each fault at each step where it can be; `which` steps."""
    return [Case(protocol, number, fault, verb=step.verb)
            for number, step in enumerate(steps) for fault in faults
            if which(step) and is_possible(step, fault)]


# ---- Judging ----------------------------------------------------------------

LOST = {"closed", "tls", "connect"}
REFUSED = {"rejected", "tempfail", "auth", "tls", "protocol", "not_found"}
NONSENSE = {"protocol", "tls"}
REASONS = {
    "fin-before": LOST, "fin-after": LOST, "end-of-tls": LOST, "rst": LOST,
    "half": LOST, "refusal": REFUSED, "refusal-for-now": REFUSED,
    "surplus": NONSENSE, "garbage": NONSENSE, "flood": NONSENSE,
    "endless-line": NONSENSE,
    "refused": {"connect"}, "black-hole": {"timeout"},
    "silence": {"timeout"}, "gone": {"timeout"}, "endless-drip": {"timeout"},
}
# What follows them is not believed, whatever it is.
BREAKS = ["surplus", "garbage", *ENDLESS, "refusal", "refusal-for-now",
          *HELD]


def may_fail(case, server):
    """The server said what makes a delivery of it, but had not said before
    what it owed; or the answer to QUIT is a part of the verdict (LMTP)."""
    step = server.steps[case.step]
    return case.fault in BREAKS and (
        not step.over or (case.protocol, step.verb) == ("lmtp", "QUIT"))


def reasons(case, server):
    """A server of FTP has a word for a data connection that breaks."""
    on_data = case.protocol.startswith("ftp") and case.verb in ("TLS", "DATA")
    also = {"tempfail"} if on_data else set()
    return REASONS.get(case.fault, set()) | also


def must_fail(case, server):
    """Nonsense is not forgiven by looking again, but in a file that is not
    ours, where we leave, and in a handshake of TLS (POP3), which one that
    restarts may break off."""
    return case.fault in ("garbage", *ENDLESS) \
        and case.verb not in ("DATA", "QUIT", "TLS") \
        and not server.steps[case.step].over


def judge(case, result):
    """Nothing hangs, nothing lies."""
    server = result["server"]
    said = f"{name(case)}: {result}, steps {server.steps}"
    equal(server.mistakes, [], said)
    equal(server.happened, case.fault != "none", f"it happened: {said}")
    is_ok = result["reason"] == "ok"
    equal(result["status"] == OK, is_ok, said)
    equal(is_ok and must_fail(case, server), False, said)
    if is_ok or not (server.final and may_fail(case, server)):
        equal(is_ok, server.final, f"delivered: {said}")
    if not is_ok:
        equal(result["reason"] in reasons(case, server), True, said)
        equal(result["state"], "UNKNOWN" if result["reason"] == "timeout"
              else "CRITICAL", said)
    if case.protocol in WITH_TLS:
        says_no_more_than_it_may(server)
        if case.fault == "surplus" and not server.steps[case.step].tls:
            equal((is_ok, server.peers[-1].secret), (False, b""), said)


BEFORE_TLS = ["EHLO", "STARTTLS", "QUIT", "CAPABILITY", "LOGOUT", "CAPA",
              "STLS", "AUTH TLS"]


def says_no_more_than_it_may(server):
    """Rule 1: TLS asked for is TLS or failure.  (What the handshake says is no
    line of text.)"""
    for line in server.clear.split("\r\n"):
        words = line.split(" ")
        verb = words["imap" in server.scheme] if len(words) > 1 else line
        if line.isascii() and line.isprintable() and line \
                and line != "AUTH TLS":
            contains(BEFORE_TLS, verb)
