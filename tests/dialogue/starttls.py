# SPDX-License-Identifier: BSD-2-Clause
"""TLS that was asked for and does not come, or not alone: with each protocol,
on the first connection and on later ones, the same ways to attack it."""
import time

from many import *

# The step that asks for TLS, and the answer that grants it.
GRANTS = {"smtpstarttls": ("STARTTLS", "220 go\r\n"),
          "imapstarttls": ("STARTTLS", "TAG OK go\r\n"),
          "pop3starttls": ("STLS", "+OK go\r\n"),
          "ftps": ("AUTH", "234 go\r\n")}
STEPS = {"smtpstarttls": "send_conn", "ftps": "send_conn",
         "imapstarttls": "recv_conn_early", "pop3starttls": "recv_conn_early"}


def add(many, name, server):
    if server.scheme.startswith(("smtp", "ftp", "irc")):
        many.add(name, server)
    else:
        many.add(name, None, server)


def attacked(one):
    return one.recv if one.step == "recv_conn_early" else one.send


def say(peer, text):
    """TAG is that of a client of IMAP."""
    peer.say(text.replace("TAG", tag_of(peer)))


def grant_and(scheme, *then):
    """Grants TLS; each of `then` is said in a piece of its own, or done."""
    def function(peer):
        say(peer, GRANTS[scheme][1])
        for what in then:
            what(peer) if callable(what) else peer.say(what)
        peer.hold()
    return function


def gone(peer):
    raise Gone


@test
def good_servers(tmp):
    """The control: with the same words, nothing of it fails."""
    many = Many(tmp)
    for scheme in "smtpstarttls", "smtps":
        many.add(scheme, smtp := Smtp(scheme), Imap(smtp), patience=1)
    for scheme in "imapstarttls", "imaps", "pop3starttls", "pop3s":
        many.add(scheme, smtp := Smtp(), make(scheme, smtp), patience=1)
    many.add("ftps", server := make("ftps"), server, patience=1)
    server = make("irctls", CAP=NO_CAP)
    many.add("irctls", server, server, patience=1)
    for one in many.play():
        equal(one.reason, "ok", one)


# ---- Words behind the answer that grants TLS (rule 2) -----------------------

BEHIND = ["2", "\n", "\r", "\r\n", " ", "\0", "\x16", "\x80",
          "\x16\x03\x01\x02", "\x15\x03\x03\0\2\1\0", "\xff\xf4",
          "TAG OK x\r\n", "* BYE\r\n", "*",
          "* PREAUTH x\r\n", "* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\nTAG OK\r\n",
          "250-mx\r\n250 AUTH PLAIN LOGIN\r\n235 ok\r\n250 ok\r\n250 ok\r\n",
          "250 AUTH PLAIN", "220 mx\r\n", "331 and?\r\n230 in\r\n200 ok\r\n",
          "+OK\r\nSASL PLAIN\r\nUSER\r\n.\r\n+OK\r\n", "+", ".\r\n",
          "x" * 9000, "250 ok\r\n" * 4000]


@test
def words_behind_the_answer(tmp):
    """In the same piece: none is so short that it would not count."""
    many = Many(tmp)
    for scheme, (verb, answer) in GRANTS.items():
        for number, more in enumerate(BEHIND):
            def both(peer, text=answer + more):
                say(peer, text)

            add(many, f"{scheme}-{number}", make(scheme, **{verb: both}))
    for one in many.play():
        server = attacked(one)
        equal(one.reason, "protocol", one)
        contains(one.message, "more than it was asked before TLS began")
        says_nothing(one, server)
        equal(server.secret, "", one)


@test
def words_in_pieces_behind_the_answer(tmp):
    """They come before our ClientHello, or into the handshake: that is not in
    our hands.  They never count."""
    many = Many(tmp)
    for scheme, (verb, answer) in GRANTS.items():
        for number, more in enumerate(("2", "\n", "250 ok\r\n" * 9, "\x16")):
            for pause in 0, 0.002:
                def pieces(peer, scheme=scheme, more=more, pause=pause):
                    for byte in GRANTS[scheme][1].replace("TAG", tag_of(peer)):
                        peer.say(byte)
                    time.sleep(pause)
                    for byte in more:
                        peer.say(byte)
                    peer.start_tls()

                add(many, f"{scheme}-{number}-{pause > 0}",
                    make(scheme, **{verb: pieces}))
    for one in many.play():
        equal(one.reason in ("protocol", "tls"), True, one)
        says_nothing(one, attacked(one))
        equal(attacked(one).secret, "", one)


