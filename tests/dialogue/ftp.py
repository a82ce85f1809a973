# SPDX-License-Identifier: BSD-2-Clause
"""FTP servers that are hostile or odd."""
import time

from ftp_server import *


@test
def good_servers():
    for scheme in "ftp", "ftps":
        r = deliver(server := Ftp(scheme))
        equal(r.code, OK, r)
        contains(server.commands, "RNTO", "DELE")
        equal(set(server.commands) - {"AUTH", "PBSZ", "PROT"},
              {"USER", "PASS", "TYPE", "EPSV", "STOR", "RNFR", "RNTO", "QUIT",
               "SIZE", "RETR", "DELE"})
        equal(len(server.stored), 1)
        equal(re.fullmatch(r"/in/\.cd-[a-z0-9]+\.tmp", *server.stored) is None,
              False, server.stored)


# ---- TLS --------------------------------------------------------------------

@test
def no_tls_is_a_failure():
    for changes, part in (({"AUTH": "500 no\r\n"}, "AUTH TLS: 500"),
                          ({"AUTH": "234-go\r\n331 really\r\n"}, "no reply"),
                          ({"GREETING": "230 in\r\n"}, "greeting: 230"),
                          ({"PBSZ": "500 no\r\n"}, "PBSZ 0: 500"),
                          ({"PROT": "534 no\r\n"}, "PROT P: 534")):
        server = Ftp("ftps", **changes)
        fails(deliver(server), "send_conn", part)
        never(server, "STOR", "RETR", "TYPE")


@test
def answers_to_what_was_not_asked_behind_a_refusal_of_tls():
    """Whoever goes on would take them for his own."""
    server = Ftp("ftps", AUTH='500 no\r\n500 no\r\n331 and?\r\n230 in\r\n'
                 '257 "/"\r\n200 ok\r\n200 ok\r\n229 (|||9|)\r\n'
                 "150 go\r\n226 done\r\n")
    fails(deliver(server), "send_conn", "AUTH TLS: 500")
    equal(server.commands, ["AUTH"])


@test
def words_behind_the_answer_to_auth():
    server = Ftp("ftps", AUTH="234 go\r\n331 and?\r\n230 in\r\n200 ok\r\n")
    fails(deliver(server), "send_conn", "more than it was asked before TLS")
    never(server, "USER", "PASS")


@test
def another_certificate_on_the_data_connection():
    certificates.authority(folder(), "other")
    certificates.certificate(folder(), "wrong", ca="other")
    server = Ftp("ftps", certificate="wrong")
    fails(deliver(server), "send_send", "certificate of localhost")
    equal(server.stored, {})


@test
def data_in_the_clear():
    """Where TLS was asked for, the data go through it, or do not go."""
    def hello(server, data):
        data.sendall(b"welcome\r\n")
        server.heard = data.recv(65536)

    server = Ftp("ftps", clear="STOR", UPLOAD=hello)
    fails(deliver(server), "send_send", "TLS")
    lacks(server.heard, b"cd-")
    server = Ftp("ftps", clear="RETR")
    r = deliver(server)
    fails(r, "recv_recv")
    contains(r.text, "TLS")
    never(server, "DELE")


@test
def data_that_is_cut():
    """TLS says where it ends; a connection that just closes may hide more."""
    def cut(server, data):
        data.sendall(server.token)

    r = deliver(Ftp("ftps", DATA=cut, truncates=True))
    fails(r, "recv_recv", "closed without ending TLS")


# ---- Where the data connection goes -----------------------------------------

@test
def ports_that_make_no_sense():
    for answer in ("229 (|||0|)", "229 (|||100000|)", "229 (||||)", "229 ok",
                   "229 (|1|127.0.0.3|50000|)", "229 (|||-1|)",
                   "229 (|||" + "9" * 5000 + "|)", "229 (", "229 (|||5"):
        server = Ftp(EPSV=answer + "\r\n")
        fails(deliver(server), "send_send", "EPSV gave no port: 229")
        never(server, "STOR")
    for answer in ("227 (999,256,300,1,4096,65536)", "227 ok", "227 (1,2,3)",
                   "227 (127,0,0,1,0,0)", "227 (127,0,0,1,1,1,1)",
                   "227 (127,0,0,1,-1,1)"):
        server = Ftp(EPSV="500 what?\r\n", PASV=answer + "\r\n")
        fails(deliver(server), "send_send", "PASV gave no port: 227")
        never(server, "STOR")


@test
def an_address_that_is_not_the_servers():
    """It is not even looked at: nobody is sent to another machine."""
    nobody_is_sent_elsewhere(EPSV="500 what?\r\n")


