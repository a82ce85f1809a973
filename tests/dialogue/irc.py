# SPDX-License-Identifier: BSD-2-Clause
"""IRC servers that are hostile or odd."""
from irc_server import *


@test
def a_good_server():
    equal(check(server := Irc()).code, OK)
    equal(server.commands.count("QUIT :checked"), 2)


@test
def the_key_of_a_channel():
    for name in "key", "channel_key":
        with Irc() as server:
            at = f"localhost:{server.port}/{TARGET}?{name}={PASSWORD}"
            r = keeps_secret(sane(run("--send", f"irc://anna@{at}", "--recv",
                                      f"irc://bob@{at}", "-4", "-vvv")))
        equal(r.code, OK, r)
        equal(server.commands.count(f"JOIN #room {PASSWORD}"), 2)


@test
def a_key_that_is_not_shown_by_half():
    """Not where a text is cut either, such as what had no answer."""
    channel = "%23" + "x" * 44
    with Irc(JOIN="") as server:
        at = f"localhost:{server.port}/{channel}?channel_key={PASSWORD}"
        r = sane(run("--send", f"irc://anna@{at}", "--recv", f"irc://bob@{at}",
                     "-4", "-vvv", "--timeout", "2"))
    fails(r, "recv_conn_early", "no answer to JOIN #xxx", code=UNKNOWN)
    lacks(r.out + r.err, PASSWORD[:4])


@test
def nicks_without_end():
    server = Irc(NICK=":s 433 * NICK :in use\r\n", WELCOME="")
    fails(check(server), "recv_conn_early", "433")
    equal([c for c in server.commands if c.startswith("NICK")],
          ["NICK bob", "NICK bob1", "NICK bob2", "NICK bob3"])
    for numeric in "436", "437":
        server = Irc(NICK=f":s {numeric} * NICK :in use\r\n", WELCOME="")
        fails(check(server), "recv_conn_early", numeric)
        contains(server.commands, "NICK bob3")


@test
def a_server_that_does_not_want_us():
    for answer, part in ((":s 465 NICK :\x0304banned\x07 | x=1\r\n", "465"),
                         ("ERROR :Closing Link\r\n", "not want us: ERROR"),
                         (":s 432 NICK x :what a name\r\n", "not let in: 432"),
                         (":s 463 NICK :your host\r\n", "not let in: 463"),
                         (":s 465 NICK :\x02\x1b[2J\xff\xfe\x9b\r\n", "465"),
                         (":s 465 NICK :\0\r\n", "a NUL in it"),
                         (":s 464 NICK :wrong\r\n", "login refused: 464")):
        r = check(Irc(WELCOME=answer))
        fails(r, "recv_conn_early", part)


@test
def numerics_without_a_word_before_we_are_in():
    for numeric in 432, 433, 436, 437, 463, 464, 465:
        fails(check(Irc(WELCOME=f":s {numeric}\r\n" * 4)),
              "recv_conn_early", str(numeric))
    odd = "".join(f":s {n}\r\n{n}\r\n" for n in range(400, 1000) if n != 461)
    r = check(Irc(JOIN=odd + ":s 366 NICK #room :e\r\n"))
    equal(r.code, OK, r)


@test
def a_server_that_says_why_and_leaves():
    """Its words are the reason, not the end of the connection."""
    def leave(peer):
        peer.say("ERROR :Closing Link: no more\r\n")
        raise Gone

    fails(check(Irc(WELCOME=leave)), "recv_conn_early",
          "the server does not want us: ERROR Closing Link")


@test
def a_password_that_comes_back():
    def wrong(peer):
        peer.say(f":s 001 {peer.nick} :hello\r\n" if peer.nick == "bob" else
                 f":s 464 * :{PASSWORD} is wrong\r\n")

    r = check(Irc(CAP=":s 421 * CAP :what\r\n", WELCOME=wrong),
              password=f":{PASSWORD}")
    fails(r, "send_conn", "login refused: 464 *** is wrong")


