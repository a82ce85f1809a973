# SPDX-License-Identifier: BSD-2-Clause
"""IMAP servers while we wait: what others do in the mailbox, IDLE, connections
that are lost, and silence."""
from script import *


def receive(arguments=(), **imap):
    """A check with such an IMAP server: the result, and the server."""
    with Smtp() as smtp, Imap(smtp, **imap) as server:
        return check(smtp, server, *arguments), server


def never(server, *verbs):
    for command in server.commands:
        equal(command.startswith(verbs), False, command)


# ---- What others do meanwhile -----------------------------------------------

class Turns:
    """Answers to NOOP or FETCH; before the n-th stands `more`, or instead of
    it, if that has a tag."""

    def __init__(self, verb, **more):
        self.verb, self.more, self.n = verb, more, 0

    def __call__(self, peer):
        tag, first = re.findall(rf"(\S+) {self.verb}\b ?(\d*)",
                                peer.clear.decode())[-1]
        self.n += 1
        before = self.more.get(f"n{self.n}", "")
        if not before.startswith("TAG"):
            before += self.last(first)
        peer.say(before.replace("TAG", tag))

    def last(self, first):
        return "TAG OK x\r\n"


@test
def others_remove_many_messages():
    noop = Turns("NOOP", n2="* 1 EXPUNGE\r\n" * 9000)
    r, imap = receive(NOOP=noop, arguments=["--patience", "30"],
                      copies=lambda messages: messages if noop.n > 2 else [])
    equal(r.code, OK, r)


@test
def others_give_flags_to_a_message_that_was_not_looked_at():
    """It comes behind our question for headers, and before the answer ends."""
    fetch = Turns("UID FETCH", n1="* 1 EXISTS\r\n"
                  "* 1 FETCH (FLAGS (\\Seen) UID 41)\r\n")
    with Smtp() as smtp, Imap(smtp, FETCH=fetch) as imap:
        fetch.last = lambda first: imap.fetched(
            smtp.messages if fetch.n > 1 else [], int(first))
        r = check(smtp, imap, "--patience", "30")
    equal(r.code, OK, r)
    contains(imap.commands, "UID EXPUNGE 41")


@test
def messages_that_others_removed_while_they_were_asked_for():
    """What came counts once an answer ends well (RFC 2180, section 4.1)."""
    fetch = Turns("UID FETCH", n1="TAG NO [EXPUNGEISSUED] some are gone\r\n")
    with Smtp() as smtp, Imap(smtp, FETCH=fetch) as imap:
        fetch.last = lambda first: imap.fetched(smtp.messages, int(first))
        r = check(smtp, imap, "--patience", "30")
        equal(r.code, OK, r)
        contains(imap.commands, "UID EXPUNGE 41")
        imap.changes["FETCH"] = "TAG NO [EXPUNGEISSUED] some are gone\r\n"
        r = check(smtp, imap)
        fails(r, "recv_recv", "not found within 1 s", "some are gone")
        imap.changes["FETCH"] = "TAG NO [SERVERBUG] x\r\n"
        r = check(smtp, imap)
        fails(r, "recv_recv", "FETCH: NO [SERVERBUG] x")


# ---- Waiting ----------------------------------------------------------------

@test
def a_server_that_refuses_idle():
    """It is asked once."""
    r, imap = receive(copies=lambda messages: [], IDLE="TAG BAD what\r\n",
                      arguments=["--patience", "3"])
    fails(r, "recv_recv", "not found within 3 s")
    equal(imap.commands.count("IDLE"), 1)


@test
def a_server_that_is_slow_to_idle():
    """It agrees, or refuses, when the next look is due already."""
    def slow(peer):
        time.sleep(0.7)
        tag = re.findall(r"(\S+) IDLE", peer.clear.decode())[-1]
        peer.say(answer.replace("TAG", tag))

    for answer in "+ idling\r\n", "* 1 EXISTS\r\n+ idling\r\n":
        r, imap = receive(copies=lambda messages: [], IDLE=slow,
                          arguments=["--patience", "3"])
        fails(r, "recv_recv", "not found within 3 s")
        equal(imap.commands.count("IDLE") > 1, True, imap.commands)
    answer = "TAG BAD what\r\n"
    with Smtp() as smtp, Refusing(smtp, IDLE=slow) as imap:
        r = check(smtp, imap, "--patience", "3")
    fails(r, "recv_recv", "not found within 3 s")
    equal(imap.commands.count("IDLE"), 1)


