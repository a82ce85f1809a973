# SPDX-License-Identifier: BSD-2-Clause
"""SMTP servers that are hostile or odd."""
from script import *


def send(smtp, *arguments, **more):
    with smtp, Imap(smtp) as imap:
        return check(smtp, imap, *arguments, **more)


@test
def good_servers():
    for scheme in "smtp", "smtps", "smtpstarttls":
        r = send(smtp := Smtp(scheme))
        equal(r.code, OK, r)
        equal(len(smtp.messages), 1)


# ---- STARTTLS ---------------------------------------------------------------

@test
def no_tls_is_a_failure():
    for changes, part in (
            ({"EHLO": "250-mx\r\n250 AUTH PLAIN LOGIN\r\n"}, "no STARTTLS"),
            ({"STARTTLS": "502 no\r\n"}, "STARTTLS: 502 no"),
            ({"STARTTLS": "454 not now\r\n"}, "STARTTLS: 454 not now"),
            ({"STARTTLS": "354 go on then\r\n"}, "STARTTLS: 354"),
            ({"EHLO": "502 what\r\n"}, "EHLO, for STARTTLS: 502")):
        r = send(smtp := Smtp("smtpstarttls", **changes))
        fails(r, "send_conn", part)
        equal(len(smtp.peers), 1)
        equal(smtp.messages, [])


@test
def words_behind_the_answer_to_starttls():
    for more in ("250-mx\r\n250 AUTH PLAIN\r\n235 ok\r\n250 ok\r\n",
                 "2", "220-x\r\n"):
        r = send(smtp := Smtp("smtpstarttls", STARTTLS=f"220 go\r\n{more}"))
        fails(r, "send_conn", "more than it was asked before TLS began")
        equal(smtp.secret, "")
    r = send(Smtp("smtpstarttls", STARTTLS="454 no\r\n235 you are in\r\n"
                  "250\r\n354 speak\r\n250 taken\r\n"))
    fails(r, "send_conn", "STARTTLS: 454")
    r = send(Smtp("smtpstarttls", STARTTLS="220-go\r\n250 not really\r\n"))
    fails(r, "send_conn", "what is no reply")


@test
def what_comes_instead_of_a_handshake():
    def silence(peer):
        peer.say("220 go\r\n")
        peer.hold()

    def plain(peer):
        peer.say("220 go\r\n")
        peer._receive()
        peer.say("250 plain text\r\n")
        peer.hold()

    def end(peer):
        peer.say("220 go\r\n")
        peer._receive()
        raise Gone

    r = send(Smtp("smtpstarttls", STARTTLS=plain))
    fails(r, "send_conn", "TLS with localhost")
    r = send(Smtp("smtpstarttls", STARTTLS=end))
    fails(r, "send_conn", "closed the connection in the handshake")
    with Smtp("smtpstarttls", STARTTLS=silence) as smtp, Imap(smtp) as imap:
        r = sane(run("--send", url(smtp, "a"), "--recv", url(imap, "b"), "-4",
                     "--timeout", "5"))
    fails(r, "send_conn", "no answer in the handshake", code=UNKNOWN)


@test
def what_was_offered_before_tls_does_not_count():
    r = send(smtp := Smtp("smtpstarttls",
                          EHLO="250-mx\r\n250-AUTH PLAIN\r\n250 STARTTLS\r\n",
                          EHLO_TLS="250 mx\r\n"))
    fails(r, "send_conn", "offers no login")
    lacks(smtp.secret, "AUTH", "MAIL")


# ---- Replies ----------------------------------------------------------------

@test
def answers_that_come_before_the_question():
    """Each would be taken for the answer to the next command."""
    for verb, answer in (("EHLO", "250-mx\r\n250 AUTH PLAIN\r\n"),
                         ("AUTH", "235 2.7.0 ok\r\n"),
                         ("DATA", "354 speak\r\n250 taken\r\n")):
        step = "send_conn" if verb == "EHLO" else "send_send"
        smtp = Smtp(**{verb: answer if verb == "DATA" else 2 * answer})
        fails(send(smtp), step, "spoke without being asked")
        equal(smtp.messages, [])


@test
def a_server_that_leaves_before_the_question():
    """It may do so at any time (RFC 5321, section 3.8), in many words too."""
    for words in ("421 4.3.2 closing", "421-4.3.2 closing\r\n421 4.3.2 down",
                  "421"):
        smtp = Smtp(EHLO=f"250-mx\r\n250 AUTH PLAIN\r\n{words}\r\n")
        r = send(smtp)
        fails(r, "send_conn", f"the server leaves: {words[:3]}")
        lacks(smtp.clear, "AUTH")


