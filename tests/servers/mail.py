# SPDX-License-Identifier: BSD-2-Clause
"""A Postfix and a Dovecot of a test's own, in one folder, on free ports of
loopback; and what tests ask of them.

    servers = mail.Servers()          # starts at the first use
    user = servers.account()          # "user1@example.test"
    r = run("--send", servers.send("smtps", user),
            "--recv", servers.recv("imaps", user))

Every user of example.test exists, with one password, but "nobody...".  What
else Postfix does depends on the name: "grey..." is refused for now, "twice..."
arrives twice, "late..." waits for release(), "user+Junk@" arrives in Junk.

At files.test, "mbox" has its mail in the file of that name in the folder
`files`, and of a mail to "token+NAME" the token is put into the file NAME.
"""
import base64
import hashlib
import hmac
import imaplib
import json
import os
import pwd
import shutil
import subprocess
import time

import daemons
import harness
from daemons import answers, free_ports

DOMAIN = "example.test"
PASSWORD = harness.CANARY
DOVECOT = """
base_dir = {dir}/run
state_dir = {dir}/run
log_path = {dir}/dovecot.log
protocols = imap lmtp pop3
listen = 127.0.0.1
ssl = yes
ssl_cert = <{dir}/good.crt
ssl_key = <{dir}/good.key
ssl_min_protocol = TLSv1.2
disable_plaintext_auth = no
auth_mechanisms = plain login cram-md5 scram-sha-1 scram-sha-256 \
  xoauth2 oauthbearer external
auth_ssl_username_from_cert = yes
ssl_ca = <{dir}/ca.pem
ssl_verify_client_cert = yes
ssl_require_crl = no
auth_username_chars =
auth_username_format = %u
auth_failure_delay = 0
mail_location = maildir:{dir}/mail/%u
mail_uid = {user}
mail_gid = {group}
first_valid_uid = 1
mail_max_userip_connections = 100
recipient_delimiter = +
lmtp_save_to_detail_mailbox = yes
default_internal_user = {user}
default_login_user = {login}
default_vsz_limit = 0
passdb {{
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = {dir}/oauth2.conf
}}
passdb {{
  driver = static
  mechanisms = external
  args = nopassword=y
}}
passdb {{
  driver = static
  args = password={{PLAIN}}{password}
}}
userdb {{
  {userdb}
}}
namespace inbox {{
  inbox = yes
  separator = /
  mailbox Junk {{
    auto = create
    special_use = \\Junk
  }}
  mailbox Unsorted {{
    auto = create
  }}
}}
service imap-login {{
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = {imaps}
    ssl = yes
  }}
  process_min_avail = 1
  service_count = 0
}}
service pop3-login {{
  inet_listener pop3 {{
    port = {pop3}
  }}
  inet_listener pop3s {{
    port = {pop3s}
    ssl = yes
  }}
  process_min_avail = 1
  service_count = 0
}}
service lmtp {{
  inet_listener lmtp {{
    port = {lmtp}
  }}
  unix_listener lmtp {{
    mode = 0666
  }}
}}
service auth {{
  unix_listener postfix-auth {{
    mode = 0666
  }}
}}
# Else each wrong password makes the next answers slower.
service anvil {{
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  unix_listener stats-writer {{
    mode = 0666
  }}
}}
"""
OAUTH2 = """
introspection_mode = local
local_validation_key_dict = fs:posix:prefix={dir}/keys/
username_attribute = sub
"""
TOKEN_KEY = b"a key that signs tokens for tests only"
MAIN_CF = """
compatibility_level = 3.6
queue_directory = {dir}/queue
data_directory = {dir}/data
maillog_file = {dir}/postfix.log
maillog_file_prefixes = {dir}
multi_instance_name =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mx.example.test
mydestination = files.test
mynetworks =
alias_maps = texthash:{dir}/local
alias_database =
local_recipient_maps =
virtual_mailbox_domains = {domain}
virtual_mailbox_maps = regexp:{dir}/mailboxes
virtual_transport = lmtp:inet:127.0.0.1:{lmtp}
virtual_alias_maps = regexp:{dir}/aliases
recipient_bcc_maps = regexp:{dir}/copies
recipient_delimiter = +
smtpd_tls_cert_file = {dir}/good.crt
smtpd_tls_key_file = {dir}/good.key
smtpd_tls_security_level = may
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = {dir}/run/postfix-auth
smtpd_tls_auth_only = no
smtpd_relay_restrictions = permit_sasl_authenticated, reject_unauth_destination
smtpd_recipient_restrictions = check_recipient_access regexp:{dir}/access
smtpd_client_connection_count_limit = 0
smtpd_delay_reject = yes
smtpd_error_sleep_time = 0
message_size_limit = 1000000
smtputf8_enable = yes
lmtp_destination_concurrency_limit = 1
in_flow_delay = 0
"""
MASTER_CF = """
{smtp} inet n - n - - smtpd
{submission} inet n - n - - smtpd
 -o smtpd_tls_security_level=encrypt
{smtps} inet n - n - - smtpd
 -o smtpd_tls_wrappermode=yes
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
proxywrite unix - - n - 1 proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
local unix - n n - - local
virtual unix - n n - - virtual
lmtp unix - - n - - lmtp
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""
MAPS = {
    "mailboxes": "!/^nobody/ ok\n",
    "aliases": "",
    "copies": "/^(twice[^+]*)@(.*)$/ $1+INBOX@$2\n",
    "access": "/^grey/ 450 4.7.1 Greylisted, come back later\n"
              "/^late/ HOLD\n",
    "local": 'mbox {dir}/files/mbox\ntoken "|sh {dir}/token {dir}/files"\n',
}
# What a mail's way ends in: Postfix tells it the NAME.
TOKEN = """
sed -n 's/^X-Check-Delivery-Token: //p' >"$1/.$EXTENSION" &&
  mv "$1/.$EXTENSION" "$1/$EXTENSION"
