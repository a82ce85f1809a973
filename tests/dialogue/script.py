# SPDX-License-Identifier: BSD-2-Clause
"""Servers that play a script: good SMTP and LMTP servers, and good IMAP and
POP3 servers, which share a mailbox in memory, and what a test changes of them.

A script is a function that gets a Peer and talks to it.  Good ones are made of
a table, verb -> answer, that a test changes at one point:

    with Smtp(RCPT="550 5.1.1 no\r\n") as smtp, Imap(smtp) as imap:
        r = check(smtp, imap)
"""
import base64
import os
import pathlib
import re
import socket
import ssl
import struct
import sys
import tempfile
import threading

_tests = pathlib.Path(os.environ["abs_top_srcdir"], "tests")
sys.path[:0] = [str(_tests / "cli"), str(_tests / "servers")]
import certificates  # noqa: E402
import harness  # noqa: E402
from harness import *  # noqa: E402, F401, F403

PASSWORD = harness.CANARY
_folder = None


def folder():
    """With ca.pem and good.pem, once a test file."""
    global _folder
    if not _folder:
        if not harness.shutil.which("openssl"):
            harness.skip("no openssl")
        _folder = tempfile.TemporaryDirectory(prefix="check_delivery-script.")
        certificates.authority(pathlib.Path(_folder.name))
        certificates.certificate(pathlib.Path(_folder.name), "good")
    return pathlib.Path(_folder.name)


class Gone(Exception):
    """The client has gone; the script need not go on."""


class Peer:
    """A connection of a client; `clear` is what it said before TLS, `secret`
    what it said under it."""

    def __init__(self, connection):
        self.socket = connection
        self.socket.settimeout(harness.PATIENT)
        self.clear, self.secret = b"", b""
        self.tls = False
        self.buffer = b""

    def say(self, text):
        try:
            self.socket.sendall(text.encode("latin-1")
                                if isinstance(text, str) else text)
        except OSError as error:
            raise Gone from error

    def _receive(self):
        try:
            chunk = self.socket.recv(65536)
        except OSError as error:
            raise Gone from error
        if not chunk:
            raise Gone
        self.buffer += chunk
        if self.tls:
            self.secret += chunk
        else:
            self.clear += chunk

    def line(self):
        while b"\r\n" not in self.buffer:
            self._receive()
        line, self.buffer = self.buffer.split(b"\r\n", 1)
        return line.decode("utf-8", "replace")

    def read(self, length):
        while len(self.buffer) < length:
            self._receive()
        data, self.buffer = self.buffer[:length], self.buffer[length:]
        return data

    def start_tls(self, certificate="good", newest=None):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.set_ciphers("DEFAULT@SECLEVEL=0")
        if newest:
            context.minimum_version = ssl.TLSVersion.TLSv1
            context.maximum_version = newest
        context.load_cert_chain(folder() / f"{certificate}.pem")
        try:
            self.socket = context.wrap_socket(self.socket, server_side=True)
        except (OSError, ValueError) as error:
            raise Gone from error
        self.tls = True

    def hold(self):
        """Silence until the client goes."""
        while True:
            self._receive()

    def reset(self):
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                               struct.pack("ii", 1, 0))
        raise Gone


class Server:
    """Plays its script to each that connects: one after the other, or to all
    at once."""
    all_at_once = False

    def __init__(self):
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.peers = []
        self.mistakes = []
        self.thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.take_no_more()
        self.socket.close()
        self.thread.join(harness.PATIENT)

    def take_no_more(self):
        """Connections are refused from now on."""
        try:
            self.socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass  # by a script, before the end

    def _serve(self):
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            peer = self.meet(connection)
            self.peers.append(peer)
            if self.all_at_once:
                threading.Thread(target=self._attend, args=(peer,),
                                 daemon=True).start()
            else:
                self._attend(peer)

    def meet(self, connection):
        return Peer(connection)

    def _attend(self, peer):
        try:
            self.play(peer)
        except Gone:
            pass
        except Exception as mistake:  # of the test
            self.mistakes.append(mistake)
            raise
        finally:
            peer.socket.close()

    @property
    def clear(self):
        return b"".join(peer.clear for peer in self.peers).decode("latin-1")

    @property
    def secret(self):
        return b"".join(peer.secret for peer in self.peers).decode("latin-1")

    def answer(self, peer, what):
        """A text to say, or a function of the peer."""
        if callable(what):
            what(peer)
        else:
            peer.say(what)


