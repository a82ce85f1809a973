# SPDX-License-Identifier: BSD-2-Clause
"""Connecting: to what, from what, and how it fails."""
from talking import *


def closed_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@test
def by_address_and_by_name(tmp):
    for host in "127.0.0.1", "localhost":
        server = Server(speaks(b"hello\r\n"))
        result = talk(tmp, url(server.port, "line", host=host))
        equal(result["reason"], "ok", result)
        contains(result["lines"], "line 5 5 [hello]")
        server.end()


@test
def by_ipv6(tmp):
    if not has_ipv6():
        skip("no IPv6 here")
    server = Server(speaks(b"hello\r\n"), "::1", socket.AF_INET6)
    result = talk(tmp, url(server.port, "line", "name", host="[::1]"))
    equal(result["reason"], "ok", result)
    server.end()


@test
def the_other_family_is_tried(tmp):
    """localhost is ::1 and 127.0.0.1; only one of them answers."""
    families = [("127.0.0.1", socket.AF_INET)]
    if has_ipv6():
        families.append(("::1", socket.AF_INET6))
    for address, family in families:
        server = Server(speaks(b"hello\r\n"), address, family)
        result = talk(tmp, url(server.port, "line", host="localhost"))
        equal(result["reason"], "ok", result)
        server.end()


@test
def only_the_family_that_was_asked_for(tmp):
    port = closed_port()
    server = Server(speaks(b"hello\r\n"))
    r = talk(tmp, url(server.port, "line", host="localhost"), "-6")
    fails(r, "connect", f"localhost:{server.port}: ")
    r = talk(tmp, url(server.port, "line", host="localhost"), "-4")
    equal(r["reason"], "ok", r)
    server.end()
    for host, option in ("127.0.0.1", "-6"), ("[::1]", "-4"):
        fails(talk(tmp, url(port, host=host), option), "config",
              f"{host.strip('[]')} is not an address of IPv{option[1:]}")


@test
def from_an_address(tmp):
    server = Server(speaks(b"hello\r\n"))
    result = talk(tmp, url(server.port, "line", "name", source="127.0.0.9"))
    equal(result["reason"], "ok", result)
    server.end()
    equal(server.peer[0], "127.0.0.9")


@test
def a_source_that_is_none_is_refused_before_anything_is_done(tmp):
    for source in "localhost", "127.1", "", "1.2.3.4.5", "::g":
        result = talk(tmp, url(1, source=source))
        fails(result, "config", "recv: source=", "not an address")
        equal((tmp / "sent").exists(), False)
    fails(talk(tmp, url(1, source="::1"), "-4"), "config", "option -4")
    fails(talk(tmp, url(1, source="127.0.0.1"), "-6"), "config", "option -6")


@test
def from_an_address_that_is_not_ours(tmp):
    result = talk(tmp, url(closed_port(), source="192.0.2.1"))
    fails(result, "connect", "requested address")


def keepalive_of(port):
    """The seconds until the kernel asks whether the other end is there, for a
    connection of this machine; None if it does not."""
    for line in pathlib.Path("/proc/net/tcp").read_text().splitlines()[1:]:
        words = line.split()
        timer, when = words[5].split(":")
        if words[1].endswith(f":{port:04X}") and timer == "02":
            return int(when, 16) / os.sysconf("SC_CLK_TCK")
    return None


@test
def a_silent_connection_is_kept_alive(tmp):
    """What is on the way may forget it else, while a receiver waits."""
    def silence(connection):
        _, port = connection.getpeername()
        eventually(lambda: keepalive_of(port) is not None, "a timer")
        seconds = keepalive_of(port)
        connection.sendall(b"hello\r\n")
        heard(connection)
        return seconds

    server = Server(silence)
    result = talk(tmp, url(server.port, "line"))
    equal(result["reason"], "ok", result)
    equal(0 < server.end() <= 60, True, server.result)


