# SPDX-License-Identifier: BSD-2-Clause
"""IMAP servers that are hostile or odd."""
from script import *


def receive(smtp=None, recv="", arguments=(), **imap):
    """A check with such an IMAP server: the result, and the server."""
    with smtp or Smtp() as smtp, Imap(smtp, **imap) as server:
        return check(smtp, server, *arguments, recv=recv), server


def never(server, *verbs):
    for command in server.commands:
        equal(command.startswith(verbs), False, command)


@test
def good_servers():
    for scheme in "imap", "imaps", "imapstarttls":
        r, imap = receive(scheme=scheme)
        equal(r.code, OK, r)
        equal([c for c in imap.commands if c.startswith(("UID S", "UID E"))],
              ["UID STORE 41 +FLAGS.SILENT (\\Deleted)", "UID EXPUNGE 41"])
        never(imap, "EXPUNGE", "CLOSE", "SEARCH", "UID SEARCH")


# ---- STARTTLS ---------------------------------------------------------------

@test
def no_tls_is_a_failure():
    for changes, part in (
            ({"CAPABILITY": "* CAPABILITY IMAP4rev1\r\nTAG OK x\r\n"},
             "offers no STARTTLS"),
            ({"CAPABILITY": "TAG BAD what\r\n"}, "whether it has STARTTLS"),
            ({"STARTTLS": "TAG NO not now\r\n"}, "STARTTLS: NO not now"),
            ({"STARTTLS": "TAG BAD what\r\n"}, "STARTTLS: BAD what"),
            ({"STARTTLS": "+ and then?\r\n"}, "asks for more"),
            ({"GREETING": "* PREAUTH come in\r\n"}, "before TLS"),
            ({"GREETING": "* PREAUTH [CAPABILITY IMAP4rev1 STARTTLS] hi\r\n"},
             "before TLS")):
        r, imap = receive(scheme="imapstarttls", **changes)
        fails(r, "recv_conn_early", part)
        equal(imap.secret, "")
        equal(len(imap.peers), 1)


@test
def words_behind_the_answer_to_starttls():
    for more in ("* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n", "* BYE\r\n", "*"):
        r, imap = receive(scheme="imapstarttls",
                          STARTTLS=f"TAG OK go\r\n{more}")
        fails(r, "recv_conn_early", "more than it was asked before TLS began")
        equal(imap.secret, "")


@test
def what_was_said_before_tls_does_not_count():
    planted = ("* 9 EXISTS\r\n* OK [ALERT] Planted\r\n* LIST (\\Junk) \"/\" X"
               "\r\n* 1 FETCH (UID 99 BODY[] {3}\r\nabc)\r\n")
    r, imap = receive(scheme="imapstarttls", copies=lambda messages: [],
                      CAPABILITY=planted + "* CAPABILITY STARTTLS\r\n"
                      "TAG OK x\r\n", CAPABILITY_TLS="* CAPABILITY "
                      f"{Imap.CAPABILITIES}\r\nTAG OK x\r\n")
    fails(r, "recv_recv", "not found")
    lacks(r.out, "Planted")
    never(imap, 'STATUS "X"')


# ---- Greeting and login -----------------------------------------------------

@test
def numbers_from_before_tls_do_not_count():
    """Else what is in the junk folder already would be new, or the new old."""
    r, imap = receive(scheme="imapstarttls", recv="junk=Junk",
                      copies=lambda messages: [],
                      junk=lambda messages: messages,
                      CAPABILITY="* STATUS Junk (UIDNEXT 99 UIDVALIDITY 7)\r\n"
                      "* CAPABILITY STARTTLS\r\nTAG OK x\r\n",
                      CAPABILITY_TLS="* CAPABILITY "
                      f"{Imap.CAPABILITIES}\r\nTAG OK x\r\n")
    fails(r, "recv_recv", "found in Junk", code=WARNING)


@test
def greetings():
    for greeting, part in (
            ("+OK POP3\r\n", "greets with what is no greeting"),
            ("garbage\r\n* OK hi\r\n", "greets with what is no greeting"),
            ("* BYE too many\r\n", "does not want us: too many"),
            ("* NO hi\r\n", "greets with what is no greeting: * NO hi"),
            ("* OK hi\r\nA1 OK x\r\nA000 OK y\r\n", "what it was not asked")):
        r, imap = receive(GREETING=greeting)
        fails(r, "recv_conn_early", part)
        never(imap, "LOGIN", "AUTHENTICATE", "SELECT")


