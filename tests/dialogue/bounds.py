# SPDX-License-Identifier: BSD-2-Clause
"""Limits of what is read (rule 5): what is just within them passes, what is
just beyond them fails, and what has no end is bounded in memory and time."""
import resource
import time

from many import *

LINE, LITERAL, INPUT = 8192, 262144, 4194304
CAPABILITIES = f"* CAPABILITY {Imap.CAPABILITIES}\r\nTAG OK x\r\n"


def gone(peer):
    raise Gone


def most_memory():
    """KiB that a process of ours had at most, up to now."""
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss


def fill(start, length):
    return start + "x" * (length - len(start))


def imap_header(smtp, padding=0):
    """Our message's fields, and others before them, of so many bytes."""
    fields = "".join(f"{line}\r\n" for line in smtp.messages[0].split(
        "\r\n\r\n")[0].split("\r\n") if re.match(
            "(?i)message-id:|x-check-delivery-token:", line)) + "\r\n"
    rest = padding - len(fields)
    return "X-Y: " + "z" * (rest - 7) + "\r\n" + fields if padding else fields


def fetch(smtp, what):
    """A FETCH as `what`, a function of our header's fields, makes it."""
    def function(peer):
        if not smtp.messages:
            return peer.say(f"{tag_of(peer, 'UID FETCH')} OK x\r\n")
        peer.say(what().replace("TAG", tag_of(peer, "UID FETCH")))
    return function


# ---- Just within, just beyond -----------------------------------------------

def both(many, name, make, limit, beyond):
    """`make` of a number gives a pair of servers; it passes with the one."""
    for number, mark in (limit, "within"), (beyond, "beyond"):
        many.add(f"{name}-{mark}", *make(number), patience=1)


def smtp_to_imap(**changes):
    return lambda n: ((smtp := Smtp(**{verb: what(n) for verb, what in
                                       changes.items()})), Imap(smtp))


def imap_with(**changes):
    return lambda n: ((smtp := Smtp()), Imap(smtp, **{
        verb: what(n, smtp) for verb, what in changes.items()}))


def pop3_with(**changes):
    return lambda n: ((smtp := Smtp()), Pop3(smtp, **{
        verb: what(n) for verb, what in changes.items()}))


def itself(server):
    return server, server


def ftp_with(**changes):
    return lambda n: itself(ftp_server.Ftp(**{
        verb: what(n) for verb, what in changes.items()}))


def irc_with(**changes):
    changes.setdefault("CAP", lambda n: ":s 421 * CAP :what\r\n")
    return lambda n: itself(irc_server.Irc(**{
        verb: what(n) for verb, what in changes.items()}))


EHLO = "250-mx\r\n250-AUTH PLAIN\r\n"


def lines_of(length):
    """An answer to EHLO with so many bytes in its lines."""
    whole = (length - len("250-mx") - len("250-AUTH PLAIN")) // 9
    rest = length - len("250-mx") - len("250-AUTH PLAIN") - 8 * whole
    return EHLO + (fill("250-", whole) + "\r\n") * 8 \
        + fill("250 ", rest) + "\r\n"


