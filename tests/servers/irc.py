# SPDX-License-Identifier: BSD-2-Clause
"""IRC servers of a test's own, in one folder, on free ports of loopback.

    servers = irc.Servers()           # starts at the first use
    r = run("--send", servers.url("ngircd", "irc", "anna", "/#room"),
            "--recv", servers.url("ngircd", "irctls", "bob", "/#room"))

"ngircd" and "linked" are one network; "inspircd" is another implementation.
"ngircd-locked" and "inspircd-locked" want a password.  "services" is an
InspIRCd with Atheme's services: every nick() has an account there, with
PASSWORD, and so have anna and bob, with certificates too.

Who comes from 127.0.0.2 or 127.0.0.3, or is called "rude", is banned from
"inspircd".  #moderated, #closed and #locked are what they are called
everywhere; #members of "services" is for those who have logged in.
"""
import hashlib
import os
import pwd
import socket
import ssl
import urllib.parse

import certificates
import daemons
import harness

PASSWORD = harness.CANARY
NGIRCD = """
[Global]
Name = {name}.example.test
Info = a test's own
Listen = 127.0.0.1
Ports = {irc}
MotdPhrase = "hello"
{password}
[Limits]
ConnectRetry = 1
MaxConnectionsIP = 0
MaxJoins = 100
{penalty}
[Options]
PAM = no
DNS = no
Ident = no
[SSL]
CertFile = {dir}/good.crt
KeyFile = {dir}/good.key
DHFile = {dir}/dh.pem
Ports = {irctls}
[Channel]
Name = #moderated
Modes = +m
[Channel]
Name = #closed
Modes = +i
[Channel]
Name = #locked
Modes = +k
Key = {channel_key}
{link}
"""
LINK = """
[Server]
Name = {peer}.example.test
MyPassword = linked
PeerPassword = linked
{where}
"""
INSPIRCD = """
<server name="{name}.example.test" description="a test's own" network="Test">
<admin name="x" nick="x" email="x@example.test">
<bind address="127.0.0.1" port="{irc}" type="clients">
<bind address="127.0.0.1" port="{irctls}" type="clients" sslprofile="tls">
<module name="ssl_gnutls">
<sslprofile name="tls" provider="gnutls" hash="sha256"
  certfile="{dir}/good.crt" keyfile="{dir}/good.key">
<class name="Shutdown" commands="">
<connect allow="*" name="all" localmax="1000" globalmax="1000"
  resolvehostnames="no" useident="no" timeout="30" commandrate="100000"
  fakelag="no" hardsendq="1M" recvq="64K" maxchans="20" {password}>
<pid file="{dir}/{name}.pid">
<path configdir="{dir}" datadir="{dir}" logdir="{dir}">
<options defaultmodes="not">
<limits maxnick="16">
<module name="permchannels">
<permchannels channel="#moderated" modes="ntm">
<permchannels channel="#closed" modes="nti">
<permchannels channel="#locked" modes="ntk {channel_key}">
<badip ipmask="127.0.0.2" reason="bad address">
<badhost host="*@127.0.0.3" reason="bad host">
<badnick nick="rude" reason="bad name">
<module name="cap">
<module name="sasl">
<sasl target="atheme.example.test">
<module name="services_account">
<module name="sslinfo">
{link}
"""
SERVICES = """
<module name="spanningtree">
<module name="hidechans">
<bind address="127.0.0.1" port="{services}" type="servers">
<link name="atheme.example.test" ipaddr="127.0.0.1" port="{services}"
  allowmask="127.0.0.1" sendpass="linked" recvpass="linked">
<uline server="atheme.example.test" silent="yes">
<permchannels channel="#members" modes="ntR">
"""
ATHEME = """
loadmodule "modules/protocol/inspircd";
loadmodule "modules/backend/opensex";
loadmodule "modules/nickserv/main";
loadmodule "modules/nickserv/cert";
loadmodule "modules/saslserv/main";
loadmodule "modules/saslserv/plain";
loadmodule "modules/saslserv/external";
serverinfo {{
  name = "atheme.example.test"; desc = "a test's own"; numeric = "00A";
  recontime = 1; netname = "Test"; auth = none; casemapping = rfc1459;
  hidehostsuffix = "x"; adminname = "x"; adminemail = "x@example.test";
  registeremail = "x@example.test"; maxlogins = 1000;
}};
uplink "services.example.test" {{
  host = "127.0.0.1"; port = {services}; password = "linked";
}};
nickserv {{ nick = "NickServ"; user = "x"; host = "x"; real = "x"; }};
saslserv {{ nick = "SaslServ"; user = "x"; host = "x"; real = "x"; }};
general {{ }};
"""
# Versions, and then the accounts: each has a unique number, and no address is
# to be verified.
ACCOUNTS = """\
GRVER 1
DBV 12
CF +AFHORVabefhioqrstv
"""
ACCOUNT = ("MU A{0:08} {1} {2} x@example.test 1 1 +b default\n"
           "MN {1} {1} 1 1\n")