@test
def logins_that_fail():
    for answer, reason in (("NO [AUTHENTICATIONFAILED] no", "auth"),
                           ("NO [UNAVAILABLE] later", "tempfail")):
        for capabilities in "IMAP4rev1", "IMAP4rev1 SASL-IR AUTH=PLAIN":
            with Smtp() as smtp, Imap(
                    smtp, capabilities=capabilities,
                    LOGIN=f"TAG {answer}\r\n",
                    AUTHENTICATE=f"TAG {answer}\r\n") as imap:
                r = run("--send", url(smtp, "a"), "--recv", url(imap, "b"),
                        "-4", "-o", "json")
            equal(r.json["reason"], reason, r)
            contains(r.json["message"], f"login refused: {answer}")


@test
def a_login_that_is_given_up():
    """The server must know that no answer to its challenge will come."""
    heard = []

    def nonsense(peer):
        peer.say("+ !!!\r\n")
        heard.append(peer.line())
        tag = re.findall(r"(\S+) AUTHENTICATE", peer.clear.decode())[-1]
        peer.say(f"{tag} BAD as you like\r\n")

    r, imap = receive(capabilities="IMAP4rev1 AUTH=SCRAM-SHA-256 SASL-IR",
                      AUTHENTICATE=nonsense)
    fails(r, "recv_conn_early", "login by SCRAM-SHA-256")
    equal(heard, ["*"])
    equal(imap.commands[-1], "LOGOUT")


@test
def preauth_in_the_clear_needs_no_login():
    r, imap = receive(GREETING="* PREAUTH hi\r\n")
    equal(r.code, OK, r)
    never(imap, "LOGIN", "AUTHENTICATE")


@test
def logins():
    for capabilities, part in (
            ("IMAP4rev1", "LOGIN "),
            ("IMAP4rev1 AUTH=PLAIN", "AUTHENTICATE PLAIN"),
            ("IMAP4rev1 AUTH=PLAIN SASL-IR", "AUTHENTICATE PLAIN AGFu")):
        def plain(peer):
            peer.say("+ \r\n")
            tag = re.findall(r"(\S+) AUTHENTICATE", peer.clear.decode())[-1]
            equal(base64.b64decode(peer.line()).split(b"\0")[1:],
                  [b"bob@example.org", PASSWORD.encode()])
            peer.say(f"{tag} OK in\r\n")

        changes = {} if "SASL-IR" in capabilities or "AUTH" not in \
            capabilities else {"AUTHENTICATE": plain}
        r, imap = receive(capabilities=capabilities + " UIDPLUS", **changes)
        equal(r.code, OK, f"{capabilities} {r}")
        contains("\n".join(imap.commands), part.replace("AGFu", "AGJv"))
    contains(receive(capabilities="IMAP4rev1")[1].commands,
             f'LOGIN "bob@example.org" "{PASSWORD}"')


@test
def logins_that_cannot_be_quoted():
    """As literals, which the server asks for if it has no LITERAL+."""
    for plus in "+", "":
        said = []

        def take(peer):
            tag, rest = re.findall(r"(\S+) LOGIN (.*)\r\n",
                                   peer.clear.decode())[-1]
            for _ in range(2):
                equal(rest[-2:], f"{plus}}}" if plus else rest[-2:])
                if not plus:
                    peer.say("+ go on\r\n")
                length = int(re.search(r"{(\d+)", rest)[1])
                said.append(peer.read(length).decode())
                rest = peer.line()
            peer.say(f"{tag} OK in\r\n")

        with Smtp() as smtp, \
                Imap(smtp, LOGIN=take, capabilities="IMAP4rev1 UIDPLUS"
                     + " LITERAL+" * bool(plus)) as imap:
            r = sane(run("--send", url(smtp, "anna"), "--recv",
                         url(imap, "b").replace(
                             f"b%40example.org:{PASSWORD}",
                             "b%C3%B6b:p%C3%A4ss"), "-4", "-vvv", "--patience",
                         "1"))
        equal(imap.mistakes, [])
        equal(r.code, OK, r)
        equal(said, ["b\u00f6b", "p\u00e4ss"])
        lacks(r.err, "p\u00e4ss")