@test
def an_answer_that_comes_in_pieces_is_an_answer(tmp):
    """The control: by bytes, and with a lone LF at its end."""
    many = Many(tmp)
    for scheme, (verb, answer) in GRANTS.items():
        for end in "\r\n", "\n":
            def pieces(peer, answer=answer, end=end):
                for byte in answer.replace("\r\n", end).replace(
                        "TAG", tag_of(peer)):
                    peer.say(byte)

            server = make(scheme, smtp := Smtp(), **{verb: pieces})
            name = f"{scheme}-{end == chr(10)}"
            if scheme == "smtpstarttls":
                many.add(name, server, Imap(server), patience=1)
            elif scheme == "ftps":
                many.add(name, server, server, patience=1)
            else:
                many.add(name, smtp, server, patience=1)
    for one in many.play():
        equal(one.reason, "ok", one)


# ---- Refusals ---------------------------------------------------------------

REFUSALS = {
    "smtpstarttls": [
        "502 no\r\n", "454 not now\r\n", "354 go on then\r\n", "250 fine\r\n",
        "221 bye\r\n", "235 you are in\r\n", "334 \r\n", "120 wait\r\n",
        "421 4.3.2 closing\r\n", "220-go\r\n250 not really\r\n", "220go\r\n",
        "2200 go\r\n", "22\r\n", "OK\r\n", " 220 go\r\n", "\r\n",
        "220\tgo\r\n",
        "454 no\r\n235 in\r\n250\r\n250\r\n354 speak\r\n250 taken\r\n",
        "554 no\r\n220 go\r\n", "220 go\0\r\n", "+OK\r\n", "TAG OK\r\n"],
    "imapstarttls": [
        "TAG NO not now\r\n", "TAG BAD what\r\n", "+ and then?\r\n", "+\r\n",
        "TAG no\r\n", "TAG OKAY\r\n", "TAG\r\n", "* OK go\r\n* BYE no\r\n",
        "TAG PREAUTH in\r\n", "* BYE no\r\n", "A1 OK go\r\n", "OK go\r\n",
        "TAGTAG OK go\r\n", "TAG0 OK go\r\n", " TAG OK go\r\n", "220 go\r\n",
        "TAG BYE\r\n", "TAG NO no\r\nTAG OK go\r\n", "TAG OK\0go\r\n",
        "* 1 FETCH (UID 1 BODY[] {99999999}\r\n", "TAG BAD x\r\n* OK y\r\n"],
    "pop3starttls": [
        "-ERR not now\r\n", "-ERR [SYS/TEMP] later\r\n", "-ERR\r\n", "+\r\n",
        "+ and then?\r\n", "+OKAY\r\n", "+ok go\r\n", "OK\r\n", "220 go\r\n",
        "-ERR not now\r\n+OK\r\n+OK you are in\r\n", " +OK\r\n", "+OK\0\r\n",
        "+Oh well\r\n", "+OK\tgo\r\n", "\r\n", "-ERR [IN-USE] x\r\n",
        "-ERR [AUTH] x\r\n"],
    "ftps": [
        "500 no\r\n", "534 no\r\n", "334 go on\r\n", "230 in\r\n",
        "232 you are in\r\n", "235 ok\r\n", "120 wait\r\n", "421 bye\r\n",
        '500 no\r\n500 no\r\n331 and?\r\n230 in\r\n257 "/"\r\n200 ok\r\n',
        "234-go\r\n", "2345 go\r\n", "234go\r\n", "234 go\0\r\n", "AUTH\r\n",
        "200 ok\r\n", "220 go\r\n", "+OK\r\n"]}


@test
def refusals(tmp):
    many = Many(tmp)
    for scheme, answers in REFUSALS.items():
        verb = GRANTS[scheme][0]
        for number, answer in enumerate(answers):
            def refuse(peer, answer=answer):
                say(peer, answer)
                if answer in ("234-go\r\n",):  # half a reply
                    raise Gone
                while True:  # and agrees to all that follows
                    line = peer.line()
                    peer.say("250 ok\r\n+OK\r\n"
                             f"{line.split(' ')[0]} OK done\r\n")
                    if line.endswith(("QUIT", "LOGOUT")):
                        raise Gone

            add(many, f"{scheme}-{number}", make(scheme, **{verb: refuse}))
    for one in many.play():
        equal(one.reason in ("tls", "protocol", "closed", "tempfail"), True,
              one)
        equal(one.step, STEPS[attacked(one).scheme], one)
        says_nothing(one, attacked(one))
        equal(attacked(one).secret, "", one)
        if one.scenario.endswith("-0"):
            equal(one.reason, "tls", one)
        behind = attacked(one).clear.split(
            GRANTS[attacked(one).scheme][0], 1)[1].split("\r\n")[1:]
        equal([line.split(" ")[-1] for line in behind] in (
            [""], ["QUIT", ""], ["LOGOUT", ""]), True, (one, behind))