def link_local():
    """An address of this machine that is nothing without its link."""
    try:
        lines = pathlib.Path("/proc/net/if_inet6").read_text().splitlines()
    except OSError:
        lines = []
    for words in map(str.split, lines):
        if words[3] == "20":
            return socket.inet_ntop(socket.AF_INET6, bytes.fromhex(words[0])
                                    ), words[5]
    not_applicable("no link-local address here")


@test
def an_address_that_is_of_a_link():
    address, link = link_local()
    server = Ftp()
    server.socket.close()
    server.socket = socket.socket(socket.AF_INET6)
    server.socket.bind((address, 0, 0, socket.if_nametoindex(link)))
    server.socket.listen()
    port = server.socket.getsockname()[1]
    url = f"ftp://anna:{PASSWORD}@[{address}%25{link}]:{port}/in/x"
    with server:
        r = sane(run("--send", url, "--recv", url, "--timeout", "40"))
    equal(server.mistakes, [])
    equal(r.code, OK, r)


@test
def a_server_without_epsv_is_asked_once():
    server = Ftp(EPSV="500 what?\r\n", DATA=b"x")
    fails(deliver(server), "recv_recv", "something else")
    for peer in server.peers:
        equal(peer.clear.count(b"EPSV"), 1)
    equal(server.peers[1].clear.count(b"PASV") > 1, True)


@test
def nobody_listens_for_data():
    def gone(server):
        answer = server.pasv()
        server.listener.close()
        return answer

    fails(deliver(Ftp(EPSV="500 what?\r\n", PASV=gone)), "send_send",
          "Connection refused")


# ---- Answers ----------------------------------------------------------------

@test
def refusals():
    for verb, answer, step, reason in (
            ("GREETING", "421 busy", "send_conn", "tempfail"),
            ("USER", "530 no", "send_conn", "auth"),
            ("PASS", "530 no", "send_conn", "auth"),
            ("PASS", "421 later", "send_conn", "tempfail"),
            ("PASS", "332 account", "send_conn", "auth"),
            ("USER", "530 Must use TLS", "send_conn", "tls"),
            ("TYPE", "504 no", "send_conn", "rejected"),
            ("STOR", "553 no", "send_send", "rejected"),
            ("STOR", "550 no", "send_send", "rejected"),
            ("STOR", "452 full", "send_send", "tempfail"),
            ("DONE", "552 quota", "send_send", "rejected"),
            ("DONE", "426 broken", "send_send", "tempfail"),
            ("DONE", "522 reuse", "send_send", "tls"),
            ("RNFR", "550 no", "send_send", "rejected"),
            ("RNTO", "553 no", "send_send", "rejected")):
        server = Ftp(**{verb: answer + "\r\n"})
        with server:
            r = run("--send", at(server), "--recv", at(server), "-4", "-o",
                    "json")
        equal((r.json["reason"], r.json["step"]), (reason, step),
              f"{verb} {answer} {r}")
        contains(r.json["message"], answer)
        if verb in ("STOR", "DONE", "RNFR", "RNTO"):
            contains(server.commands, "DELE")


@test
def answers_of_another_kind():
    """Not a refusal, but not what was asked for either."""
    for verb, answer in (("RNFR", "250 done"), ("RNTO", "350 to?"),
                         ("STOR", "226 done"), ("STOR", "331 and?"),
                         ("DONE", "350 more?"), ("TYPE", "331 and?"),
                         ("EPSV", "200 (!!!9!)"), ("EPSV", "331 and?")):
        server = Ftp(**{verb: answer + "\r\n"})
        r = deliver(server)
        equal(r.code, CRITICAL, r)
        contains(r.text, "CRITICAL - send_", answer)
        never(server, "PASV")
        equal("DELE" in server.commands,
              verb in ("STOR", "DONE", "RNFR", "RNTO"), f"{verb} {answer}")
    server = Ftp(EPSV="500 what?\r\n", PASV="200 (127,0,0,1,0,9)\r\n")
    fails(deliver(server), "send_send", "PASV: 200")
    server = Ftp(EPSV="425 not now\r\n")
    fails(deliver(server), "send_send", "EPSV: 425")
    never(server, "PASV", "STOR")


@test
def a_server_that_wants_a_password():
    server = Ftp()
    with server:
        url = f"ftp://anna@localhost:{server.port}/x"
        fails(sane(run("--send", url, "--recv", url, "-4")), "send_conn",
              "wants a password; write USER:PASSWORD@")
    never(server, "PASS")
    for user in "", "anonymous@", "ftp@":
        with Ftp() as server:
            url = f"ftp://{user}localhost:{server.port}/x"
            equal(run("--send", url, "--recv", url, "-4").code, OK)
        contains(server.clear, "PASS check_delivery@")