@test
def a_nick_that_is_cut():
    def cut(peer):
        peer.nick = peer.nick[:9]
        peer.say(f":s 001 {peer.nick} :hello\r\n")

    with Irc(WELCOME=cut) as server:
        at = f"@localhost:{server.port}"
        r = sane(run("--send", f"irc://averylongnick{at}/{TARGET}", "--recv",
                     f"irc://bob{at}/{TARGET}", "-4"))
        equal(r.code, OK, r)
        contains(r.out, "calls us averylong, not averylongnick")
        r = sane(run("--send", f"irc://anna{at}", "--recv",
                     f"irc://averylongnick{at}", "-4"))
    fails(r, "recv_conn_early", "messages would not reach us")
    with Irc(WELCOME=cut, JOIN=":s 366 NICK #room :end\r\n"
             ":op KICK #room averylong :go\r\n") as server:
        at = f"@localhost:{server.port}/{TARGET}"
        r = sane(run("--send", f"irc://anna{at}", "--recv",
                     f"irc://averylongnick{at}", "-4"))
    fails(r, "recv_recv", "KICK go")


@test
def channels_that_cannot_be_joined():
    for numeric in ("403", "405", "470", "471", "473", "474", "475", "477",
                    "480", "484", "485", "488", "495", "500", "517", "519",
                    "926"):
        server = Irc(JOIN=f":s {numeric} NICK #room :no way\r\n")
        fails(check(server), "recv_conn_early", f"#room: {numeric} no way")
        lacks("\n".join(server.commands), "PRIVMSG")
    for refusal in "439 NICK #room", "263 NICK JOIN":
        r = check(Irc(JOIN=f":s {refusal} :wait\r\n"), "-o", "json",
                  form=lambda r: r)
        equal((r.json["step"], r.json["reason"]),
              ("recv_conn_early", "tempfail"), r)
    server = Irc(JOIN=":s 461 NICK JOIN :more\r\n")
    fails(check(server), "recv_conn_early", "#room: 461 more")
    server = Irc(JOIN=":s 366 NICK #other :end\r\n:s 473 NICK #room :no way"
                 "\r\n")
    fails(check(server), "recv_conn_early", "#room: 473 no way")
    server = Irc(JOIN=":s 473 NICK #other :no way\r\n:s 422 NICK :no motd\r\n"
                 ":s 263 NICK LIST :wait\r\n:s 366 NICK #other :end"
                 "\r\n:s 366 NICK #ROOM :end\r\n")
    equal(check(server).code, OK)


@test
def a_sender_that_is_not_in_the_channel_says_nothing():
    """The receiver is."""
    for last in (":s 366 NICK #room :e\r\n:op KICK #room NICK :go\r\n",
                 ":s 366 NICK #room :e\r\n:NICK PART #room\r\n",
                 ":s 473 NICK #room :no\r\n",
                 ":s 366 NICK #room :e\r\nERROR :bye\r\n"):
        server = Irc(JOIN=lambda peer: peer.say((
            ":s 366 NICK #room :e\r\n" if peer.nick == "bob" else last
        ).replace("NICK", peer.nick)))
        r = check(server)
        equal(r.code, CRITICAL, r)
        contains(r.text, " - send_")
        lacks("\n".join(server.commands), "PRIVMSG")


@test
def what_is_not_a_delivery():
    for said, code, part in (
            (lambda nick, line: f":eve!u@h {line}\r\n", CRITICAL, "not found"),
            (lambda nick, line: f":{nick[:2]}!u@h {line}\r\n", CRITICAL,
             "not found"),
            (lambda nick, line: f":{nick}!u@h {line[:-1]}\r\n", CRITICAL,
             "not found"),
            (lambda nick, line: f":{nick}!u@h PRIVMSG #other "
             f"{line.split()[2]}\r\n", CRITICAL, "not found"),
            (lambda nick, line: f":{nick}!u@h "
             f"{line.replace('PRIVMSG', 'TOPIC')}\r\n", CRITICAL,
             "not found"),
            (lambda nick, line: f":{nick}!u@h {line}\r\n" * 2, WARNING,
             "found 2 times"),
            (lambda nick, line: f":{nick}!u@h {line}\x02!\r\n", WARNING,
             "more than the token"),
            (lambda nick, line: f"@time=now :{nick}!u@h {line}\r\n", OK,
             "")):
        r = check(Irc(PRIVMSG=said))
        equal(r.code, code, r)
        contains(r.out, part)


