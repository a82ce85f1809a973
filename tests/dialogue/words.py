# SPDX-License-Identifier: BSD-2-Clause
"""What servers say is shown, but clean; and what they heard of us is not."""
from many import *


def gone(peer):
    raise Gone


ONE_BY_ONE = "250-mx\r\n250 AUTH PLAIN LOGIN\r\n"


def smtp_places(text):
    for verb, code in (("GREETING", 554), ("EHLO", 550), ("AUTH", 535),
                       ("AUTH", 454), ("MAIL", 550), ("MAIL", 530),
                       ("RCPT", 550), ("DATA", 451), ("MESSAGE", 554),
                       ("GREETING", 999)):
        yield f"smtp-{verb}-{code}", Smtp(**{verb: f"{code} {text}\r\n"}), None
        if verb not in ("EHLO", "AUTH"):
            lmtp = Lmtp(**{verb: f"{code} {text}\r\n"})
            yield f"lmtp-{verb}-{code}", lmtp, None
    yield "smtp-lines", Smtp(EHLO=ONE_BY_ONE, RCPT=f"550-{text}\r\n" * 3
                             + f"550 {text}\r\n"), None
    yield "lmtp-LHLO", Lmtp(LHLO=f"500 {text}\r\n"), None
    for name, changes in (("STARTTLS", {"STARTTLS": f"454 {text}\r\n"}),
                          ("EHLO", {"EHLO": f"502 {text}\r\n"})):
        yield f"smtpstarttls-{name}", Smtp("smtpstarttls", **changes), None
    for name, changes in (("MESSAGE", {"MESSAGE": f"250 {text}\r\n"}),
                          ("QUIT", {"QUIT": f"250 {text}\r\n"})):
        yield f"smtp-found-{name}", (smtp := Smtp(**changes)), Imap(smtp)
    yield "smtp-leaves", Smtp(DATA=f"354 speak\r\n421 {text}\r\n"), None


def imap_places(text):
    for name, changes in (
            ("bye", {"GREETING": f"* BYE {text}\r\n"}),
            ("greeting", {"GREETING": f"* NO {text}\r\n"}),
            ("nonsense", {"GREETING": f"{text}\r\n"}),
            ("login", {"AUTHENTICATE": f"TAG NO {text}\r\n"}),
            ("login-bye", {"AUTHENTICATE": f"* BYE {text}\r\n"}),
            ("later", {"AUTHENTICATE": f"TAG NO [UNAVAILABLE] {text}\r\n"}),
            ("select", {"SELECT": f"TAG NO {text}\r\n"}),
            ("untagged", {"SELECT": f"A9 OK {text}\r\n"}),
            ("maybe", {"SELECT": f"TAG MAYBE {text}\r\n"}),
            ("nofetch", {"SELECT": f"* 1 FETCH {text}\r\nTAG OK x\r\n"})):
        yield f"imap-{name}", None, Imap(Smtp(), **changes)
    yield "imap-password", None, Imap(
        Smtp(), capabilities="IMAP4rev1", LOGIN=f"TAG NO {text}\r\n")
    yield "imapstarttls", None, Imap(Smtp(), "imapstarttls",
                                     STARTTLS=f"TAG NO {text}\r\n")
    for verb in "NOOP", "FETCH":
        yield f"imap-{verb}", (smtp := Smtp()), Imap(
            smtp, **{verb: f"TAG NO {text}\r\n"})
    for verb in "STORE", "EXPUNGE":
        yield f"imap-found-{verb}", (smtp := Smtp()), Imap(
            smtp, **{verb: f"TAG NO {text}\r\n"})
    quoted = text.replace("\\", "\\\\").replace('"', '\\"')
    for verb in "STATUS", "EXAMINE":
        next_one = []

        def status(peer, next_one=next_one):
            next_one.append(1)
            peer.say(f'* STATUS "{quoted}" (UIDNEXT {40 + len(next_one)} '
                     f"UIDVALIDITY 7)\r\n{tag_of(peer)} OK x\r\n")

        # The name goes out again, and has no answer.
        yield f"imap-junk-{verb}", (smtp := Smtp()), Imap(
            smtp, copies=lambda messages: [],
            LIST=f'* LIST (\\Junk) "/" "{quoted}"\r\nTAG OK x\r\n',
            **{"STATUS": status, verb: gone})


