# SPDX-License-Identifier: BSD-2-Clause
"""Mail straight to Dovecot's LMTP, at a TCP port and at a unix socket, and out
again by IMAP."""
import socket
import threading

import mail
from harness import *


class Dovecot(mail.Servers):
    """Without Postfix, and with a list of who exists.  "full..." and
    "busy..." are over quota, for good and for now."""
    USERDB = "driver = passwd-file\n  args = {dir}/users"
    QUOTA = """
mail_plugins = $mail_plugins quota
plugin {
  quota = maildir:User quota
}
"""
    USERS = {"user": "",
             "full": "userdb_quota_rule=*:bytes=10",
             "busy": "userdb_quota_rule=*:bytes=10 "
                     "userdb_quota_full_tempfail=yes"}

    def start_postfix(self):
        pass

    def _configure(self):
        super()._configure()
        with open(self.dir / "dovecot.conf", "a", encoding="utf-8") as conf:
            conf.write(self.QUOTA)
        owner = (self.dir / "mail").stat()
        # Dovecot is slow to see that a user was added.
        with open(self.dir / "users", "w", encoding="utf-8") as users:
            for name, more in self.USERS.items():
                for number in range(1, 50):
                    user = f"{name}{number}@{mail.DOMAIN}"
                    users.write(f"{user}::{owner.st_uid}:{owner.st_gid}::"
                                f"{self.dir}/mail/{user}::{more}\n")

    def socket(self):
        self.begin()
        return self.dir / "run/lmtp"


servers = Dovecot()


def check(user, *arguments, port=None, **params):
    """`user` reads what the sender hands over, to him or to `to`."""
    params.setdefault("to", user)
    lmtp = servers.url("lmtp", "probe@example.test", password=None, **params)
    if port:
        lmtp = lmtp.replace(f":{servers.ports['lmtp']}", f":{port}")
    return run("--send", lmtp, "--recv", servers.recv("imap", user),
               *arguments)


def fails(r, code, step, *parts):
    equal(sane(r).code, code, f"{r} {servers.log()}")
    contains(r.text, f"{STATES[code]} - {step} - ", *parts)


def both_ways():
    """What a URL has for the port, and for the socket."""
    return {}, {"socket": servers.socket()}


# ---- What goes well ---------------------------------------------------------

@test
def to_a_port_and_to_a_socket():
    for params in both_ways():
        user = servers.account()
        r = sane(check(user, **params))
        equal(r.code, OK, f"{r} {servers.log()}")
        equal(servers.messages(user), [])


@test
def what_is_said_is_told():
    """The words after the message, and the dialogue."""
    user = servers.account()
    r = check(user, "-o", "json")
    contains(r.json["facts"]["send_accepted"], "2.0.0 ", user, " Saved")
    r = sane(check(user, "-vvv", lhlo="probe.example.test"))
    equal(r.code, OK, r)
    contains(r.err, "LHLO probe.example.test", "PIPELINING", "221 2.0.0")


@test
def a_port_is_a_name_where_there_is_a_socket():
    equal(sane(check(servers.account(), port=9, **both_ways()[1])).code, OK)


@test
def the_plugin_is_as_authors_should_write_it():
    user = servers.account()
    r = run("--check-plugin", "lmtp", "--send", servers.url(
        "lmtp", "probe@example.test", password=None, to=user), "--recv",
        servers.recv("imap", user))
    equal(r.code, OK, r)
    contains(r.out, "delivered", ", 0 to mend, ")


# ---- What is refused --------------------------------------------------------

@test
def a_user_who_does_not_exist():
    for params in both_ways():
        user = servers.account()
        fails(check(user, to="nobody@example.test", **params), CRITICAL,
              "send_send", "RCPT TO:(nobody@example.test): 550 5.1.1 ")
        equal(servers.messages(user), [])
    r = check(servers.account(), "-o", "json", to="nobody@example.test")
    equal(r.json["reason"], "rejected", r)


@test
def a_user_who_is_over_quota():
    for name, code, reason in (("full", "552 5.2.2", "rejected"),
                               ("busy", "452 4.2.2", "tempfail")):
        user = servers.account(name)
        r = check(user, "-o", "json")
        equal(r.json["reason"], reason, f"{r} {servers.log()}")
        contains(r.json["message"], f"the message: {code} ", "Quota exceeded")
        equal(servers.messages(user), [])


# ---- Servers that are not there, or not for long ----------------------------

class Between:
    """Passes on what a client and a server say, until `part` comes from the
    server: `then` is called before that is passed on."""

    def __init__(self, port, part, then):
        self.part, self.then = part, then
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.port = self.listening.getsockname()[1]
        self.server = socket.create_connection(("127.0.0.1", port))
        self.thread = threading.Thread(target=self._accept, daemon=True)
        self.thread.start()

    def _accept(self):
        self.client, _ = self.listening.accept()
        self.listening.close()
        threading.Thread(target=self._pass_on, daemon=True,
                         args=(self.client, self.server)).start()
        self._pass_on(self.server, self.client)

    def _pass_on(self, source, target):
        try:
            while chunk := source.recv(65536):
                if source is self.server and self.part in chunk:
                    self.then()
                target.sendall(chunk)
        except OSError:
            pass
        for end in source, target:
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def close(self):
        self.thread.join(PATIENT)
        self.client.close()
        self.server.close()


@test
def a_server_that_ends_in_the_middle():
    """It has our recipient, and wants the message; then it says that it goes,
    and does so."""
    user = servers.account()
    between = Between(servers.ports["lmtp"], b"354 ", servers.stop_dovecot)
    r = check(user, "-o", "json", port=between.port)
    between.close()
    servers.start_dovecot()
    equal(r.json["step"], "send_send", r)
    contains(["tempfail", "closed"], r.json["reason"])
    equal(servers.messages(user), [])
    equal(sane(check(user)).code, OK)


@test
def a_server_that_is_not_there():
    """The receiver is elsewhere: it would be missed first."""
    user = servers.account()
    url = servers.url("lmtp", "probe@example.test", password=None, to=user)
    path = servers.socket()
    servers.stop_dovecot()
    for sender in url, f"{url}&socket={path}":
        r = run("--send", sender, "--recv", f"file://{servers.dir}/none")
        fails(r, CRITICAL, "send_conn")
    servers.start_dovecot()


main()