@test
def a_sender_whose_nick_is_in_use():
    """It is anna1 then, and what anna says is somebody else's."""
    def take(peer):
        peer.say(":s 433 * anna :in use\r\n" if peer.nick == "anna"
                 else f":s 001 {peer.nick} :hello\r\n")

    for who, code in ("anna", CRITICAL), ("anna1", OK), ("anna2", CRITICAL):
        r = check(Irc(NICK=take, WELCOME="", PRIVMSG=lambda nick, line:
                      f":{who}!u@h {line}\r\n"))
        equal(r.code, code, f"{who} {r}")


@test
def servers_that_change_our_nick():
    def rename(who):
        def say(peer):
            peer.say(f":s 366 {peer.nick} #room :end\r\n")
            if peer.nick == who:
                peer.say(f":{who}!u@h NICK :guest\r\n")
                peer.nick = "guest"
        return say

    for who in "anna", "bob":
        r = check(Irc(JOIN=rename(who)))
        equal(r.code, OK, f"{who} {r}")
    contains(r.out, "calls us guest, not bob")

    def later(peer):
        peer.say(":s 001 bob :hello\r\n" * (peer.nick == "bob")
                 + ":s 001 anna :hello\r\n" * (peer.nick == "anna")
                 + ":bob!u@h NICK guest\r\n" * (peer.nick == "bob"))

    r = check(Irc(WELCOME=later), to="")
    fails(r, "recv_recv", "calls us guest, not bob: messages would not reach")


@test
def a_relay():
    def relayed(nick, line):
        return f":relay!u@h {line.replace(':', f':<{nick}> ')}\r\n"

    for recv, code in (("", CRITICAL), ("?from=relay", OK), ("?from=%2A", OK),
                       ("?from=other", CRITICAL)):
        r = check(Irc(PRIVMSG=relayed), recv=recv)
        equal(r.code, code, f"{recv} {r}")


@test
def a_bot_that_says_what_came_otherwise(tmp):
    """The sender is not on IRC, so whoever knows the token is right."""
    def announce(peer):
        peer.say(f":s 366 {peer.nick} #room :end\r\n")

        def tell():
            eventually((tmp / "x").exists, "the file")
            eventually((tmp / "x").read_text, "its content")
            token = (tmp / "x").read_text()
            peer.say(f":bot!u@h PRIVMSG #room :{token}\r\n")

        threading.Thread(target=tell, daemon=True).start()

    r = check(Irc(JOIN=announce), "--patience", "20",
              send=f"file://{tmp}/x")
    equal(r.code, OK, r)


@test
def half_a_line_holds_nothing_up():
    """The token is there; or it is not, and patience is over."""
    half = ":s NOTICE bob :half"
    r = check(Irc(PRIVMSG=lambda nick, line: f":{nick}!u@h {line}\r\n{half}"))
    equal(r.code, OK, r)
    fails(check(Irc(PRIVMSG=lambda nick, line: half)), "recv_recv",
          "not found within 1 s")


@test
def a_connection_that_was_lost_has_no_messages():
    """Not even where there is one look only: nobody knows what there is."""
    class Leaving(Irc):
        def pass_on(self, peer, line):
            for other in self.people:
                if other is not peer:
                    other.socket.shutdown(socket.SHUT_RDWR)

    for patience in "0", "1":
        r = check(Leaving(), "--patience", patience, "--wait", "0.5", "-o",
                  "json", form=lambda r: r)
        equal((r.json["step"], r.json["reason"]), ("recv_recv", "closed"), r)


@test
def lines_that_end_by_cr_alone():
    fails(check(Irc(JOIN="PING :a\rb\r\n")), "recv_conn_early",
          "by CR alone")


@test
def refusals_of_a_message():
    for numeric, reason in (("404", "rejected"), ("484", "rejected"),
                            ("707", "rejected"), ("263", "tempfail"),
                            ("439", "tempfail")):
        class Refusing(Irc):
            def pass_on(self, peer, line):
                peer.say(f":s {numeric} {peer.nick} #room :no\r\n")

        r = check(Refusing(), "-o", "json", form=lambda r: r)
        equal((r.json["step"], r.json["reason"]), ("send_send", reason), r)


