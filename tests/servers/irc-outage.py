# SPDX-License-Identifier: BSD-2-Clause
"""IRC servers that go away: before, while and after we join."""
import select
import socket
import threading

import daemons
import irc
from irc import begin, wait_for
from harness import *

servers = irc.Servers()
EACH = "ngircd", "inspircd"


def url(scheme, name, path="/#room", **params):
    return servers.url(name, scheme, servers.nick(), path, **params)


def other():
    """At a server that stays, and lets people in at once."""
    return url("irc", "ngircd-locked", password=irc.PASSWORD)


def pairs(one):
    """Checks with that URL at either end, and the steps in which they
    connect to it."""
    return ("send_conn", one, other()), ("recv_conn_early", other(), one)


def begin_json(send, recv):
    return begin(send, recv, "--output", "json", "--patience", "50",
                 "--timeout", "55:unknown")


def ends(process, step, reasons, *parts):
    """By one of the reasons, with blanks between them."""
    r = finish(process)
    equal((r.code, r.json["step"]), (CRITICAL, step), r)
    contains(reasons.split(" "), r.json["reason"])
    contains(r.json["message"], *parts)


class Relay:
    """Between a client and a server, which it kills instead of passing the
    client's line on that begins with `last`."""

    def __init__(self, name, last):
        servers.start(name)
        self.name, self.last = name, last.encode()
        self.listener = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        client = self.listener.accept()[0]
        server = socket.create_connection(
            ("127.0.0.1", servers.ports[self.name]["irc"]))
        with self.listener, client, server:
            while self._pass_on(client, server) \
                    and self._pass_on(server, client):
                pass

    def _pass_on(self, source, sink):
        """What there is; whether both are there still."""
        if not select.select([source], [], [], 0.01)[0]:
            return True
        try:
            data = source.recv(65536)
        except ConnectionError:
            return False
        before, last, _ = data.partition(self.last)
        sink.sendall(before)
        if last:
            servers.stop(self.name)
        return data != b""

    def url(self):
        return daemons.url("irc", servers.nick(), None,
                           self.listener.getsockname()[1], "/%23room", {})


@test
def a_server_that_is_not_there():
    for name in EACH:
        for scheme in "irc", "irctls":
            one = url(scheme, name)
            servers.stop(name)
            for step, send, recv in pairs(one):
                ends(begin_json(send, recv), step, "connect",
                     "Connection refused")


@test
def a_server_that_hangs_and_goes():
    """We are connected to it, and it never says anything.  With TLS it may
    be gone before the handshake begins, or in it."""
    for name in EACH:
        for scheme, params, said, reason in (
                ("irc", {}, "C: USER", "closed"),
                ("irc", {"password": irc.PASSWORD}, "C: CAP LS", "closed"),
                ("irctls", {}, "connected to", "tls closed")):
            for step, send, recv in pairs(url(scheme, name, **params)):
                servers.start(name)
                servers.freeze(name)
                process = begin_json(send, recv)
                wait_for(process, step + ": irc")
                wait_for(process, said)
                servers.stop(name)
                ends(process, step, reason)


@test
def a_server_that_goes_while_we_register_or_join():
    for name in EACH:
        for last in "NICK ", "USER ", "JOIN ":
            for role in range(2):
                one = Relay(name, last).url()
                step, send, recv = pairs(one)[role]
                ends(begin_json(send, recv), step, "closed")


@test
def a_server_that_goes_while_we_speak():
    for name in EACH:
        for last in "PRIVMSG ", "PING ":
            ends(begin_json(Relay(name, last).url(), other()),
                 "send_send", "closed")


@test
def a_server_that_goes_while_we_log_in():
    servers.start("services")
    servers.freeze("atheme")
    process = begin_json(other(), url("irctls", "services", "/#members",
                                      password=irc.PASSWORD))
    wait_for(process, "C: AUTHENTICATE")
    servers.stop("atheme")
    servers.stop("services")
    ends(process, "recv_conn_early", "closed")


@test
def a_server_that_goes_after_we_joined():
    """At once, or with a word before."""
    for name in EACH:
        for leave, parts in ((servers.stop, []),
                             (servers.shut_down, ["ERROR"])):
            process = begin_json(other(), url("irc", name))
            wait_for(process, "recv_recv: irc")
            leave(name)
            ends(process, "recv_recv", "closed", *parts)


main()