def pop3_places(text):
    for name, changes in (
            ("greeting", {"GREETING": f"-ERR {text}\r\n"}),
            ("code", {"GREETING": f"-ERR [SYS/PERM] {text}\r\n"}),
            ("nonsense", {"GREETING": f"{text}\r\n"}),
            ("login", {"AUTH": f"-ERR {text}\r\n"}),
            ("uidl", {"UIDL": f"+OK\r\n{text}\r\n.\r\n"}),
            ("stat", {"UIDL": "-ERR x\r\n", "STAT": f"-ERR {text}\r\n"}),
            ("stat-ok", {"UIDL": "-ERR x\r\n", "STAT": f"+OK {text}\r\n"})):
        yield f"pop3-{name}", None, Pop3(Smtp(), **changes)
    for verb in "USER", "PASS":
        yield f"pop3-{verb}", None, Pop3(Smtp(), capabilities=["USER"],
                                         **{verb: f"-ERR {text}\r\n"})
    yield "pop3starttls", None, Pop3(Smtp(), "pop3starttls",
                                     STLS=f"-ERR {text}\r\n")
    for name, changes in (
            ("top", {"TOP": f"-ERR {text}\r\n"}),
            ("list", {"TOP": "-ERR x\r\n", "LIST": f"+OK {text}\r\n",
                      "capabilities": ["SASL PLAIN"]}),
            ("found-dele", {"DELE": f"-ERR {text}\r\n"}),
            ("found-quit", {"QUIT": [None, f"-ERR {text}\r\n"]})):
        yield f"pop3-{name}", (smtp := Smtp()), Pop3(smtp, **changes)


def ftp_places(text):
    ftp = ftp_server.Ftp
    for verb, code in (("GREETING", 530), ("GREETING", 999), ("USER", 530),
                       ("PASS", 530), ("PASS", 421), ("TYPE", 504),
                       ("EPSV", 229), ("EPSV", 425), ("STOR", 553),
                       ("DONE", 552), ("DONE", 522), ("RNFR", 550),
                       ("RNTO", 553)):
        yield f"ftp-{verb}-{code}", ftp(**{verb: f"{code} {text}\r\n"}), None
    for verb in "AUTH", "PBSZ", "PROT":
        yield f"ftps-{verb}", ftp("ftps", **{verb: f"534 {text}\r\n"}), None
    yield "ftp-PASV", ftp(EPSV="500 x\r\n", PASV=f"227 {text}\r\n"), None
    yield "ftp-lines", ftp(PASS=f"530-{text}\r\n{text}\r\n530 {text}\r\n"), \
        None
    for name, changes in (("SIZE", {"SIZE": f"550 {text}\r\n",
                                    "RETR": f"550 {text}\r\n"}),
                          ("RETR", {"RETR": f"551 {text}\r\n"}),
                          ("found-DELE", {"DELE": f"550 {text}\r\n"})):
        yield f"ftp-{name}", (server := ftp(**changes)), server