@test
def made_to_go():
    def part(peer):
        peer.say(f":s 366 {peer.nick} #room :end\r\n:eve!u@h PART #room\r\n"
                 f":{peer.nick}!u@h PART #other\r\n")
        if peer.nick == "bob":
            peer.say(":bob!u@h PART #room :bye\r\n")

    fails(check(Irc(JOIN=part)), "recv_recv", "#room: PART bye")


@test
def messages_that_make_no_sense():
    odd = "".join(f"{line}\r\n" for line in (
        ":", ": ", "@", "@ ", "PING", "CAP", "NICK", "KICK", "KICK #room",
        ":x", ":x ", ":! PRIVMSG", "PRIVMSG #room", "366", ":s 366", "433x",
        "@a=b :s 005 NICK " + "PREFIX=" * 500, " " * 100, "PRIVMSG " * 90)
        ) + "".join(f":s {n:03}\r\n" for n in list(range(2, 400)))
    r = check(Irc(JOIN=odd + ":s 366 NICK #room :end\r\n"))
    equal(r.code, OK, r)


@test
def numerics_without_params():
    """While we wait for the welcome, too."""
    odd = "".join(f":s {n:03}\r\n{n:03}\r\n:s {n:03} :\r\n"
                  for n in range(2, 1000)
                  if n not in (432, 433, 436, 437, 463, 464, 465))
    r = check(Irc(WELCOME=odd + ":s 001 NICK :hello\r\n"))
    equal(r.code, OK, r)
    for welcome in ":s 001", "001", ":s 001 :", f":s 001 {'x' * 64} :hello":
        r = check(Irc(WELCOME=welcome + "\r\n"))
        fails(r, "recv_conn_early", "nothing that could be a nick: 001")


@test
def lines_without_end():
    for line in ("@a=" + "b" * 9000 + " :s 366 NICK #room :end\r\n",
                 ":s 005 NICK PREFIX=(" + "o" * 30000 + ")" + "@" * 30000
                 + " NICKLEN=-1\r\n", "x" * 1000000):
        fails(check(Irc(JOIN=line)), "recv_conn_early", "more than 8192 bytes")


@test
def talk_without_end():
    def motd(peer):
        for _ in range(20000):
            peer.say(f":s 372 {peer.nick} :- x\r\n")
        peer.hold()

    fails(check(Irc(WELCOME=motd)), "recv_conn_early",
          "more than anybody asked")
    fails(check(Irc(PING=motd)), "send_send", "more than anybody asked")


@test
def much_talk_at_each_step():
    """What is bounded is what is said to one question of ours."""
    talk = ":s 372 x :- x\r\n" * 6000
    r = check(Irc(WELCOME=talk + ":s 001 NICK :hello\r\n",
                  JOIN=talk + ":s 366 NICK #room :end\r\n",
                  PRIVMSG=lambda nick, line: f"{talk}:{nick}!u@h {line}\r\n"
                  ), "--patience", "10")
    equal(r.code, OK, r)


@test
def pings():
    def ask(peer):
        peer.say("PING :" + "x" * 500 + "\r\n")
        equal(peer.line(), "PONG :" + "x" * 400)
        peer.say(f":s 366 {peer.nick} #room :end\r\n")

    equal(check(Irc(JOIN=ask)).code, OK)

    def flood(peer):
        for _ in range(20000):
            peer.say("PING :x\r\n")
        peer.hold()

    fails(check(Irc(JOIN=flood)), "recv_conn_early", "more than anybody asked")
    fails(check(Irc(JOIN=f"PING :{'x' * 10240}\r\n")), "recv_conn_early",
          "more than 8192 bytes")


@test
def we_are_thrown_out():
    def kick(peer):
        peer.say(f":s 366 {peer.nick} #room :end\r\n"
                 ":op KICK #room bob :go\r\n")

    fails(check(Irc(JOIN=kick)), "recv_recv", "#room: KICK go")

    def others(peer):
        peer.say(f":s 366 {peer.nick} #room :end\r\n"
                 ":op KICK #room carol :go\r\n:op KICK #other bob :go\r\n"
                 ":op KICK\r\n:op KICK #room\r\n:op KILL carol :go\r\n"
                 ":op KILL\r\n")

    equal(check(Irc(JOIN=others)).code, OK)

    def kill(peer):
        peer.say(f":s 366 {peer.nick} #room :end\r\n:op KILL BOB :go\r\n")

    fails(check(Irc(JOIN=kill)), "recv_recv", "bob: KILL go")
    r = check(Irc(WELCOME=":op KILL NICK :go\r\n:s 001 NICK :hello\r\n"))
    equal(r.code, OK, r)

    def error(peer):
        peer.say(f":s 366 {peer.nick} #room :end\r\n")
        if peer.nick == "bob":
            peer.say("ERROR :Closing\r\n")

    fails(check(Irc(JOIN=error)), "recv_recv",
          "the server ends the connection: ERROR Closing")