@test
def limits(tmp):
    many = Many(tmp)
    for end in "\r\n", "\n":
        mark = "crlf" if end == "\r\n" else "lf"
        for name, make in (
                ("smtp", smtp_to_imap(GREETING=lambda n: fill("220 ", n)
                                      + end)),
                ("smtp-in", smtp_to_imap(EHLO=lambda n: EHLO + fill(
                    "250 ", n) + end)),
                ("imap", imap_with(GREETING=lambda n, _: fill("* OK ", n)
                                   + end)),
                ("imap-in", imap_with(CAPABILITY=lambda n, _: fill(
                    "* X ", n) + end + CAPABILITIES)),
                ("pop3", pop3_with(GREETING=lambda n: fill("+OK ", n) + end)),
                ("ftp", ftp_with(GREETING=lambda n: fill("220 ", n) + end)),
                ("ftp-in", ftp_with(PASS=lambda n: "230-x\r\n" + fill(
                    "y", n) + end + "230 in\r\n")),
                ("irc", irc_with(WELCOME=lambda n: fill(":s NOTICE * :", n)
                                 + end + ":s 001 NICK :hi\r\n"))):
            both(many, f"line-{name}-{mark}", make, LINE, LINE + 1)
    both(many, "reply-lines", smtp_to_imap(
        EHLO=lambda n: EHLO + "250-X\r\n" * (n - 3) + "250 Y\r\n"), 128, 129)
    both(many, "reply-lines-ftp", ftp_with(
        PASS=lambda n: "230-a\r\n" + "b\r\n" * (n - 2) + "230 c\r\n"),
        128, 129)
    both(many, "reply-bytes", smtp_to_imap(EHLO=lines_of), 65536, 65537)
    both(many, "untagged", imap_with(
        NOOP=lambda n, _: "* 1 EXISTS\r\n" * n + "TAG OK x\r\n"), 990, 1001)
    both(many, "untagged-login", imap_with(
        AUTHENTICATE=lambda n, _: "* OK x\r\n" * n + "TAG OK x\r\n"),
        1000, 1001)
    both(many, "nesting", imap_with(FETCH=lambda n, smtp: fetch(
        smtp, lambda: f"* 1 FETCH (UID 41 X {'(' * n}{')' * n} BODY[X] "
        f"{{{len(imap_header(smtp))}}}\r\n{imap_header(smtp)})\r\n"
        "TAG OK x\r\n")), 32, 33)
    both(many, "literal", imap_with(FETCH=lambda n, smtp: fetch(
        smtp, lambda: f"* 1 FETCH (UID 41 BODY[X] {{{n}}}\r\n"
        f"{imap_header(smtp, n)})\r\nTAG OK x\r\n")), LITERAL, LITERAL + 1)
    both(many, "fetches", imap_with(FETCH=lambda n, smtp: fetch(
        smtp, lambda: Imap(smtp).fetched(smtp.messages, 1).replace(
            "TAG OK done\r\n", "* 1 FETCH (FLAGS ())\r\n" * (n - 1)
            + "TAG OK x\r\n"))), 10000, 10001)
    # 80 bytes are left for the tagged answers.
    both(many, "input", imap_with(CAPABILITY=lambda n, _: (
        "* X " + "y" * (n // 524 - 6) + "\r\n") * 524 + CAPABILITIES),
        INPUT - 524 - 400, INPUT + 524)
    both(many, "capabilities", pop3_with(
        CAPA=lambda n: "+OK\r\nSASL PLAIN\r\n" + "X-Y\r\n" * (n - 1)
        + ".\r\n"), 128, 129)
    both(many, "irc-lines", irc_with(
        WELCOME=lambda n: ":s 372 NICK :x\r\n" * (n - 2)
        + ":s 001 NICK :hi\r\n"), 10000, 10001)
    both(many, "irc-pings", irc_with(
        JOIN=lambda n: "PING :x\r\n" * (n - 1) + ":s 366 NICK #room :e\r\n"),
        10000, 10001)
    for one in many.play():
        if one.scenario.endswith("-within"):
            equal(one.reason, "ok", one)
        elif one.scenario.startswith("literal"):  # it is none of ours
            equal(one.reason, "not_found", one)
        else:
            equal(one.reason, "protocol", one)
            equal(any(part in one.message for part in (
                "more ", "without end", "makes no sense", "announce")),
                True, one)
            lacks(" ".join(getattr(one.recv, "commands", [])), "STORE", "DELE")


@test
def rounds_of_a_login(tmp):
    """16, with the first response; then the token is refused."""
    many = Many(tmp)
    for n in 15, 16:
        def smtp_asks(peer, n=n):
            for _ in range(n):
                peer.say("334 e30=\r\n")
                if peer.line() == "*":
                    break
            peer.say("535 5.7.8 no\r\n")

        def pop3_asks(peer, n=n):
            for _ in range(n):
                peer.say("+ e30=\r\n")
                if peer.line() == "*":
                    break
            peer.say("-ERR no\r\n")

        def imap_asks(peer, n=n):
            tag = tag_of(peer)
            for _ in range(n):
                peer.say("+ e30=\r\n")
                if peer.line() == "*":
                    break
            peer.say(f"{tag} NO no\r\n")

        many.add(f"smtp-{n}", Smtp(EHLO="250-mx\r\n250 AUTH XOAUTH2\r\n",
                                   AUTH=smtp_asks))
        many.add(f"imap-{n}", None, Imap(
            Smtp(), capabilities="SASL-IR AUTH=XOAUTH2",
            AUTHENTICATE=imap_asks))
        many.add(f"pop3-{n}", None, Pop3(Smtp(), AUTH=pop3_asks,
                                         capabilities=["SASL XOAUTH2"]))
    for one in many.play():
        contains(one.message, "login refused: "
                 if one.scenario.endswith("15") else "more than 16 challenges")


# ---- Without end ------------------------------------------------------------

def without_end(piece, head=""):
    def function(peer):
        if not isinstance(peer, Peer):  # a server of FTP
            peer = peer.peers[-1]
        peer.say(head)
        piece_of = (piece * (65536 // len(piece) + 1)).encode("latin-1")
        while True:
            peer.say(piece_of)
    return function


FLOODS = ["x", "\n", "\r", "\r\n", "\0", " ", "2", "\xff", "(", "{1}\r\n",
          "250-X\r\n", "250 x\r\n", "250-" + "x" * 400 + "\r\n", "* OK x\r\n",
          "* 1 EXISTS\r\n", "* CAPABILITY AUTH=X\r\n", "* LIST () \"\" x\r\n",
          "* 1 FETCH (UID 41 BODY[X] {60000}\r\n" + "x" * 60000 + ")\r\n",
          "+ \r\n", "+OK\r\n", "-ERR x\r\n", ".\r\n", "..\r\n", "230-x\r\n",
          ":s 372 * :x\r\n", "PING :x\r\n", ":s CAP * LS * :x\r\n", "@a=b;",
          "AUTHENTICATE " + "A" * 400 + "\r\n", "150 go\r\n"]
PLACES = {
    Smtp: ["GREETING", "EHLO", "AUTH", "RCPT", "MESSAGE", "QUIT"],
    Lmtp: ["GREETING", "LHLO", "MESSAGE"],
    Imap: ["GREETING", "CAPABILITY", "AUTHENTICATE", "SELECT", "FETCH", "IDLE",
           "LOGOUT"],
    Pop3: ["GREETING", "CAPA", "AUTH", "UIDL", "TOP", "DELE"],
    ftp_server.Ftp: ["GREETING", "PASS", "EPSV", "STOR", "SIZE", "RETR"],
    irc_server.Irc: ["CAP", "WELCOME", "JOIN", "PING"]}
# Where our message is known to be there, or has left, already.
LATE = "QUIT", "LOGOUT", "DELE"


@test
def floods(tmp):
    """They end at a limit, long before the timeout, with bounded memory."""
    many = Many(tmp)
    many.add("good", smtp := Smtp(), Imap(smtp), patience=1)
    equal(many.play()[0].reason, "ok")
    before = most_memory()
    for kind, verbs in PLACES.items():
        for n, flood in enumerate(FLOODS):
            # Each flood at one place, and all floods at each of six.
            for place in {n % len(verbs), (n + 1) % len(verbs)}:
                verb = verbs[place]
                name = f"{kind.__name__}-{verb}-{n}"
                # Of which nothing is read while the data are waited for.
                if flood.startswith("150") and verb in ("STOR", "RETR"):
                    continue
                change = {"CAP": ":s 421 * CAP :x\r\n"} \
                    if kind == irc_server.Irc else {}
                change[verb] = without_end(flood)
                if kind in (Smtp, Lmtp):
                    many.add(name, smtp := kind(**change), None)
                elif kind in (Imap, Pop3):
                    many.add(name, smtp := Smtp(), kind(
                        smtp, copies=(lambda messages: []) if verb == "IDLE"
                        else lambda messages: messages, **change),
                        patience=1)
                else:
                    many.add(name, server := kind(**change), server,
                             patience=1)
    for one in many.play():
        verb = one.scenario.split("-")[1].upper()
        equal(one.reason in ("timeout", "internal", "plugin"), False, one)
        equal(one.reason == "ok", verb in LATE and "smtp" not in one.scenario,
              one)
        if "smtp" in one.scenario and verb == "QUIT":
            equal((one.reason, len(one.send.messages)), ("not_found", 1), one)
    if not SANITIZED:
        equal(most_memory() - before < 32 * 1024, True, most_memory())


@test
def floods_through_tls(tmp):
    many = Many(tmp)
    for scheme, kind, verb in (
            ("smtps", Smtp, "EHLO"), ("imaps", Imap, "NOOP"),
            ("pop3s", Pop3, "UIDL"), ("ftps", ftp_server.Ftp, "PASS")):
        for n, flood in enumerate(("x", "250-x\r\n", "* 1 EXISTS\r\n", "+\n",
                                   "1 x\r\n", "230-x\r\n")):
            if kind in (Smtp, ftp_server.Ftp):
                many.add(f"{scheme}-{n}", kind(scheme, **{
                    verb: without_end(flood)}))
            else:
                many.add(f"{scheme}-{n}", smtp := Smtp(), kind(
                    smtp, scheme, **{verb: without_end(flood)}))
    for one in many.play():
        equal(one.reason, "protocol", one)


@test
def a_flood_of_data(tmp):
    """What is fetched by FTP, in the clear and through TLS."""
    def flood(server, data):
        try:
            while True:
                data.sendall(b"x" * 65536)
        except OSError:
            pass

    many = Many(tmp)
    before = most_memory()
    for scheme in "ftp", "ftps":
        many.add(scheme, server := ftp_server.Ftp(scheme, DATA=flood), server)
        many.add(f"{scheme}-up", server := ftp_server.Ftp(
            scheme, UPLOAD=flood), server)
    for one in many.play():
        equal(one.reason, "protocol", one)
        contains(one.message, "more than")
    if not SANITIZED:
        equal(most_memory() - before < 32 * 1024, True, most_memory())


@test
def announcements(tmp):
    """Nothing is allocated because a server says that much will come (I21)."""
    many = Many(tmp)
    before = most_memory()
    for n, (number, reason) in enumerate((
            ("4194304", "protocol"), ("4294967295", "protocol"),
            ("4294967296", "protocol"), ("4294967297", "protocol"),
            ("18446744073709551615", "protocol"),
            ("18446744073709551621", "protocol"),
            ("99999999999999999999", "protocol"), ("9" * 4000, "protocol"),
            ("-1", "protocol"), ("0x10", "protocol"), ("", "protocol"),
            ("1 ", "protocol"), ("+1", "protocol"), ("1+", "protocol"),
            ("0", "not_found"), ("00000000000", "not_found"))):
        many.add(f"n{n}-{reason}", smtp := Smtp(), Imap(
            smtp, FETCH=f"* 1 FETCH (UID 41 BODY[X] {{{number}}}\r\n)\r\n"
            "TAG OK x\r\n"))
    for one in many.play():
        equal(one.reason, one.scenario.split("-")[1], one)
        lacks(" ".join(one.recv.commands), "STORE")
    if not SANITIZED:
        equal(most_memory() - before < 32 * 1024, True, most_memory())


@test
def literals_that_are_cut(tmp):
    """By an end, a reset, and an end of which TLS does not know (I23, I24)."""
    many = Many(tmp)
    for scheme in "imap", "imaps":
        for n, how in enumerate((gone, Peer.reset)):
            for length in 5000, 200:
                smtp = Smtp()

                def cut(peer, length=length, how=how, smtp=smtp):
                    header = imap_header(smtp) if smtp.messages else ""
                    peer.say(f"* 1 FETCH (UID 41 BODY[X] {{{length}}}\r\n"
                             + header[:length])
                    how(peer)

                many.add(f"{scheme}-{n}-{length}", smtp, Imap(
                    smtp, scheme, FETCH=cut))
    for one in many.play():
        equal(one.reason, "closed", one)
        equal(len(one.send.messages), 1, one)
        lacks(" ".join(one.recv.commands), "STORE", "EXPUNGE")


# ---- Slowly -----------------------------------------------------------------

def drip(text, head=""):
    def function(peer):
        if not isinstance(peer, Peer):
            peer = peer.peers[-1]
        peer.say(head.replace("TAG", tag_of(peer)))
        for byte in text * 10000:
            peer.say(byte)
            time.sleep(0.05)
    return function


def drip_data(server, data):
    try:
        while True:
            data.sendall(b"x")
            time.sleep(0.05)
    except OSError:
        pass


@test
def a_byte_now_and_then(tmp):
    """Each keeps us waiting a moment only, and the deadline is one for all."""
    many = Many(tmp)
    for n, (send, recv) in enumerate((
            (Smtp(GREETING=drip("2")), None),
            (Smtp(EHLO=drip("250-x\r\n")), None),
            (Smtp(MESSAGE=drip("250-x\r\n")), None),
            (Lmtp(MESSAGE=drip("250-x\r\n")), None),
            (Smtp("smtps", EHLO=drip("250-x\r\n")), None),
            (None, Imap(Smtp(), GREETING=drip("* "))),
            (None, Imap(Smtp(), SELECT=drip("* OK x\r\n"))),
            (None, Imap(Smtp(), SELECT=drip("x", "* 1 FETCH (X {9999}\r\n"))),
            (Smtp(), Imap(Smtp(), NOOP=drip("* 1 EXISTS\r\n"))),
            (None, Pop3(Smtp(), GREETING=drip("+OK"))),
            (None, Pop3(Smtp(), CAPA=drip("X\r\n", "+OK\r\n"))),
            (ftp_server.Ftp(GREETING=drip("220-x\r\n")), None),
            (ftp_server.Ftp(DONE=drip("226-x\r\n")), None),
            (irc_server.Irc(CAP=":s 421 * CAP :x\r\n", WELCOME=drip("PING")),
             None),
            (irc_server.Irc(CAP=":s 421 * CAP :x\r\n", JOIN=drip(
                "PING :x\r\n")), None))):
        many.add(f"n{n}", send, recv, timeout=2)
    server = ftp_server.Ftp(DATA=drip_data)
    many.add("ftp-data", server, server, timeout=2)
    for one in many.play():
        equal(one.reason, "timeout", one)
        # Not of each read, of each step, or of each connection.
        equal(sum(seconds for _, seconds in one.result["durations"]) < 30,
              True, one)


def in_single_bytes(server):
    """All that it says, each byte in a piece of its own."""
    play = server.play

    def play_slowly(peer):
        whole = peer.say

        def say(text):
            for byte in (text.encode("latin-1") if isinstance(text, str)
                         else text):
                whole(bytes([byte]))

        peer.say = say
        peer.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        play(peer)

    server.play = play_slowly
    return server


@test
def all_in_single_bytes(tmp):
    """The control: the same words, however they are cut into pieces."""
    many = Many(tmp)
    slow = in_single_bytes
    many.add("imap", smtp := slow(Smtp()), slow(Imap(smtp)), patience=1)
    many.add("imaps", smtp := slow(Smtp("smtpstarttls")), slow(
        Imap(smtp, "imapstarttls")), patience=1)
    many.add("pop3", smtp := slow(Lmtp()), slow(Pop3(smtp)), patience=1)
    for scheme in "ftp", "ftps":
        many.add(scheme, server := slow(ftp_server.Ftp(scheme)), server,
                 patience=1)
    many.add("irc", server := slow(irc_server.Irc(
        CAP=":s 421 * CAP :x\r\n")), server, patience=1)
    for one in many.play():
        equal(one.reason, "ok", one)


@test
def a_server_that_does_not_read(tmp):
    """Its window closes while we send: that lasts until the deadline."""
    def small(server):
        server.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
        return server

    def stall(peer):
        peer.say("354 speak\r\n")
        time.sleep(3)
        raise Gone

    def stall_data(server, data):
        time.sleep(3)

    many = Many(tmp)
    headers = "&".join(f"header=X-{n}:%20{'y' * 800}" for n in range(12))
    for scheme in "smtp", "smtps":
        many.add(scheme, small(Smtp(scheme, DATA=stall)), timeout=2,
                 more=(headers, ""))
    many.add("lmtp", small(Lmtp(DATA=stall)), timeout=2, more=(headers, ""))
    for scheme in "ftp", "ftps":
        many.add(scheme, small(ftp_server.Ftp(scheme, UPLOAD=stall_data,
                                              DONE=stall_ftp)), timeout=2)
    for one in many.play():
        equal(one.reason, "timeout", one)


def stall_ftp(server):
    time.sleep(3)
    raise Gone


# ---- Copies -----------------------------------------------------------------

@test
def a_thousand_copies(tmp):
    """They are counted up to a number, and none but ours is removed (I49)."""
    many = Many(tmp)
    other = "Subject: x\r\n\r\nx\r\n"
    before = most_memory()
    for kind in Imap, Pop3:
        many.add(kind.__name__, smtp := Smtp(), kind(
            smtp, copies=lambda messages: messages and (
                [other] * 3 + messages * 1000 + [other])), patience=1)
    many.add("irc", server := irc_server.Irc(
        CAP=":s 421 * CAP :x\r\n", PRIVMSG=lambda nick, line:
        f":{nick}!u@h {line}\r\n" * 1000), server, patience=1)
    for one in many.play():
        equal(one.reason, "duplicate", one)
        contains(one.message, "found 1")
        said = "\n".join(one.recv.commands)
        removed = {int(uid) for some in re.findall(
            r"(?:EXPUNGE|STORE|DELE) ([0-9,]+)", said)
            for uid in some.split(",")}
        first = 44 if one.scenario == "Imap" else 4
        for uid in removed:
            equal(first <= uid < first + 1000, True, removed)
        if one.scenario != "irc":
            equal(len(removed), 16, removed)
    if not SANITIZED:
        equal(most_memory() - before < 32 * 1024, True, most_memory())


main()
