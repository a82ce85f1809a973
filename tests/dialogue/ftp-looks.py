# SPDX-License-Identifier: BSD-2-Clause
"""FTP servers that are reached in part: data connections that cannot be made,
files that could not be looked at."""
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


def no_port(server, answer):
    """Nobody listens where it leads to."""
    server.listener.close()
    return answer


def no_epsv(server):
    return no_port(server, server.epsv())


def no_pasv(server):
    return no_port(server, server.pasv())


def silent_port(server):
    """What knocks there is dropped: as many as may wait do so already."""
    answer, where = server.epsv(), server.listener.getsockname()
    server.listener.listen(0)
    server.waiting = [server.listener] + [socket.socket() for _ in range(4)]
    for one in server.waiting[1:]:
        one.setblocking(False)
        one.connect_ex(where)
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
            ({"EPSV": closed_for_the_receiver, "PASV": no_pasv}, "connect",
             "no data connection could be made"),
            ({"DATA": cut_off, "DONE": lambda server: "226 done\r\n"},
             "closed", "the data connection was lost"),
            ({"RETR": "450 busy\r\n"}, "tempfail", "could not show /in/x")):
        r = must_not_arrive(Ftp(**changes))
        equal(r.code, CRITICAL, f"{reason} {r}")
        contains(r.text, reason, part)
    r = must_not_arrive(Ftp(SIZE="550 no such file\r\n",
                            RETR="550 no such file\r\n"))
    equal(r.code, OK, r)


@test
def a_server_that_refuses_size_as_if_there_were_no_file():
    denied = "550 Permission denied.\r\n"
    for scheme in "ftp", "ftps":
        equal(deliver(Ftp(scheme, SIZE=denied)).code, OK)
    fails(must_not_arrive(Ftp(SIZE=denied)), "finished", "it is 'ok'")
    answers = ["150 go\r\n", *["550 no such file\r\n"] * 3]
    r = deliver(server := Ftp(SIZE=denied, RETR=lambda server: answers.pop()),
                "--patience", "30")
    equal(r.code, OK, r)
    equal([server.commands.count(verb) for verb in ("SIZE", "RETR")], [8, 4])


@test
def a_file_that_is_not_there_costs_few_data_connections():
    missing = "550 no such file\r\n"
    r = deliver(server := Ftp(SIZE=missing, RETR=missing), "--patience", "3")
    fails(r, "recv_recv", "not found", "/in/x: 550 no such")
    looks, connections = map(server.commands.count, ("SIZE", "RETR"))
    equal(connections, looks.bit_length(), looks)
    r = deliver(server := Ftp(SIZE=missing, DATA=b"x"), "--patience", "1")
    contains(r.out, "something else")
    equal(*map(server.commands.count, ("SIZE", "RETR")))


# ---- What a sender leaves ---------------------------------------------------

def renamed(content=None, **changes):
    """It renames the file, and the connection is lost: what was asked for
    behind that, and the result."""
    def lost(server):
        raise Gone

    server = Ftp(RNTO=lost, SIZE=lambda server: "550 no such file\r\n", **{
        "DELE": lambda server: "250 ok\r\n" if server.commands.count("DELE")
        > 1 else "550 no such file\r\n", **changes})
    if content is not None:
        server.changes["DATA"] = content
    r = deliver(server)
    equal(r.code, CRITICAL, r)
    contains(r.text, "send_send")
    asked = [line for line in server.peers[1].clear.decode().split("\r\n")
             if line.startswith(("DELE", "RETR"))]
    equal(asked[0][:12], "DELE /in/.cd", asked)
    return asked[1:], r


@test
def a_file_that_was_renamed_without_a_word():
    """It is removed if it is ours, and else left alone."""
    asked, r = renamed()
    equal(asked, ["RETR /in/x", "DELE /in/x"], r)
    lacks(r.out, "send_clean: ", "may have been left")
    for content in b"x", b"cd-" + b"0" * 32:
        asked, r = renamed(content)
        equal(asked, ["RETR /in/x"], r)
        lacks(r.out, "may have been left")
    asked, r = renamed(RETR="550 no such file\r\n")
    equal(asked, ["RETR /in/x"], r)
    lacks(r.out, "may have been left")
    for changes in {"RETR": "553 no\r\n"}, {"DELE": "550 no\r\n"}, \
            {"RETR": "425 no\r\n"}, {"content": b""}, \
            {"content": lambda server, data: data.sendall(server.token * 2)}:
        asked, r = renamed(**changes)
        contains(r.out, "/in/x may have been left")
        lacks(r.out, "faulty")
    # Under its first name it is removed, and nobody asks for another.
    equal(renamed(DELE="250 ok\r\n")[0], [])


def stored_in_place(content, **changes):
    """Without a rename, storing fails; what is there then, and what is done
    about it."""
    def have(server, data):
        data.sendall(content(server.token))

    def take(server, data):
        server.token = data.recv(1000)
        while data.recv(1000):
            pass

    server = Ftp(**{"UPLOAD": take, "DATA": have, "DONE": lambda server: (
        "552 quota\r\n" if server.commands[-1] == "STOR"
        else "226 done\r\n"), **changes})
    r = deliver(server, more="rename=no")
    equal(r.code, CRITICAL, r)
    contains(r.text, "send_send")
    return [verb for verb in server.commands if verb in ("RETR", "DELE")], r