@test
def what_becomes_of_us_behind_the_message():
    """It was delivered, and in front of it nothing was."""
    for end in ("ERROR :Closing Link: bob (Ping timeout)",
                ":op KICK #room bob :go", ":bob!u@h PART #room :bye",
                ":op KILL bob :go"):
        r = check(Irc(PRIVMSG=lambda nick, line:
                      f":{nick}!u@h {line}\r\n{end}\r\n"))
        equal(r.code, OK, f"{end} {r}")
        r = check(Irc(PRIVMSG=lambda nick, line:
                      f"{end}\r\n:{nick}!u@h {line}\r\n"))
        equal(r.code, CRITICAL, f"{end} {r}")
    r = check(Irc(PRIVMSG=lambda nick, line:
                  f":{nick}!u@h {line}\r\nPING :\0\r\n"))
    fails(r, "recv_recv", "a NUL in it")


@test
def messages_that_are_not_passed_on():
    for numeric in "401", "403", "404", "407", "413", "442", "477", "531", \
            "716":
        r = check(Irc(PING=f":s {numeric} NICK #room :no way\r\n"
                      ":s PONG s :other\r\n"))
        fails(r, "send_send", f"#room: {numeric} no way")


@test
def pongs_that_are_not_ours():
    """Only the one with the token says that the message is through."""
    def other(peer):
        peer.say(":s PONG s :other\r\n:s PONG\r\n:s PONG s :\r\n"
                 f":s 404 {peer.nick} #room :no way\r\n")

    fails(check(Irc(PING=other)), "send_send", "#room: 404 no way")


@test
def keys_that_cannot_be():
    for key in "a%20b", "a,b", "%3Aa", "":
        r = check(Irc(), recv=f"?channel_key={key}")
        equal(r.code, UNKNOWN, r)
        contains(r.text, "UNKNOWN - config - recv: channel_key: ")


@test
def sasl_that_was_asked_for():
    """It is not the server's password then."""
    with Irc(CAP=":s CAP * LS :multi-prefix\r\n") as server:
        at = f"localhost:{server.port}/{TARGET}"
        r = sane(run("--send", f"irc://anna:{PASSWORD}@{at}?auth=plain",
                     "--recv", f"irc://bob@{at}", "-4"))
    equal(r.code, CRITICAL, r)
    contains(r.text, "send_conn")
    lacks("\n".join(server.commands), "PASS", "AUTHENTICATE")


@test
def names_that_cannot_be():
    for user, path, part in (("a%20b", "%23x", "not a nick"),
                             ("a%21b%40c", "%23x", "not a nick"),
                             ("0a", "%23x", "not a nick"),
                             ("a" * 64, "%23x", "too long for a nick"),
                             ("a", "b%21c", "not a nick"),
                             ("a,b", "%23x", "not a nick"),
                             ("%3Aa", "%23x", "not a nick"),
                             ("a" * 64, "%23x", "too long for a nick"),
                             ("a", "%23" + "x" * 200, "not a channel"),
                             ("a", "b%20c", "not a nick"),
                             ("a", "%3Ab", "not a nick"),
                             ("a", "%23x%20y", "not a channel"),
                             ("a", "%23x,%23y", "not a channel")):
        r = sane(run("--send", f"irc://{user}@localhost:1/{path}", "--recv",
                     "irc://b@localhost:1/%23x"))
        equal(r.code, UNKNOWN, r)
        contains(r.text, "UNKNOWN - config - ", part)
    for recv, part in (("irc://b@localhost:1/nick", "nick: not a channel"),
                       ("irc://localhost:1", "no user to be called by")):
        r = sane(run("--send", "irc://a@localhost:1/%23x", "--recv", recv))
        equal(r.code, UNKNOWN, r)
        contains(r.text, "UNKNOWN - config - ", part)


main()
