# SPDX-License-Identifier: BSD-2-Clause
"""FTP servers at which the receiver could not look."""
from ftp_server import *


def must_not_arrive(server):
    """As a scenario says it, with what is wrong then."""
    conf = folder() / "must-not-arrive.conf"
    with server:
        write(conf, f"[scenarios]\nx.send = {at(server)}\nx.recv = "
              f"{at(server)}\nx.patience = 1\n[expects]\n"
              "x.reason.eq = not_found\n")
        r = sane(run("--conf", conf, "--play", "x", "-4"))
    equal(server.mistakes, [])
    return r


def closed_for_the_receiver(server):
    answer = server.epsv()
    if len(server.peers) > 1:
        server.listener.close()
    return answer


def cut_off(server, data):
    data.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                    struct.pack("ii", 1, 0))


def lost_for_the_receiver(server):
    if len(server.peers) > 1:
        raise Gone
    return "213 35\r\n"


@test
def what_could_not_be_looked_at_is_not_what_is_not_there():
    """Else all is well when the server is away, and what must not arrive is
    there."""
    for changes, reason, part in (
            ({"SIZE": lost_for_the_receiver}, "closed",
             "the connection was lost"),
            ({"EPSV": closed_for_the_receiver}, "connect",
             "no data connection could be made"),
            ({"DATA": cut_off, "DONE": lambda server: "226 done\r\n"},
             "closed", "the data connection was lost"),
            ({"RETR": "450 busy\r\n"}, "tempfail", "could not show /in/x")):
        r = must_not_arrive(Ftp(**changes))
        equal(r.code, CRITICAL, f"{reason} {r}")
        contains(r.text, reason, part)
    r = must_not_arrive(Ftp(SIZE="550 no such file\r\n"))
    equal(r.code, OK, r)


main()
