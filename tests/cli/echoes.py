# SPDX-License-Identifier: BSD-2-Clause
"""Servers that repeat what they hear of a password, in every way that servers
write it, and the ways themselves."""
import os
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(os.environ["abs_top_srcdir"],
                                    "tests/dialogue")))
from script import *  # noqa: E402

# Quotes, a backslash, blanks, UTF-8, and what URLs, INI files, formats know.
ODD = 'q"uo\\te %sä b/l;#$=&+:@é'
# In no token of ours: its alphabet has neither of these.
TINY = "o0l"
LONG = base64.b64encode(bytes(range(3, 255)) * 3).decode()[:1000]
PASSWORDS = {"canary": CANARY, "odd": ODD, "tiny": TINY, "long": LONG}
# As long as the canary, and no secret: masking does not blank everything.
WORD = "N0t-s0-s3cr3t-w"
LINE = 8000


def b64(text):
    return base64.b64encode(text if isinstance(text, bytes)
                            else text.encode()).decode()


def percent(text, form="%{:02X}"):
    return "".join(form.format(byte) for byte in text.encode())


def ways(password, heard):
    """What a server may say of a password, and of the lines it heard."""
    said = [password, *heard]
    if len(password) < 4:
        return said
    quoted = password.replace("\\", "\\\\").replace('"', '\\"')
    escaped = json.dumps(password)[1:-1]
    said += [password.upper() if password.isascii() else password,
             password.lower() if password.isascii() else password,
             quoted, escaped, escaped.replace("/", "\\/"), percent(password),
             percent(password, "%{:02x}"), percent(password, "{:02x}"),
             percent(password, "{:02X}"), urllib.parse.quote(password, ""),
             urllib.parse.quote_plus(password)]
    return said + [b64(before + password) for before in ("", "a", "ab")]


def shown(password, text):
    """The form of a password in which a text shows it, or None."""
    said = text.encode().lower()
    if len(password) < 4:
        return password if re.search(rf"\b{password}\b", text) else None
    for form in [*forms(password),
                 *(way.encode() for way in ways(password, [])[:-3])]:
        if form.lower() in said:
            return form
    return None


def keeps(r, *passwords):
    for password in passwords:
        form = shown(password, r.out + r.err)
        if form:
            raise AssertionError(f"{form!r} is in {r!r}")
    return r


