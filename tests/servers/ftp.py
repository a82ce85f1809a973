# SPDX-License-Identifier: BSD-2-Clause
"""FTP servers of a test's own, in one folder, on free ports of loopback.

    servers = ftp.Servers()           # starts at the first use
    where = servers.url("vsftpd-tls", "ftps")
    r = run("--send", where, "--recv", where)

vsftpd knows "anonymous" with one password, Pure-FTPd the user "anna".  Both
have a folder /in that may be written, and /closed that may not.
"""
import os
import pwd
import subprocess
import urllib.parse

import daemons
import harness

PASSWORD = harness.CANARY
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
# "tls" in a name: a certificate, and vsftpd insists on it.
CONFIGS = {
    "vsftpd": VSFTPD,
    "vsftpd-tls": VSFTPD + VSFTPD_TLS,
    "vsftpd-implicit": VSFTPD + VSFTPD_TLS + "implicit_ssl=YES\n",
    "vsftpd-old": VSFTPD + "cmds_denied=EPSV,SIZE,RNFR\n",
}


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
        daemons.needed("vsftpd", "pure-ftpd", "pure-pw", "openssl")
        self.dir = daemons.make_folder("ftp", self.end)
        owner = pwd.getpwnam("ftp")
        for name in "root", "root/in", "root/closed", "empty":
            (self.dir / name).mkdir(mode=0o755)
        os.chown(self.dir / "root/in", owner.pw_uid, owner.pw_gid)
        harness.write(self.dir / "passwords", PASSWORD + "\n")
        self._make_user(owner)

    def _make_user(self, owner):
        """pure-pw would take seconds to hash the password."""
        hashed = subprocess.run(
            ["openssl", "passwd", "-6", "-stdin"], input=PASSWORD, text=True,
            check=True, capture_output=True).stdout.strip()
        harness.write(self.dir / "users",
                      f"anna:{hashed}:{owner.pw_uid}:{owner.pw_gid}::"
                      f"{self.dir}/root/./::::::::::::\n")
        subprocess.run([daemons.find("pure-pw"), "mkdb",
                        self.dir / "users.pdb", "-f", self.dir / "users"],
                       check=True)

    def _command(self, name, port):
        if name in CONFIGS:
            config = harness.write(
                self.dir / f"{name}.conf",
                CONFIGS[name].format(dir=self.dir, port=port))
            return ["vsftpd", config]
        tls = {"pure": "1", "pure-tls": "3"}[name]
        return ["pure-ftpd", "-S", f"127.0.0.1,{port}",
                "-l", f"puredb:{self.dir}/users.pdb",
                "-2", self.dir / "good.pem", "-Y", tls, "-E", "-H", "-A",
                "-g", self.dir / f"{name}.pid", "-f", "none"]

    def start(self, name):
        self.begin()
        if name in self.running:
            return
        port = self.ports.setdefault(name, daemons.free_ports(1)[0])
        self.launch(name, self._command(name, port), [port])

    def logins(self):
        """How many vsftpd has seen."""
        log = self.dir / "vsftpd.log"
        return log.read_text().count("OK LOGIN") if log.exists() else 0

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

    def url(self, name, scheme, path, password=PASSWORD, user=None, **params):
        self.start(name)
        if scheme == "ftps" and "ca_file" not in params:
            params["ca_file"] = self.dir / "ca.pem"
        user = user or ("anna" if name.startswith("pure") else "anonymous")
        return daemons.url(scheme, user, password, self.ports[name],
                           urllib.parse.quote(path), params)