@test
def logins_that_are_refused():
    r, imap = receive(capabilities="IMAP4rev1 LOGINDISABLED")
    fails(r, "recv_conn_early", "LOGINDISABLED")
    never(imap, "LOGIN", "AUTHENTICATE")
    r, imap = receive(
        AUTHENTICATE="TAG NO [REFERRAL imap://127.0.0.1:1/] x\r\n")
    fails(r, "recv_conn_early", "login refused: NO [REFERRAL")
    for capabilities, recv in (
            ("IMAP4rev1 AUTH=GSSAPI LOGINDISABLED", ""),
            ("IMAP4rev1 AUTH=GSSAPI", "auth=plain")):
        r, imap = receive(capabilities=capabilities, recv=recv)
        fails(r, "recv_conn_early", "the server", "offer", "but GSSAPI")
        never(imap, "LOGIN", "AUTHENTICATE")
    r, imap = receive(capabilities="IMAP4rev1 AUTH=SCRAM-SHA-256 SASL-IR")
    fails(r, "recv_conn_early", "did not prove that it knows the password")


@test
def a_login_where_sasl_has_nothing_for_us():
    """Windows names its own ways there, and takes LOGIN all the same."""
    for scheme in "imap", "imaps":
        r, imap = receive(scheme=scheme,
                          capabilities="IMAP4rev1 AUTH=NTLM AUTH=GSSAPI")
        equal(r.code, OK, r)
        equal(len([c for c in imap.commands if c.startswith("LOGIN ")]), 1)
        never(imap, "AUTHENTICATE")


@test
def no_login_where_the_server_takes_none():
    """LOGINDISABLED behind TLS, or in its answer to what was said in it."""
    for scheme in "imap", "imaps", "imapstarttls":
        told = "IMAP4rev1 LOGINDISABLED"
        for changes in ({"CAPABILITY": "* CAPABILITY STARTTLS\r\nTAG OK x\r\n"
                         if scheme == "imapstarttls" else
                         f"* CAPABILITY {told}\r\nTAG OK x\r\n",
                         "CAPABILITY_TLS": f"* CAPABILITY {told}\r\n"
                         "TAG OK x\r\n"}, {"capabilities": told.lower()}):
            r, imap = receive(scheme=scheme, **changes)
            fails(r, "recv_conn_early", "LOGINDISABLED")
            never(imap, "LOGIN", "AUTHENTICATE", "SELECT")


@test
def a_mailbox_that_is_refused():
    r, _ = receive(SELECT="TAG NO [NONEXISTENT] none\r\n")
    fails(r, "recv_conn_early", "INBOX: NO [NONEXISTENT] none")
    r, _ = receive(SELECT="TAG NO [UNAVAILABLE] later\r\n")
    fails(r, "recv_conn_early", "INBOX: NO [UNAVAILABLE] later")


# ---- Answers that make no sense ---------------------------------------------

@test
def nonsense():
    for changes, part in (
            ({"NOOP": "ZZZZ9 OK done\r\n"}, "what it was not asked"),
            ({"NOOP": "TAG MAYBE\r\n"}, "neither OK nor NO nor BAD"),
            ({"NOOP": "TAG\r\n"}, "what it was not asked"),
            ({"NOOP": "+ more?\r\n"}, "asks for more"),
            ({"NOOP": "TAG OK a\r\nTAG OK b\r\n"}, "what it was not asked"),
            ({"FETCH": "* 1 FETCH (UID 41 BODY[X] {4294967297}\r\n"},
             "announce"),
            ({"FETCH": "* 1 FETCH (UID 41 BODY[X] {99999999999999999}\r\n"},
             "announces what is no length"),
            ({"FETCH": "* 1 FETCH (UID 41 BODY[X] {-1}\r\n"},
             "announces what is no length"),
            ({"FETCH": "* 1 FETCH (UID 41 BODY[X] {1\r\n* 2 EXISTS\r\n"},
             "makes no sense"),
            ({"FETCH": "* 1 FETCH (((((((((((((((((((((((((((((((((((((\r\n"},
             "makes no sense"),
            ({"FETCH": "* 1 FETCH\r\nTAG OK x\r\n"}, "makes no sense"),
            ({"NOOP": "* 1 EXISTS\r\n" * 1001}, "more than anybody asked for"),
            ({"NOOP": "* 1 EXPUNGE\r\n" * 10001},
             "removes more messages than can be"),
            ({"NOOP": "* OK " + "x" * 9000 + "\r\n"},
             "a line of more than 8192 bytes")):
        r, imap = receive(**changes)
        fails(r, "recv_recv", part)
        never(imap, "UID STORE", "UID EXPUNGE")


