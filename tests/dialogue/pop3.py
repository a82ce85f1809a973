# SPDX-License-Identifier: BSD-2-Clause
"""POP3 servers that are hostile or odd."""
import time

from script import *

STEPS = ["CAPA", "AUTH", "UIDL", "QUIT"]  # of a session without news


def receive(*arguments, recv="", **pop3):
    """A check with such a POP3 server: the result, and the server."""
    with Smtp() as smtp, Pop3(smtp, **pop3) as server:
        return check(smtp, server, *arguments, recv=recv), server


def never(server, *verbs):
    for command in server.commands:
        equal(command.startswith(verbs), False, command)


def never_looks(server):
    never(server, "USER", "PASS", "APOP", "AUTH", "UIDL", "STAT", "TOP")


def verbs(server):
    return [command.split(" ")[0] for command in server.commands]


def found(server):
    """The last session found something and removed it, and nothing else."""
    equal(verbs(server)[-5:], ["UIDL", "TOP", "UIDL", "DELE", "QUIT"])
    equal(verbs(server).count("DELE"), 1)


@test
def good_servers():
    for scheme in "pop3", "pop3s", "pop3starttls":
        r, pop3 = receive(scheme=scheme, old=3)
        equal(r.code, OK, r)
        found(pop3)
        equal([c for c in pop3.commands if c.startswith(("TOP", "DELE"))],
              ["TOP 4 0", "DELE 4"])
        equal(pop3.removed, {4})
        never(pop3, "RETR", "LIST", "APOP", "RSET", "NOOP", "STAT")
    r, pop3 = receive(copies=lambda messages: [])
    fails(r, "recv_recv", "not found within 1 s")
    contains(r.text, "no new message is ours")
    equal(verbs(pop3)[:8], STEPS * 2)


# ---- STLS -------------------------------------------------------------------

@test
def no_tls_is_a_failure():
    """P01, P02, P03, P06."""
    for changes, part in (
            ({"CAPA": "+OK\r\nUSER\r\nSASL PLAIN\r\n.\r\n"}, "offers no STLS"),
            ({"CAPA": "+OK\r\n.\r\n"}, "offers no STLS"),
            ({"CAPA": "-ERR what\r\n"}, "whether it has STLS"),
            ({"STLS": "-ERR not now\r\n"}, "STLS: -ERR not now"),
            ({"STLS": "-ERR [SYS/TEMP] x\r\n"}, "STLS: -ERR [SYS/TEMP]"),
            ({"STLS": "-ERR not now\r\n+OK\r\n+OK you are in\r\n"},
             "STLS: -ERR not now"),
            ({"STLS": "+ and then?\r\n"}, "asks for more")):
        r, pop3 = receive(scheme="pop3starttls", **changes)
        fails(r, "recv_conn_early", part)
        equal(pop3.secret, "")
        equal(len(pop3.peers), 1)
        never_looks(pop3)


@test
def words_behind_the_answer_to_stls():
    """P05."""
    for more in ("+OK\r\nSASL PLAIN\r\nUSER\r\n.\r\n+OK\r\n", "+OK\r\n", "+"):
        r, pop3 = receive(scheme="pop3starttls", STLS=f"+OK go\r\n{more}")
        fails(r, "recv_conn_early", "more than it was asked before TLS began")
        equal(pop3.secret, "")


@test
def what_was_said_before_tls_does_not_count():
    r, pop3 = receive(scheme="pop3starttls", capabilities=["UIDL", "USER"],
                      CAPA="+OK\r\nSTLS\r\nSASL EXTERNAL\r\nTOP\r\n"
                      "LOGIN-DELAY 9999\r\n.\r\n",
                      CAPA_TLS="+OK\r\nUSER\r\n.\r\n")
    equal(r.code, OK, r)
    contains(pop3.commands, "USER bob@example.org", f"PASS {PASSWORD}")
    never(pop3, "AUTH")


@test
def there_is_no_apop():
    """P04: not before TLS, not with the old timestamp after it, not at all."""
    for scheme in "pop3", "pop3s", "pop3starttls":
        r, pop3 = receive(scheme=scheme, capabilities=["UIDL"])
        fails(r, "recv_conn_early", "the server offers no login")
        never_looks(pop3)


@test
def one_warning_for_all_sessions():
    certificates.authority(folder(), "stranger")
    certificates.certificate(folder(), "strange", ca="stranger")
    for scheme in "pop3s", "pop3starttls":
        r, pop3 = receive(scheme=scheme, certificate="strange",
                          recv="ssl_verify=OPTIONAL")
        equal(r.code, WARNING, r)
        equal(len(pop3.peers), 2)
        equal([line.split(":")[0] for line in r.details],
              ["the certificate of localhost does not hold"])


