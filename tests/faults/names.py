# SPDX-License-Identifier: BSD-2-Clause
"""Names that have dead addresses, or many of them, or none, or too late."""
import socket

from faults import *
from ftp_server import Ftp, at
from script import Gone, Imap, Pop3, Server, Smtp, url

NAME = "mx.test"


def closed_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Here(Smtp):
    """At this address, at this port."""

    def __init__(self, address="127.0.0.1", port=0):
        super().__init__()
        self.socket.close()
        self.socket = socket.create_server(
            (address, port), family=socket.AF_INET6 if ":" in address
            else socket.AF_INET, reuse_port=True)
        self.port = self.socket.getsockname()[1]


class BlackHole:
    """Nobody accepts, on no address: the kernel is silent once its queue is
    full."""

    def __init__(self, address="0.0.0.0", port=0):
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self.sockets = [socket.socket(family)]
        if family == socket.AF_INET6:
            self.sockets[0].setsockopt(socket.IPPROTO_IPV6,
                                       socket.IPV6_V6ONLY, 1)
        # Another one may listen at one of the addresses.
        self.sockets[0].setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        self.sockets[0].bind((address, port))
        self.sockets[0].listen(0)
        self.port = self.sockets[0].getsockname()[1]
        for _ in range(4):
            waiting = socket.socket(family)
            waiting.setblocking(False)
            waiting.connect_ex((address.replace("0.0.0.0", "127.0.0.2"),
                                self.port))
            self.sockets.append(waiting)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for each in self.sockets:
            each.close()


def beside(alive, dead):
    """A server and a black hole, at one port of two addresses."""
    for _ in range(20):
        smtp = Here(alive)
        try:
            return smtp, BlackHole(dead, smtp.port)
        except OSError:
            smtp.socket.close()
    raise AssertionError(f"no port is free at {alive} and {dead}")


def send_to(tmp, port, *arguments, page=None, **names):
    """A mail to a name, which comes into a file or not: what matters is how
    the sender connects."""
    shim = Shim(tmp, names={NAME: names["words"]}, **(page or {}))
    r = run("--send", f"smtp://anna%40example.org@{NAME}:{port}?auth=none"
            "&to=bob@example.org", "--recv", f"file://{tmp}/none",
            "--patience", "0", "-o", "json", *arguments, env=shim.env)
    equal(len(r.out.splitlines()), 1, r)
    return r, shim


def connects(r):
    """The mail is out; that it is in no file is no matter."""
    equal((r.json["reason"], r.json["step"]), ("not_found", "recv_recv"), r)


def fails_to_connect(r, reason, *parts, status=CRITICAL):
    equal((r.json["reason"], r.json["step"]), (reason, "send_conn"), r)
    equal((r.json["status"], r.code), (status, status), r)
    contains(r.json["message"], *parts)


def addresses(n):
    return " ".join(f"127.0.{i // 250}.{i % 250 + 2}" for i in range(n))


# ---- Dead addresses ---------------------------------------------------------

@test
def one_of_two_families_is_dead(tmp):
    if not has_ipv6():
        skip("no IPv6 here")
    for alive in "127.0.0.1", "::1":
        for words in "127.0.0.1 ::1", "::1 127.0.0.1":
            with Here(alive) as smtp:
                r, shim = send_to(tmp, smtp.port, words=words)
            connects(r)
            shim.did("looked_up")
            equal(len(smtp.messages), 1)
    r, _ = send_to(tmp, closed_port(), words="127.0.0.1 ::1")
    fails_to_connect(r, "connect", f"{NAME}:", "Connection refused")


@test
def a_dead_end_of_one_family_is_overtaken(tmp):
    """With a time for each address it would take long."""
    if not has_ipv6():
        skip("no IPv6 here")
    for alive, dead in ("127.0.0.1", "::1"), ("::1", "127.0.0.1"):
        smtp, hole = beside(alive, dead)
        with smtp, hole:
            r, _ = send_to(tmp, smtp.port, words=f"{dead} {alive}")
        connects(r)


@test
def sixty_four_dead_addresses(tmp):
    r, _ = send_to(tmp, closed_port(), words=addresses(64))
    fails_to_connect(r, "connect", "Connection refused")
    with Here("127.0.0.1") as smtp:
        r, _ = send_to(tmp, smtp.port, words=addresses(64) + " 127.0.0.1")
    connects(r)


@test
def sixty_four_dead_ends_share_the_deadline(tmp):
    """Time goes twenty times as fast, so that all of them are tried."""
    with BlackHole() as hole:
        r, shim = send_to(tmp, hole.port, "--timeout", "40",
                          words=addresses(64), page={"rate": 20})
    equal((r.json["reason"], r.code), ("timeout", UNKNOWN), r)
    shim.did("clock")
    # One is tried after another, a quarter of a second apart.  The grace for
    # an orderly end is as short as time is fast.
    equal(dict(r.json["durations"]).get("send_conn", 40) > 20, True, r)