@test
def nothing_is_believed_before_its_end():
    """A FETCH with our message, and no OK behind it."""
    for end in ("TAG NO x\r\n", "TAG BAD x\r\n", "* BYE\r\n"):
        with Smtp() as smtp, Imap(smtp) as imap:
            def lie(peer):
                tag = re.findall(r"(\S+) UID FETCH", peer.clear.decode())[-1]
                true = imap.fetched(smtp.messages, 1)
                peer.say(true.replace("TAG OK done\r\n",
                                      end.replace("TAG", tag)))
            imap.changes["FETCH"] = lie
            r = check(smtp, imap)
        fails(r, "recv_recv")
        never(imap, "UID STORE", "UID EXPUNGE")


@test
def a_literal_that_is_cut_short():
    def cut(peer):
        peer.say("* 1 FETCH (UID 41 BODY[X] {5000}\r\nX-Check-Deliv")
        raise Gone

    r, imap = receive(FETCH=cut)
    fails(r, "recv_recv", "not found")
    never(imap, "UID STORE", "UID EXPUNGE")


# ---- Which message ----------------------------------------------------------

@test
def two_copies():
    r, imap = receive(copies=lambda messages: messages * 2)
    fails(r, "recv_recv", "found 2 times", code=WARNING)
    contains(imap.commands, "UID EXPUNGE 41,42")


@test
def a_second_copy_that_comes_late():
    """It is there when the first one is removed."""
    with Smtp() as smtp:
        imap = Imap(smtp)
        imap.boxes["INBOX"] = lambda: smtp.messages * (
            2 if any("STORE" in command for command in imap.commands) else 1)
        with imap:
            r = check(smtp, imap)
    equal(r.code, WARNING, r)
    contains("\n".join(r.details), "it arrived more than once")
    contains(imap.commands, "UID EXPUNGE 41", "UID EXPUNGE 42")


@test
def junk():
    r, imap = receive(copies=lambda messages: [],
                      junk=lambda messages: messages)
    fails(r, "recv_recv", "found in Junk instead of INBOX", code=WARNING)
    contains(imap.commands, 'EXAMINE "Junk"', 'SELECT "Junk"',
             "UID EXPUNGE 41")


def tag_of(peer, verb):
    return re.findall(rf"(\S+) {verb}\b", peer.clear.decode())[-1]


@test
def a_junk_folder_that_cannot_be_opened_at_first():
    """The next look looks there again."""
    def lost(peer):
        del imap.changes["EXAMINE"]
        raise Gone

    def busy(peer):
        del imap.changes["EXAMINE"]
        peer.say(f"{tag_of(peer, 'EXAMINE')} NO [INUSE] busy\r\n")

    for fault in lost, busy:
        with Smtp() as smtp, Imap(smtp, copies=lambda messages: [],
                                  junk=lambda messages: messages,
                                  EXAMINE=fault) as imap:
            r = check(smtp, imap, "--patience", "20", recv="junk=Junk")
        equal(r.code, WARNING, r)
        contains(r.text, "found in Junk instead of INBOX")
        lacks(r.out, "new numbers")


@test
def a_junk_folder_that_comes_with_its_first_message():
    def status(peer):
        tag, there = tag_of(peer, "STATUS"), len(smtp.messages)
        peer.say(f"* STATUS Junk (UIDNEXT {there + 1} UIDVALIDITY 7)\r\n"
                 f"{tag} OK x\r\n" if there else
                 f"{tag} NO [NONEXISTENT] no such mailbox\r\n")

    with Smtp() as smtp, Imap(smtp, copies=lambda messages: [],
                              junk=lambda messages: messages,
                              STATUS=status) as imap:
        imap.first_uid = 1
        r = check(smtp, imap, "--patience", "20", recv="junk=Junk")
    equal(r.code, WARNING, r)
    contains(r.text, "found in Junk instead of INBOX")
    lacks(r.out, "new numbers")
    contains(imap.commands, "UID STORE 1 +FLAGS.SILENT (\\Deleted)")


@test
def a_junk_folder_that_somebody_empties():
    """It is looked into once: what is there no more does not come back."""
    class Emptied(Imap):
        def default(self, peer, verb, command):
            answer = super().default(peer, verb, command)
            if smtp.messages and "Junk" in (self.selected if verb == "EXAMINE"
                                            else command):
                answer = re.sub(r"UIDNEXT \d+", "UIDNEXT 43", answer)
            return answer

    with Smtp() as smtp, Emptied(smtp, copies=lambda messages: []) as imap:
        r = check(smtp, imap, "--patience", "3")
    fails(r, "recv_recv", "not found within 3 s")
    verbs = [command.split(" ")[0] for command in imap.commands]
    equal((verbs.count("EXAMINE"), verbs.count("SELECT")), (1, 2), verbs)
    contains(verbs, "IDLE")