# ---- Greeting and answers ---------------------------------------------------

@test
def greetings():
    """P07 to P10."""
    for greeting, reason, part in (
            ("-ERR [SYS/PERM] no\r\n", "rejected", "want us: -ERR [SYS/PERM]"),
            ("-ERR no\r\n", "rejected", "does not want us: -ERR no"),
            ("-ERR [SYS/TEMP] x\r\n", "tempfail", "-ERR [SYS/TEMP] x"),
            ("-ERR \x1b[7mgo \x1b[2J away | bad=1\r\n", "rejected", "go "),
            ("+OK\r\n1 120\r\n2 200\r\n.\r\n", "protocol", "without being"),
            ("+OK hi\r\n+OK\r\n+OK\r\n", "protocol", "without being asked"),
            ("+ hello\r\n", "protocol", "greets with a challenge"),
            ("+Oh well\r\n", "protocol", "no answer: +Oh well"),
            ("+OKAY\r\n", "protocol", "no answer: +OKAY"),
            ("+ok hi\r\n", "protocol", "no answer: +ok hi"),
            ("+OK\thi\r\n", "protocol", "what is no answer"),
            ("-ERROR\r\n", "protocol", "no answer: -ERROR"),
            (" +OK\r\n", "protocol", "what is no answer"),
            ("\r\n", "protocol", "what is no answer"),
            ("* OK IMAP4rev1\r\n", "protocol", "no answer: * OK"),
            ("220 mx ESMTP\r\n", "protocol", "no answer: 220"),
            ("+OK " + "x" * 9000 + "\r\n", "protocol", "more than 8192 by")):
        for scheme in "pop3", "pop3starttls":
            with Smtp() as smtp, Pop3(smtp, scheme, GREETING=greeting) as pop3:
                r = run("--send", url(smtp, "a"), "--recv", url(pop3, "b"),
                        "-4", "-o", "json")
            equal(r.json["reason"], reason, f"{greeting!r} {r}")
            equal(r.json["step"], "recv_conn_early", r)
            contains(r.json["message"], part)
            lacks(r.json["message"], "\x1b", "|", "`")
            never_looks(pop3)


NONSENSE = ["+OKAY\r\n", "+Oh well\r\n", "+ok\r\n", "-ERRor\r\n", "OK\r\n",
            "\r\n", "\0\r\n", "+OK\tx\r\n", "+OK" + "x" * 9000 + "\r\n",
            "\xff\xfe\r\n", "+ more?\r\n"]


@test
def nonsense_early():
    for verb in "CAPA", "USER", "PASS", "UIDL":
        for nonsense in NONSENSE:
            r, pop3 = receive(capabilities=["USER"], **{verb: nonsense})
            fails(r, "recv_conn_early")
            never(pop3, "TOP", "DELE")
            equal(len(pop3.peers), 1)


@test
def nonsense_in_a_look():
    for nonsense in NONSENSE:
        r, pop3 = receive(TOP=nonsense)
        fails(r, "recv_recv")
        never(pop3, "DELE", "RETR")


@test
def nonsense_in_the_end():
    """What was found was found."""
    for verb in "DELE", "QUIT":
        for nonsense in NONSENSE:
            r, pop3 = receive(**{verb: [None] * (verb == "QUIT") + [nonsense]})
            equal(r.code, OK, r)
            equal(len(pop3.peers), 2, verbs(pop3))


@test
def answers_that_nobody_asked_for():
    for verb in "CAPA", "AUTH", "UIDL":
        def more(peer, verb=verb):
            peer.say(pop3.default(peer, verb) + "+OK\r\n")

        with Smtp() as smtp, Pop3(smtp) as pop3:
            pop3.changes[verb] = more
            r = check(smtp, pop3)
        fails(r, "recv_recv" if verb == "UIDL" else "recv_conn_early",
              "the server spoke without being asked")


# ---- Logging in -------------------------------------------------------------

def tail_of(response):
    return base64.b64decode(response).split(b"\0")[1:]


@test
def logins():
    wanted = [b"bob@example.org", PASSWORD.encode()]
    for capabilities in ["USER", "UIDL"], ["SASL PLAIN"], ["sasl login PLAIN"]:
        r, pop3 = receive(capabilities=capabilities)
        equal(r.code, OK, r)
        if capabilities[0] == "USER":
            contains(pop3.commands, "USER bob@example.org", f"PASS {PASSWORD}")
        else:
            auth = [c for c in pop3.commands if c.startswith("AUTH PLAIN ")]
            equal(tail_of(auth[0].split(" ")[2]), wanted)
            never(pop3, "USER", "PASS")
    r, pop3 = receive(CAPA="-ERR what\r\n")
    equal(r.code, OK, r)
    contains(pop3.commands, "USER bob@example.org")