@test
def one_alive_behind_eighty_dead_ends(tmp):
    """All of them stay open, and the last one counts too."""
    smtp, hole = beside("127.0.0.1", "0.0.0.0")
    with smtp, hole:
        r, _ = send_to(tmp, smtp.port, "--timeout", "600",
                       words=addresses(80) + " 127.0.0.1", page={"rate": 20})
    connects(r)
    equal(len(smtp.messages), 1)


@test
def the_first_address_is_a_black_hole(tmp):
    smtp, hole = beside("127.0.0.1", "127.0.0.3")
    with smtp, hole:
        r, _ = send_to(tmp, smtp.port, words="127.0.0.3 127.0.0.1")
    connects(r)
    with BlackHole("127.0.0.3") as hole:
        r, _ = send_to(tmp, hole.port, "--timeout", "1",
                       words="127.0.0.3 127.0.0.1")
    equal(r.json["reason"] in ("connect", "timeout"), True, r)


# ---- No answer, or a strange one --------------------------------------------

@test
def answers_that_are_none(tmp):
    """EAI_NONAME, EAI_AGAIN (of a server that fails), EAI_FAIL, EAI_MEMORY."""
    for error in socket.EAI_NONAME, socket.EAI_AGAIN, socket.EAI_FAIL, \
            socket.EAI_MEMORY, socket.EAI_NODATA:
        r, shim = send_to(tmp, 25, words=error)
        fails_to_connect(r, "resolve", f"{NAME}: ")
        shim.did("looked_up")
    r, _ = send_to(tmp, 25, words="")
    fails_to_connect(r, "resolve", f"{NAME}: ")


@test
def a_name_that_has_no_answer_for_a_while(tmp):
    """Behind the first look of a receiver, that costs patience only.  There
    are two look-ups for each connection."""
    def delivers(send, recv):
        shim = Shim(tmp, names={NAME: f"{socket.EAI_AGAIN}@2-3 127.0.0.1"})
        r = run("--send", send, "--recv", recv.replace("localhost", NAME),
                "-4", "-o", "json", env=shim.env)
        equal((r.json["reason"], shim.count("looked_up")), ("ok", 6), r)

    def lost(peer):
        del receiver.changes["FETCH"]
        raise Gone

    for Receiver in Imap, Pop3:
        with Smtp() as smtp, Receiver(smtp, FETCH=lost) as receiver:
            delivers(url(smtp, "a"), url(receiver, "b"))

    def lost_once(ftp):
        if len(ftp.peers) == 2:
            raise Gone
        return "213 35\r\n"

    with Ftp(SIZE=lost_once) as ftp:
        delivers(at(ftp), at(ftp))


@test
def a_word_on_nagios(tmp):
    shim = Shim(tmp, names={NAME: socket.EAI_AGAIN})
    r = sane(run("--send", f"smtp://a%40b.test@{NAME}:25?to=b@b.test",
                 "--recv", f"file://{tmp}/none", env=shim.env))
    contains(r.text, f"CRITICAL - send_conn - {NAME}: ")
    equal(len(r.out.splitlines()), 1, r)


@test
def a_look_up_that_does_not_come_back(tmp):
    """It cannot be called off; the process ends all the same."""
    for words in "never", "+3600 127.0.0.1":
        r, shim = send_to(tmp, 25, "--timeout", "1", words=words)
        fails_to_connect(r, "timeout", f"no connection to {NAME}:25",
                         status=UNKNOWN)
        equal(shim.count("looked_up"), 0)
        equal(dict(r.json["durations"])["send_conn"] > 0.3, True, r)


@test
def an_answer_that_is_late(tmp):
    with Here() as smtp:
        r, shim = send_to(tmp, smtp.port, "--timeout", "1",
                          words="+10 127.0.0.1")
        fails_to_connect(r, "timeout", "no connection", status=UNKNOWN)
        equal((shim.count("looked_up"), len(smtp.peers)), (0, 0))
        r, shim = send_to(tmp, smtp.port, words="+1 127.0.0.1")
        connects(r)
        shim.did("looked_up")


@test
def others_are_not_held_up(tmp):
    """A scenario whose name hangs, beside one that is well."""
    shim = Shim(tmp, names={NAME: "never"})
    conf(tmp, "[scenarios]\n" + pair(tmp, "well")
         + f"hangs.send = smtp://a%40b.test@{NAME}:25?to=b@b.test&auth=none\n"
         f"hangs.recv = file://{tmp}/none\nhangs.timeout = 1\n")
    r = play(tmp, "*", "-o", "json", env=shim.env)
    equal([each["reason"] for each in r.json["results"]], ["ok", "timeout"], r)


@test
def a_thousand_records(tmp):
    r, _ = send_to(tmp, closed_port(), words=addresses(1000))
    fails_to_connect(r, "connect", "Connection refused")
    for words in ("127.0.0.1 " + addresses(999),
                  addresses(999) + " 127.0.0.1"):
        with Here() as smtp:
            r, _ = send_to(tmp, smtp.port, words=words)
        connects(r)
        equal(len(smtp.peers), 1)
    with BlackHole() as hole:
        r, _ = send_to(tmp, hole.port, "--timeout", "1",
                       words=addresses(1000))
    fails_to_connect(r, "timeout", "no connection to", status=UNKNOWN)


main()
