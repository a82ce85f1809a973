# SPDX-License-Identifier: BSD-2-Clause
"""Logging in at IRC servers that are hostile or odd."""
from irc_server import *


@test
def login_by_sasl():
    heard = []
    server = sasl("+", heard=heard)
    r = check(server, password=f":{PASSWORD}")
    equal(r.code, OK, r)
    equal(base64.b64decode(heard[0].split()[1]).split(b"\0"),
          [b"", b"anna", PASSWORD.encode()])
    contains(server.commands, "CAP END")
    r = check(sasl("+", heard=heard, mechanisms="EXTERNAL,PLAIN"),
              password=f":{PASSWORD}")
    equal(r.code, OK, r)


@test
def long_responses_go_in_pieces():
    heard = []
    with sasl("+", heard=heard) as server:
        at = f"localhost:{server.port}/{TARGET}"
        r = sane(run("--send", f"irc://anna:{'p' * 294}@{at}", "--recv",
                     f"irc://bob@{at}", "-4"))
    equal(r.code, OK, r)
    equal([len(line) for line in heard], [413, 14])
    equal(heard[1], "AUTHENTICATE +")


@test
def logins_that_are_refused():
    for numeric in "902", "904", "905", "906":
        r = check(sasl("+", heard=[], verdict=f":s {numeric} NICK :no\r\n"),
                  password=f":{PASSWORD}")
        fails(r, "send_conn", f"login refused: {numeric} no")
    server = sasl("!!!", heard=(heard := []), mechanisms="SCRAM-SHA-256")
    r = check(server, password=f":{PASSWORD}")
    equal(r.code, CRITICAL, r)
    r = check(sasl("+", mechanisms="SCRAM-SHA-256", heard=[]),
              password=f":{PASSWORD}")
    fails(r, "send_conn", "did not prove that it knows the password")


def login_of(answers):
    """`answers` is a function of what was said in a CAP or AUTHENTICATE."""
    def step(peer):
        said = peer.clear.decode().rstrip().split("\r\n")[-1]
        peer.say(answers(said).replace("NICK", peer.nick))

    return Irc(CAP=step, AUTHENTICATE=step)


@test
def capabilities_without_end():
    server = login_of(lambda said: ":s CAP * LS * :multi-prefix\r\n" * 20000)
    fails(check(server, password=f":{PASSWORD}"), "send_conn",
          "more than anybody asked")
    lacks("\n".join(server.commands), "AUTHENTICATE", "PASS")


@test
def sasl_that_is_refused_or_not_there():
    for answer, part in ((":s CAP * NAK :sasl\r\n", "login refused: CAP"),
                         (":s CAP\r\n", "CAP REQ: CAP"),
                         (":s CAP * DEL :sasl\r\n", "login refused: CAP")):
        server = login_of(lambda said: ":s CAP * LS :sasl=PLAIN\r\n"
                          if said.endswith("302") else answer)
        fails(check(server, password=f":{PASSWORD}"), "send_conn", part)
        lacks("\n".join(server.commands), "AUTHENTICATE", "PASS")
    server = login_of(lambda said: ":s CAP * LS :sasl=EXTERNAL,X saslxPLAIN "
                      "xsasl=PLAIN sas\r\n")
    r = check(server, password=f":{PASSWORD}")
    equal(r.code, CRITICAL, r)
    lacks("\n".join(server.commands), "AUTHENTICATE", "PASS", "REQ")


@test
def words_about_a_login_before_their_time():
    """They are no answer to what was asked."""
    for early in ":s 903 * :in", ":s 904 * :no", "AUTHENTICATE +", ":s 900 *":
        server = login_of(lambda said: ":s CAP * LS :sasl=PLAIN\r\n"
                          if said.endswith("302")
                          else f"{early}\r\n:s CAP * NAK :sasl\r\n")
        fails(check(server, password=f":{PASSWORD}"), "send_conn",
              "login refused: CAP")
        lacks("\n".join(server.commands), "AUTHENTICATE", "PASS")
        r = check(Irc(WELCOME=f"{early}\r\n:s 001 NICK :hi\r\n"))
        equal(r.code, OK, r)