@test
def first_responses_that_are_too_long():
    """RFC 5034, section 4: the line with AUTH has 255 bytes at most."""
    for length in 40, 165, 166, 167, 168, 169, 400:
        said = []

        def auth(peer):
            line = pop3.commands[-1]
            said.append(line)
            if line == "AUTH PLAIN":
                peer.say("+ \r\n")
                said.append(peer.line())
            peer.say("+OK in\r\n")

        with Smtp() as smtp, Pop3(smtp, AUTH=auth) as pop3:
            r = sane(run("--send", url(smtp, "a"), "--recv", url(
                pop3, "b").replace(PASSWORD, "p" * length), "-4"))
        equal(r.code, OK, r)
        equal(pop3.mistakes, [])
        equal(tail_of(said[1] if said[0] == "AUTH PLAIN"
                      else said[0].split(" ")[2]),
              [b"b@example.org", b"p" * length])
        whole = "AUTH PLAIN " + said[-1].split(" ")[-1] + "\r\n"
        equal(said[0] == "AUTH PLAIN", len(whole) > 255, said)


@test
def logins_that_fail():
    for code, reason in (("", "auth"), ("[AUTH] ", "auth"),
                         ("[SYS/TEMP] ", "tempfail"),
                         ("[sys/temp/disk] ", "tempfail"),
                         ("[SYS/PERM] ", "rejected"), ("[WHAT] ", "auth")):
        for verb in "AUTH", "USER", "PASS":
            capabilities = ["SASL PLAIN"] if verb == "AUTH" else ["USER"]
            with Smtp() as smtp, \
                    Pop3(smtp, capabilities=capabilities,
                         **{verb: f"-ERR {code}no\r\n"}) as pop3:
                r = run("--send", url(smtp, "a"), "--recv", url(pop3, "b"),
                        "-4", "-o", "json")
            equal(r.json["reason"], reason, r)
            contains(r.json["message"], f"login refused: -ERR {code}no")
            equal(pop3.commands[-1], "QUIT")
            never(pop3, "UIDL")
            equal((smtp.clear, len(pop3.peers)), ("", 1))


@test
def a_login_that_is_given_up():
    """The server must know that no answer to its challenge will come."""
    heard = []

    def nonsense(peer):
        peer.say("+ !!!\r\n")
        heard.append(peer.line())
        peer.say("-ERR as you like\r\n")

    r, pop3 = receive(capabilities=["SASL SCRAM-SHA-256", "USER"],
                      AUTH=nonsense)
    fails(r, "recv_conn_early", "login by SCRAM-SHA-256")
    equal(heard, ["*"])
    equal(verbs(pop3), ["CAPA", "AUTH", "QUIT"])


@test
def logins_that_are_refused():
    for capabilities, recv, part in (
            (["SASL SCRAM-SHA-256"], "", "did not prove that it knows the"),
            (["SASL GSSAPI"], "", "offers no login that goes with this URL"),
            (["UIDL"], "", "offers no login that goes with this URL"),
            (["USER"], "auth=plain", "does not offer auth=plain"),
            (["USER"], "auth=none", "the server wants a login")):
        r, pop3 = receive(capabilities=capabilities, recv=recv)
        fails(r, "recv_conn_early", part)
        never(pop3, "USER", "PASS", "UIDL")


@test
def pass_where_no_mechanism_is_for_us():
    r, pop3 = receive(capabilities=["SASL GSSAPI NTLM", "USER"])
    equal(r.code, OK, r)
    contains(pop3.commands, f"PASS {PASSWORD}")


@test
def challenges_without_end():
    def ask(peer):
        for _ in range(100):
            peer.say("+ \r\n")
            if peer.line() == "*":
                return peer.say("-ERR well\r\n")
        raise AssertionError("no end")

    r, pop3 = receive(capabilities=["SASL LOGIN"], AUTH=ask)
    fails(r, "recv_conn_early", "login by LOGIN")
    equal(pop3.commands[-1], "QUIT")


# ---- Refused for now --------------------------------------------------------

@test
def a_mailbox_that_is_in_use():
    """In the looks it costs patience.  Before, it is not known what is old."""
    in_use = "-ERR [IN-USE] somebody else reads it\r\n"
    for verb, first in ("AUTH", None), ("GREETING", None), ("AUTH", in_use):
        r, pop3 = receive("--patience", "30", old=3,
                          **{verb: [first, in_use, in_use]})
        equal(r.code, OK, r)
        equal(len(pop3.peers), 4)
        equal(pop3.removed, {4})
        if first is None:
            found(pop3)
            never(pop3, "TOP 1", "TOP 2", "TOP 3")
    r, pop3 = receive(AUTH=in_use)
    fails(r, "recv_recv", "not found within 1 s", "login refused: -ERR [IN-U")


