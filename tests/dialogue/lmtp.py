# SPDX-License-Identifier: BSD-2-Clause
"""LMTP servers that are hostile or odd."""
from script import *

ONE_BY_ONE = {"LHLO": "250-store\r\n250 ENHANCEDSTATUSCODES\r\n"}


def send(lmtp, *arguments, **more):
    with lmtp, Imap(lmtp) as imap:
        r = check(lmtp, imap, *arguments, **more)
    for verb in "EHLO", "HELO":
        lacks(lmtp.clear.split("\r\n\r\n")[0], verb)
    return r


def send_as_json(lmtp):
    with lmtp, Imap(lmtp) as imap:
        return run("--send", url(lmtp, "a"), "--recv", url(imap, "b"), "-4",
                   "-o", "json")


@test
def good_servers():
    for offers in {}, ONE_BY_ONE:
        lmtp = Lmtp(**offers)
        r = send(lmtp)
        equal(r.code, OK, r)
        equal(len(lmtp.messages), 1)
        contains(lmtp.clear, "LHLO ", "\r\nMAIL FROM:<anna@example.org>",
                 "\r\nRCPT TO:<bob@example.org>\r\n", "\r\n.\r\nQUIT\r\n")
        equal("MAIL FROM:<anna@example.org> SIZE=" in lmtp.clear, not offers)
        lacks(lmtp.clear, "AUTH", "STARTTLS")


@test
def what_the_server_said_is_a_fact():
    r = send_as_json(Lmtp(MESSAGE="250 2.0.0 b@example.org Saved\r\n"))
    equal(r.json["facts"]["send_accepted"], "2.0.0 b@example.org Saved", r)


@test
def addresses_that_are_not_ascii():
    lmtp = Lmtp()
    equal(send(lmtp, send="to=b%C3%BCb%40example.org").code, OK)
    equal(re.search("MAIL FROM:.* SIZE=[0-9]+ BODY=8BITMIME SMTPUTF8\r\n",
                    lmtp.clear) is None, False, lmtp.clear)
    lmtp = Lmtp(**ONE_BY_ONE)
    fails(send(lmtp, send="to=b%C3%BCb%40example.org"), "send_send",
          "does not offer SMTPUTF8")
    lacks(lmtp.clear, "MAIL")


@test
def the_name_in_lhlo():
    lmtp = Lmtp()
    equal(send(lmtp, send="lhlo=probe.example").code, OK)
    equal(lmtp.clear.split("\r\n")[0], "LHLO probe.example")


@test
def what_cannot_be_said():
    lmtp = Lmtp()
    good = url(lmtp, "anna")
    for bad, part in (
            (re.sub(r":\d+$", ":25", good), "LMTP must not use it"),
            (good + "?lhlo=a%20b", "lhlo=a b: not a name of a machine"),
            (good + "?lhlo=", "lhlo=: not a name of a machine"),
            (good.replace("@", ":x@"), "password"),
            (good + "?helo=x", "helo")):
        r = sane(run("--send", bad, "--recv",
                     f"imap://bob:x@localhost:{lmtp.port}", "--timeout", 5))
        equal(r.code, UNKNOWN, r)
        contains(r.text, "UNKNOWN - config - ", part)
    lmtp.socket.close()


@test
def port_25_is_a_name_where_a_socket_is_given(tmp):
    r = sane(run("--send", f"lmtp://a@localhost:25?socket={tmp}/none&to=b",
                 "--recv", f"file://{tmp}/x"))
    fails(r, "send_conn", f"{tmp}/none")


# ---- The beginning ----------------------------------------------------------

@test
def greetings():
    for greeting, part in (("554 5.7.1 go away\r\n", "greeting: 554 5.7.1"),
                           ("421 4.3.2 closing\r\n", "greeting: 421 4.3.2"),
                           ("SSH-2.0-OpenSSH\r\n", "what is no reply"),
                           ("25\r\n", "what is no reply"),
                           ("220 hi\r\n250 ok\r\n250 ok\r\n",
                            "spoke without being asked")):
        lmtp = Lmtp(GREETING=greeting)
        fails(send(lmtp), "send_conn", part)
        equal(lmtp.clear in ("", "QUIT\r\n"), True, lmtp.clear)


@test
def a_greeting_without_its_end():
    def cut(peer):
        peer.say("220")
        raise Gone

    fails(send(Lmtp(GREETING=cut)), "send_conn", "onnection")


@test
def a_server_of_smtp():
    """LHLO refused is a refusal, not a reason to say something else."""
    for answer in "500 5.5.1 what?\r\n", "502 5.5.2 no LHLO here\r\n":
        lmtp = Lmtp(LHLO=answer)
        r = send(lmtp)
        fails(r, "send_conn", "LHLO (does the server speak LMTP?): "
              + answer.strip())
        equal(len(lmtp.peers), 1)
        equal(lmtp.clear.split("\r\n")[1:], ["QUIT", ""])
    equal(send_as_json(Lmtp(LHLO="500 what?\r\n")).json["reason"], "rejected")
    equal(send_as_json(Lmtp(LHLO="421 later\r\n")).json["reason"], "tempfail")


def without_end(piece, head=""):
    def function(peer):
        peer.say(head)
        while True:
            peer.say(piece)
    return function


@test
def words_without_end():
    """They end at a limit, long before the timeout: it would be UNKNOWN."""
    for verb, answer, part in (
            ("GREETING", without_end("2" * 4096),
             "a line of more than 8192 bytes"),
            ("GREETING", without_end("220-x\r\n" * 512), "reply without end"),
            ("LHLO", without_end("x" * 4096, "250-"),
             "a line of more than 8192 bytes"),
            ("LHLO", without_end("250-X\r\n" * 512), "reply without end"),
            ("LHLO", f"250-{'x' * 400}\r\n" * 10000, "reply without end"),
            ("MESSAGE", without_end("250-X\r\n" * 512), "reply without end")):
        r = send(Lmtp(**{verb: answer}))
        fails(r, "send_send" if verb == "MESSAGE" else "send_conn", part)