def irc_places(text):
    text = text.replace("\r", "")  # would end a line

    def irc(**changes):
        changes.setdefault("CAP", ":s 421 * CAP :what\r\n")
        return irc_server.Irc(**changes)

    for numeric in 433, 464, 465:
        yield f"irc-{numeric}", irc(WELCOME=f":s {numeric} NICK :{text}\r\n"
                                    * (1 + 3 * (numeric == 433))), None
    yield "irc-error", irc(WELCOME=f"ERROR :{text}\r\n"), None
    yield "irc-join", irc(JOIN=f":s 473 NICK #room :{text}\r\n"), None
    yield "irc-later", irc(PING=f":s 404 NICK #room :{text}\r\n"), None
    yield "irc-kick", None, irc(JOIN=f":s 366 NICK #room :end\r\n"
                                f":op KICK #room NICK :{text}\r\n")
    yield "irc-closed", irc(PING=f"ERROR :{text}\r\n"), None
    yield "irc-cap", irc(CAP=lambda peer: peer.say(
        ":s CAP * LS :sasl\r\n" if peer.clear.endswith(b"302\r\n")
        else f":s CAP * NAK :{text}\r\n")), None

    def authenticate(peer):
        if not peer.clear.endswith(b"PLAIN\r\n"):
            return peer.say(f":s 904 * :{text}\r\n")
        peer.say("AUTHENTICATE +\r\n")

    yield "irc-sasl", irc(AUTHENTICATE=authenticate, CAP=lambda peer: peer.say(
        ":s CAP * LS :sasl\r\n" if peer.clear.endswith(b"302\r\n")
        else ":s CAP * ACK :sasl\r\n")), None
    nick = text.replace(" ", "_")[:40]
    yield "irc-nick", irc(WELCOME=f":s 001 {nick} :hi\r\n"), None


PLACES = smtp_places, imap_places, pop3_places, ftp_places, irc_places


def add_places(many, text, places=PLACES, logins_only=False):
    """`text`, as bytes in Latin-1, wherever it may come to light."""
    for function in places:
        for name, send, recv in function(text):
            # That has no password, and this one cuts by itself.
            if logins_only and ("lmtp" in name or name == "irc-nick"):
                continue
            waits = 1 if "found" in name else 0
            irc = isinstance(recv, irc_server.Irc)
            many.add(name, send or (Smtp() if irc else None), recv,
                     patience=waits)


def latin(text):
    """The bytes of UTF-8 as what `say` takes."""
    return text.encode().decode("latin-1")


EVIL_WORDS = [
    "said \x1b[2J\x1b]0;t\x07 a|b=1 <i>`id`</i> \x9b31m \x7f\t\r \xff\xfe\xc0"
    "\xaf\xed\xa0\x80 %s%n%999d ${env:HOME} '\"\\ \\u0007 &amp; "
    + latin("\u009b31m \u202eevil\u2066 \u2028 \u2029 \ufeff\u200b\u00ad"
            "\u0085 \ud7ff\ue000\U000e0041\U0010ffff \u061c\u180e end"),
    "said " + "x" * 5000, latin("said " + "\u00e9" * 2000),
    "said " + "\x1b" * 3000 + "|" * 300]


@test
def words_of_servers_are_shown_clean(tmp):
    """In each place of each protocol where they can come to light."""
    for shift in range(2):
        many = Many(tmp)
        for number, function in enumerate(PLACES):
            long_one = EVIL_WORDS[1 + number % (len(EVIL_WORDS) - 1)]
            add_places(many, long_one if shift else EVIL_WORDS[0], [function])
        outcomes = many.play()
        equal(len(outcomes) > 60, True)
        for one in outcomes:
            shown = " ".join(one.texts)
            contains(shown, "" if "junk" in one.scenario else "said")
            for part in one.texts:
                for line in part.split("\n"):
                    equal(len(line.encode()) <= 600, True, one)
            equal(len(one.message.encode()) <= 512, True, one)
            lacks(shown, *"\x1b\x07\x7f\t\r\x9b\u202e\u2028", os.environ.get(
                "HOME", "/root"))