class Echo(Server):
    """Lets nobody in, and says why at length.  `how` is the SASL mechanism, or
    how the protocol logs in by itself (""); `words` makes what it says of what
    it heard.  With `holds` it says nothing more, with `goes` it goes."""
    all_at_once = True

    def __init__(self, scheme, how, password, words=None, holds=False,
                 goes=False):
        super().__init__()
        self.scheme, self.how, self.password = scheme, how, password
        self.words, self.holds, self.goes = words, holds, goes
        self.family = scheme.replace("starttls", "").rstrip("s") \
            if scheme != "irctls" else "irc"

    def play(self, peer):
        if self.scheme in ("smtps", "imaps", "pop3s", "irctls"):
            peer.start_tls()
        getattr(self, self.family)(peer)
        while True:
            peer.line()

    def no(self, peer, heard):
        """What there is to say, in lines."""
        if self.goes:
            raise Gone
        if self.holds:
            peer.hold()
        said = self.words(heard) if self.words else [
            f"{WORD} {way}" for way in ways(self.password, heard)]
        return [text.replace("\0", " ") for text in said]

    def one_line(self, said):
        """As much as goes into a line."""
        line = said[0]
        for text in said[1:]:
            if len((line + text).encode()) < LINE:
                line += f" {text}"
        return line

    def say(self, peer, text):
        peer.say(text.encode())

    def reply(self, peer, code, said):
        lines = [f"{code}-{text}" for text in said[:-1]] \
            + [f"{code} {said[-1]}"]
        self.say(peer, "".join(line + "\r\n" for line in lines))

    def sasl(self, peer, heard, ask):
        """Everything that the client answers to challenges."""
        first = heard[-1] if heard else None
        challenges = {"LOGIN": ["Username:", "Password:"],
                      "CRAM-MD5": ["<1.2@here>"]}.get(self.how, [])
        if not heard and self.how not in ("LOGIN", "CRAM-MD5"):
            challenges = [""]
        for challenge in challenges:
            first = ask(b64(challenge))
            heard.append(first)
        if self.how.startswith("SCRAM"):
            nonce = base64.b64decode(first).decode().split("r=")[1]
            heard.append(ask(b64(f"r={nonce}more,s={b64('salt')},i=4096")))
        if "OAUTH" in self.how or self.how == "XOAUTH2":
            heard.append(ask(b64(json.dumps(
                {"status": WORD, "token": self.password[:2000]}))))
        return heard

    def smtp(self, peer):
        self.say(peer, "220 mx\r\n")
        while True:
            verb, _, rest = peer.line().partition(" ")
            if verb == "STARTTLS":
                self.say(peer, "220 go\r\n")
                peer.start_tls()
            elif verb == "EHLO":
                starttls = self.scheme == "smtpstarttls" and not peer.tls
                self.say(peer, "250-mx\r\n250 " + (
                    "STARTTLS" if starttls else f"AUTH {self.how}") + "\r\n")
            elif verb == "AUTH":
                heard = self.sasl(peer, rest.split(" ")[1:], lambda challenge:
                                  self.ask(peer, "334 " + challenge))
                self.reply(peer, 535, self.no(peer, heard))
            else:
                self.say(peer, "221 bye\r\n")

    def ask(self, peer, text):
        self.say(peer, text + "\r\n")
        return peer.line()

    def imap(self, peer):
        self.say(peer, "* OK ready\r\n")
        while True:
            tag, verb, *rest = peer.line().split(" ")
            if verb == "STARTTLS":
                self.say(peer, f"{tag} OK go\r\n")
                peer.start_tls()
            elif verb == "CAPABILITY":
                offers = "STARTTLS LOGINDISABLED" \
                    if self.scheme == "imapstarttls" and not peer.tls \
                    else f"SASL-IR AUTH={self.how}" if self.how else ""
                self.say(peer, f"* CAPABILITY IMAP4rev1 {offers}\r\n"
                               f"{tag} OK\r\n")
            elif verb in ("AUTHENTICATE", "LOGIN"):
                heard = self.sasl(peer, rest[1:], lambda challenge:
                                  self.ask(peer, f"+ {challenge}"))
                while heard and heard[-1].endswith("}"):
                    self.say(peer, "+ go on\r\n")
                    heard.append(peer.line())
                said = self.no(peer, heard)
                for text in said:
                    self.say(peer, f"* NO {text}\r\n")
                self.say(peer, f"{tag} NO {self.one_line(said)}\r\n")
            else:
                self.say(peer, f"* BYE\r\n{tag} OK\r\n")

    def pop3(self, peer):
        self.say(peer, "+OK ready\r\n")
        while True:
            verb, *rest = peer.line().split(" ")
            if verb == "STLS":
                self.say(peer, "+OK go\r\n")
                peer.start_tls()
            elif verb == "CAPA":
                self.say(peer, "+OK\r\n" + (
                    "STLS" if self.scheme == "pop3starttls" and not peer.tls
                    else f"SASL {self.how}" if self.how else "USER")
                    + "\r\nUIDL\r\nTOP\r\n.\r\n")
            elif verb in ("AUTH", "PASS"):
                heard = self.sasl(peer, rest[1:], lambda challenge:
                                  self.ask(peer, f"+ {challenge}")) \
                    if verb == "AUTH" else [" ".join(rest)]
                said = self.no(peer, heard)
                self.say(peer, f"-ERR {self.one_line(said)}\r\n")
            else:
                self.say(peer, "+OK\r\n")

    def ftp(self, peer):
        self.say(peer, "220 ready\r\n")
        while True:
            verb, _, rest = peer.line().partition(" ")
            if verb == "AUTH":
                self.say(peer, "234 go\r\n")
                peer.start_tls()
            elif verb == "PASS":
                self.reply(peer, 530, self.no(peer, [rest]))
            else:
                self.say(peer, "331 and?\r\n" if verb == "USER"
                         else "221 bye\r\n")

    def irc(self, peer):
        heard, is_in = [], False
        while True:
            verb, _, rest = peer.line().partition(" ")
            if verb == "CAP" and rest.startswith("LS"):
                self.say(peer, ":s CAP * LS :multi-prefix "
                         + (f"sasl={self.how}\r\n"
                            if self.how not in ("", "KEY") else "\r\n"))
            elif verb == "CAP" and rest.startswith("REQ"):
                self.say(peer, ":s CAP * ACK :sasl\r\n")
            elif verb == "AUTHENTICATE":
                self.authenticate(peer)
            elif verb == "PASS":
                heard.append(rest[1:])
            elif verb == "USER" and self.how == "KEY":
                self.say(peer, ":s 001 a :hello\r\n")
                is_in = True
            elif verb == "USER" or (verb == "JOIN" and is_in):
                heard += rest.split(" ")[1:] if is_in else []
                self.numeric(peer, "475 a #room" if is_in else "464 *",
                             self.no(peer, heard))

    def authenticate(self, peer):
        def ask(challenge):
            self.say(peer, f"AUTHENTICATE {challenge or '+'}\r\n")
            whole = ""
            while True:
                piece = peer.line().split(" ")[1]
                whole += piece.rstrip("+") if piece == "+" else piece
                if len(piece) < 400:
                    return whole

        self.numeric(peer, "904 *", self.no(peer, self.sasl(peer, [], ask)))

    def numeric(self, peer, what, said):
        for text in said:
            self.say(peer, f":s NOTICE * :{text}\r\n")
        self.say(peer, f":s {what} :{self.one_line(said)}\r\n")