@test
def the_commands_that_have_no_answer_are_named():
    with Smtp(RCPT=lambda peer: peer.hold()) as smtp, Imap(smtp) as imap:
        r = sane(run("--send", url(smtp, "a"), "--recv", url(imap, "b"), "-4",
                     "--timeout", "5"))
    fails(r, "send_send", "no answer to MAIL FROM:(a@example.org) ",
          ", RCPT TO:(b@example.org), DATA", code=UNKNOWN)


def end(peer):
    raise Gone


@test
def greetings():
    """At most QUIT is the answer, in the clear too."""
    for greeting, part in (("554 5.7.1 go away\r\n", "greeting: 554 5.7.1"),
                           ("421 4.3.2 closing\r\n", "greeting: 421 4.3.2"),
                           ("SSH-2.0-OpenSSH\r\n", "what is no reply"),
                           ("25\r\n", "what is no reply"),
                           ("250 hi\r\n", "greeting: 250"),
                           ("+OK hi\r\n", "what is no reply"),
                           ("\r\n220 hi\r\n", "what is no reply"),
                           ("220 hi\r\n250 ok\r\n250 ok\r\n",
                            "spoke without being asked")):
        for scheme in "smtp", "smtpstarttls":
            fails(send(smtp := Smtp(scheme, GREETING=greeting)), "send_conn",
                  part)
            equal(smtp.clear in ("", "QUIT\r\n"), True, smtp.clear)
    def leaving(peer):
        peer.say(f"{code} no\r\n")
        raise Gone

    for code, reason in ("554", "rejected"), ("421", "tempfail"):
        for greeting in f"{code} no\r\n", leaving:
            r = send_as_json(Smtp(GREETING=greeting))
            equal(r.json["reason"], reason, r)


@test
def lines_without_their_end():
    """Half an answer, and the connection ends."""
    for verb in "GREETING", "EHLO", "AUTH", "RCPT", "MESSAGE":
        for half in "2", "250", "250 ok", "250-x\r\n250", "250 ok\r", "":
            def cut(peer):
                peer.say(half)
                raise Gone

            smtp = Smtp(**{verb: cut})
            r = send_as_json(smtp)
            equal(r.json["reason"] in ("closed", "protocol"), True, r)
            equal(smtp.messages, [])


def send_as_json(smtp, more=""):
    with smtp, Imap(smtp) as imap:
        return run("--send", url(smtp, "a", more), "--recv", url(imap, "b"),
                   "-4", "-o", "json")


@test
def a_refusal_at_each_step():
    for pipelining in True, False:
        offers = {} if pipelining else {"EHLO": "250-mx\r\n250 AUTH PLAIN\r\n"}
        for verb in "MAIL", "RCPT", "DATA", "MESSAGE":
            for code, reason in (("451 4.3.0", "tempfail"),
                                 ("550 5.7.1", "rejected")):
                smtp = Smtp(**offers, **{verb: f"{code} said {verb}\r\n"})
                r = send_as_json(smtp)
                equal(r.json["reason"], reason, f"{verb} {r}")
                contains(r.json["message"], f"{code} said {verb}")
                equal((smtp.messages, len(smtp.peers),
                       smtp.clear.count("MAIL FROM")), ([], 1, 1))


@test
def a_message_that_is_wanted_for_a_refused_recipient():
    """The server of this script refuses RCPT and goes on all the same."""
    smtp = Smtp(RCPT="550 5.1.1 no\r\n")
    fails(send(smtp), "send_send", "550 5.1.1 no")
    equal(smtp.messages, [])
    lacks(smtp.clear, "QUIT", "Subject")


@test
def a_login_that_is_refused():
    for code, part in (("535 5.7.8", "auth"), ("454 4.7.0", "tempfail"),
                       ("504 5.5.4", "auth")):
        smtp = Smtp(AUTH=f"{code} no\r\n")
        r = send_as_json(smtp)
        equal(r.json["reason"], part, r)
        contains(r.json["message"], f"login refused: {code} no")


@test
def a_server_that_wants_a_login():
    smtp = Smtp(MAIL="530 5.7.0 Authentication required\r\n")
    r = send_as_json(smtp, "auth=none")
    equal(r.json["reason"], "auth", r)
    lacks(smtp.clear, "AUTH")