class Smtp(Server):
    """`changes`: verb -> answer; GREETING and MESSAGE count as verbs.
    `scheme` decides about TLS."""
    hellos = "EHLO", "HELO"

    def __init__(self, scheme="smtp", certificate="good", **changes):
        super().__init__()
        self.scheme, self.certificate = scheme, certificate
        self.changes = changes
        self.messages = []

    def offers(self, peer):
        offers = ["mx.example", "PIPELINING", "SIZE 100000", "8BITMIME",
                  "SMTPUTF8", "ENHANCEDSTATUSCODES", "AUTH PLAIN LOGIN"]
        if self.scheme == "smtpstarttls" and not peer.tls:
            offers[-1] = "STARTTLS"
        return "".join(f"250-{offer}\r\n" for offer in offers[:-1]) \
            + f"250 {offers[-1]}\r\n"

    def play(self, peer):
        if self.scheme == "smtps":
            peer.start_tls(self.certificate)
        self.step(peer, "GREETING", "220 mx.example ESMTP\r\n")
        while True:
            words = peer.line().split(" ")
            verb = words[0].upper()
            if verb == "AUTH" and len(words) == 2 and verb not in self.changes:
                peer.say("334 \r\n")
                peer.line()
            default = {"EHLO": self.offers(peer), "HELO": "250 hi\r\n",
                       "LHLO": self.offers(peer),
                       "AUTH": "235 2.7.0 ok\r\n",
                       "MAIL": "250 2.1.0 ok\r\n", "RCPT": "250 2.1.5 ok\r\n",
                       "QUIT": "221 2.0.0 bye\r\n"}.get(verb, "500 what?\r\n")
            if verb[1:] in ("HLO", "ELO") and verb not in self.hellos:
                default = "500 what?\r\n"
            if verb == "STARTTLS":
                self.step(peer, verb, "220 go\r\n")
                peer.start_tls(self.certificate)
            elif verb == "DATA":
                self.step(peer, verb, "354 speak\r\n")
                if str(self.changes.get("DATA", "354")).startswith("354"):
                    self.take(peer)
            else:
                self.step(peer, verb, default)
            if verb == "QUIT":
                return

    def step(self, peer, verb, default):
        key = f"{verb}_TLS" if peer.tls and f"{verb}_TLS" in self.changes \
            else verb
        self.answer(peer, self.changes.get(key, default))

    def take(self, peer):
        lines = []
        while (line := peer.line()) != ".":
            lines.append(line[1:] if line.startswith(".") else line)
        self.step(peer, "MESSAGE", "250 2.0.0 Ok: queued as 1\r\n")
        if str(self.changes.get("MESSAGE", "250")).startswith("250"):
            self.messages.append("\r\n".join(lines) + "\r\n")


class Lmtp(Smtp):
    hellos = "LHLO",

    def __init__(self, **changes):
        super().__init__("lmtp", **changes)