@test
def a_folder_is_no_file():
    r = sane(run("--send", "ftp://a:b@localhost:1/in/", "--recv",
                 "ftp://a:b@localhost:1/in/x"))
    equal(r.code, UNKNOWN, r)
    contains(r.text, "UNKNOWN - config - ", "a folder")


@test
def passwords_that_come_back():
    for answer in f"530 not {PASSWORD}", \
            f"530-{PASSWORD}\r\n530 {base64.b64encode(PASSWORD.encode())}":
        fails(deliver(Ftp(PASS=answer + "\r\n")), "send_conn",
              "login refused: 530")


@test
def replies_without_bounds():
    for answer, part in (("220 " + "x" * 100000 + "\r\n", "more than 8192"),
                         ("220-x\r\n" * 5000, "without end"),
                         ("220 a\0b\r\n", "a NUL in it"),
                         ("120 wait\r\n120 wait\r\n", "greeting: 120"),
                         ("SSH-2.0-OpenSSH\r\n", "no reply")):
        fails(deliver(Ftp(GREETING=answer)), "send_conn", part)
    equal(deliver(Ftp(GREETING="120 wait\r\n220 ready\r\n")).code, OK)


@test
def folders_that_nobody_asked_for():
    """PWD is never said (good_servers); 257 is an answer like others."""
    for answer, reason in (('257 "/unfinished', "ok"), ('257 ""', "ok"),
                           ("257 ", "ok"), ('257 "a\0b"', "protocol"),
                           ('257 "' + "x" * 100000 + '"', "protocol")):
        with Ftp(TYPE=answer + "\r\n") as server:
            r = run("--send", at(server), "--recv", at(server), "-4", "-o",
                    "json")
        equal(r.json["reason"], reason, f"{answer:.20} {r}")


@test
def what_a_refused_file_leaves():
    """Only a name of our own is ours to remove if nothing was stored; that it
    cannot be removed is told while it is there."""
    for more, is_removed in (("", True), ("rename=no", False)):
        deliver(server := Ftp(STOR="553 no\r\n"), more=more)
        equal("DELE" in server.commands, is_removed, more)
    for size, is_told in (("550 no such file", False), ("213 35", True),
                          ("500 what?", True)):
        r = deliver(Ftp(DONE="552 quota\r\n", DELE="550 no\r\n",
                        SIZE=size + "\r\n"))
        equal("send_clean: DELE /in/.cd-" in r.out, is_told, f"{size} {r}")


@test
def a_server_that_is_out_of_step():
    for verb, answer in (("GREETING", "220 hi\r\n331 and?\r\n"),
                         ("USER", "331 and?\r\n230 in\r\n"),
                         ("TYPE", "200 ok\r\n229 (|||9|)\r\n")):
        r = deliver(server := Ftp(**{verb: answer}))
        if verb == "USER":
            never(server, "PASS")
        equal(r.code, CRITICAL, r)
        contains(r.text, "spoke without being asked")


@test
def files_that_are_not_ours():
    for data, code, part in ((b"", CRITICAL, "holds something else"),
                             (b"x" * 70000, CRITICAL, "more than 65536"),
                             (b"cd-", CRITICAL, "holds something else")):
        server = Ftp(DATA=data)
        r = deliver(server)
        equal(r.code, code, r)
        contains(r.out, part)
        never(server, "DELE")
    server = Ftp(SIZE="550 no such file\r\n", RETR="550 no such file\r\n")
    fails(deliver(server), "recv_recv", "not found", "/in/x: 550 no such")
    never(server, "DELE")
    server = Ftp(SIZE="213 999999999999999999999\r\n")
    contains(deliver(server).out, "of more than 64 KiB")
    never(server, "RETR", "DELE")


@test
def a_token_that_is_there_but_for_the_servers_word():
    """What it does not call complete is no delivery."""
    for answer, part in (("426 broken", "could not show"),
                         ("451 disk", "could not show"),
                         ("551 what?", "RETR: 551"),
                         ("350 more?", "RETR: 350")):
        server = Ftp(DONE=lambda server: f"{answer}\r\n"
                     if "RETR" in server.commands else "226 done\r\n")
        fails(deliver(server), "recv_recv", part)
        never(server, "DELE")


