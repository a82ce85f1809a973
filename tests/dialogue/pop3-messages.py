# SPDX-License-Identifier: BSD-2-Clause
"""POP3 servers with odd mailboxes, and those that go away."""
from script import *


def receive(*arguments, **pop3):
    """A check with such a POP3 server: the result, and the server."""
    with Smtp() as smtp, Pop3(smtp, **pop3) as server:
        return check(smtp, server, *arguments), server


def of(pop3, verb):
    return [c for c in pop3.commands if c.split(" ")[0] == verb]


# ---- Lists ------------------------------------------------------------------

@test
def lists_that_make_no_sense():
    for line in ("0 a", "-1 a", "+1 a", "1", "1 ", "1 a b", "1 a\t", "1 \xe4",
                 "4294967296 a", "99999999999999999999 a", "a 1", "1a", "",
                 "1 a\r\n1 b", "2 a\r\n1 b", "1\ta", " 1 a", "1 a\0",
                 "1 a\r\n.\n"):
        r, pop3 = receive(UIDL=f"+OK\r\n{line}\r\n.\r\n")
        fails(r, "recv_conn_early")
        r, pop3 = receive(UIDL=[None, f"+OK\r\n{line}\r\n.\r\n"])
        fails(r, "recv_recv")
        equal(of(pop3, "TOP") + of(pop3, "DELE"), [], line)


@test
def lists_without_end():
    def flood(peer):
        peer.say("+OK\r\n")
        number = 0
        while number < 10 ** 7:
            peer.say("".join(f"{number + i} x{number + i:065}\r\n"
                             for i in range(1, 1001)))
            number += 1000
        raise AssertionError("taken")

    r, _ = receive(UIDL=flood)
    fails(r, "recv_conn_early", "says more than 4194304 bytes at a time")
    r, _ = receive(CAPA="+OK\r\n" + "X-Y\r\n" * 129 + ".\r\n")
    fails(r, "recv_conn_early", "capabilities without end")
    r, _ = receive(CAPA="+OK\r\n" + "X-Y\r\n" * 100 + "SASL PLAIN\r\n.\r\n")
    equal(r.code, OK, r)


@test
def new_messages_without_end():
    """The newest are looked at, and no more than that."""
    new = "+OK\r\n" + "".join(f"{n} x{n}\r\n" for n in range(1, 5001))
    other = "+OK\r\nSubject: x\r\n\r\n.\r\n"
    r, pop3 = receive("--patience", "0", UIDL=["+OK\r\n.\r\n", new + ".\r\n"],
                      TOP=other)
    fails(r, "recv_recv", "not found")
    equal(of(pop3, "TOP"), [f"TOP {n} 0" for n in range(5000, 4000, -1)])


@test
def a_large_mailbox():
    """Its messages are listed, and none is looked at but the new one."""
    r, pop3 = receive("--patience", "30", old=20000)
    equal(r.code, OK, r)
    equal(of(pop3, "TOP") + of(pop3, "DELE"), ["TOP 20001 0", "DELE 20001"])


@test
def lists_in_another_order():
    """New messages may stand anywhere."""
    def uidl(peer):
        if pop3.arguments:
            return peer.say("+OK 1 new\r\n")
        uids = (["new"] if smtp.messages else []) + ["b", "a"]
        peer.say(pop3.text(f"{n} {uid}" for n, uid in enumerate(uids, 1)))

    with Smtp() as smtp, Pop3(smtp, UIDL=uidl) as pop3:
        pop3.box = lambda: smtp.messages + pop3.old
        r = check(smtp, pop3)
    equal(r.code, OK, r)
    equal(of(pop3, "TOP") + of(pop3, "DELE"), ["TOP 1 0", "DELE 1"])


@test
def without_uidl():
    """What has a higher number is new."""
    r, pop3 = receive(old=3, UIDL="-ERR what\r\n")
    equal(r.code, OK, r)
    equal(of(pop3, "TOP") + of(pop3, "DELE"), ["TOP 4 0", "DELE 4"])
    for stat in ("", " ", " x", " -1 5", " 4294967296 1", " 1x 5"):
        r, pop3 = receive(UIDL="-ERR what\r\n", STAT=f"+OK{stat}\r\n")
        fails(r, "recv_conn_early", "answers STAT with what makes no sense")
    r, pop3 = receive("--patience", "0", UIDL="-ERR what\r\n",
                      STAT=["+OK 0 0\r\n", "+OK 4294967295 1\r\n"],
                      TOP="+OK\r\nSubject: x\r\n\r\n.\r\n")
    fails(r, "recv_recv", "not found")
    equal([len(of(pop3, "TOP")), of(pop3, "TOP")[0]],
          [1000, "TOP 4294967295 0"])
    r, pop3 = receive(UIDL="-ERR x\r\n", STAT="-ERR [SYS/PERM] no\r\n")
    fails(r, "recv_conn_early", "STAT: -ERR [SYS/PERM] no")


