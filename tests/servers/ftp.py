# SPDX-License-Identifier: BSD-2-Clause
"""FTP servers of a test's own, in one folder, on free ports of loopback.

    servers = ftp.Servers()           # starts at the first use
    where = servers.url("vsftpd-tls", "ftps")
    r = run("--send", where, "--recv", where)

vsftpd knows "anonymous" with one password, Pure-FTPd and ProFTPD the user
"anna".  All have a folder /in that may be written, and /closed that may not.
Pure-FTPd has "few" and "small" too, who may store no file, and no bytes, in a
folder of their own.

"tls" in a name is a server that insists on TLS, "@1.2" behind it one that
speaks that version only, "slow" one that sends a thousand bytes in a second,
and "full" one whose disk is full.
"""
import os
import pathlib
import pwd
import subprocess
import urllib.parse

import daemons
import harness

PASSWORD = harness.CANARY
# Whose the files are: vsftpd wants a home that exists.
OWNER = "daemon"
VSFTPD = """
listen=YES
listen_address=127.0.0.1
listen_port={port}
background=NO
anonymous_enable=YES
local_enable=NO
write_enable=YES
anon_upload_enable=YES
anon_mkdir_write_enable=YES
anon_other_write_enable=YES
anon_world_readable_only=NO
anon_umask=022
ftp_username={owner}
anon_root={dir}/root
secure_email_list_enable=YES
email_password_file={dir}/passwords
seccomp_sandbox=NO
xferlog_enable=YES
vsftpd_log_file={dir}/vsftpd.log
secure_chroot_dir={dir}/empty
"""
VSFTPD_TLS = """
ssl_enable=YES
allow_anon_ssl=YES
force_anon_logins_ssl=YES
force_anon_data_ssl=YES
require_ssl_reuse=YES
ssl_tlsv1=NO
ssl_sslv2=NO
ssl_sslv3=NO
rsa_cert_file={dir}/good.pem
rsa_private_key_file={dir}/good.pem
ssl_ciphers=HIGH
"""
# It rests behind each piece but the last.
VSFTPD_SLOW = """
anon_max_rate=1000
trans_chunk_size=4096
"""
CONFIGS = {
    "vsftpd": VSFTPD,
    "vsftpd-tls": VSFTPD + VSFTPD_TLS,
    "vsftpd-implicit": VSFTPD + VSFTPD_TLS + "implicit_ssl=YES\n",
    "vsftpd-old": VSFTPD + "cmds_denied=EPSV,SIZE,RNFR\n",
    "vsftpd-slow": VSFTPD + VSFTPD_SLOW,
    "vsftpd-tls-slow": VSFTPD + VSFTPD_TLS + VSFTPD_SLOW,
    "vsftpd-full": VSFTPD,
}
PURE = {
    "pure": ["-Y", "1"],
    "pure-tls": ["-Y", "3"],
    "pure-slow": ["-Y", "1", "-T", "1"],
    "pure-tls-slow": ["-Y", "3", "-T", "1"],
    "pure-full": ["-Y", "1"],
}
OPENSSL = """
openssl_conf = start
[start]
ssl_conf = ssl
[ssl]
system_default = only
[only]
MinProtocol = TLSv{version}
MaxProtocol = TLSv{version}
"""
PROFTPD = """
ServerName test
DefaultAddress 127.0.0.1
Port {port}
UseIPv6 off
UseReverseDNS off
User {owner}
Group nogroup
ModulePath {usr}/lib/proftpd
AuthUserFile {dir}/proftpd.users
AuthOrder mod_auth_file.c
RequireValidShell off
DefaultRoot {dir}/root
AllowOverwrite on
DelayEngine off
WtmpLog off
TransferLog none
SystemLog none
ScoreboardFile {dir}/{name}.scoreboard
PidFile {dir}/{name}.pid
"""
# It wants TLS sessions to be resumed, as it comes.
PROFTPD_TLS = """
LoadModule mod_tls.c
TLSEngine on
TLSRequired on
TLSProtocol TLSv1.2 TLSv1.3
TLSECCertificateFile {dir}/good.crt
TLSECCertificateKeyFile {dir}/good.key
"""
PROFTPD_SLOW = "TransferRate RETR 1\n"
CONFIGS.update({
    "proftpd": PROFTPD,
    "proftpd-tls": PROFTPD + PROFTPD_TLS,
    "proftpd-slow": PROFTPD + PROFTPD_SLOW,
    "proftpd-tls-slow": PROFTPD + PROFTPD_TLS + PROFTPD_SLOW,
    "proftpd-full": PROFTPD,
})
# User: the folder, how many files it may have, how many bytes.
USERS = {"anna": ("root", "", ""), "few": ("quota", "1", ""),
         "small": ("quota", "", "10")}
# A file system that nobody else sees, and that goes with the server.
FULL = """
mount -t tmpfs -o size=4k,mode=777 none "$0" &&
{ head -c 65536 /dev/zero >"$0/ballast" 2>/dev/null || :; } && exec "$@"
"""