@test
def what_a_literal_ends_in_announces_nothing():
    """A mailbox may have that name."""
    with Smtp() as smtp, Imap(smtp, LIST='* LIST () "/" {7}\r\nab{900}\r\n'
                              '* LIST (\\Junk) "/" {8}\r\nJunk {1}\r\n'
                              'TAG OK done\r\n') as imap:
        r = check(smtp, imap)
    equal(r.code, OK, r)
    contains(imap.commands, 'STATUS "Junk {1}" (UIDNEXT UIDVALIDITY)')


@test
def a_junk_folder_whose_name_cannot_be_said():
    """Not encoded, or with a line break: it is not looked into."""
    for name in '"Sp\xc3\xa4m"', "{4}\r\na\r\nb":
        r, imap = receive(LIST=f'* LIST (\\Junk) "/" {name}\r\nTAG OK x\r\n')
        equal(r.code, OK, r)
        never(imap, "STATUS", "EXAMINE")


@test
def altered_messages():
    for pattern in "(?m)^Message-ID:.*$", "(?m)^X-Check-Delivery-Token:.*$":
        r, imap = receive(copies=lambda messages: [
            re.sub(pattern, "X: y", message) for message in messages])
        fails(r, "recv_recv", "found, but", code=WARNING)
        contains(imap.commands, "UID EXPUNGE 41")


@test
def messages_that_quote_ours():
    def quote(messages):
        return [re.sub("(?m)^(Message-ID|X-Check-Delivery-Token): ",
                       r"\1: Re: ", message) + message for message in messages]

    r, imap = receive(copies=quote)
    fails(r, "recv_recv", "not found within 1 s")
    never(imap, "UID STORE", "UID EXPUNGE")


@test
def without_uidplus_it_is_marked_only():
    r, imap = receive(capabilities="IMAP4rev1 AUTH=PLAIN SASL-IR")
    equal(r.code, OK, r)
    contains("\n".join(r.details), "marked as deleted only", "UIDPLUS")
    contains(imap.commands, "UID STORE 41 +FLAGS.SILENT (\\Deleted)")
    never(imap, "UID EXPUNGE", "EXPUNGE", "CLOSE")


@test
def a_mailbox_that_may_not_be_written_to():
    r, imap = receive(STORE="TAG NO read only\r\n")
    equal(r.code, OK, r)
    contains("\n".join(r.details), "removing the message: NO read only")


@test
def a_server_that_does_not_say_where_new_messages_begin():
    """The number of its last message says it."""
    def fetch(peer):
        tag, what = re.findall(r"(\S+) UID FETCH (\S+)",
                               peer.clear.decode())[-1]
        if what == "*":
            peer.say(f"* 1 FETCH (UID 40)\r\n{tag} OK x\r\n")
        else:
            peer.say(imap.fetched(smtp.messages, int(what.split(":")[0]))
                     .replace("TAG", tag))

    with Smtp() as smtp, \
            Imap(smtp, FETCH=fetch, SELECT="* 1 EXISTS\r\n* OK "
                 "[UIDVALIDITY 7] ok\r\nTAG OK x\r\n") as imap:
        r = check(smtp, imap)
    equal(r.code, OK, r)
    contains("\n".join(imap.commands), "UID FETCH 41:4294967295")


@test
def an_empty_mailbox_has_no_last_message():
    """For some servers "*" is a mistake there."""
    def fetch(peer):
        tag, what = re.findall(r"(\S+) UID FETCH (\S+)",
                               peer.clear.decode())[-1]
        if what == "*":
            return peer.say(f"{tag} BAD no such message\r\n")
        peer.say(imap.fetched(smtp.messages, int(what.split(":")[0]))
                 .replace("TAG", tag))

    with Smtp() as smtp, \
            Imap(smtp, FETCH=fetch, SELECT="* 0 EXISTS\r\n* OK "
                 "[UIDVALIDITY 7] ok\r\nTAG OK x\r\n") as imap:
        r = check(smtp, imap)
        equal(r.code, OK, r)
        contains("\n".join(imap.commands), "UID FETCH 1:4294967295")
        imap.changes["SELECT"] = "* 1 EXISTS\r\nTAG OK x\r\n"
        r = check(smtp, imap)
        fails(r, "recv_conn_early", "FETCH: BAD no such message")


main()