@test
def more_than_a_token():
    for before, behind in ((b"<", b">"), (b"", b"x"), (b"", b"\n\n"),
                           (b"\n", b""), (b"", b"\0")):
        server = Ftp(DATA=lambda server, data: data.sendall(
            before + server.token + behind))
        r = deliver(server)
        equal(r.code, WARNING, r)
        never(server, "DELE")
    server = Ftp(DATA=lambda server, data: data.sendall(server.token + b"\n"))
    equal(deliver(server).code, OK)
    contains(server.commands, "DELE")


@test
def the_server_goes_at_each_step():
    def end(server):
        raise Gone

    for verb in ("GREETING", "USER", "PASS", "TYPE", "EPSV", "DONE", "RNFR",
                 "RNTO"):
        r = deliver(Ftp(**{verb: end}))
        equal(r.code, CRITICAL, f"{verb} {r}")
        contains(r.text, "send_")
    for verb in "QUIT", "DELE":
        equal(deliver(Ftp(**{verb: end})).code in (OK, WARNING), True, verb)


@test
def a_server_that_goes_before_we_clear_up():
    """It closes after what it refused; another connection clears up."""
    def end_once(server):
        if server.commands.count("DELE") == 1:
            raise Gone
        return "250 ok\r\n"

    r = deliver(server := Ftp(RNTO="553 no\r\n", DELE=end_once))
    fails(r, "send_send", "553 no")
    lacks(r.out, "send_clean: ")
    equal(server.commands.count("DELE"), 2)
    r = deliver(server := Ftp(DELE=end_once))
    equal((r.code, server.commands.count("DELE")), (OK, 2), r)


# ---- While the receiver waits -----------------------------------------------

def in_turn(*answers):
    """One a connection, in their order; the last for all that follow."""
    return lambda server: answers[min(len(server.peers), len(answers)) - 1]


def lost_once(server):
    """The receiver's first connection ends at its first look."""
    if len(server.peers) == 2:
        raise Gone
    return "213 35\r\n"


@test
def a_connection_that_is_made_again_but_not_as_far_as_the_login():
    """What was refused for now is no session: the next look makes another, and
    nothing is asked in the clear where TLS was asked for."""
    for scheme, verb, good, later in (
            ("ftp", "GREETING", "220 ready\r\n", "450 later\r\n"),
            ("ftp", "PASS", "230 in\r\n", "450 later\r\n"),
            ("ftps", "GREETING", "220 ready\r\n", "450 later\r\n"),
            ("ftps", "PASS", "230 in\r\n", "450 later\r\n")):
        server = Ftp(scheme, SIZE=lost_once,
                     **{verb: in_turn(good, good, later, good)})
        r = deliver(server, "--patience", "30")
        equal(r.code, OK, f"{scheme} {verb} {r}")
        equal(len(server.peers), 4, f"{scheme} {verb} {r}")
        third = server.peers[2]
        lacks((third.clear + third.secret).decode("latin-1"), "SIZE", "EPSV")


@test
def a_server_that_takes_its_leave():
    """421, and it still listens: nothing more is asked of it."""
    for verb, good in (("SIZE", "213 35\r\n"), ("RETR", "150 go\r\n"),
                       ("EPSV", None)):
        def leave(server):
            if len(server.peers) == 2:
                return "421 idle for too long\r\n"
            return good or server.epsv()

        server = Ftp(**{verb: leave})
        r = deliver(server, "--patience", "30")
        equal(r.code, OK, f"{verb} {r}")
        equal(len(server.peers), 3, f"{verb} {r}")
        equal(server.peers[1].clear.split(b"\r\n")[-2].split(b" ")[0],
              verb.encode())
    server = Ftp(RNTO="421 idle for too long\r\n")
    fails(deliver(server), "send_send", "RNTO", "421")
    equal([b"DELE" in peer.clear for peer in server.peers], [False, True])
    server = Ftp(GREETING="421 busy\r\n")
    deliver(server)
    never(server, "QUIT")


@test
def a_file_that_is_not_there_yet_at_a_server_without_size():
    answers = ["550 no such file\r\n", "550 no such file\r\n"]

    def later(server):
        return answers.pop() if answers else "150 go\r\n"

    server = Ftp(SIZE="500 what?\r\n", RETR=later)
    r = deliver(server, "--patience", "30")
    equal(r.code, OK, r)
    equal(server.commands.count("RETR"), 3)
    r = deliver(Ftp(SIZE="500 what?\r\n", RETR="550 no such file\r\n"))
    fails(r, "recv_recv", "not found", "550 no such file")


# ---- Data connections that end oddly ----------------------------------------