@test
def a_server_that_wants_tls():
    smtp = Smtp(MAIL="530 5.7.0 Must issue a STARTTLS command first\r\n")
    r = send_as_json(smtp, "auth=none")
    equal(r.json["reason"], "tls", r)
    contains(r.json["message"], "the server wants STARTTLS first")


@test
def an_old_server():
    """HELO does for a mail without a login, and for nothing else."""
    smtp = Smtp(EHLO="502 what?\r\n")
    fails(send(smtp), "send_conn", "EHLO: 502")
    smtp = Smtp(EHLO="502 what?\r\n")
    equal(send(smtp, send="auth=none").code, OK)
    contains(smtp.clear, "HELO ")


@test
def a_server_that_does_not_want_us():
    """What it says of us is no reason to speak like an old client."""
    def leave(peer):
        peer.say("554 5.7.1 you are listed\r\n")
        raise Gone

    for code in "550", "521", "554":
        r = send_as_json(smtp := Smtp(EHLO=leave if code == "554" else
                                      f"{code} 5.7.1 you are listed\r\n"),
                         "auth=none")
        equal(r.json["reason"], "rejected", r)
        contains(r.json["message"], f"EHLO: {code} 5.7.1 you are listed")
        lacks(smtp.clear, "HELO [")


@test
def a_user_of_other_letters_without_an_address_that_has_them():
    """SMTPUTF8 is asked for by the envelope only, and else all is ASCII."""
    with Smtp() as smtp, Imap(smtp) as imap:
        r = sane(run("--send", "smtp://j%C3%B6rg%40b.example@localhost:"
                     f"{smtp.port}?to=c%40d.example&from=", "--recv",
                     url(imap, "bob"), "-4"))
    equal(r.code, OK, r)
    equal(re.search("MAIL .*\r\n", smtp.clear)[0][:12], "MAIL FROM:<>")
    lacks(smtp.clear, "SMTPUTF8")
    equal(smtp.clear.isascii(), True, smtp.messages)
    contains(smtp.messages[0], "From: <check_delivery@")


@test
def a_server_that_takes_small_messages_only():
    smtp = Smtp(EHLO="250-mx\r\n250 SIZE 100\r\n")
    fails(send(smtp, send="auth=none"), "send_send", "the server takes 100")
    lacks(smtp.clear, "MAIL")


@test
def quit_costs_no_more_than_a_second():
    r = send(Smtp(QUIT=lambda peer: peer.hold()))
    equal(r.code, OK, r)
    equal(r.perfdata.value("send_close") < 3, True, r)


@test
def the_server_goes_at_each_step():
    for verb in ("GREETING", "EHLO", "AUTH", "MAIL", "RCPT", "DATA",
                 "MESSAGE"):
        for how in end, Peer.reset:
            smtp = Smtp(**{verb: how})
            r = send(smtp)
            equal(r.code, CRITICAL, f"{verb} {r}")
            contains(r.text, "send_", "onnection")
            equal(smtp.messages, [])
    for how in end, Peer.reset:
        equal(send(Smtp(QUIT=how)).code, OK)


@test
def what_the_server_says_is_shown_clean():
    said = f"550 5.1.1 \x1b[2J bad | x=1 <{PASSWORD}> \x07\r\n"
    r = send(Smtp(RCPT=said, DATA="503 no\r\n"))
    fails(r, "send_send", "550 5.1.1 ")
    lacks(r.out, PASSWORD, "\x1b")


# ---- The message ------------------------------------------------------------

@test
def a_sender_without_a_domain():
    """Good for the envelope of a server that knows it, not for From:."""
    smtp = Smtp()
    equal(send(smtp, send="from=anna").code, OK)
    contains(smtp.clear, "MAIL FROM:<anna>")
    equal(re.search(r"\r\nFrom: <anna@[^<>@]+>\r\n", smtp.clear) is None,
          False, smtp.clear)


@test
def the_token_in_a_subject_can_be_read():
    smtp = Smtp()
    equal(send(smtp, send="subject=Gr%C3%BC%C3%9Fe").code, OK)
    token = re.search(r"X-Check-Delivery-Token: (\S+)", smtp.clear)[1]
    contains(smtp.clear, f"\r\nSubject: =?UTF-8?B?R3LDvMOfZQ==?= {token}\r\n")