@test
def a_mailbox_that_shrinks_and_grows_without_uidl():
    """What came behind those that were there at last is new."""
    r, pop3 = receive("--patience", "30", old=3, UIDL="-ERR what\r\n",
                      STAT=["+OK 9 1\r\n", "+OK 3 1\r\n"])
    equal(r.code, OK, r)
    equal(of(pop3, "TOP"), ["TOP 4 0"])


@test
def uidl_that_comes_and_goes():
    """Then numbers say what is new."""
    for answers in [None, "-ERR x\r\n"], ["-ERR x\r\n"]:
        r, pop3 = receive("--patience", "30", old=3, UIDL=answers)
        equal(r.code, OK, r)
        equal(of(pop3, "TOP"), ["TOP 4 0"])


# ---- Headers ----------------------------------------------------------------

@test
def headers_without_end():
    for text in some([
            "X-Y: " + "z" * 5000000, ("X-Y: " + "z" * 1000 + "\r\n") * 5000,
            "\r\n" + ("x" * 998 + "\r\n") * 5000]):
        r, pop3 = receive(TOP="+OK\r\n" + text)
        fails(r, "recv_recv", "says more than 4194304 bytes at a time")
        equal(of(pop3, "DELE"), [])


@test
def lines_that_are_cut():
    """What stands behind their ends is not lost."""
    def long(end):
        return lambda peer: peer.say(
            f"+OK\r\nX-Y: {'z' * length}{end}" + "".join(
                f"{line}\r\n" for line in server.box()[0].split("\r\n\r\n")[0]
                .split("\r\n")) + "\r\n.\r\n")

    for length in some([8186, 8187, 8188, 16380, 16381, 16382, 16383, 70000]):
        for end in "\r\n", "\n":
            with Smtp() as smtp, Pop3(smtp) as server:
                server.changes["TOP"] = long(end)
                r = check(smtp, server)
            equal(r.code, OK, f"{length} {r}")
            equal(server.removed, {1})


@test
def a_message_that_pretends_to_be_the_end_of_itself():
    """Whoever sent it could say what the server answers next."""
    for trick in "X: y\n.\r\n", "X: y\r\n.\n", "X: y\n.\n":
        r, pop3 = receive(TOP=f"+OK\r\n{trick}+OK\r\n+OK\r\n.\r\n")
        fails(r, "recv_recv", "no CR LF before and behind it")
        equal(of(pop3, "DELE"), [])


@test
def nothing_is_believed_before_its_end():
    def cut(peer):
        peer.say("+OK\r\n" + smtp.messages[0].split("\r\n\r\n")[0] + "\r\n")
        raise Gone

    with Smtp() as smtp, Pop3(smtp, TOP=cut) as pop3:
        r = check(smtp, pop3)
    fails(r, "recv_recv", "not found within 1 s", "the connection was lost")
    equal(of(pop3, "DELE"), [])


@test
def a_look_that_ends_in_the_middle_does_not_count():
    """What it had found is found again, and once."""
    def end(peer):
        raise Gone

    other = "Subject: x\r\n\r\n"
    r, pop3 = receive("--patience", "30", TOP=[None, end],
                      copies=lambda messages: messages and [other] + messages)
    equal(r.code, OK, r)
    equal(of(pop3, "TOP"), ["TOP 2 0", "TOP 1 0"] * 2)
    equal(pop3.removed, {2})