# ---- The mail ---------------------------------------------------------------

@test
def a_refusal_at_each_step():
    for offers in {}, ONE_BY_ONE:
        for verb in "MAIL", "RCPT", "DATA", "MESSAGE":
            for code, reason in (("451 4.3.0", "tempfail"),
                                 ("452 4.2.2", "tempfail"),
                                 ("550 5.1.1", "rejected"),
                                 ("552 5.2.2", "rejected")):
                lmtp = Lmtp(**offers, **{verb: f"{code} said {verb}\r\n"})
                r = send_as_json(lmtp)
                equal(r.json["reason"], reason, f"{verb} {r}")
                contains(r.json["message"], f"{code} said {verb}")
                equal((lmtp.messages, len(lmtp.peers),
                       lmtp.clear.count("MAIL FROM")), ([], 1, 1))


@test
def a_message_that_is_wanted_for_a_refused_recipient():
    """The server of this script refuses RCPT and goes on all the same."""
    lmtp = Lmtp(RCPT="550 5.1.1 no\r\n")
    fails(send(lmtp), "send_send", "550 5.1.1 no")
    equal(lmtp.messages, [])
    lacks(lmtp.clear, "QUIT", "Subject")


@test
def a_server_that_takes_small_messages_only():
    lmtp = Lmtp(LHLO="250-store\r\n250 SIZE 100\r\n")
    fails(send(lmtp), "send_send", "the server takes 100")
    lacks(lmtp.clear, "MAIL")


@test
def answers_that_come_before_the_question():
    """Each would be taken for the answer to the next command."""
    for verb, answer in (("LHLO", 2 * "250-store\r\n250 SIZE\r\n"),
                         ("DATA", "354 speak\r\n250 taken\r\n")):
        lmtp = Lmtp(**{verb: answer})
        fails(send(lmtp), "send_send", "spoke without being asked")
        equal(lmtp.messages, [])


@test
def a_server_that_leaves_in_the_middle():
    """By its own words, which come in one piece with its last answer."""
    for offers in {}, ONE_BY_ONE:
        lmtp = Lmtp(**offers, DATA="354 speak\r\n421 4.3.2 shutting down\r\n")
        r = send_as_json(lmtp)
        equal(r.json["reason"], "tempfail", r)
        contains(r.json["message"], "the server leaves: 421 4.3.2 shutting d")
        equal(r.json["step"], "send_send")
        lacks(lmtp.clear, "Subject", "QUIT")


# ---- One recipient, one answer (RFC 2033, section 4.2) ----------------------

@test
def no_answer_for_the_recipient():
    for offers in {}, ONE_BY_ONE:
        lmtp = Lmtp(**offers, MESSAGE=lambda peer: peer.hold())
        with lmtp, Imap(lmtp) as imap:
            r = sane(run("--send", url(lmtp, "a"), "--recv", url(imap, "b"),
                         "-4", "--timeout", "5"))
        fails(r, "send_send", "no answer to the message", code=UNKNOWN)


@test
def a_goodbye_instead_of_an_answer():
    """QUIT is behind the message already, and its answer is not one for the
    recipient."""
    r = send_as_json(Lmtp(MESSAGE=""))
    equal(r.json["reason"], "protocol", r)
    contains(r.json["message"], "the message: 221")


@test
def more_answers_than_recipients():
    """At once, or a bit later: whose verdict is which?"""
    def late(peer):
        peer.say("452 4.2.2 <c@example.org> over quota\r\n")
        peer.say("221 bye\r\n")

    for offers in {}, ONE_BY_ONE:
        for second in ("250 2.0.0 <c@example.org> saved\r\n",
                       "550 5.2.2 <c@example.org> over quota\r\n"):
            lmtp = Lmtp(**offers, MESSAGE=f"250 2.0.0 saved\r\n{second}")
            r = send_as_json(lmtp)
            equal(r.json["reason"], "protocol", r)
            equal(r.json["step"], "send_send", r)
        r = send(Lmtp(**offers, QUIT=late))
        fails(r, "send_send", "this is not the answer to QUIT: 452 4.2.2 ")


@test
def a_server_that_leaves_by_itself():
    """The mail is stored; 421 and no answer at all are goodbyes as well."""
    equal(send(Lmtp(QUIT="421 4.3.2 closing\r\n")).code, OK)
    r = send(Lmtp(QUIT=lambda peer: peer.hold()))
    equal(r.code, OK, r)
    equal(r.perfdata.value("send_send") < 3, True, r)
    # It is not waited for a second time.
    equal(2 * r.perfdata.value("send_close") < r.perfdata.value("send_send"),
          True, r)


@test
def the_server_goes_at_each_step():
    def end(peer):
        raise Gone

    for how in end, Peer.reset:
        for verb in "GREETING", "LHLO", "MAIL", "RCPT", "DATA", "MESSAGE":
            lmtp = Lmtp(**{verb: how})
            r = send(lmtp)
            equal(r.code, CRITICAL, f"{verb} {r}")
            contains(r.text, "send_", "onnection")
            equal(lmtp.messages, [])
        equal(send(Lmtp(QUIT=how)).code, OK)


@test
def what_the_server_says_is_shown_clean():
    said = "550 5.1.1 \x1b[2J bad | x=1 \x07\r\n"
    r = send(Lmtp(RCPT=said, DATA="503 no\r\n"))
    fails(r, "send_send", "550 5.1.1 ")
    lacks(r.out, "\x1b")


main()