OFFERS = {
    "smtpstarttls": ("EHLO", [
        "250-mx\r\n250 AUTH PLAIN LOGIN\r\n", "250 mx\r\n", "502 what\r\n",
        "250-mx\r\n250 XSTARTTLS\r\n", "250-mx\r\n250 STARTTLSX\r\n",
        "250-mx\r\n250 AUTH STARTTLS\r\n", "250 STARTTLS\r\n", "500\r\n",
        "250-STARTTLS\r\n250 AUTH PLAIN\r\n", "250-mx\r\n250 -STARTTLS\r\n",
        "421 bye\r\n", "550 no\r\n", "235 in\r\n", "220 go\r\n",
        "250-mx\r\n250 STARTTLS=yes\r\n"]),
    "imapstarttls": ("CAPABILITY", [
        "* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\nTAG OK x\r\n",
        "* CAPABILITY IMAP4\r\nTAG OK x\r\n", "TAG BAD what\r\n",
        "TAG NO no\r\n", "TAG OK x\r\n", "* CAPABILITY\r\nTAG OK x\r\n",
        "* CAPABILITY XSTARTTLS STARTTLSX STARTTLS=x\r\nTAG OK x\r\n",
        "* OK STARTTLS\r\nTAG OK STARTTLS\r\n",
        "* CAPABILITY STARTTLS\r\n* CAPABILITY AUTH=PLAIN\r\nTAG OK x\r\n",
        "* BYE no\r\n", "* PREAUTH\r\nTAG BAD x\r\n"]),
    "pop3starttls": ("CAPA", [
        "+OK\r\nUSER\r\nSASL PLAIN\r\n.\r\n", "+OK\r\n.\r\n", "-ERR what\r\n",
        "+OK\r\nXSTLS\r\nSTLSX\r\nSASL STLS\r\n.\r\n", "+OK STLS\r\n.\r\n",
        "+OK\r\nAUTH STLS\r\n.\r\n", "+ STLS\r\n", "-ERR STLS\r\nSTLS\r\n"]),
    "ftps": ("GREETING", [
        "230 in\r\n", "500 no\r\n", "232 in\r\n", "530 no\r\n", "331 and?\r\n",
        "234 go\r\n", "421 bye\r\n", "120 wait\r\n230 in\r\n"])}


# Of these, no TLS is the reason; others make no sense, or are about us.
NO_TLS = """smtpstarttls-0 smtpstarttls-2 imapstarttls-0 imapstarttls-1
    imapstarttls-2 imapstarttls-greeting0 imapstarttls-greeting3
    pop3starttls-0 pop3starttls-2 ftps-0""".split()


@test
def tls_that_is_not_offered(tmp):
    many = Many(tmp)
    for scheme, (verb, answers) in OFFERS.items():
        for number, answer in enumerate(answers):
            more = {"HELO": "250 hi\r\n", "AUTH": "235 in\r\n"} \
                if "smtp" in scheme else {}
            add(many, f"{scheme}-{number}",
                make(scheme, **{verb: answer}, **more))
    for scheme, greetings in (
            ("imapstarttls", [
                "* PREAUTH in\r\n", "* PREAUTH\r\n", "* preauth in\r\n",
                "* PREAUTH [CAPABILITY IMAP4rev1 STARTTLS] in\r\n",
                "* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] hi\r\n"]),):
        for number, greeting in enumerate(greetings):
            add(many, f"{scheme}-greeting{number}",
                make(scheme, GREETING=greeting))
    for one in many.play():
        server = attacked(one)
        equal(one.reason in ("tls", "rejected", "protocol", "tempfail",
                             "closed"), True, one)
        if server.scheme != "ftps":
            equal(one.reason in ("tls", "protocol")
                  or "421" in one.message or "BYE" in one.message
                  or "ends the connection" in one.message, True, one)
        if one.scenario in NO_TLS:
            equal(one.reason, "tls", one)
        lacks(server.clear, "STARTTLS", "STLS", "HELO ")
        equal(server.clear.count(OFFERS[server.scheme][0]) <= 1, True, one)
        equal(server.secret, "", one)
        says_nothing(one, server)