@test
def subjects_that_cannot_be():
    for subject in "x" * 901, "a%0D%0ABcc:%20eve@x", "a%0Ab", "a%00b":
        smtp = Smtp()
        r = run("--send", url(smtp, "anna", f"subject={subject}"), "--recv",
                url(smtp, "bob").replace("smtp", "imap"))
        smtp.socket.close()
        equal(sane(r).code, UNKNOWN, r)
        contains(r.text, "UNKNOWN - config - ")


# ---- SASL -------------------------------------------------------------------

def say_and_hear(*challenges, last="535 5.7.8 no\r\n", heard=None):
    def function(peer):
        for challenge in challenges:
            peer.say(f"334 {challenge}\r\n")
            line = peer.line()
            if heard is not None:
                heard.append(line)
        peer.say(last)
    return function


def offering(mechanisms):
    return f"250-mx\r\n250 AUTH {mechanisms}\r\n"


@test
def login_by_two_challenges():
    heard = []
    smtp = Smtp(EHLO=offering("LOGIN"),
                AUTH=say_and_hear("VXNlcm5hbWU6", "UGFzc3dvcmQ6",
                                  last="235 ok\r\n", heard=heard))
    equal(send(smtp).code, OK)
    equal([base64.b64decode(line).decode() for line in heard],
          ["anna@example.org", PASSWORD])


@test
def a_server_that_does_not_know_the_password():
    """SCRAM: who cannot prove it is not the server."""
    smtp = Smtp(EHLO=offering("SCRAM-SHA-256"), AUTH="235 come in\r\n")
    fails(send(smtp), "send_conn", "did not prove that it knows the password")
    smtp = Smtp(EHLO=offering("SCRAM-SHA-256"), AUTH=say_and_hear("!!!"))
    fails(send(smtp), "send_conn", "login by SCRAM-SHA-256")


@test
def work_without_end():
    """SCRAM: the server says how often the password is to be hashed."""
    heard = []

    def wanting(iterations):
        def challenge(peer):
            first = re.findall(r"AUTH SCRAM-SHA-256 (\S+)",
                               peer.clear.decode())[-1]
            nonce = re.search(r"r=([^,]+)", base64.b64decode(first).decode())
            peer.say("334 " + base64.b64encode(
                f"r={nonce[1]}more,s=c2FsdA==,i={iterations}".encode()
            ).decode() + "\r\n")
            heard.append(peer.line())
            peer.say("535 5.7.8 no\r\n")
        return Smtp(EHLO=offering("SCRAM-SHA-256"), AUTH=challenge)

    for iterations in "2000001", "4294967295", "9" * 30:
        fails(send(wanting(iterations)), "send_conn",
              f"hashed {iterations} times, and 2000000 are the most")
    fails(send(wanting("4096,x=\0,i=2000000000")), "send_conn",
          "a challenge with a NUL in it")
    equal(heard, ["*"] * 4)
    fails(send(wanting("4096")), "send_conn", "login refused: 535 5.7.8 no")
    contains(base64.b64decode(heard[-1]).decode(), "c=biws,", ",p=")


@test
def a_login_that_is_given_up():
    """The server must know that no answer to its challenge will come."""
    heard = []
    smtp = Smtp(EHLO=offering("SCRAM-SHA-256"),
                AUTH=say_and_hear("!!!", last="501 as you like\r\n",
                                  heard=heard))
    fails(send(smtp), "send_conn", "login by SCRAM-SHA-256")
    equal(heard, ["*"])
    contains(smtp.clear, "\r\nQUIT\r\n")


@test
def challenges_without_end():
    smtp = Smtp(EHLO=offering("XOAUTH2"), AUTH=say_and_hear(*["e30="] * 99))
    fails(send(smtp), "send_conn", "more than 16 challenges")


@test
def tokens():
    for auth, wanted in (
            ("xoauth2", "user=anna@example.org\1auth=Bearer tok3n\1\1"),
            ("oauthbearer", "n,a=anna@example.org,\1host=localhost\1port=PORT"
                            "\1auth=Bearer tok3n\1\1")):
        smtp = Smtp(EHLO=offering(auth.upper()))
        with smtp, Imap(smtp) as imap:
            r = sane(run("--send", url(smtp, "anna", "token_command=echo+x"
                                       ).replace(f":{PASSWORD}", "").replace(
                                           "echo+x", "echo%20'tok3n'"),
                         "--recv", url(imap, "bob"), "-4", "-vvv"))
        equal(r.code, OK, r)
        lacks(r.out + r.err, "tok3n")
        response = re.search(r"AUTH \S+ (\S+)", smtp.clear)[1]
        equal(base64.b64decode(response).decode(),
              wanted.replace("PORT", str(smtp.port)))


