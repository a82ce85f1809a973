# SPDX-License-Identifier: BSD-2-Clause
"""An FTP server that plays a script, for the tests of ftp.py."""
import ssl

from script import *


class Ftp(Server):
    """`changes`: verb -> answer, or a function of the server that makes it;
    GREETING, DONE (the answer behind a transfer), DATA (what is fetched, or a
    function of server and data connection) and UPLOAD (such a function for
    what is stored) count as verbs."""

    def __init__(self, scheme="ftp", **changes):
        super().__init__()
        self.scheme, self.changes = scheme, changes
        self.commands, self.stored = [], {}
        self.listener = None

    def listen(self):
        where = self.socket.getsockname()
        self.listener = socket.socket(self.socket.family)
        self.listener.bind((where[0], 0, *where[2:]))
        self.listener.listen()
        self.listener.settimeout(harness.PATIENT)
        return self.listener.getsockname()[1]

    def epsv(self):
        return f"229 here (|||{self.listen()}|)\r\n"

    def pasv(self, address="127,0,0,1"):
        self.listen()
        return self.pasv_of(self.listener, address)

    def pasv_of(self, listener, address="127,0,0,1"):
        port = listener.getsockname()[1]
        return f"227 here ({address},{port // 256},{port % 256})\r\n"

    def play(self, peer):
        self.step(peer, "GREETING", "220 ready\r\n")
        while True:
            verb, _, path = peer.line().partition(" ")
            self.commands.append(verb)
            if verb == "EPSV":
                self.step(peer, verb, self.epsv)
            elif verb == "PASV":
                self.step(peer, verb, self.pasv)
            elif verb in ("STOR", "RETR"):
                self.transfer(peer, verb, path)
            elif verb == "AUTH":
                self.step(peer, verb, "234 go\r\n")
                peer.start_tls()
            else:
                self.step(peer, verb, {
                    "USER": "331 and?\r\n", "PASS": "230 in\r\n",
                    "TYPE": "200 ok\r\n", "PBSZ": "200 ok\r\n",
                    "PROT": "200 ok\r\n", "RNFR": "350 to?\r\n",
                    "RNTO": "250 ok\r\n", "DELE": "250 ok\r\n",
                    "SIZE": "213 35\r\n", "QUIT": "221 bye\r\n",
                }.get(verb, "500 what?\r\n"))
            if verb == "QUIT":
                return

    def step(self, peer, verb, default):
        what = self.changes.get(verb, default)
        if callable(what) and what not in (self.epsv, self.pasv):
            what = what(self)
        peer.say(what() if callable(what) else what)

    def transfer(self, peer, verb, path):
        first = self.changes.get(verb, "150 go\r\n")
        first = first(self) if callable(first) else first
        peer.say(first)
        if not first.startswith("1"):
            return
        data = self.accept()
        if verb == "STOR" and "UPLOAD" in self.changes:
            self.changes["UPLOAD"](self, data)
        elif verb == "STOR":
            text = b""
            while chunk := data.recv(65536):
                text += chunk
            self.stored[path] = text
            self.token = text
        else:
            content = self.changes.get("DATA", getattr(self, "token", b""))
            if callable(content):
                content(self, data)
            else:
                data.sendall(content)
        self.close(data)
        self.step(peer, "DONE", "226 done\r\n")

    def accept(self):
        data, _ = self.listener.accept()
        self.listener.close()
        data.settimeout(harness.PATIENT)
        if self.scheme != "ftps" \
                or self.changes.get("clear") == self.commands[-1]:
            return data
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(
            folder() / f"{self.changes.get('certificate', 'good')}.pem")
        try:
            return context.wrap_socket(data, server_side=True)
        except OSError as error:
            raise Gone from error

    def close(self, data):
        try:
            if isinstance(data, ssl.SSLSocket) \
                    and not self.changes.get("truncates"):
                data = data.unwrap()
        except OSError:
            pass
        data.close()


def at(server, more=""):
    tls = f"ca_file={folder()}/ca.pem&" if server.scheme == "ftps" else ""
    return (f"{server.scheme}://anna:{PASSWORD}@localhost:{server.port}/in/x?"
            f"{tls}{more}").rstrip("?&")


def deliver(server, *arguments, more=""):
    with server:
        r = keeps_secret(sane(run(
            "--send", at(server, more), "--recv", at(server, more), "-4",
            "-vvv", "--timeout", "40", *(arguments or ["--patience", "1"]))))
    equal(server.mistakes, [])
    if server.scheme == "ftps":
        for line in server.clear.split("\r\n"):
            if line.isascii() and line.isprintable():
                contains(["AUTH TLS", "QUIT", ""], line)
    return r


def nobody_is_sent_elsewhere(**changes):
    """A delivery by PASV, whose answers name another machine."""
    traps = []

    def elsewhere(server):
        answer = server.pasv("127,0,0,2")
        traps.append(socket.create_server(
            ("127.0.0.2", server.listener.getsockname()[1])))
        traps[-1].setblocking(False)
        return answer

    equal(deliver(Ftp(PASV=elsewhere, **changes)).code, OK)
    equal(len(traps), 2)
    for trap in traps:
        try:
            trap.accept()
            raise AssertionError("somebody knocked")
        except BlockingIOError:
            trap.close()


def never(server, *verbs):
    for verb in verbs:
        equal(verb in server.commands, False, server.commands)