@test
def a_message_that_cannot_be_read():
    """It is tried again in the next session, and the others count."""
    r, pop3 = receive("--patience", "30", TOP=["-ERR [SYS/TEMP] later\r\n"])
    equal(r.code, OK, r)
    equal(of(pop3, "TOP"), ["TOP 1 0"] * 2)
    for uidl in None, "-ERR x\r\n":
        r, pop3 = receive(TOP="-ERR gone\r\n", UIDL=uidl)
        fails(r, "recv_recv", "not found within 1 s",
              "a new message cannot be read: -ERR gone")
        equal(len(of(pop3, "TOP")) > 1, True)
        equal(of(pop3, "RETR") + of(pop3, "DELE"), [])
    other = "Subject: x\r\n\r\n"
    r, pop3 = receive(TOP=["-ERR gone\r\n"],
                      copies=lambda messages: messages and messages + [other])
    equal(r.code, OK, r)
    equal(of(pop3, "TOP"), ["TOP 2 0", "TOP 1 0"])


@test
def a_message_that_cannot_be_read_beside_ours():
    """What was found is found, altered or twice."""
    other = "Subject: x\r\n\r\n"
    for copies, part in (
            (lambda messages: [re.sub("(?m)^Message-ID:.*$", "X: y", message)
                               for message in messages], "found, but"),
            (lambda messages: messages * 2, "found 2 times")):
        with Smtp() as smtp, Pop3(smtp, copies=lambda messages: messages
                                  and copies(messages) + [other]) as pop3:
            pop3.changes["TOP"] = lambda peer: peer.say(
                pop3.default(peer, "TOP")
                if int(pop3.arguments[0]) < len(pop3.messages)
                else "-ERR gone\r\n")
            r = check(smtp, pop3)
        fails(r, "recv_recv", part, code=WARNING)
        equal(pop3.removed, set(range(1, len(pop3.messages))))


@test
def without_top():
    """RETR brings the whole message, if it is of a size that ours may have."""
    missing = {"capabilities": ["UIDL", "SASL PLAIN"], "TOP": "-ERR what\r\n"}
    r, pop3 = receive(**missing)
    equal(r.code, OK, r)
    equal(of(pop3, "LIST") + of(pop3, "RETR"), ["LIST 1", "RETR 1"])
    r, pop3 = receive(LIST="+OK 1 262145\r\n", **missing)
    fails(r, "recv_recv", "no new message is ours")
    equal(of(pop3, "RETR"), [])
    equal(len(of(pop3, "LIST")), 1)
    for nonsense in "", " 1", " 2 5", " 1 x", " 1 99999999999", " 1 -5", " x":
        r, pop3 = receive(LIST=f"+OK{nonsense}\r\n", **missing)
        fails(r, "recv_recv", "answers LIST with what makes no sense")
    r, pop3 = receive(RETR="+OK\r\n\r\n" + "x" * 5000000, **missing)
    fails(r, "recv_recv", "says more than 4194304 bytes at a time")
    for verb in "LIST", "RETR":
        r, pop3 = receive(**{verb: "-ERR gone\r\n"}, **missing)
        fails(r, "recv_recv", "a new message cannot be read: -ERR gone")


@test
def a_body_is_no_header():
    """With RETR it comes along, and may say what it likes."""
    def forge(messages):
        return ["Subject: x\r\n\r\n" + message for message in messages]

    r, pop3 = receive(copies=forge, TOP="-ERR what\r\n",
                      capabilities=["SASL PLAIN"])
    fails(r, "recv_recv", "no new message is ours")
    equal([bool(of(pop3, "RETR")), of(pop3, "DELE")], [True, []])


# ---- Which message ----------------------------------------------------------

@test
def two_copies():
    r, pop3 = receive(copies=lambda messages: messages * 2, old=1)
    fails(r, "recv_recv", "found 2 times", code=WARNING)
    equal(pop3.removed, {2, 3})
    same = "+OK\r\n1 same\r\n2 same\r\n.\r\n"
    r, pop3 = receive(copies=lambda messages: messages * 2,
                      UIDL=["+OK\r\n.\r\n", same, "+OK 2 same\r\n",
                            "+OK 1 same\r\n"])
    fails(r, "recv_recv", "found 2 times", code=WARNING)
    equal(pop3.removed, {1, 2})


@test
def altered_messages():
    for pattern in "(?m)^Message-ID:.*$", "(?m)^X-Check-Delivery-Token:.*$":
        r, pop3 = receive(copies=lambda messages: [
            re.sub(pattern, "X: y", message) for message in messages])
        fails(r, "recv_recv", "found, but", code=WARNING)
        equal(pop3.removed, {1})