class Refusing(Imap):
    """Nobody says DONE to it, and there is nothing in its mailbox."""

    def __init__(self, smtp, **changes):
        super().__init__(smtp, copies=lambda messages: [], **changes)

    def idle(self, peer, tag):
        self.step(peer, "IDLE", tag, f"+ idling\r\n{tag} OK no more\r\n")


@test
def a_server_that_ends_idle_by_itself():
    with Smtp() as smtp, Refusing(smtp) as imap:
        r = check(smtp, imap, "--patience", "3")
    fails(r, "recv_recv", "not found within 3 s")
    equal(imap.commands.count("IDLE") > 1, True, imap.commands)
    never(imap, "DONE")


@test
def news_while_idling():
    """Said by the server, and found at once."""
    def news(peer):
        late.append(True)
        peer.say("+ idling\r\n* 1 EXISTS\r\n")

    late = []
    r, imap = receive(copies=lambda messages: messages if late else [],
                      arguments=["--patience", "30"], IDLE=news)
    equal(r.code, OK, r)
    equal(imap.commands.count("IDLE"), 1)


@test
def a_connection_that_dies_is_made_again():
    """With TLS, and at the place where the other one was."""
    died = []

    def die(peer):
        if not died:
            died.append(peer)
            raise Gone
        tag = re.findall(r"(\S+) NOOP", peer.secret.decode())[-1]
        peer.say(f"{tag} OK x\r\n")

    r, imap = receive(scheme="imapstarttls", NOOP=die)
    equal(r.code, OK, r)
    equal(len(imap.peers), 2)
    contains(imap.commands, "UID EXPUNGE 41")


@test
def a_server_that_ends_each_connection_is_not_besieged():
    """At IDLE, or at the login once the first connection is lost: the looks
    follow each other more and more rarely all the same."""
    def leave(peer):
        peer.say("* BYE not now\r\n")
        raise Gone

    def be_busy(peer):
        tag = re.findall(r"(\S+) AUTHENTICATE", peer.clear.decode())[-1]
        peer.say(f"{tag} " + ("OK in\r\n" if len(imap.peers) == 1 else
                             "NO [UNAVAILABLE] busy\r\n"))

    for changes, least in ({"IDLE": leave}, 3), \
            ({"AUTHENTICATE": be_busy, "NOOP": leave}, 9):
        with Smtp() as smtp, Imap(smtp, copies=lambda messages: [],
                                  **changes) as imap:
            r = check(smtp, imap, "--patience", "4")
        fails(r, "recv_recv", "not found within 4 s")
        equal(least <= len(imap.peers) <= 16, True, len(imap.peers))


@test
def new_numbers_after_a_reconnection():
    died = []

    def die(peer):
        if not died:
            died.append(peer)
            imap.first_uid = 11
            raise Gone
        tag = re.findall(r"(\S+) NOOP", peer.clear.decode())[-1]
        peer.say(f"{tag} OK x\r\n")

    def select(peer):
        tag = re.findall(r"(\S+) SELECT", peer.clear.decode())[-1]
        peer.say(f"* OK [UIDNEXT {imap.first_uid + len(smtp.messages)}] x\r\n"
                 f"* OK [UIDVALIDITY {8 if died else 7}] x\r\n{tag} OK x\r\n")

    with Smtp() as smtp, Imap(smtp, NOOP=die, SELECT=select) as imap:
        r = check(smtp, imap)
    equal(r.code, OK, r)
    contains("\n".join(r.details), "has new numbers for its messages")
    contains(imap.commands, "UID EXPUNGE 11")