class Servers(daemons.Daemons):
    def __init__(self):
        super().__init__()
        self.ports = {}
        self.files = 0

    def begin(self):
        if self.dir:
            return
        # Debian installs one of them at a time; the other may be unpacked
        # somewhere in the PATH.
        daemons.needed("vsftpd", "pure-ftpd", "pure-pw", "proftpd", "openssl")
        self._find_proftpd()
        self.dir = daemons.make_folder("ftp", self.end)
        owner = pwd.getpwnam(OWNER)
        for name in "root", "root/in", "root/closed", "empty", "quota":
            (self.dir / name).mkdir(mode=0o755)
        for name in "root/in", "quota":
            os.chown(self.dir / name, owner.pw_uid, owner.pw_gid)
        harness.write(self.dir / "passwords", PASSWORD + "\n")
        self._make_users(owner)

    def _find_proftpd(self):
        """Its modules and libraries are where it was unpacked."""
        self.usr = pathlib.Path(daemons.find("proftpd")).parent.parent
        self.libraries = {"LD_LIBRARY_PATH": ":".join(
            map(str, self.usr.glob("lib/*-linux-*")))}
        if subprocess.run([daemons.find("proftpd"), "-v"], check=False,
                          env=self.libraries, capture_output=True).returncode:
            harness.skip("proftpd lacks libraries")

    def _make_users(self, owner):
        """pure-pw would take seconds to hash the password."""
        hashed = subprocess.run(
            ["openssl", "passwd", "-6", "-stdin"], input=PASSWORD, text=True,
            check=True, capture_output=True).stdout.strip()
        harness.write(self.dir / "users", "".join(
            f"{user}:{hashed}:{owner.pw_uid}:{owner.pw_gid}::"
            f"{self.dir}/{folder}/./::::::{files}:{size}:::::\n"
            for user, (folder, files, size) in USERS.items()))
        subprocess.run([daemons.find("pure-pw"), "mkdb",
                        self.dir / "users.pdb", "-f", self.dir / "users"],
                       check=True)
        harness.write(self.dir / "proftpd.users",
                      f"anna:{hashed}:{owner.pw_uid}:{owner.pw_gid}::"
                      f"{self.dir}/root:/bin/sh\n")

    def _command(self, name, port):
        if name in CONFIGS:
            config = harness.write(
                self.dir / f"{name}.conf",
                CONFIGS[name].format(dir=self.dir, port=port, name=name,
                                     usr=self.usr, owner=OWNER))
            if name.startswith("proftpd"):
                return ["proftpd", "-n", "-c", config]
            return ["vsftpd", config]
        return ["pure-ftpd", "-S", f"127.0.0.1,{port}",
                "-l", f"puredb:{self.dir}/users.pdb",
                "-2", self.dir / "good.pem", "-E", "-H", "-A",
                "-g", self.dir / f"{name}.pid", "-f", "none", *PURE[name]]

    def _environment(self, kind, version):
        """Of a server that speaks this version of TLS only, if any."""
        env = dict(self.libraries) if kind.startswith("proftpd") else {}
        if version:
            env["OPENSSL_CONF"] = harness.write(
                self.dir / f"openssl-{version}.cnf",
                OPENSSL.format(version=version), 0o644)
        return env

    def start(self, name):
        self.begin()
        if name in self.running:
            return
        port = self.ports.setdefault(name, daemons.free_ports(1)[0])
        kind, _, version = name.partition("@")
        command = self._command(kind, port)
        if kind.endswith("-full"):
            command = ["unshare", "-m", "sh", "-c", FULL, self.dir / "root/in",
                       *command]
        self.launch(name, command, [port],
                    env=self._environment(kind, version))

    def stop(self, name):
        """A session that begins has the port open for a moment."""
        super().stop(name)
        harness.eventually(lambda: not daemons.answers(self.ports[name]),
                           f"the end of {name}")

    def log(self, name):
        log = self.dir / "vsftpd.log"
        return super().log(name) + (log.read_text()[-2000:]
                                    if log.exists() else "")

    # ---- For tests ----------------------------------------------------------

    def file(self):
        """A path that nobody else has."""
        self.begin()
        self.files += 1
        return f"/in/file{self.files}"

    def on_disk(self, path):
        return self.dir / "root" / path.lstrip("/")

    def on_its_disk(self, name, path):
        """As the server sees it."""
        return pathlib.Path(f"/proc/{self.running[name].pid}/root"
                            f"{self.on_disk(path)}")

    def url(self, name, scheme, path, password=PASSWORD, user=None, **params):
        self.start(name)
        if scheme == "ftps" and "ca_file" not in params:
            params["ca_file"] = self.dir / "ca.pem"
        user = user or ("anonymous" if name.startswith("vsftpd") else "anna")
        return daemons.url(scheme, user, password, self.ports[name],
                           urllib.parse.quote(path), params)


# ---- What tests ask ---------------------------------------------------------

def check(send, recv, *arguments):
    return harness.keeps_secret(harness.sane(harness.run(
        "--send", send, "--recv", recv, "-vvv", *arguments)))


def fails(r, step, *parts, code=harness.CRITICAL):
    harness.equal(r.code, code, r)
    harness.contains(r.text, f"{harness.STATES[code]} - {step} - ", *parts)