@test
def messages_that_quote_ours():
    def quote(messages):
        return [re.sub("(?m)^(Message-ID|X-Check-Delivery-Token): ",
                       r"\1: Re: ", message) + message for message in messages]

    r, pop3 = receive(copies=quote, old=2)
    fails(r, "recv_recv", "not found within 1 s")
    equal(of(pop3, "TOP") + of(pop3, "DELE"), ["TOP 3 0"])


@test
def new_messages_of_others_stay():
    other = "Subject: x\r\n\r\n"
    r, pop3 = receive(copies=lambda messages: messages
                      and [other] + messages + [other, other])
    equal(r.code, OK, r)
    equal((pop3.removed, of(pop3, "DELE")), ({2}, ["DELE 2"]))


@test
def a_number_that_is_another_message_s_by_now():
    for answer, part in (("+OK 1 other\r\n", "is not the one any more"),
                         ("+OK 2 id1\r\n", "is not the one any more"),
                         ("+OK\r\n", "is not the one any more"),
                         ("+OK 1 id1 x\r\n", "is not the one any more"),
                         ("-ERR gone\r\n", "removing the message: -ERR gone")):
        r, pop3 = receive(UIDL=[None, None, answer],
                          copies=lambda messages: messages)
        equal(r.code, OK, r)
        contains("\n".join(r.details), part, "recv_clean")
        equal(of(pop3, "DELE"), [])
        equal(pop3.commands[-1], "QUIT")


@test
def a_message_that_may_not_be_removed():
    for changes, part in (
            ({"DELE": "-ERR read only\r\n"},
             "removing the message: -ERR read only"),
            ({"QUIT": [None, "-ERR not removed\r\n"]},
             "QUIT: -ERR not removed")):
        r, pop3 = receive("--wait", "1", **changes)
        equal(r.code, OK, r)
        contains("\n".join(r.details), part)


# ---- Servers that go --------------------------------------------------------

@test
def the_server_goes_at_each_step():
    """Never OK before the message was found, and never an end by itself."""
    def end(peer):
        raise Gone

    for how in end, Peer.reset:
        for verb in "GREETING", "CAPA", "AUTH", "UIDL":
            r, pop3 = receive(**{verb: how})
            fails(r, "recv_conn_early", "onnection")
            r, pop3 = receive(**{verb: [None] + [how] * 100})
            fails(r, "recv_recv", "not found within 1 s",
                  "the connection was lost")
        for verb in "USER", "PASS":
            r, pop3 = receive(capabilities=["USER"], **{verb: how})
            fails(r, "recv_conn_early", "onnection")
        for verb in "STLS", "GREETING", "CAPA", "CAPA_TLS":
            r, pop3 = receive(scheme="pop3starttls", **{verb: how})
            fails(r, "recv_conn_early")
        r, pop3 = receive(TOP=how)
        fails(r, "recv_recv", "not found within 1 s")
        r, pop3 = receive(QUIT=how)
        equal(r.code, OK, r)
        r, pop3 = receive(DELE=how)
        equal(r.code, OK, r)
        contains("\n".join(r.details), "recv_clean: ", "(closed)")


@test
def a_connection_that_dies_is_made_again():
    def end(peer):
        raise Gone

    for verb in "GREETING", "AUTH", "UIDL", "TOP":
        answers = ([None] if verb != "TOP" else []) + [end, end]
        r, pop3 = receive("--patience", "30", old=2, scheme="pop3starttls",
                          **{verb: answers})
        equal(r.code, OK, f"{verb} {r}")
        equal(len(pop3.peers), 4)
        equal(pop3.removed, {3})


@test
def a_server_that_is_silent():
    for answers, step in (
            ({"GREETING": Peer.hold}, "recv_conn_early"),
            ({"UIDL": [None, Peer.hold]}, "recv_recv"),
            ({"TOP": Peer.hold}, "recv_recv"),
            ({"QUIT": Peer.hold}, None), ({"DELE": Peer.hold}, None)):
        with Smtp() as smtp, Pop3(smtp, **answers) as pop3:
            r = sane(run("--send", url(smtp, "a"), "--recv", url(pop3, "b"),
                         "-4", "--timeout", "8", "--wait", "1"))
        if step:
            fails(r, step, "the timeout of 8 s is over", code=UNKNOWN)
        else:
            equal(r.code, OK, r)


main()
