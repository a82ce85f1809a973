# SPDX-License-Identifier: BSD-2-Clause
"""FTP servers of a test's own, in one folder, on free ports of loopback.

    servers = ftp.Servers()           # starts at the first use
    where = servers.url("vsftpd-tls", "ftps")
    r = run("--send", where, "--recv", where)

vsftpd knows "anonymous" with one password, Pure-FTPd the user "anna".  Both
have a folder /in that may be written, and /closed that may not.
"""
import atexit
import os
import pathlib
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import urllib.parse

sys.path.insert(0, str(pathlib.Path(os.environ["abs_top_srcdir"],
                                    "tests/cli")))
import certificates  # noqa: E402
import harness  # noqa: E402
from ports import answers, free_ports  # noqa: E402

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


# Of Debian's FTP servers one can be installed at a time; the other may be
# unpacked somewhere in the PATH.
PATH = os.environ.get("PATH", "") + ":/usr/sbin:/usr/bin:/sbin:/bin"


def needed():
    if os.geteuid() != 0:
        harness.skip("vsftpd and Pure-FTPd want to be started by root")
    for program in "vsftpd", "pure-ftpd", "pure-pw", "openssl":
        if not shutil.which(program, path=PATH):
            harness.skip(f"no {program}")


class Servers:
    def __init__(self):
        self.dir = None
        self.running = {}
        self.ports = {}
        self.files = 0

    def begin(self):
        if self.dir:
            return
        needed()
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="check_delivery-ftp."))
        self.dir.chmod(0o755)
        atexit.register(self.end)
        # atexit runs after a signal only if that becomes an exit.
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
        certificates.authority(self.dir)
        certificates.certificate(self.dir, "good")
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
        subprocess.run([shutil.which("pure-pw", path=PATH), "mkdb",
                        self.dir / "users.pdb", "-f", self.dir / "users"],
                       check=True)

    def _command(self, name, port):
        if name in CONFIGS:
            config = harness.write(
                self.dir / f"{name}.conf",
                CONFIGS[name].format(dir=self.dir, port=port))
            return [shutil.which("vsftpd", path=PATH), config]
        tls = {"pure": "1", "pure-tls": "3"}[name]
        return [shutil.which("pure-ftpd", path=PATH),
                "-S", f"127.0.0.1,{port}",
                "-l", f"puredb:{self.dir}/users.pdb",
                "-2", self.dir / "good.pem", "-Y", tls, "-E", "-H", "-A",
                "-g", self.dir / f"{name}.pid", "-f", "none"]

    def start(self, name):
        self.begin()
        if name in self.running:
            return
        port = self.ports.setdefault(name, free_ports(1)[0])
        output = open(self.dir / f"{name}.out", "wb")
        self.running[name] = subprocess.Popen(
            list(map(str, self._command(name, port))),
            stdin=subprocess.DEVNULL, stdout=output, stderr=output,
            start_new_session=True, env={"PATH": PATH})
        output.close()
        try:
            harness.eventually(lambda: answers(port), name)
        except AssertionError as error:
            raise AssertionError(f"{error} {self.log(name)}") from error

    def stop(self, name):
        """With its sessions, which have a process each."""
        process = self.running.pop(name)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def end(self):
        for name in list(self.running):
            self.stop(name)
        if self.dir:
            shutil.rmtree(self.dir, ignore_errors=True)
            self.dir = None

    def logins(self):
        """How many vsftpd has seen."""
        log = self.dir / "vsftpd.log"
        return log.read_text().count("OK LOGIN") if log.exists() else 0

    def log(self, name):
        text = (self.dir / f"{name}.out").read_text(errors="replace")
        log = self.dir / "vsftpd.log"
        return text + (log.read_text()[-2000:] if log.exists() else "")

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
        quote = lambda text: urllib.parse.quote(str(text), safe="")  # noqa
        if scheme == "ftps" and "ca_file" not in params:
            params["ca_file"] = self.dir / "ca.pem"
        user = user or ("anna" if name.startswith("pure") else "anonymous")
        who = quote(user) + (f":{quote(password)}" if password else "")
        query = "&".join(f"{key}={quote(value)}"
                         for key, value in params.items()
                         if value is not None)
        return (f"{scheme}://{who}@localhost:{self.ports[name]}"
                f"{urllib.parse.quote(path)}{'?' if query else ''}{query}")