class Imap(Server):
    """`changes`: verb (of "UID FETCH" it is FETCH) -> answer, in which TAG is
    the tag; `capabilities` replaces those it has; `copies` is what becomes of
    the messages of an SMTP server in INBOX, `junk` those in Junk."""

    CAPABILITIES = ("IMAP4rev1 LITERAL+ SASL-IR AUTH=PLAIN UIDPLUS IDLE "
                    "SPECIAL-USE LIST-EXTENDED LIST-STATUS")

    def __init__(self, smtp, scheme="imap", certificate="good",
                 capabilities=None, copies=lambda messages: messages,
                 junk=lambda messages: [], **changes):
        super().__init__()
        self.smtp, self.scheme, self.certificate = smtp, scheme, certificate
        self.changes = changes
        self.capabilities = capabilities or self.CAPABILITIES
        self.boxes = {"INBOX": lambda: copies(smtp.messages),
                      "Junk": lambda: junk(smtp.messages)}
        self.first_uid = 41
        self.commands = []

    def play(self, peer):
        if self.scheme == "imaps":
            peer.start_tls(self.certificate)
        self.selected = "INBOX"
        self.step(peer, "GREETING", "*", "* OK ready\r\n")
        while True:
            tag, _, command = peer.line().partition(" ")
            self.commands.append(command)
            words = command.split(" ")
            verb = words[1] if words[0] == "UID" else words[0]
            if verb == "IDLE":
                self.idle(peer, tag)
                continue
            if verb == "AUTHENTICATE" and len(words) == 2 \
                    and verb not in self.changes:
                peer.say("+ \r\n")
                peer.line()
            self.step(peer, verb, tag, self.default(peer, verb, command))
            if verb == "STARTTLS":
                peer.start_tls(self.certificate)
            if verb == "LOGOUT":
                return

    def step(self, peer, verb, tag, default):
        key = f"{verb}_TLS" if peer.tls and f"{verb}_TLS" in self.changes \
            else verb
        what = self.changes.get(key, default)
        if callable(what):
            what(peer)
        else:
            peer.say(what.replace("TAG", tag))

    def idle(self, peer, tag):
        self.step(peer, "IDLE", tag, "+ idling\r\n")
        if "BAD" in str(self.changes.get("IDLE")):
            return
        harness.equal(peer.line(), "DONE")
        peer.say(f"{tag} OK done\r\n")

    def default(self, peer, verb, command):
        capabilities = self.capabilities
        if self.scheme == "imapstarttls" and not peer.tls:
            capabilities = "IMAP4rev1 STARTTLS LOGINDISABLED"
        name = re.search(r'"([^"]*)"', command)
        box = self.boxes.get(name[1] if name else self.selected, list)
        if verb == "CAPABILITY":
            return f"* CAPABILITY {capabilities}\r\nTAG OK done\r\n"
        if verb in ("SELECT", "EXAMINE"):
            self.selected = name[1] if name else "INBOX"
            if self.selected not in self.boxes:
                return "TAG NO no such mailbox\r\n"
            return (f"* {len(box())} EXISTS\r\n"
                    f"* OK [UIDNEXT {self.first_uid + len(box())}] next\r\n"
                    "* OK [UIDVALIDITY 7] ok\r\nTAG OK selected\r\n")
        if verb == "LIST":
            return ('* LIST (\\Junk) "/" Junk\r\n* STATUS Junk (UIDNEXT '
                    f"{self.first_uid} UIDVALIDITY 7)\r\nTAG OK done\r\n")
        if verb == "STATUS":
            return (f'* STATUS "{name[1]}" (UIDNEXT '
                    f"{self.first_uid + len(box())} UIDVALIDITY 7)\r\n"
                    "TAG OK done\r\n")
        if verb == "FETCH":
            first = int((re.search(r"FETCH (\d+):", command) or "01")[1])
            return self.fetched(self.boxes[self.selected](), first)
        return "TAG OK done\r\n"

    def fetched(self, messages, first):
        text = ""
        for number, message in enumerate(messages):
            header = "".join(f"{field}\r\n" for field in re.findall(
                r"(?im)^(?:message-id|x-check-delivery-token):[^\r\n]*"
                r"(?:\r\n[ \t][^\r\n]*)*", message.split("\r\n\r\n")[0]))
            uid = self.first_uid + number
            if uid >= first:
                text += (f"* {number + 1} FETCH (UID {uid} BODY[HEADER.FIELDS "
                         "(MESSAGE-ID X-CHECK-DELIVERY-TOKEN)] "
                         f"{{{len(header) + 2}}}\r\n{header}\r\n)\r\n")
        return text + "TAG OK done\r\n"