# ---- Something else instead of a handshake ----------------------------------

def after_hello(what):
    """Waits for our ClientHello first."""
    def function(peer):
        peer._receive()
        what(peer) if callable(what) else peer.say(what)
    return function


INSTEAD = [gone, Peer.reset, after_hello(gone), after_hello(Peer.reset),
           after_hello("250 plain text\r\n"), after_hello("* OK plain\r\n"),
           after_hello("+OK plain\r\n"), after_hello("\x15\x03\x03\0\2\2\x28"),
           after_hello("\x16\x03\x03\0\x04\x02\0\0\0"), after_hello("\x80."),
           after_hello("\x15\x03\x01\0\2\1\0"), after_hello("\0" * 99),
           after_hello("\x16\x03\x03\xff\xff" + "\0" * 70000)]


@test
def what_comes_instead_of_a_handshake(tmp):
    """A server that goes away is a failure of TLS as well: we asked for it."""
    many = Many(tmp)
    for scheme, (verb, _) in GRANTS.items():
        for number, what in enumerate(INSTEAD):
            add(many, f"{scheme}-{number}", make(scheme, **{
                verb: grant_and(scheme, what, *([gone] * (number > 3)))}))
    for one in many.play():
        equal(one.reason, "tls", one)
        equal(one.step, STEPS[attacked(one).scheme], one)
        says_nothing(one, attacked(one))
        equal(attacked(one).secret, "", one)


@test
def silence_instead_of_a_handshake(tmp):
    many = Many(tmp)
    for scheme, (verb, _) in GRANTS.items():
        server = make(scheme, **{verb: grant_and(scheme)})
        if scheme in ("smtpstarttls", "ftps"):
            many.add(scheme, server, timeout=2)
        else:
            many.add(scheme, None, server, timeout=2)
    for one in many.play():
        equal(one.reason, "timeout", one)
        contains(one.message, "no answer in the handshake")
        says_nothing(one, attacked(one))


@test
def plain_words_where_tls_begins_the_connection(tmp):
    many = Many(tmp)
    words = {"smtps": "220 mx\r\n250-mx\r\n250 AUTH PLAIN\r\n",
             "imaps": "* PREAUTH in\r\n* CAPABILITY IMAP4rev1\r\n",
             "pop3s": "+OK <1.2@x>\r\n+OK\r\n",
             "irctls": ":s 670 * :go\r\n:s CAP * ACK :sasl\r\n"
                       "AUTHENTICATE +\r\n:s 001 anna :hi\r\n"}
    for scheme, text in words.items():
        for when in "first", "later":
            def play(peer, text=text, when=when):
                if when == "later":
                    peer._receive()
                peer.say(text)
                peer.hold()

            server = make(scheme)
            server.play = play
            add(many, f"{scheme}-{when}", server)
    for one in many.play():
        equal(one.reason in ("tls", "protocol"), True, one)
        says_nothing(one, attacked(one))


# ---- Later connections (T17, and a server that restarts) --------------------

def later(scheme, smtp, what, good=1, bad=1):
    """A server of which the `good` first connections are good ones; the next
    `bad` are attacked by `what`, a function of the peer that is called instead
    of the script; those behind them are good.  The first ends when the
    receiver looks; POP3 has one for each look."""
    kind = make(scheme, smtp)
    play = kind.play

    def attacked_play(peer):
        if good < len(kind.peers) <= good + bad:
            return what(peer)
        if "imap" in scheme and len(kind.peers) == 1:
            kind.changes["NOOP"] = gone
        elif "imap" in scheme:
            kind.changes.pop("NOOP", None)
        play(peer)

    kind.play = attacked_play
    return kind


def up_to_tls(scheme, then):
    """Greets, and says what it must for TLS to be asked for; then `then`."""
    def function(peer):
        if scheme in ("imaps", "pop3s"):
            return then(peer)
        peer.say({"imap": "* OK hi\r\n", "pop3": "+OK hi\r\n"}.get(
            scheme[:4], "220 hi\r\n"))
        if scheme != "ftps":
            peer.line()
            say(peer, "* CAPABILITY STARTTLS\r\nTAG OK x\r\n"
                if "imap" in scheme else "+OK\r\nSTLS\r\n.\r\n")
        peer.line()
        then(peer)
    return function