@test
def challenges_without_end():
    for challenge, part in (("A" * 400, "a challenge without end"),
                            ("A" * 399, "login by LOGIN"),
                            ("VXNlcjo=", "login by LOGIN")):
        def answer(said):
            if said.startswith("CAP"):
                return ":s CAP * LS :sasl=LOGIN\r\n" \
                    if said.endswith("302") else ":s CAP * ACK :sasl\r\n"
            return f"AUTHENTICATE {challenge}\r\n" * 40

        r = check(login_of(answer), password=f":{PASSWORD}")
        fails(r, "send_conn", part)


@test
def the_servers_password():
    """Where there is no SASL, and where there is no CAP."""
    for answer in ":s CAP * LS :multi-prefix\r\n", \
            ":s 421 * CAP :what\r\n", ":s 451 * :not yet\r\n", "":
        server = Irc(CAP=lambda peer: peer.say(
            answer if peer.clear.endswith(b"LS 302\r\n") else ""))
        r = check(server, password=f":{PASSWORD}", timeout=10)
        equal(r.code, OK, r)
        contains(server.commands, f"PASS :{PASSWORD}")


@test
def a_server_that_says_much_but_nothing_of_cap():
    server = Irc(CAP=lambda peer: peer.say(
        ":s NOTICE * :Looking up your hostname\r\n"))
    r = check(server, password=f":{PASSWORD}", timeout=10)
    equal(r.code, OK, r)
    contains(server.commands, f"PASS :{PASSWORD}")


def slow_sasl(seconds):
    """It looks up who we are before it reads a word."""
    server = sasl("+", heard=[])
    answer = server.changes["CAP"]

    def look_up_first(peer):
        if peer.clear.endswith(b"LS 302\r\n"):
            peer.say(":s NOTICE * :Looking up your hostname\r\n")
            time.sleep(seconds)
        answer(peer)

    server.changes["CAP"] = look_up_first
    return server


@test
def a_server_that_looks_up_first_is_waited_for():
    server = slow_sasl(7)
    r = check(server, password=f":{PASSWORD}")
    equal(r.code, OK, r)
    contains(server.commands, "AUTHENTICATE PLAIN")
    lacks("\n".join(server.commands), "PASS")


@test
def a_login_that_cannot_be_made_any_more_is_none():
    server = slow_sasl(4)
    r = check(server, password=f":{PASSWORD}", timeout=6)
    fails(r, "send_conn", "offers SASL, but said so too late")
    lacks("\n".join(server.commands), "AUTHENTICATE", "PRIVMSG")


@test
def a_login_that_was_not_made_is_not_accepted():
    r = check(sasl(heard=[]), password=f":{PASSWORD}")
    fails(r, "send_conn", "accepts a login that was not made")


@test
def words_about_other_capabilities():
    """They are no answer to the request; taking SASL back is none either."""
    def cap(*answers):
        def say(peer):
            said = peer.clear.decode().strip().split("\r\n")[-1]
            if "LS" in said:
                peer.say(":s CAP * LS :sasl=PLAIN\r\n")
            elif "REQ" in said:
                peer.say("".join(f":s CAP * {a}\r\n" for a in answers))
        return say

    for answers, part in ((("NEW :foo", "ACK :-sasl", "NAK :sasl"),
                           "login refused: CAP sasl"),
                          (("NEW :foo", "ACK :sasl"), "")):
        server = Irc(CAP=cap(*answers), AUTHENTICATE=lambda peer: peer.say(
            "AUTHENTICATE +\r\n" if peer.clear.endswith(b"PLAIN\r\n")
            else ":s 903 * :in\r\n"))
        r = check(server, password=f":{PASSWORD}")
        equal(r.code, CRITICAL if part else OK, r)
        contains(r.text, part)


@test
def a_login_that_is_given_up_is_said_so():
    server = sasl("+", "!!!", heard=[], mechanisms="SCRAM-SHA-256")
    check(server, password=f":{PASSWORD}")
    eventually(lambda: "AUTHENTICATE *" in server.clear, "the end")
    lacks(server.clear, "CAP END")


main()