class Renumbered(Imap):
    """From its second look on it has new numbers; it may leave before."""
    other = "Message-ID: <1@x>\r\n\r\n"

    def __init__(self, smtp, leaves=True, **more):
        super().__init__(smtp, NOOP=self.noop, **more)
        self.looks = self.validity = 0
        self.leaves = leaves

    def noop(self, peer):
        self.looks += 1
        if self.looks == 2:
            self.validity = 1
            self.first_uid = 11
            if self.leaves:
                raise Gone
        tag = re.findall(r"(\S+) NOOP", peer.clear.decode())[-1]
        peer.say(f"{tag} OK x\r\n")

    def default(self, peer, verb, command):
        return super().default(peer, verb, command).replace(
            "UIDVALIDITY 7", f"UIDVALIDITY {self.validity + 7}")


@test
def new_numbers_after_messages_of_others():
    """Where their old numbers ended is nothing that ours can be behind."""
    def copies(messages):
        return messages and [imap.other] + (
            messages if imap.looks >= 5 else [])

    with Smtp() as smtp, Renumbered(smtp, copies=copies) as imap:
        r = check(smtp, imap, "--patience", "30")
    equal(r.code, OK, r)
    contains("\n".join(imap.commands), "UID FETCH 41:", "UID FETCH 12:",
             "UID EXPUNGE 12")


@test
def new_numbers_in_the_junk_folder():
    """They may be lower."""
    def junk(messages):
        return messages if imap.looks >= 3 else []

    with Smtp() as smtp, Renumbered(smtp, leaves=False, junk=junk,
                                    copies=lambda messages: []) as imap:
        r = check(smtp, imap, "--patience", "30")
    fails(r, "recv_recv", "found in Junk instead of INBOX", code=WARNING)
    contains(imap.commands, "UID EXPUNGE 11")


@test
def the_server_goes_at_each_step():
    """Never OK, and never an end by itself."""
    def end(peer):
        raise Gone

    for verb in "GREETING", "CAPABILITY", "AUTHENTICATE", "SELECT", "LIST":
        for how in end, Peer.reset:
            r, imap = receive(**{verb: how})
            fails(r, "recv_conn_early", "onnection")
    for verb in "NOOP", "FETCH":
        for how in end, Peer.reset:
            r, imap = receive(**{verb: how})
            fails(r, "recv_recv", "not found within 1 s")
    for verb in "STORE", "EXPUNGE", "LOGOUT":
        for how in end, Peer.reset:
            r, imap = receive(**{verb: how})
            equal(r.code, OK, f"{verb} {r}")


@test
def what_could_not_be_looked_at_is_not_what_is_not_there():
    """Else all is well when the server is away, and what must not arrive is
    there."""
    def gone(peer):
        server.take_no_more()
        raise Gone

    def away(peer):
        peer.say("* BYE [UNAVAILABLE] later\r\n" if len(server.peers) > 1
                 else "* OK hello\r\n")

    for changes, wanted in (({"NOOP": Peer.reset}, "closed"),
                            ({"NOOP": gone}, "connect"),
                            ({"NOOP": Peer.reset, "GREETING": away},
                             "tempfail"),
                            ({"FETCH": "TAG NO [EXPUNGEISSUED] x\r\n"},
                             "tempfail"),
                            ({"copies": lambda messages: []}, "not_found")):
        with Smtp() as smtp, Imap(smtp, **changes) as server:
            equal(reason(smtp, server), wanted)


@test
def a_server_that_is_silent():
    for verb, step in (("GREETING", "recv_conn_early"), ("NOOP", "recv_recv"),
                       ("LOGOUT", None)):
        with Smtp() as smtp, \
                Imap(smtp, **{verb: lambda peer: peer.hold()}) as imap:
            r = sane(run("--send", url(smtp, "a"), "--recv", url(imap, "b"),
                         "-4", "--timeout", "5"))
        if step:
            fails(r, step, "the timeout of 5 s is over", code=UNKNOWN)
        else:
            equal(r.code, OK, r)


main()