# Every way to log in: scheme, mechanism.
LOGINS = [("smtp", "PLAIN"), ("smtp", "LOGIN"), ("smtp", "CRAM-MD5"),
          ("smtp", "SCRAM-SHA-256"), ("smtp", "XOAUTH2"),
          ("imap", ""), ("imap", "PLAIN"), ("imap", "LOGIN"),
          ("imap", "SCRAM-SHA-1"), ("imap", "OAUTHBEARER"),
          ("pop3", ""), ("pop3", "PLAIN"), ("pop3", "CRAM-MD5"),
          ("ftp", ""), ("irc", ""), ("irc", "PLAIN"), ("irc", "KEY")]
TLS = [("smtps", "PLAIN"), ("smtpstarttls", "LOGIN"), ("imaps", "PLAIN"),
       ("imapstarttls", ""), ("pop3s", ""), ("pop3starttls", "PLAIN"),
       ("ftps", ""), ("irctls", "PLAIN")]


def login_url(server, user="anna"):
    """A URL that logs in at it."""
    secret = urllib.parse.quote(server.password, safe="")
    path = {"ftp": "/x", "irc": "/%23room"}.get(server.family, "")
    query = []
    if server.how and server.how != "KEY":
        query.append(f"auth={server.how.lower()}")
    if server.scheme != server.family:
        query.append(f"ca_file={folder()}/ca.pem")
    if server.how == "KEY":
        query.append(f"channel_key={secret}")
        secret = ""
    return (f"{server.scheme}://{user}" + (f":{secret}" if secret else "")
            + f"@localhost:{server.port}{path}"
            + ("?" + "&".join(query) if query else ""))


def sends(server):
    return server.family in ("smtp", "ftp")


def scenario(tmp, name, server):
    """The lines of one that logs in at a server, and needs nothing more."""
    side, other = ("send", "recv") if sends(server) else ("recv", "send")
    there = f"file://{tmp}/never"
    to = "&to=bob%40h" if server.family == "smtp" else ""
    if not sends(server):
        there = f"file://{tmp}/sent-{name}"
    url = login_url(server)
    if to:
        url += to if "?" in url else to.replace("&", "?")
    return f"{name}.{side} = {url}\n{name}.{other} = {there}\n"