def refuse_tls(scheme):
    def function(peer):
        say(peer, REFUSALS[scheme][0])
        peer.hold()
    return function


@test
def no_tls_on_a_later_connection(tmp):
    """What was granted once is asked for again, and refused: it ends there."""
    certificates.authority(folder(), "unknown")
    certificates.certificate(folder(), "bad", ca="unknown")
    many = Many(tmp)

    def plain(peer, scheme):
        peer.say({"imapstarttls": "* PREAUTH in\r\n", "ftps": "230 in\r\n"}
                 .get(scheme, "+OK in\r\n"))
        peer.line()
        say(peer, "-ERR what\r\n")
        peer.hold()

    for scheme in "imapstarttls", "pop3starttls", "ftps":
        def greeted(peer, scheme=scheme):
            plain(peer, scheme)

        def injected(peer, scheme=scheme):
            say(peer, GRANTS[scheme][1] + "2")
            peer.hold()

        def bad(peer, scheme=scheme):
            if scheme in GRANTS:
                say(peer, GRANTS[scheme][1])
            peer.start_tls("bad")
            peer.hold()

        attacks = [up_to_tls(scheme, refuse_tls(scheme)),
                   up_to_tls(scheme, injected), up_to_tls(scheme, bad),
                   greeted]
        for number, attack in enumerate(attacks):
            server = later(scheme, smtp := Smtp(), attack)
            many.add(f"{scheme}-{number}",
                     server if scheme == "ftps" else smtp, server, patience=20)
    for scheme in "imaps", "pop3s":
        many.add(f"{scheme}-bad", smtp := Smtp(), later(
            scheme, smtp, lambda peer: (peer.start_tls("bad"), peer.hold())),
            patience=20)
    for one in many.play():
        equal(one.reason in ("tls", "protocol"), True, one)
        equal(one.step, "recv_recv" if "ftps" not in one.scenario
              else "recv_conn", one)
        equal(before_tls(one.recv), [], one)
        equal(len(one.recv.peers), 2, one)
        equal(one.recv.peers[1].secret, b"", one)


@test
def tls_that_is_lost_on_a_later_connection(tmp):
    """The server restarts, say: that costs patience, whatever the receiver."""
    many = Many(tmp)
    for scheme in "imaps", "imapstarttls", "pop3s", "pop3starttls", "ftps":
        def grant(then, scheme=scheme):
            return up_to_tls(scheme, lambda peer: (
                say(peer, GRANTS[scheme][1]) if scheme in GRANTS else None,
                then(peer)))

        good = 2 if scheme == "ftps" else 1
        for number, (what, bad, patience) in enumerate((
                (grant(gone), 2, 30), (grant(Peer.reset), 1, 30),
                (grant(after_hello(gone)), 2, 30),
                (grant(after_hello(Peer.reset)), 1, 30), (gone, 1, 30),
                (grant(after_hello(gone)), 999, 1))):
            server = later(scheme, smtp := Smtp(), what, good, bad)
            if scheme == "ftps":
                server.changes["SIZE"] = ftp_lost_once
            many.add(f"{scheme}-{number}",
                     server if scheme == "ftps" else smtp, server,
                     patience=patience)
    for one in many.play():
        if one.scenario.endswith("-5"):
            equal(one.reason, "closed", one)
            contains(one.message, "the connection was lost, and not made agai")
        else:
            equal(one.reason, "ok", one)
        if one.recv.scheme in BEFORE_TLS:
            equal(before_tls(one.recv), [], one)


def ftp_lost_once(server):
    """The receiver's first connection ends at its first look."""
    if len(server.peers) == 2:
        raise Gone
    return "213 35\r\n"


@test
def imap_that_refuses_for_now_on_a_later_connection(tmp):
    """As POP3 does: patience is what it costs."""
    many = Many(tmp)
    for number, words in enumerate((
            ["* BYE [UNAVAILABLE] restart\r\n"],
            ["* OK hi\r\n", "* CAPABILITY IMAP4rev1\r\nTAG OK x\r\n",
             "TAG NO [UNAVAILABLE] later\r\n"])):
        for bad, patience in (1, 30), (999, 1):
            def refuse(peer, words=words):
                for word in words[:1]:
                    peer.say(word)
                for word in words[1:]:
                    peer.line()
                    say(peer, word)
                raise Gone

            many.add(f"n{number}-{bad}", smtp := Smtp(), later(
                "imap", smtp, refuse, 1, bad), patience=patience)
    for one in many.play():
        equal(one.reason, "ok" if one.scenario.endswith("-1")
              else "tempfail", one)