def silent(server):
    server.peers[-1].hold()


def silent_about_what_was_fetched(server):
    return silent(server) if server.commands[-1] == "RETR" else "226 done\r\n"


def flood(server, data):
    try:
        while True:
            data.sendall(b"x" * 65536)
    except OSError:
        pass


def cut_off(server, data):
    data.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                    struct.pack("ii", 1, 0))


@test
def a_server_that_sends_what_it_should_take():
    for scheme in "ftp", "ftps":
        fails(deliver(Ftp(scheme, UPLOAD=flood)), "send_send",
              "more than 4194304 bytes")


@test
def a_server_that_does_not_say_why():
    """Our patience with it is not the timeout of the run."""
    fails(deliver(Ftp(UPLOAD=flood, DONE=silent)), "send_send",
          "STOR", "does not say why")
    fails(deliver(Ftp(DATA=cut_off, DONE=silent_about_what_was_fetched)),
          "recv_recv", "not found", "connection was lost")


@test
def a_server_that_is_silent_until_the_timeout():
    """What it may have is removed; the connection is of no use for that."""
    def once(server):
        return silent(server) if len(server.peers) == 1 else "226 done\r\n"

    with Ftp(DONE=once) as server:
        r = sane(run("--send", at(server), "--recv", at(server), "-4",
                     "--timeout", "3:critical"))
    fails(r, "send_send", "the timeout of 3 s is over")
    equal([b"DELE /in/.cd-" in peer.clear for peer in server.peers],
          [False, True])
    lacks(server.peers[0].clear, b"QUIT")
    with Ftp(SIZE=silent) as server:
        r = sane(run("--send", at(server), "--recv", at(server), "-4",
                     "--timeout", "3:critical"))
    fails(r, "recv_recv", "the timeout of 3 s is over")
    lacks(server.peers[1].clear, b"QUIT")


@test
def our_patience_with_it_ends_with_its_word():
    """It does not count for what is asked next."""
    def cut_once(server, data):
        if server.commands.count("RETR") == 1:
            return cut_off(server, data)
        return data.sendall(server.token)

    def broken_once(server):
        return "426 broken\r\n" if server.commands.count("RETR") == 1 \
            and server.commands[-1] == "RETR" else "226 done\r\n"

    def slow(server):
        if server.commands.count("SIZE") > 1:
            time.sleep(1.5)
        return "213 35\r\n"

    server = Ftp(DATA=cut_once, DONE=broken_once, SIZE=slow)
    r = deliver(server, "--patience", "30")
    equal(r.code, OK, r)
    equal(len(server.peers), 2)


@test
def a_server_that_leaves_the_data_connection_open():
    """It has said that it has the file; the rest is its own affair."""
    def take_and_keep(server, data):
        server.token = b""
        while chunk := data.recv(65536):
            server.token += chunk
        server.kept = data.dup()

    equal(deliver(Ftp(UPLOAD=take_and_keep)).code, OK)


@test
def a_file_that_is_made_before_the_data_connection_fails():
    for answer in "425 no data connection", "426 broken", "451 disk":
        server = Ftp(STOR=f"{answer}\r\n")
        fails(deliver(server), "send_send", answer)
        contains(server.commands, "DELE")
    server = Ftp(STOR="425 no data connection\r\n")
    fails(deliver(server, more="rename=no"), "send_send", "425")
    never(server, "DELE")


# ---- Replies of several lines -----------------------------------------------

@test
def replies_with_text_between_their_lines():
    """RFC 959, section 4.2: only the first and the last line have the code,
    and a number at the beginning of another must not look like one."""
    for verb, answer in (
            ("GREETING", "220-Welcome\r\n to the machine\r\n\r\n"
             "2nd floor\r\n220 ready\r\n"),
            ("PASS", "230-Hello\r\n   230 is not the end\r\n230 in\r\n"),
            ("PASS", "230-Hello\r\n 500 GB are free\r\n5000 files\r\n"
             "230 in\r\n"),
            ("TYPE", "200-a\r\n200-b\r\n-c\r\n200 d\r\n")):
        r = deliver(Ftp(**{verb: answer}))
        equal(r.code, OK, r)
    for answer, part in (("230-Hello\r\n530 no\r\n", "no reply"),
                         ("230-Hello\r\n500 GB are free\r\n230 in\r\n",
                          "no reply"),
                         ("in\r\n230 in\r\n", "no reply"),
                         ("230-\r\n" + "x\r\n" * 200, "without end")):
        r = deliver(Ftp(PASS=answer))
        fails(r, "send_conn", part)


main()