"""


def token(user, seconds=600):
    """An access token (RFC 7519) that Dovecot takes for so long."""
    def encoded(data):
        return base64.urlsafe_b64encode(data).rstrip(b"=")

    now = int(time.time())
    signed = b".".join(encoded(json.dumps(part).encode()) for part in (
        {"alg": "HS256", "typ": "JWT"},
        {"sub": user, "iat": now - 60, "exp": now + seconds}))
    mac = hmac.new(TOKEN_KEY, signed, hashlib.sha256).digest()
    return (signed + b"." + encoded(mac)).decode()


class Servers:
    USERDB = ("driver = static\n  args = uid={user} gid={group} "
              "home={dir}/mail/%u allow_all_users=yes")
    NAMES = ["smtp", "submission", "smtps", "imap", "imaps", "lmtp",
             "pop3", "pop3s"]
    PORT_OF = {"smtp": "smtp", "smtps": "smtps", "smtpstarttls": "submission",
               "imap": "imap", "imaps": "imaps", "imapstarttls": "imap",
               "pop3": "pop3", "pop3s": "pop3s", "pop3starttls": "pop3",
               "lmtp": "lmtp"}

    def __init__(self):
        self.dir = None
        self.accounts = 0
        self.running = set()

    # ---- Starting and stopping ----------------------------------------------

    def begin(self):
        if self.dir:
            return self
        daemons.needed("postfix", "dovecot", "openssl")
        self.dir = daemons.make_folder("mail", self.end)
        for attempt in range(5):
            self.ports = dict(zip(self.NAMES, free_ports(len(self.NAMES))))
            try:
                self._configure()
                self.start_dovecot()
                self.start_postfix()
                return self
            except AssertionError:
                self._stop_all()
                if attempt == 4:
                    raise
        return self

    def _configure(self):
        dovecot = pwd.getpwnam("dovecot")
        values = dict(self.ports, dir=self.dir, domain=DOMAIN,
                      password=PASSWORD, user="dovecot",
                      group=dovecot.pw_gid, login="dovenull")
        for name in "mail", "queue", "data", "etc", "files":
            (self.dir / name).mkdir(exist_ok=True)
        os.chown(self.dir / "mail", dovecot.pw_uid, dovecot.pw_gid)
        os.chown(self.dir / "data", pwd.getpwnam("postfix").pw_uid, 0)
        os.chown(self.dir / "files", pwd.getpwnam("nobody").pw_uid, 0)
        for name, text in MAPS.items():
            (self.dir / name).write_text(text.replace("{dir}", str(self.dir)))
        (self.dir / "token").write_text(TOKEN)
        keys = self.dir / "keys/default/HS256"
        keys.mkdir(parents=True, exist_ok=True)
        (keys / "default").write_bytes(base64.b64encode(TOKEN_KEY))
        (self.dir / "oauth2.conf").write_text(OAUTH2.format(**values))
        values["userdb"] = self.USERDB.format(**values)
        (self.dir / "dovecot.conf").write_text(DOVECOT.format(**values))
        (self.dir / "etc/main.cf").write_text(MAIN_CF.format(**values))
        (self.dir / "etc/master.cf").write_text(MASTER_CF.format(**values))

    def _command(self, *command):
        """Its output goes to a file: a daemon keeps what it is given."""
        output = self.dir / "output"
        with open(output, "w", encoding="utf-8") as file:
            done = subprocess.run(list(map(str, command)), stdout=file,
                                  stderr=file, stdin=subprocess.DEVNULL,
                                  env={"PATH": daemons.PATH, "LANG": "C"},
                                  timeout=harness.PATIENT, check=False)
        if done.returncode:
            raise AssertionError(f"{command}: {output.read_text()}"
                                 f"{self.log()}")

    def _wait_for(self, *names):
        for name in names:
            harness.eventually(lambda: answers(self.ports[name]), name)

    def start_dovecot(self):
        self._command("dovecot", "-c", self.dir / "dovecot.conf")
        self.running.add("dovecot")
        self._wait_for("imap", "imaps", "lmtp", "pop3", "pop3s")

    def stop_dovecot(self):
        """Its sessions would live on until their clients go."""
        master = int(harness.eventually(
            (self.dir / "run/master.pid").read_text, "Dovecot's number"))
        sessions = daemons.descendants(master)
        self._command("doveadm", "-c", self.dir / "dovecot.conf", "stop")
        self.running.discard("dovecot")
        daemons.kill(sessions)
        harness.eventually(lambda: not answers(self.ports["imap"]), "its end")

    def start_postfix(self):
        self._command("postfix", "-c", self.dir / "etc", "start")
        self.running.add("postfix")
        self._wait_for("smtp", "submission", "smtps")

    def stop_postfix(self):
        self._command("postfix", "-c", self.dir / "etc", "stop")
        self.running.discard("postfix")

    def _stop_all(self):
        for name, stop in (("postfix", self.stop_postfix),
                           ("dovecot", self.stop_dovecot)):
            if name in self.running:
                try:
                    stop()
                except AssertionError as error:
                    print(f"# {name}: {error}")
        self.running.clear()

    def end(self):
        if self.dir:
            self._stop_all()
            shutil.rmtree(self.dir, ignore_errors=True)
            self.dir = None

    def each_finds_its_own(self, *schemes):
        """Three checks at once by each, in one mailbox, which is empty behind
        them."""
        user = self.account()
        processes = [harness.start(
            "--send", self.send("smtp", user), "--recv", self.recv(
                scheme, user), "--timeout", "55", "--patience", "50")
            for scheme in schemes * 3]
        for process in processes:
            r = harness.sane(harness.finish(process))
            harness.equal(r.code, harness.OK, f"{r} {self.log()}")
            harness.equal(r.details, [])
        harness.equal(self.messages(user), [])

    def log(self):
        text = ""
        for name in "postfix.log", "dovecot.log":
            path = self.dir / name
            if path.exists():
                text += path.read_text(errors="replace")[-4000:]
        return text

    # ---- For tests ----------------------------------------------------------

    def account(self, name="user"):
        """A user nobody else has."""
        self.begin()
        self.accounts += 1
        return f"{name}{self.accounts}@{DOMAIN}"

    def url(self, scheme, user, path="", password=PASSWORD, host="localhost",
            **params):
        self.begin()
        if scheme not in ("smtp", "imap", "pop3", "lmtp") \
                and "ca_file" not in params:
            params["ca_file"] = self.dir / "ca.pem"
        return daemons.url(scheme, user, password,
                           self.ports[self.PORT_OF[scheme]],
                           f"/{daemons.quote(path)}" if path else "", params,
                           host)

    send = url
    recv = url

    def login(self, user):
        connection = imaplib.IMAP4("127.0.0.1", self.ports["imap"],
                                   timeout=harness.PATIENT)
        connection.login(f'"{user}"', PASSWORD)
        return connection

    def append(self, user, message, mailbox="INBOX"):
        with self.login(user) as connection:
            done, data = connection.append(f'"{mailbox}"', None, None, message)
            harness.equal(done, "OK", data)

    def create(self, user, mailbox):
        """A mailbox, by its name in modified UTF-7."""
        with self.login(user) as connection:
            harness.equal(connection.create(f'"{mailbox}"')[0], "OK")

    def messages(self, user, mailbox="INBOX"):
        with self.login(user) as connection:
            connection.select(f'"{mailbox}"', readonly=True)
            _, data = connection.search(None, "ALL")
            return [connection.fetch(number, "(BODY.PEEK[])")[1][0][1]
                    for number in data[0].split()]

    def flags(self, user, mailbox="INBOX"):
        with self.login(user) as connection:
            connection.select(f'"{mailbox}"', readonly=True)
            return connection.fetch("1:*", "(FLAGS)")[1]

    def many(self, user, number):
        """A mailbox with so many messages, written as files."""
        folder = self.dir / "mail" / user / "new"
        self.append(user, b"Subject: first\r\n\r\nx\r\n")
        owner = (self.dir / "mail").stat()
        for i in range(number):
            path = folder / f"{1000000000 + i}.M{i}.host"
            path.write_text(f"Subject: old {i}\nMessage-ID: <old{i}@x>\n\nx\n")
            os.chown(path, owner.st_uid, owner.st_gid)
        with self.login(user) as connection:
            connection.select("INBOX")

    def release(self):
        """Lets go what waits."""
        self._command("postsuper", "-c", self.dir / "etc", "-r", "ALL")
        self._command("postqueue", "-c", self.dir / "etc", "-f")

    def postfix_log(self):
        return (self.dir / "postfix.log").read_text(errors="replace")

    def check(self, user, *arguments, send="smtp", recv="imap", s=None,
              r=None, **options):
        """A whole check; `s` and `r` are parameters of its URLs."""
        return harness.sane(harness.run(
            "--send", self.send(send, user, **(s or {})),
            "--recv", self.recv(recv, user, **(r or {})), *arguments,
            **options))

    def fails(self, r, step, *parts, code=harness.CRITICAL):
        harness.equal(r.code, code, f"{r} {self.log()}")
        harness.contains(r.text, f"{harness.STATES[code]} - {step} - ",
                         *parts)


def pair_tests(servers, senders, receivers):
    """A test for each sender with each receiver."""
    def add(send, recv):
        def function():
            user = servers.account()
            r = servers.check(user, send=send, recv=recv)
            harness.equal(r.code, harness.OK, f"{r} {servers.log()}")
            harness.contains(r.text, "OK - delivered in ")
            labels = r.perfdata.labels
            harness.equal("send_cert_days" in labels, send != "smtp")
            harness.equal("recv_cert_days" in labels,
                          recv not in ("imap", "pop3"))
            harness.equal(r.details, [])
            harness.equal(servers.messages(user), [])
        function.__name__ = f"{send}_to_{recv}"
        harness.test(function)

    for send in senders:
        for recv in receivers:
            add(send, recv)