FINGERPRINT = "MCFP {} {}\n"
NICKS_MAX = 200
CHANNEL_KEY = "K3y-0f-r00m"


def fingerprint(certificate):
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(
        certificate.read_text())).hexdigest()


class Servers(daemons.Daemons):
    def __init__(self):
        super().__init__()
        self.ports = {}
        self.nicks = 0

    def begin(self):
        if self.dir:
            return
        daemons.needed("ngircd", "inspircd", "openssl")
        self.dir = daemons.make_folder("irc", self.end)
        # ngIRCd would look for a prime of its own at each start.
        certificates.openssl("genpkey", "-genparam", "-algorithm", "DH",
                             "-pkeyopt", "group:ffdhe2048", "-out",
                             self.dir / "dh.pem")
        for path in self.dir, self.dir / "good.key":
            self._give(path)
        for name in ("ngircd", "linked", "ngircd-locked", "inspircd",
                     "inspircd-locked", "services"):
            self.ports[name] = dict(zip(("irc", "irctls", "services"),
                                        daemons.free_ports(3)))

    @staticmethod
    def _give(path):
        owner = pwd.getpwnam("irc")
        os.chown(path, owner.pw_uid, owner.pw_gid)

    def _link(self, name):
        """The second server of the network calls the first."""
        if name == "ngircd":
            return LINK.format(peer="linked", where="Passive = yes")
        if name == "linked":
            return LINK.format(peer="ngircd", where="Host = 127.0.0.1\nPort = "
                               f"{self.ports['ngircd']['irc']}")
        if name == "services":
            return SERVICES.format(**self.ports[name])
        return ""

    @staticmethod
    def _penalty(name):
        """None: everybody is let in at once, and not after a second.  Who
        comes to "linked" waits, until it has heard who is elsewhere."""
        return "" if name == "linked" else "MaxPenaltyTime = 0"

    def _run(self, name, program, *options, ports=()):
        self.launch(name, [program, *options], ports, user="irc", group="irc",
                    extra_groups=[])

    def _config(self, name, template, **values):
        return harness.write(self.dir / f"{name}.conf", template.format(
            name=name, dir=self.dir, **values), 0o644)

    def start(self, name):
        self.begin()
        if name in self.running:
            return
        if name == "services":
            daemons.needed("atheme-services")
        ports = self.ports[name]
        is_ngircd = name in ("ngircd", "linked", "ngircd-locked")
        password = ""
        if name.endswith("-locked"):
            password = f"Password = {PASSWORD}" if is_ngircd \
                else f'password="{PASSWORD}"'
        config = self._config(
            name, NGIRCD if is_ngircd else INSPIRCD, **ports,
            channel_key=CHANNEL_KEY, password=password, link=self._link(name),
            penalty=self._penalty(name))
        command = ["ngircd", "-n", "-f", config] if is_ngircd \
            else ["inspircd", f"--config={config}", "--nofork"]
        self._run(name, *command, ports=[ports["irc"], ports["irctls"]])
        if name == "services":
            self._start_services()

    def link(self):
        """Both servers of the network, once they know each other."""
        self.start("ngircd")
        self.start("linked")
        harness.eventually(
            lambda: "established" in self.log("linked")
            or "Synchronization" in self.log("linked"), self.log("linked"))

    # ---- Services -----------------------------------------------------------

    def _start_services(self):
        accounts = ACCOUNTS
        names = [f"nick{n}" for n in range(1, NICKS_MAX)] + ["anna", "bob"]
        for number, name in enumerate(names):
            accounts += ACCOUNT.format(number, name, PASSWORD)
        for name in "anna", "bob", "stranger":
            certificates.certificate(self.dir, name, names=None,
                                     usage="clientAuth")
        for name in "anna", "bob":
            accounts += FINGERPRINT.format(
                name, fingerprint(self.dir / f"{name}.crt"))
        self._give(harness.write(self.dir / "services.db", accounts))
        config = self._config("atheme", ATHEME, **self.ports["services"])
        self._run("atheme", "atheme-services", "-n", "-c", config, "-D",
                  self.dir, "-p", self.dir / "atheme.pid", "-l",
                  self.dir / "atheme.log")
        harness.eventually(self._has_sasl, "SASL")

    def _has_sasl(self):
        """Once the services have told their server what they know."""
        with socket.create_connection(
                ("127.0.0.1", self.ports["services"]["irc"])) as client:
            client.sendall(b"CAP LS 302\r\n")
            return b"sasl=" in client.recv(4096)

    # ---- For tests ----------------------------------------------------------

    def nick(self):
        """A nick that nobody else has, short enough for every server."""
        self.nicks += 1
        return f"nick{self.nicks}"

    def url(self, name, scheme, nick, path="", password=None, **params):
        self.start(name)
        if scheme == "irctls" and "ca_file" not in params:
            params["ca_file"] = self.dir / "ca.pem"
        return daemons.url(scheme, nick, password, self.ports[name][scheme],
                           urllib.parse.quote(path), params)