@test
def a_unix_socket(tmp):
    path = str(tmp / "socket")
    server = Server(speaks(b"hello\r\n"), path=path)
    result = talk(tmp, url(9, "line", "name", host="mx.example", socket=path))
    equal(result["reason"], "ok", result)
    contains(result["lines"], "line 5 5 [hello]")
    server.end()


@test
def unix_sockets_that_cannot_be(tmp):
    (tmp / "file").touch()
    (tmp / "link").symlink_to(tmp / "nothing")
    for path, reason, part in (
            ("relative", "config", "not an absolute path"),
            (f"/{'x' * 108}", "config", "longer than 107 bytes"),
            (tmp / "none", "connect", "No such file"),
            (tmp / "file", "connect", "not a socket"),
            (tmp / "link", "connect", "not a socket")):
        fails(talk(tmp, url(9, socket=path)), reason, part)
    result = talk(tmp, url(9, socket="/tmp/x", source="127.0.0.1"))
    fails(result, "config", "do not go together")


@test
def a_socket_that_nobody_listens_at(tmp):
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(tmp / "dead"))
    result = talk(tmp, url(9, socket=tmp / "dead"))
    fails(result, "connect", "dead: Connection refused")


@test
def nobody_is_there(tmp):
    port = closed_port()
    result = talk(tmp, url(port))
    fails(result, "connect", f"127.0.0.1:{port}: Connection refused")
    equal(result["status"], CRITICAL)
    equal(result["step"], "recv_recv")


@test
def a_name_that_is_none(tmp):
    result = talk(tmp, url(25, host="nowhere.invalid"))
    fails(result, "resolve", "nowhere.invalid: ")


class Full:
    """Nobody accepts: once the queue is full, the kernel is silent."""

    def __init__(self, address="127.0.0.1", family=socket.AF_INET, port=0):
        self.sockets = [socket.socket(family)]
        self.sockets[0].bind((address, port))
        self.sockets[0].listen(0)
        self.port = self.sockets[0].getsockname()[1]
        for _ in range(4):
            waiting = socket.socket(family)
            waiting.setblocking(False)
            waiting.connect_ex((address, self.port))
            self.sockets.append(waiting)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for each in self.sockets:
            each.close()


@test
def a_connection_that_hangs_ends_in_time(tmp):
    with Full() as full:
        result = talk(tmp, url(full.port), "--timeout", "1")
    fails(result, "timeout", f"no connection to 127.0.0.1:{full.port}")
    equal(result["status"], UNKNOWN)


@test
def a_connection_that_hangs_is_overtaken(tmp):
    """RFC 8305: the other family is tried while the first one is silent."""
    if not has_ipv6():
        skip("no IPv6 here")
    server = Server(speaks(b"hello\r\n"))
    with Full("::1", socket.AF_INET6, server.port):
        result = talk(tmp, url(server.port, "line", host="localhost"),
                      "--timeout", "30")
    equal(result["reason"], "ok", result)
    server.end()


@test
def an_interruption_while_connecting(tmp):
    with Full() as full:
        process = start("--plugin-dir", plugins(tmp), "--send",
                        f"file://{tmp}/sent", "--recv", url(full.port),
                        "-o", "json")
        eventually((tmp / "sent").exists, "the step before")
        time.sleep(0.2)
        process.terminate()
        r = finish(process)
    equal(r.json["reason"], "interrupted", r)


@test
def an_interruption_ends_it(tmp):
    gone = threading.Event()

    def silent(connection):
        gone.wait(harness.PATIENT)

    server = Server(silent)
    process = start("--plugin-dir", plugins(tmp), "--send",
                    f"file://{tmp}/sent", "--recv", url(server.port, "line"),
                    "-o", "json")
    eventually(lambda: server.peer, "a connection")
    process.terminate()
    r = finish(process)
    gone.set()
    server.end()
    equal(r.json["reason"], "interrupted", r)


main()