class Pop3(Server):
    """`changes`: verb -> answer, or a list of answers to be given in turn
    (None, and behind its end, the good one); `capabilities` replaces those it
    has; `copies` is what becomes of the messages of an SMTP server.  Message n
    has the unique-id idn; there are `old` ones at the beginning."""

    CAPABILITIES = ["TOP", "UIDL", "RESP-CODES", "USER", "SASL PLAIN"]

    def __init__(self, smtp, scheme="pop3", certificate="good",
                 capabilities=None, copies=lambda messages: messages, old=0,
                 **changes):
        super().__init__()
        self.scheme, self.certificate = scheme, certificate
        self.changes = changes
        self.capabilities = self.CAPABILITIES if capabilities is None \
            else capabilities
        self.old = ["Subject: old\r\n\r\nold\r\n"] * old
        self.box = lambda: self.old + copies(smtp.messages)
        self.removed = set()
        self.commands, self.arguments = [], []

    def play(self, peer):
        if self.scheme == "pop3s":
            peer.start_tls(self.certificate)
        self.step(peer, "GREETING", "+OK ready <1.2@pop.example>\r\n")
        # Those that come meanwhile are for the next session.
        self.messages = {number: message
                         for number, message in enumerate(self.box(), 1)
                         if number not in self.removed}
        self.marked = set()
        while True:
            line = peer.line()
            verb, *self.arguments = line.split(" ")
            self.commands.append(line)
            if verb == "AUTH" and len(self.arguments) == 1 \
                    and verb not in self.changes:
                peer.say("+ \r\n")
                peer.line()
            self.step(peer, verb, self.default(peer, verb))
            if verb == "STLS":
                peer.start_tls(self.certificate)
            if verb == "DELE" and verb not in self.changes:
                self.marked.add(dict(self.listed())[int(self.arguments[0])])
            if verb == "QUIT":
                self.removed |= self.marked
                return

    def step(self, peer, verb, default):
        key = f"{verb}_TLS" if peer.tls and f"{verb}_TLS" in self.changes \
            else verb
        what = self.changes.get(key, default)
        if isinstance(what, list):
            what = what.pop(0) if what else None
        self.answer(peer, default if what is None else what)

    @staticmethod
    def text(lines):
        return "+OK\r\n" + "".join("." * line.startswith(".") + line + "\r\n"
                                   for line in lines) + ".\r\n"

    def listed(self):
        """Number, and the real one, which others may have been before."""
        return enumerate(sorted(self.messages), 1)

    def default(self, peer, verb):
        which = int(self.arguments[0]) if self.arguments and \
            self.arguments[0].isdigit() else 0
        real = dict(self.listed()).get(which)
        if verb == "CAPA":
            return self.text(["STLS"] if self.scheme == "pop3starttls"
                             and not peer.tls else self.capabilities)
        if verb == "UIDL":
            return f"+OK {which} id{real}\r\n" if real else self.text(
                f"{number} id{real}" for number, real in self.listed())
        if verb == "STAT":
            return f"+OK {len(self.messages)} 1000\r\n"
        if verb in ("LIST", "TOP", "RETR", "DELE") and not real:
            return "-ERR no such message\r\n"
        if verb == "LIST":
            return f"+OK {which} {len(self.messages[real])}\r\n"
        if verb in ("TOP", "RETR"):
            whole = self.messages[real]
            return self.text((whole if verb == "RETR" else
                              whole.split("\r\n\r\n")[0] + "\r\n\r\n")
                             .split("\r\n")[:-1])
        return "+OK done\r\n"


CLEAR = "smtp", "imap", "pop3", "lmtp"


def url(server, user, more=""):
    tls = "" if server.scheme in CLEAR else f"ca_file={folder()}/ca.pem&"
    password = "" if server.scheme == "lmtp" else f":{PASSWORD}"
    return (f"{server.scheme}://{user}%40example.org{password}@localhost:"
            f"{server.port}?{tls}{more}").rstrip("?&")


def check(smtp, receiver, *arguments, send="", recv=""):
    """A whole check, with a trace of everything; what must hold of each."""
    r = sane(run("--send", url(smtp, "anna", send), "--recv",
                 url(receiver, "bob", recv), "-4", "-vvv", "--timeout", "40",
                 *(arguments or ["--patience", "1"])))
    for server in smtp, receiver:
        harness.equal(server.mistakes, [])
        if server.scheme not in CLEAR:
            says_nothing_in_clear(server)
    return keeps_secret(r, PASSWORD)


def reason(smtp, receiver, patience=1):
    """The reason that a whole check ends with."""
    return run("--send", url(smtp, "anna"), "--recv", url(receiver, "bob"),
               "-4", "--timeout", "40", "--patience", patience, "-o",
               "json").json["reason"]


def says_nothing_in_clear(server):
    """Rule 1: TLS asked for is TLS or failure."""
    for line in server.clear.split("\r\n"):
        words = line.split(" ")
        verb = (words + [""])["imap" in server.scheme]
        if line.isprintable() and line:
            harness.contains(["EHLO", "STARTTLS", "QUIT", "CAPABILITY",
                              "LOGOUT", "CAPA", "STLS"], verb)


def fails(r, step, *parts, code=CRITICAL):
    equal(r.code, code, r)
    contains(r.text, f"{STATES[code]} - {step} - ", *parts)