@test
def what_stands_under_the_name_may_be_somebody_elses():
    """The server may have kept what was there before it refused ours."""
    def lost(server):
        raise Gone

    def lost_once(server):
        if server.commands[-1] == "STOR":
            raise Gone
        return "226 done\r\n"

    for changes in {}, {"STOR": lost}, {"DONE": lost_once}:
        has_begun = "STOR" not in changes
        if has_begun:
            asked, r = stored_in_place(lambda token: token, **changes)
            equal(asked, ["RETR", "DELE"], r)
            lacks(r.out, "may have been left")
        for content in b"", b"cd-":
            asked, r = stored_in_place(None, **{**changes, "DATA": content})
            equal(asked, ["RETR", "DELE"] if has_begun else ["RETR"], r)
            equal("/in/x may have been left" in r.out, not has_begun, r)
        for content in b"somebody else's", b"x" * 60000:
            asked, r = stored_in_place(None, **{**changes, "DATA": content})
            equal(asked, ["RETR"], r)
            lacks(r.out, "faulty", "may have been left")
    for size in "550 no such file\r\n", "213 20\r\n":
        asked, r = stored_in_place(None, RETR="550 not for you\r\n",
                                   SIZE=size)
        equal(asked, ["RETR"], r)
        equal("/in/x may have been left" in r.out, size[0] == "2", r)
        lacks(r.out, "send_clean: ")
    asked, r = stored_in_place(lambda token: token * 2)
    equal(asked, ["RETR"], r)
    contains(r.out, "/in/x may have been left")
    lacks(r.out, "faulty")


@test
def a_file_whose_new_name_was_refused():
    r = deliver(server := Ftp(RNTO="553 no\r\n", DELE="550 no\r\n",
                              SIZE="550 no such file\r\n"))
    fails(r, "send_send", "RNTO")
    never(server, "RETR")


# ---- Behind a firewall that knows PASV only ---------------------------------

@test
def a_port_that_is_open_for_pasv_only():
    for scheme in "ftp", "ftps":
        r = deliver(server := Ftp(scheme, EPSV=no_epsv, DATA=b"x"))
        fails(r, "recv_recv", "something else")
        lacks(r.out, "no data connection")
        for peer, least in zip(server.peers, (1, 2)):
            said = peer.clear + peer.secret
            equal(said.count(b"EPSV"), 1, "it is remembered")
            equal(said.count(b"PASV") >= least, True, said)
        equal(deliver(Ftp(scheme, EPSV=no_epsv)).code, OK)


@test
def a_port_that_is_silent_but_for_pasv():
    """Of the time of the run, no more is waited for it than TCP may need."""
    def once(server):
        return silent_port(server) if len(server.peers) == 1 \
            else server.epsv()

    for scheme in "ftp", "ftps":
        r = deliver(server := Ftp(scheme, EPSV=once))
        equal(r.code, OK, r)
        equal(3.5 < r.seconds < 20, True, r.seconds)
        equal(server.commands.count("PASV"), 1)
    with Ftp(EPSV=once) as server:
        r = sane(run("--send", at(server), "--recv", at(server), "-4",
                     "--timeout", "4"))
    equal(r.code, OK, f"half of the time: {r}")


@test
def ports_that_are_not_open_at_all():
    """PASV is the only other way, and there is one attempt at it."""
    for changes, part in (({"PASV": no_pasv}, "Connection refused"),
                          ({"PASV": "522 IPv6 here\r\n"},
                           "the port of EPSV, and PASV: 522 IPv6"),
                          ({"PASV": "227 none\r\n"}, "PASV gave no port")):
        r = deliver(server := Ftp(EPSV=no_epsv, **changes))
        fails(r, "send_send", part)
        equal([server.commands.count(verb) for verb in ("EPSV", "PASV")],
              [1, 1])
        never(server, "STOR")
    with Ftp(EPSV=silent_port, PASV=lambda server: silent_port(server) and
             server.pasv_of(server.waiting[0])) as server:
        r = sane(run("--send", at(server), "--recv", at(server), "-4",
                     "--timeout", "3:critical"))
    fails(r, "send_send", "the timeout of 3 s is over")
    equal(server.mistakes, [])
    equal(server.commands.count("PASV"), 1)


@test
def ports_with_blanks_and_digits_around_them():
    """RFC 1123, section 4.1.2.6."""
    for change in (lambda said: said.replace(",", ", "),
                   lambda said: said.replace("here", "mode 2, 1 of 100:")):
        r = deliver(server := Ftp(
            EPSV="500 what?\r\n",
            PASV=lambda server, change=change: change(server.pasv())))
        equal(r.code, OK, r)
        equal(server.commands.count("PASV"), 2)


@test
def an_address_that_is_not_the_servers_behind_epsv():
    nobody_is_sent_elsewhere(EPSV=no_epsv)


main()
