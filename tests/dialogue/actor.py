# SPDX-License-Identifier: BSD-2-Clause
"""Peers that say what they are told to, but for one thing, which goes wrong;
and what can go wrong.  See stage.py."""
import contextlib
import functools
import warnings

from script import *

NOISE = bytes(byte for byte in range(256) if byte not in b"\r\n") * 8


# ---- Actors -----------------------------------------------------------------

def newest(version):
    def change(made):
        made.minimum_version = ssl.TLSVersion.TLSv1
        made.maximum_version = version
    return change


def anonymous(made):
    made.maximum_version = ssl.TLSVersion.TLSv1_2
    made.set_ciphers("aNULL:@SECLEVEL=0")


# What "CERTIFICATE+this" makes of a context.
CHANGES = {"": lambda made: None, "anonymous": anonymous,
           "tls1.0": newest(ssl.TLSVersion.TLSv1),
           "tls1.1": newest(ssl.TLSVersion.TLSv1_1),
           "tls1.2": newest(ssl.TLSVersion.TLSv1_2),
           "tls1.3": newest(ssl.TLSVersion.TLSv1_3)}


@functools.lru_cache(None)
def context(certificate):
    """One for all connections, so that sessions can be resumed."""
    name, _, change = certificate.partition("+")
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.set_ciphers("DEFAULT@SECLEVEL=0")
    made.load_cert_chain(folder() / f"{name}.pem")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it is old on purpose
        CHANGES[change](made)
    return made


class Actor(Peer):
    """A peer that counts what it says, and fails where it is told to."""

    def __init__(self, connection, server):
        super().__init__(connection)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.server, self.thread = server, threading.get_ident()
        self.certificate = server.certificate

    def say(self, text):
        if text:
            self.server.act(self, text if isinstance(text, bytes)
                            else text.encode("latin-1"))

    def speak(self, text):
        super().say(text)

    def start_tls(self, certificate=None, newest=None):
        self.server.act(self, b"", "TLS")
        self.shake_hands()

    def shake_hands(self):
        self.socket.settimeout(harness.PATIENT)
        try:
            self.socket = context(self.certificate).wrap_socket(
                self.socket, server_side=True)
        except (OSError, ValueError) as error:
            raise Gone from error
        self.tls = True

    def recv(self, size):
        """For what takes it for a socket."""
        if not self.buffer:
            try:
                self._receive()
            except Gone:
                return b""
        data, self.buffer = self.buffer[:size], self.buffer[size:]
        return data

    sendall = say

    def close(self):
        if self.tls:
            self.end_tls()
        self.socket.close()

    def end_tls(self):
        try:
            self.socket.settimeout(1)
            self.socket = self.socket.unwrap()
        except (OSError, ValueError):
            pass

    def leave(self):
        """Even if another thread reads from it."""
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)
        raise Gone

    def reset(self):
        """Even if another thread reads from it: that one wakes up."""
        with contextlib.suppress(OSError):
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                   struct.pack("ii", 1, 0))
        if threading.get_ident() != self.thread:
            self.leave()
        raise Gone


# ---- Faults -----------------------------------------------------------------
# What an actor does instead of saying a text.  Only `told` says it as it is.

FAULTS = {}


def fault(function):
    FAULTS[function.__name__.replace("_", "-")] = function
    return function


@fault
def fin_before(actor, text, told):
    actor.leave()


@fault
def fin_after(actor, text, told):
    told()
    actor.leave()


@fault
def end_of_tls(actor, text, told):
    """With the words that TLS has for it."""
    if actor.tls:
        actor.end_tls()
    actor.leave()


@fault
def rst(actor, text, told):
    actor.reset()


@fault
def half(actor, text, told):
    actor.speak(text[:len(text) // 2])
    actor.leave()


@fault
def surplus(actor, text, told):
    """More than was asked, as it would be for what comes next."""
    actor.speak(text + text.split(b"\r\n")[-2] + b"\r\n")
    told(said=True)


@fault
def garbage(actor, text, told):
    actor.speak(NOISE + b"\r\n")


@fault
def refusal(actor, text, told, for_now=False):
    actor.server.refused = actor.server.verb
    actor.speak(actor.server.refusal(text, for_now))


@fault
def refusal_for_now(actor, text, told):
    refusal(actor, text, told, for_now=True)


@fault
def silence(actor, text, told):
    actor.hold()


@fault
def gone(actor, text, told):
    """It does not even take what is sent."""
    actor.server.over.wait(harness.PATIENT)
    raise Gone


@fault
def late(actor, text, told):
    """Such as a server is that has much to do."""
    time.sleep(0.8)
    told()


@fault
def paused(actor, text, told):
    """Until the test lets it go on."""
    actor.server.may_go_on.wait(harness.PATIENT)
    told()


@fault
def drip(actor, text, told):
    """Slow, but honest."""
    for byte in text:
        actor.speak(bytes([byte]))
    told(said=True)


@fault
def endless_drip(actor, text, told):
    actor.speak(text[:len(text) // 2])
    while not actor.server.over.wait(0.02):
        actor.speak(b"x")
    raise Gone


@fault
def flood(actor, text, told):
    while True:
        actor.speak(actor.server.more_lines(text) * 2000)


@fault
def endless_line(actor, text, told):
    actor.speak(text[:4])
    while True:
        actor.speak(b"x" * 16384)


# Where there is nothing to be said.
WORDLESS = ["fin-before", "rst", "silence", "gone", "paused"]
# The handshake has words of its own.
HANDSHAKE = [*WORDLESS, "fin-after", "garbage", "half", "refusal"]
# These end by a limit of ours.
ENDLESS = ["flood", "endless-line"]
# These end by the timeout.
HELD = ["silence", "gone", "endless-drip"]


def spoil_handshake(actor, name):
    """The handshake goes wrong."""
    def told(said=False):
        if name == "fin-after":
            actor.shake_hands()

    words = {"half": b"\x16\x03\x03\x00\x50\x02\x00" * 2,
             "garbage": NOISE,
             "refusal": b"\x15\x03\x03\x00\x02\x02\x28"}.get(name)
    if words:
        actor._receive()  # the client begins
        actor.speak(words)
        actor.leave() if name == "half" else actor.hold()
    FAULTS[name](actor, b"", told)