@test
def a_token_that_is_too_long_for_a_command():
    """It waits for the server's first challenge, which is empty."""
    heard = []

    def ask(peer):
        peer.say("334 \r\n")
        heard.append(peer.line())
        peer.say("235 2.7.0 ok\r\n")

    # "AUTH XOAUTH2 " and CR LF leave 497 bytes, which are no multiple of 4.
    for length, is_long in (372 - 36, False), (373 - 36, True), (3000, True):
        token = "t" * length
        smtp = Smtp(EHLO=offering("XOAUTH2"), **{"AUTH": ask} if is_long
                    else {})
        with smtp, Imap(smtp) as imap:
            r = sane(run("--send", url(smtp, "anna", "auth=xoauth2").replace(
                PASSWORD, token), "--recv", url(imap, "bob"), "-4", "-vvv"))
        equal(r.code, OK, r)
        lacks(r.out + r.err, "tttttttt")
        line = re.search(r"AUTH .*\r\n", smtp.clear)[0]
        equal((line == "AUTH XOAUTH2\r\n", len(line) <= 512),
              (is_long, True), f"{length} {line}")
        said = heard.pop() if is_long else line.split()[2]
        equal(base64.b64decode(said).decode(),
              f"user=anna@example.org\1auth=Bearer {token}\1\1")


@test
def login_by_certificate():
    """Whom we want to be says the URL, if it says so."""
    for user, wanted in ("anna@example.org", "anna@example.org"), ("", "="):
        smtp = Smtp(EHLO=offering("EXTERNAL"))
        where = url(smtp, "anna", "auth=external&from=a%40example.org")
        if not user:
            where = where.replace(f"anna%40example.org:{PASSWORD}@", "")
        with smtp, Imap(smtp) as imap:
            r = sane(run("--send", where, "--recv", url(imap, "bob"), "-4"))
        equal(r.code, OK, r)
        response = re.search(r"AUTH EXTERNAL (\S+)", smtp.clear)[1]
        equal(response if response == "="
              else base64.b64decode(response).decode(), wanted)


@test
def a_token_that_is_refused():
    json = base64.b64encode(b'{"status":"401"}').decode()
    for auth, answer in ("xoauth2", ""), ("oauthbearer", "AQ=="):
        heard = []
        smtp = Smtp(EHLO=offering(auth.upper()),
                    AUTH=say_and_hear(json, heard=heard))
        r = send(smtp, send=f"auth={auth}")
        fails(r, "send_conn", "login refused: 535 5.7.8 no")
        contains("\n".join(r.details), 'server refuses the token: {"status')
        equal(heard, [answer])


@test
def commands_that_give_no_token():
    for command, code, part in (
            ("false", CRITICAL, "token_command failed (exit code 1)"),
            ("true", CRITICAL, "printed no token"),
            ("echo%20two%20words", CRITICAL, "printed no token"),
            ("sh%20-c%20'echo%20because%20>%262;exit%203'", CRITICAL,
             "token_command failed (exit code 3): because"),
            ("/no/such/command", UNKNOWN, "No such file"),
            ("'open", UNKNOWN, "token_command=: ")):
        smtp = Smtp(EHLO=offering("XOAUTH2"))
        with smtp, Imap(smtp) as imap:
            r = sane(run("--send", url(smtp, "anna", "token_command="
                                       + command).replace(f":{PASSWORD}", ""),
                         "--recv", url(imap, "bob"), "-4"))
        equal(r.code, code, f"{command} {r}")
        contains(r.text, part)
        lacks(smtp.clear, "AUTH")


@test
def a_command_that_hangs():
    smtp = Smtp(EHLO=offering("XOAUTH2"))
    with smtp, Imap(smtp) as imap:
        r = sane(run("--send", url(smtp, "anna", "token_command=sleep%20600"
                                   ).replace(f":{PASSWORD}", ""), "--recv",
                     url(imap, "bob"), "-4", "--timeout", "5"))
    fails(r, "send_conn", "token_command did not end", code=UNKNOWN)


main()
