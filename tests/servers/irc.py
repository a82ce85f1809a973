# SPDX-License-Identifier: BSD-2-Clause
"""IRC servers of a test's own, in one folder, on free ports of loopback.

    servers = irc.Servers()           # starts at the first use
    r = run("--send", servers.url("ngircd", "irc", "anna", "/#room"),
            "--recv", servers.url("ngircd", "irctls", "bob", "/#room"))

"ngircd" and "linked" are one network; "locked" wants a password; "inspircd" is
another implementation.
"""
import os
import pwd
import socket
import urllib.parse

import daemons
import harness

PASSWORD = harness.CANARY
NGIRCD = """
[Global]
Name = {name}.example.test
Info = a test's own
Listen = 127.0.0.1
Ports = {port}
MotdPhrase = "hello"
{password}
[Limits]
ConnectRetry = 1
MaxConnectionsIP = 0
MaxJoins = 100
[Options]
PAM = no
DNS = no
Ident = no
[SSL]
CertFile = {dir}/good.crt
KeyFile = {dir}/good.key
Ports = {tls_port}
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
<server name="inspircd.example.test" description="a test's own" network="Test">
<admin name="x" nick="x" email="x@example.test">
<bind address="127.0.0.1" port="{port}" type="clients">
<bind address="127.0.0.1" port="{tls_port}" type="clients" sslprofile="tls">
<module name="ssl_gnutls">
<sslprofile name="tls" provider="gnutls" hash="sha256"
  certfile="{dir}/good.crt" keyfile="{dir}/good.key">
<class name="Shutdown" commands="">
<connect allow="*" name="all" localmax="1000" globalmax="1000"
  resolvehostnames="no" useident="no" timeout="30" commandrate="100000"
  fakelag="no" hardsendq="1M" recvq="64K" maxchans="20">
<pid file="{dir}/inspircd.pid">
<path configdir="{dir}" datadir="{dir}" logdir="{dir}">
<options defaultmodes="nt">
"""
CHANNEL_KEY = "K3y-0f-r00m"


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
        owner = pwd.getpwnam("irc")
        for path in self.dir, self.dir / "good.key":
            os.chown(path, owner.pw_uid, owner.pw_gid)
        for name in "ngircd", "linked", "locked", "inspircd":
            self.ports[name] = dict(zip(("irc", "irctls"),
                                        daemons.free_ports(2)))

    def _link(self, name):
        """The second server of the network calls the first."""
        if name == "ngircd":
            return LINK.format(peer="linked", where="Passive = yes")
        if name == "linked":
            return LINK.format(peer="ngircd", where="Host = 127.0.0.1\nPort = "
                               f"{self.ports['ngircd']['irc']}")
        return ""

    def start(self, name):
        self.begin()
        if name in self.running:
            return
        port = self.ports[name]
        template = INSPIRCD if name == "inspircd" else NGIRCD
        config = harness.write(self.dir / f"{name}.conf", template.format(
            name=name, dir=self.dir, port=port["irc"],
            tls_port=port["irctls"], channel_key=CHANNEL_KEY,
            link=self._link(name),
            password=f"Password = {PASSWORD}" if name == "locked" else ""),
            0o644)
        command = ["inspircd", f"--config={config}", "--nofork"] \
            if name == "inspircd" else ["ngircd", "-n", "-f", config]
        self.launch(name, command, port.values(), user="irc", group="irc",
                    extra_groups=[])

    def link(self):
        """Both servers of the network, once they know each other."""
        self.start("ngircd")
        self.start("linked")
        harness.eventually(
            lambda: "established" in self.log("linked")
            or "Synchronization" in self.log("linked"), self.log("linked"))

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
