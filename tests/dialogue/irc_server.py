# SPDX-License-Identifier: BSD-2-Clause
"""An IRC server that plays a script, and a check against it."""
from script import *

TARGET = "%23room"


class Irc(Server):
    """Each connection is somebody; what one says the others hear.  `changes`:
    verb -> answer, in which NICK is the nick, or a function of the peer."""
    all_at_once = True

    def __init__(self, scheme="irc", **changes):
        super().__init__()
        self.scheme, self.changes = scheme, changes
        self.commands = []
        self.people = []

    def url(self, user, more=""):
        tls = f"ca_file={folder()}/ca.pem&" if self.scheme == "irctls" else ""
        return (f"{self.scheme}://{user}:{PASSWORD}@localhost:{self.port}/"
                f"{TARGET}?{tls}{more}").rstrip("?&")

    def play(self, peer):
        if self.scheme == "irctls" and not peer.tls:
            peer.start_tls()
        peer.nick, has_user = "*", False
        self.people.append(peer)
        if "GREETING" in self.changes:
            self.step(peer, "GREETING", "")
        while True:
            line = peer.line()
            verb, _, rest = line.partition(" ")
            self.commands.append(line)
            if verb == "NICK":
                peer.nick = rest
                if "NICK" in self.changes:
                    self.step(peer, verb, "")
                    continue
            has_user |= verb == "USER"
            if verb == "USER" or (verb == "CAP" and rest == "END"):
                if has_user:
                    self.step(peer, "WELCOME", ":s 001 NICK :hello\r\n")
            elif verb == "JOIN":
                self.step(peer, verb, f":s 366 NICK {rest} :end\r\n")
            elif verb in ("PRIVMSG", "NOTICE"):
                self.pass_on(peer, line)
            elif verb == "PING":
                self.step(peer, verb, f":s PONG s {rest}\r\n")
            elif verb == "QUIT":
                return
            else:
                self.step(peer, verb, "")

    def pass_on(self, peer, line):
        said = self.changes.get("PRIVMSG", lambda nick, line:
                                f":{nick}!u@h {line}\r\n")(peer.nick, line)
        for other in self.people:
            if other is not peer:
                other.say(said)

    def step(self, peer, verb, default):
        what = self.changes.get(verb, default)
        if callable(what):
            what(peer)
        else:
            peer.say(what.replace("NICK", peer.nick))


def check(server, *arguments, send=None, recv="", password="", to=TARGET,
          form=sane, timeout=40):
    """`recv` is added to the receiver's URL; `send` replaces the sender's."""
    with server:
        at = f"localhost:{server.port}/{to}"
        r = keeps_secret(form(run(
            "--send", send or f"irc://anna{password}@{at}",
            "--recv", f"irc://bob@{at}{recv}", "-4", "-vvv", "--timeout",
            timeout, *(arguments or ["--patience", "1"]))))
    equal(server.mistakes, [])
    return r


def sasl(*challenges, verdict=":s 903 NICK :in\r\n", heard=None,
         mechanisms="PLAIN"):
    def cap(peer):
        said = peer.clear.decode().strip().split("\r\n")[-1]
        if "LS" in said:
            peer.say(f":s CAP * LS * :multi-prefix\r\n:s CAP * LS :sasl="
                     f"{mechanisms}\r\n")
        elif "REQ" in said:
            peer.say(":s CAP * ACK :sasl\r\n")

    def authenticate(peer):
        for challenge in challenges:
            peer.say(f"AUTHENTICATE {challenge}\r\n")
            line = peer.line()
            heard.append(line)
            while len(line) == len("AUTHENTICATE ") + 400:
                line = peer.line()
                heard.append(line)
        peer.say(verdict.replace("NICK", peer.nick))

    return Irc(CAP=cap, AUTHENTICATE=authenticate)