def begin(send, recv, *arguments):
    """Starts a check and does not wait for it: IRC servers take their time
    before they let somebody in."""
    return harness.start("--send", send, "--recv", recv, "-vvv", *arguments)


def wait_for(process, part):
    """Until a check has said that."""
    for line in process.stderr:
        if part.encode() in line:
            return
    raise AssertionError(f"{part!r} was never said")


def end(process):
    return harness.keeps_secret(harness.sane(harness.finish(process)),
                                PASSWORD, CHANNEL_KEY)


def check(send, recv, *arguments):
    return end(begin(send, recv, *arguments))


def fails(r, step, *parts, code=harness.CRITICAL):
    harness.equal(r.code, code, r)
    harness.contains(r.text, f"{harness.STATES[code]} - {step} - ", *parts)


class Client:
    """Somebody else on the server, in the clear."""

    def __init__(self, servers, nick, *channels, name="ngircd"):
        servers.start(name)
        self.socket = socket.create_connection(
            ("127.0.0.1", servers.ports[name]["irc"]), harness.PATIENT)
        self.file = self.socket.makefile("r", encoding="utf-8",
                                         errors="replace")
        self.say(f"NICK {nick}", "USER x 0 * :x")
        self.hear(" 001 ")
        for channel in channels:
            self.say(f"JOIN {channel}")
            self.hear(" 366 ")

    def say(self, *lines):
        self.socket.sendall("".join(f"{line}\r\n" for line in lines).encode())

    def hear(self, part):
        """The next line that has that part."""
        for line in self.file:
            if line.startswith("PING"):
                self.say(line.replace("PING", "PONG").strip())
            if part in line:
                return line.strip()
        raise AssertionError(f"{part!r} was never said")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.file.close()
        self.socket.close()