@test
def words_of_servers_in_a_line_for_nagios(tmp):
    for number, text in enumerate(EVIL_WORDS):
        many = Many(tmp)
        for function in PLACES:
            name, send, recv = next(function(text))
            many.add(name, send, recv)
        r = many.play_for_nagios()
        equal(r.code, CRITICAL, r)
        lines = r.out.split("\n")
        equal((len(lines), r.out.count("|")), (7, 1), r)
        for line in lines:
            equal(is_clean(line.replace(" | ", " ")), True, line)
            equal(len(line.split(" | ")[0].encode()) <= 1024, True, line)


@test
def a_nul_ends_it(tmp):
    """No text that a NUL hides a part of is shown, or believed.  In a list of
    POP3 it hides nothing."""
    many = Many(tmp)
    add_places(many, "said\0hidden")
    for one in many.play():
        if one.scenario == "pop3-uidl":
            equal(one.reason, "protocol", one)
            contains(one.message, "makes no sense: said hidden")
            continue
        lacks(" ".join(one.texts), "hidden")
        if "found" not in one.scenario and one.scenario not in (
                "imap-noop", "imap-fetch", "smtp-leaves"):
            equal(one.reason, "protocol", one)
            contains(one.message, "with a NUL in it")


# ---- What servers heard of us -----------------------------------------------

def echoes(secret):
    """As whoever logs it may have it."""
    raw = secret.encode()
    plain = base64.b64encode(b"\0anna@example.org\0" + raw).decode()
    return " ".join([
        secret, f"anna@example.org:{secret}", f"PASS {secret}", f'"{secret}"',
        raw.hex(), raw.hex().upper(), plain, f"AUTH PLAIN {plain}",
        base64.b64encode(raw).decode(), base64.b64encode(b"x" + raw).decode(),
        base64.b64encode(b"xy" + raw).decode(), base64.b64encode(
            b"\0bob@example.org\0" + raw + b"\r\n").decode(),
        "".join(f"%{byte:02x}" for byte in raw)
        if not secret.isalnum() else "",
        base64.b64encode(b"\0bob\0" + raw).decode()])


def whole_or_none(text):
    """No part of the password either that could be of use."""
    lacks(text, PASSWORD[:5], PASSWORD[-6:], PASSWORD[3:9])


@test
def passwords_that_come_back(tmp):
    """In several forms, in each place, with all the debugging there is."""
    many = Many(tmp)
    text = "said " + echoes(PASSWORD)
    add_places(many, text, logins_only=True)
    for one in many.play("-vvv"):
        whole_or_none(" ".join(one.texts))
        if "junk" not in one.scenario:
            contains(" ".join(one.texts), "said", "***")
    whole_or_none(many.errors)
    contains(many.errors, "***")


@test
def passwords_that_come_back_where_we_cut(tmp):
    """Texts are cut; never through a secret, so that half of it is left.  In
    one that is full of it, each cut but few goes through it."""
    for lead in "", "x" * 8:
        many = Many(tmp)
        add_places(many, lead + f"{PASSWORD} " * 480, logins_only=True)
        for one in many.play("-vvv"):
            whole_or_none(" ".join(one.texts))
        whole_or_none(many.errors)


@test
def passwords_that_are_quoted(tmp):
    """IMAP wants them in quotes, with backslashes; who repeats them may leave
    out the quotes."""
    password = 'S3cr"3t\\Pa55'
    escaped = password.replace("\\", "\\\\").replace('"', '\\"')
    for said in password, escaped, f'"{escaped}"', f"LOGIN bob {escaped}.":
        with Imap(Smtp(), capabilities="IMAP4rev1",
                  LOGIN=f"TAG NO said {said} yes\r\n") as imap:
            r = sane(run("--send", "smtp://a@localhost:9?to=b", "--recv", url(
                imap, "b").replace(PASSWORD, "S3cr%223t%5CPa55"), "-4",
                "-vvv"))
        contains(imap.clear, f'"{escaped}"')
        fails(r, "recv_conn_early", "login refused: NO said ", "***")
        lacks(r.out + r.err, "S3cr", "Pa55")


main()