@test
def our_message_planted_before_tls(tmp):
    """The mailbox behind TLS is empty; what was planted before, on a later
    connection, has this run's token in it (I12)."""
    many = Many(tmp)
    for number, where in enumerate(("greeting", "capability", "starttls")):
        smtp = Smtp()

        def planted(smtp=smtp):
            fetch = Imap(smtp).fetched(smtp.messages, 1).replace(
                "TAG OK done\r\n", "")
            return ("* 1 EXISTS\r\n* LIST () \"/\" X\r\n* SEARCH 1\r\n"
                    "* STATUS INBOX (UIDNEXT 9 UIDVALIDITY 7)\r\n" + fetch
                    if smtp.messages else "")

        def greet(peer, where=where, planted=planted):
            peer.say("* OK hi\r\n" + planted() * (where == "greeting"))

        def capability(peer, where=where, planted=planted):
            say(peer, planted() * (where == "capability")
                + "* CAPABILITY STARTTLS\r\nTAG OK x\r\n")

        def go(peer, where=where, planted=planted):
            say(peer, planted() * (where == "starttls") + "TAG OK go\r\n")

        server = later("imapstarttls", smtp, None, 99)
        server.boxes["INBOX"] = lambda: []
        server.changes.update(GREETING=greet, CAPABILITY=capability,
                              STARTTLS=go, CAPABILITY_TLS="* CAPABILITY "
                              f"{Imap.CAPABILITIES}\r\nTAG OK x\r\n")
        many.add(where, smtp, server, patience=1)
    for one in many.play():
        equal(one.reason, "not_found", one)
        equal(len(one.send.messages), 1, one)
        equal(len(one.recv.peers) >= 2, True, one)
        contains(one.recv.peers[1].secret.decode("latin-1"), "UID FETCH")
        lacks(one.recv.secret, "STORE", "EXPUNGE")


# ---- What is said of the user (T27) -----------------------------------------

def listening_for_names(server, names):
    """Notes the name that a ClientHello has in the clear, or None."""
    def start_tls(peer, *_):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(folder() / "good.pem")
        context.sni_callback = lambda _, name, __: names.append(name)
        try:
            peer.socket = context.wrap_socket(peer.socket, server_side=True)
        except OSError as error:
            raise Gone from error
        peer.tls = True

    play = server.play
    server.play = lambda peer: (
        setattr(peer, "start_tls", lambda *_: start_tls(peer)), play(peer))
    return server


@test
def what_a_server_learns_of_the_user(tmp):
    """The host of the URL, in the clear; this machine's name, in EHLO; and
    nothing of whoever runs the check."""
    env = {name: "trillian" for name in ("USER", "LOGNAME", "USERNAME",
                                         "EMAIL", "REPLYTO", "MAIL")}
    names = {}
    for more, wanted in ("", "localhost"), ("servername=localhost",
                                            "localhost"), \
            ("ssl_verify=NONE", "localhost"), ("address", None):
        many = Many(tmp)
        everyone = []
        for scheme in *GRANTS, "smtps", "imaps", "pop3s", "irctls":
            changes = {"CAP": NO_CAP} if scheme == "irctls" else {}
            server = listening_for_names(make(scheme, smtp := Smtp(),
                                              **changes),
                                         names.setdefault(scheme, []))
            everyone += server, smtp
            end = smtp if scheme[:4] in ("imap", "pop3") else server
            other = Imap(server) if scheme.startswith("smtp") else server
            many.add(scheme, end, other, patience=1,
                     more=(more * ("=" in more and end is server),
                           more * ("=" in more and other is server)))
        if more == "address":
            many.lines = {name: line.replace("@localhost:", "@127.0.0.1:")
                          for name, line in many.lines.items()}
        for one in many.play(env=env):
            equal(one.reason, "ok", one)
            equal(set(names[one.scenario]), {wanted}, one)
            names[one.scenario].clear()
        for server in everyone:
            said = server.clear + server.secret
            lacks(said, "trillian", os.uname().sysname, "root", tmp.name)
            for hello in re.findall(r"(?:EHLO|HELO) (\S+)\r\n", said):
                equal(hello in ("[127.0.0.1]", socket.gethostname()), True,
                      hello)
            for user in re.findall(r"USER (.* .*)\r\n", said):
                equal(user, "check_delivery 0 * :check_delivery")
            lacks(said, "CLIENTINFO", " ID (", "X-Mailer", "Received:")


main()