@test
def what_could_not_be_looked_at_is_not_what_is_not_there():
    """Else all is well when the server is away, and what must not arrive is
    there."""
    def gone(peer):
        server.take_no_more()
        raise Gone

    for changes, wanted in (
            ({"UIDL": [None] + [Peer.reset] * 99}, "closed"),
            ({"UIDL": [None, gone]}, "connect"),
            ({"AUTH": [None] + ["-ERR [IN-USE] x\r\n"] * 99}, "tempfail"),
            ({"TOP": "-ERR [SYS/TEMP] later\r\n"}, "tempfail"),
            ({"capabilities": ["SASL PLAIN", "LOGIN-DELAY 900"]}, "tempfail"),
            ({"AUTH": [None, "-ERR [LOGIN-DELAY] x\r\n"]}, "tempfail"),
            ({"copies": lambda messages: []}, "not_found")):
        with Smtp() as smtp, Pop3(smtp, **changes) as server:
            equal(reason(smtp, server), wanted)
    with Smtp() as smtp, Pop3(smtp, copies=lambda messages: [], capabilities=[
            "SASL PLAIN", "LOGIN-DELAY 2"]) as server:
        equal(reason(smtp, server, patience=3), "not_found")
        equal(len(server.peers), 2)


@test
def few_are_looked_at_where_it_is_not_known_what_is_old():
    r, pop3 = receive("--patience", "30", old=40,
                      AUTH=["-ERR [IN-USE] x\r\n"])
    equal(r.code, OK, r)
    equal([c for c in pop3.commands if c.startswith("TOP")],
          [f"TOP {number} 0" for number in range(41, 9, -1)])


@test
def what_is_refused_for_now_is_tried_again():
    for changes in ({"AUTH": [None, "-ERR [SYS/TEMP] later\r\n"]},
                    {"GREETING": [None, "-ERR [SYS/TEMP] later\r\n"]},
                    {"STAT": [None, "-ERR [SYS/TEMP] later\r\n"],
                     "UIDL": "-ERR what\r\n"}):
        r, pop3 = receive("--patience", "30", **changes)
        equal(r.code, OK, r)
        equal(len(pop3.peers), 3)
    r, pop3 = receive("--patience", "30", AUTH=[None, "-ERR no\r\n"])
    fails(r, "recv_recv", "login refused: -ERR no")


def times_of_logins(pop3):
    times = []

    def auth(peer):
        times.append(time.monotonic())
        peer.say("+OK in\r\n")

    pop3.changes["AUTH"] = auth
    return times


@test
def some_time_between_logins():
    """Never sooner than the server allows, by its own clock."""
    for more, later in ((["LOGIN-DELAY 1"], []),
                        (["LOGIN-DELAY 900 USER"], ["LOGIN-DELAY 1"])):
        def capa(peer):
            logged_in = verbs(pop3)[-2:-1] == ["AUTH"]
            peer.say(pop3.text(["SASL PLAIN", "TOP"]
                               + (later if logged_in and later else more)))

        with Smtp() as smtp, Pop3(smtp, CAPA=capa) as pop3:
            times = times_of_logins(pop3)
            r = check(smtp, pop3, "--patience", "30")
        equal(r.code, OK, r)
        equal(len(times), 2)
        equal(times[1] - times[0] >= 1, True, times)


@test
def a_time_between_logins_that_is_longer_than_patience():
    for seconds in 900, 4294967295:
        r, pop3 = receive(capabilities=["SASL PLAIN",
                                        f"LOGIN-DELAY {seconds}"])
        left = int(re.search(r"next login in (\d+) s", r.text)[1])
        equal(seconds - 60 < left <= seconds, True, r)
        fails(r, "recv_recv", "the server allows the next login in ")
        equal(len(pop3.peers), 1)
    for odd in "", " ", " x", " -1", " 99999999999999999999", " 0":
        r, pop3 = receive(capabilities=["SASL PLAIN", f"LOGIN-DELAY{odd}"])
        equal(r.code, OK, r)


@test
def a_login_that_was_too_early():
    """It is not repeated before the time is over."""
    early = "-ERR [LOGIN-DELAY] patience\r\n"
    r, pop3 = receive("--patience", "30", AUTH=[None, early])
    equal(r.code, OK, r)
    equal(len(pop3.peers), 3)
    r, pop3 = receive(capabilities=["SASL PLAIN", "LOGIN-DELAY 900"],
                      AUTH=[early])
    fails(r, "recv_recv", "the server allows the next login in ")
    equal(len(pop3.peers), 1)


main()
