# SPDX-License-Identifier: BSD-2-Clause
"""Environments that would lead a program astray: each variable is set to what
would be seen if anybody heeded it, while mail is sent and received by TLS."""
import os
import pathlib
import re
import shutil
import socket
import struct
import subprocess

from script import *

EVIL = BUILD / "tests/plugins/.libs/zoo.so"


def mail(tmp, env, scheme="smtps", send="", cwd=None):
    """A delivery from TLS to TLS, or from clear to clear."""
    recv = {"smtps": "imaps", "smtp": "imap"}[scheme]
    with Smtp(scheme) as smtp, Imap(smtp, recv) as imap:
        r = sane(run("--send", url(smtp, "anna", send), "--recv",
                     url(imap, "bob"), "-4", "--timeout", 40, env=env,
                     cwd=cwd))
    equal(smtp.mistakes + imap.mistakes, [])
    return keeps_secret(r, PASSWORD)


def is_fine(r, what=""):
    equal((r.code, len(r.out.splitlines()), r.err), (OK, 1, ""), (what, r))


# ---- Code from elsewhere ----------------------------------------------------

# Names under which the libraries that we use look for more code.
NAMES = ("smtp.so", "imap.so", "file.so", "libfile.so", "zoo.so", "file.la",
         "libdelivery-tls.so.0", "libdelivery-tls.so", "evil.so", "legacy.so",
         "default.so", "libgiognutls.so", "libgioopenssl.so", "libgvfsdbus.so",
         "libdconfsettings.so", "libgiolibproxy.so", "mech_krb5.so",
         "libnss_files.so.2", "UTF-7.so", "ISO8859-15.so")


def evil_folder(tmp):
    folder = tmp / "evil"
    folder.mkdir()
    for name in NAMES:
        shutil.copy(EVIL, folder / name)
    write(folder / "giomodule.cache",
          "".join(f"{name}: gio-tls-backend,gio-proxy-resolver,gio-vfs,"
                  "gsettings-backend,gio-network-monitor\n" for name in NAMES
                  if name.startswith("lib")))
    write(folder / "gconv-modules",
          "module EVIL// INTERNAL UTF-7 1\nmodule INTERNAL EVIL// UTF-7 1\n"
          "module ANSI_X3.4-1968// INTERNAL UTF-7 1\n"
          "module ISO-8859-15// INTERNAL ISO8859-15 1\n")
    write(folder / "mech", f"evil 1.2.840.113554.1.2.2 {folder}/evil.so\n")
    write(folder / "krb5.conf", "[plugins]\nccselect = {\n module = "
                                f"evil:{folder}/evil.so\n}}\n")
    write(folder / "openssl.cnf", f"""
openssl_conf = all
config_diagnostics = 1
[all]
providers = providers
engines = engines
[providers]
evil = provider
[provider]
module = {folder}/evil.so
activate = 1
[engines]
evil = engine
[engine]
dynamic_path = {folder}/evil.so
init = 1
""")
    return folder


def leading_to(folder):
    """Each variable alone would lead some library there."""
    return {
        "LTDL_LIBRARY_PATH": folder, "LD_LIBRARY_PATH": folder,
        "DYLD_LIBRARY_PATH": folder, "SHLIB_PATH": folder,
        "GIO_EXTRA_MODULES": folder, "GIO_MODULE_DIR": folder,
        "GIO_USE_VFS": "gvfs", "GIO_USE_TLS": "gnutls",
        "GIO_USE_PROXY_RESOLVER": "libproxy",
        "GIO_USE_NETWORK_MONITOR": "evil", "GSETTINGS_BACKEND": "dconf",
        "OPENSSL_CONF": folder / "openssl.cnf", "OPENSSL_MODULES": folder,
        "OPENSSL_ENGINES": folder, "SSL_CERT_DIR": folder,
        "GSS_MECH_CONFIG": folder / "mech",
        "KRB5_CONFIG": folder / "krb5.conf", "GCONV_PATH": folder,
        "LOCPATH": folder, "NLSPATH": folder / "%N", "CHARSET": "EVIL",
        "G_FILENAME_ENCODING": "EVIL", "OUTPUT_CHARSET": "EVIL",
        "LC_ALL": "de_DE.ISO-8859-15", "P11_MODULE_PATH": folder,
    }


@test
def no_code_from_elsewhere_is_loaded(tmp):
    """What is loaded tells by a file; here it is loaded on purpose."""
    folder, told = evil_folder(tmp), tmp / "told"
    env = {"ZOO_CONSTRUCTOR": "tell_pid", "ZOO_PID": told}
    r = run("--plugin-dir", folder, "--send", "zoo:", "--recv", "zoo:",
            env=env)
    equal((r.code, told.exists()), (OK, True), r)
    told.unlink()
    leads = leading_to(folder)
    # Whoever heeds them would be led there; but not to what needs sanitizers.
    for name, *command in [] if SANITIZED else (
            ("OPENSSL_CONF", "openssl", "list", "-providers"),
            ("GCONV_PATH", "iconv", "-f", "UTF-7", "-t", "EVIL", "/dev/null")):
        subprocess.run(command, capture_output=True, check=False,
                       env=environment(**env, **{name: leads[name]}))
        equal(told.exists(), True, name)
        told.unlink()
    for name, value in leads.items():
        is_fine(mail(tmp, {**env, name: value}, cwd=folder), name)
        equal(told.exists(), False, name)
    is_fine(mail(tmp, {**env, **leads}, cwd=folder))
    is_fine(delivery(tmp, env={**env, **leads}, cwd=folder))
    r = sane(run("--send", "evil:", "--recv", "evil:", env={**env, **leads},
                 cwd=folder))
    contains(r.text, "no plugin for 'evil://'")
    equal(told.exists(), False)


@test
def errors_are_put_into_words_without_code_from_elsewhere(tmp):
    """The system's words for them may be in any character set."""
    folder, told = evil_folder(tmp), tmp / "told"
    leads = leading_to(folder)
    with socket.create_server(("127.0.0.1", 0)) as closed:
        dead = closed.getsockname()[1]
    for env in ({"CHARSET": "EVIL"}, {"CHARSET": "UTF-16"},
                {"GCONV_PATH": folder}, leads):
        r = sane(run("--send", f"smtp://a:{PASSWORD}@127.0.0.1:{dead}",
                     "--recv", f"maildir://b@{tmp}/none", "--timeout", 20,
                     env={**env, "ZOO_CONSTRUCTOR": "tell_pid",
                          "ZOO_PID": told}))
        fails(r, "recv_conn_early", "No such file or directory")
        r = sane(run("--send", f"smtp://a:{PASSWORD}@127.0.0.1:{dead}?to=b",
                     "--recv", f"file://{tmp}/none", "--timeout", 20,
                     env={**env, "ZOO_CONSTRUCTOR": "tell_pid",
                          "ZOO_PID": told}))
        fails(r, "send_conn", "Connection refused")
        equal(told.exists(), False, env)


@test
def modules_of_mechanisms_are_not_looked_for(tmp):
    """GSSAPI, asked for by the URL or offered by the server."""
    folder, told = evil_folder(tmp), tmp / "told"
    env = {"ZOO_CONSTRUCTOR": "tell_pid", "ZOO_PID": told,
           **leading_to(folder)}
    for offer, more in (("GSSAPI PLAIN", ""), ("GSSAPI GS2-KRB5 PLAIN",
                                               "auth=auto")):
        with Smtp(EHLO=f"250-mx\r\n250 AUTH {offer}\r\n") as smtp, \
                Imap(smtp) as imap:
            r = sane(run("--send", url(smtp, "anna", more), "--recv",
                         url(imap, "bob"), "-4", env=env, cwd=folder))
        is_fine(r, offer)
        equal(told.exists(), False, offer)


# ---- TLS --------------------------------------------------------------------

WEAK = """
openssl_conf = all
[all]
ssl_conf = ssl
[ssl]
system_default = weak
client = weak
[weak]
MinProtocol = None
CipherString = ALL:COMPLEMENTOFALL@SECLEVEL=0
VerifyMode = None
Options = UnsafeLegacyRenegotiation
"""


@test
def openssl_is_not_configured_by_a_file(tmp):
    certificates.certificate(folder(), "weak", key="1024")
    certificates.certificate(folder(), "other-name", names="DNS:other.test")
    start_tls = Peer.start_tls
    for text in WEAK, WEAK.replace("None\nCipher", "TLSv1\nCipher"), "[garb":
        env = {"OPENSSL_CONF": write(tmp / "openssl.cnf", text)}
        for certificate, newest, part in (
                ("good", ssl.TLSVersion.TLSv1, "TLS with localhost: "),
                ("good", ssl.TLSVersion.TLSv1_1, "TLS with localhost: "),
                ("weak", None, "the certificate of localhost does not hold"),
                ("other-name", None, "it is not for localhost, but for")):
            with Smtp("smtps") as smtp, Imap(smtp) as imap:
                play_it = smtp.play
                smtp.play = lambda peer: (
                    setattr(peer, "start_tls", lambda *_: start_tls(
                        peer, certificate, newest)), play_it(peer))
                r = sane(run("--send", url(smtp, "a"), "--recv",
                             url(imap, "b"), "-4", env=env))
            fails(r, "send_conn", part)
            equal((smtp.secret, smtp.messages), ("", []))
        is_fine(mail(tmp, env))


@test
def no_keys_are_logged(tmp):
    log = tmp / "keys"
    is_fine(mail(tmp, {"SSLKEYLOGFILE": log, "SSLKEYLOG": log,
                       "QLOGDIR": tmp, "OSSL_QFILTER": "*"}))
    equal(files_of(tmp), [])


@test
def whom_the_environment_has_us_trust_is_told(tmp):
    """It is the user's, and replaces what the system trusts."""
    clean = {"SSL_CERT_FILE": None, "SSL_CERT_DIR": None}
    missing = tmp / "missing"
    for more, code, part in (
            ({"SSL_CERT_FILE": folder() / "ca.pem"}, OK,
             f"trusts SSL_CERT_FILE={folder()}/ca.pem"),
            ({"SSL_CERT_FILE": missing}, UNKNOWN, f"SSL_CERT_FILE={missing}"),
            ({"SSL_CERT_DIR": missing}, UNKNOWN, f"SSL_CERT_DIR={missing}"),
            ({}, CRITICAL, "trusts the authorities in|no certificate author")):
        with Smtp("smtps") as smtp, Imap(smtp) as imap:
            r = sane(run("--send", url(smtp, "a").split("?")[0], "--recv",
                         url(imap, "b"), "-4", "-vv" if not more else "-v",
                         env={**clean, **more}))
        equal(r.code, code, r)
        equal(bool(re.search(part, r.out + r.err)), True, (part, r))


# ---- Detours ----------------------------------------------------------------

@test
def no_proxy_is_asked(tmp):
    with socket.create_server(("127.0.0.1", 0)) as trap:
        at = f"127.0.0.1:{trap.getsockname()[1]}"
        env = {}
        for name in ("http", "https", "ftp", "all", "socks", "smtp", "imap",
                     "rsync", "grpc"):
            for form in f"{name}_proxy", f"{name}_proxy".upper():
                env[form] = f"socks5://{at}" if "s" in form else f"http://{at}"
        env.update({"no_proxy": "", "NO_PROXY": "", "SOCKS_SERVER": at,
                    "SOCKS5_SERVER": at, "GNOME_DESKTOP_SESSION_ID": "x",
                    "XDG_CURRENT_DESKTOP": "GNOME",
                    "GIO_USE_PROXY_RESOLVER": "gnome"})
        is_fine(mail(tmp, env, "smtp"))
        is_fine(mail(tmp, env))
        trap.setblocking(False)
        try:
            trap.accept()
            raise AssertionError("somebody knocked")
        except BlockingIOError:
            pass
        # A proxy would have been heard of here.
        with socket.create_connection(trap.getsockname()):
            eventually(lambda: trap.accept(), "a knock")


# GLib keeps the name of one that is none, which sanitizers call a leak.
ZONES = ["UTC"] if SANITIZED else [":/etc/shadow", "../../../etc/shadow",
                                   "x" * 100000, "<%n%s>0", ""]


def harmless(tmp):
    aliases = write(tmp / "aliases", "localhost evil.invalid\n")
    yield from [
        {"HOSTALIASES": aliases, "LOCALDOMAIN": "evil.invalid",
         "RES_OPTIONS": "ndots:15 timeout:1 attempts:1 rotate debug"},
        {"RES_OPTIONS": "x" * 100000}, {"RESOLV_MULTI": "on",
                                        "RESOLV_SPOOF_CHECK": "nospoof"},
        {"TMPDIR": "/nowhere", "TMP": "/nowhere", "TEMP": ""},
        {"HOME": None, "USER": None, "LOGNAME": None, "SHELL": None},
        {"HOME": "/nowhere"}, {"HOME": "x" * 100000},
        *[{"TZ": zone, "TZDIR": "/etc"} for zone in ZONES],
        {"G_MESSAGES_DEBUG": "all", "G_MESSAGES_PREFIXED": "all"},
        {"G_DEBUG": "fatal-warnings"}, {"G_DEBUG": "fatal-criticals,gc-frien"},
        {"G_SLICE": "debug-blocks"}, {"CHARSET": "EVIL"},
        {"G_FILENAME_ENCODING": "EVIL", "G_BROKEN_FILENAMES": "1"},
        {"G_ENABLE_DIAGNOSTIC": "1"}, {"GOBJECT_DEBUG": "all"},
        {"G_TLS_GNUTLS_PRIORITY": "NONE"}, {"GIO_USE_VFS": "help"},
        {"GIO_USE_PROXY_RESOLVER": "help"}, {"G_RANDOM_VERSION": "2.0"},
        {"DBUS_SESSION_BUS_ADDRESS": "unix:path=/nowhere",
         "XDG_RUNTIME_DIR": "/nowhere", "XDG_DATA_DIRS": "/nowhere"},
        {"MALLOC_PERTURB_": "85", "MALLOC_ARENA_TEST": "1"},
        {"MALLOC_CHECK_": "3", "GLIBC_TUNABLES": "glibc.malloc.check=3"},
        {"OPENSSL_ia32cap": "0", "RANDFILE": "/nowhere",
         "OPENSSL_TRACE": "ALL"},
        {"CREDENTIALS_DIRECTORY": "/etc", "NOTIFY_SOCKET": "/nowhere",
         "LISTEN_FDS": "3", "LISTEN_PID": "1"},
        {"POSIXLY_CORRECT": "1", "COLUMNS": "1", "TERM": "evil",
         "IFS": "/", "ENV": "/nowhere", "BASH_ENV": "/nowhere"},
        {"PATH": ""}, {"PATH": str(tmp)}, {"UNUSED": "x" * 130000},
        {"LANG": "%n%s", "LANGUAGE": "../../etc", "LC_ALL": "../../../etc"},
        {name: None for name in os.environ
         if not name.startswith(("ASAN", "UBSAN", "LSAN"))},
    ]


@test
def what_does_no_harm(tmp):
    for env in harmless(tmp):
        r = mail(tmp, env, "smtp")
        is_fine(r, {name: (value or "")[:50] for name, value in env.items()
                    if not isinstance(value, pathlib.Path)})
    equal(files_of(tmp), ["aliases"])


@test
def a_broken_time_zone_gives_a_proper_date(tmp):
    for zone in ZONES:
        with Smtp() as smtp, Imap(smtp) as imap:
            r = sane(run("--send", url(smtp, "a"), "--recv", url(imap, "b"),
                         "-4", env={"TZ": zone}))
        equal(r.code, OK, r)
        date = re.search(r"\r\nDate: (.*)\r\n", smtp.clear)[1]
        equal(bool(re.fullmatch(r"[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} "
                                r"\d\d:\d\d:\d\d [+-]\d{4}", date)), True,
              date)


# ---- Locales ----------------------------------------------------------------

@test
def turkish_letters_and_commas_change_nothing(tmp):
    """There, I is not the capital of i, and a comma begins the decimals."""
    made = shutil.which("localedef") and subprocess.run(
        ["localedef", "-i", "tr_TR", "-f", "ISO-8859-9", tmp / "tr_TR"],
        capture_output=True).returncode == 0
    if not made:
        skip("no localedef, or no source of the locale tr_TR")
    for name in "tr_TR", "C", "nonsense", "de_DE.UTF-8":
        env = {"LOCPATH": tmp, "LC_ALL": name, "LANG": name}
        conf(tmp, f"[scenarios]\nMINI.SEND = FILE://{tmp}/x?MATCH=1\n"
             .replace("?MATCH=1", "") + f"mini.recv = FiLe://{tmp}/x\n"
             "MiNi.CRITICAL = 20.5\nMINI.PATIENCE = 0.5\n"
             "[expects]\nMINI.STATUS.EQ = 0\n")
        r = sane(play(tmp, "MINI", "-w", "1.5", env=env))
        equal(r.code, OK, r)
        contains(r.first, ";1.5;20.5;0")
        r = mail(tmp, env, send="ssl_verify=required&auth=PLAIN")
        is_fine(r, name)
        j = play(tmp, "*", "-o", "json", env=env).json
        equal(j["scenario"], "mini")


# ---- More rights than its user ----------------------------------------------

def set_capability(path):
    """cap_net_raw, permitted and effective (VFS_CAP_REVISION_2)."""
    os.setxattr(path, "security.capability",
                struct.pack("<IIIII", 0x02000001, 1 << 13, 0, 0, 0))


@test
def setgid_and_capabilities_are_refused_too(tmp):
    prefix = as_nobody()
    built = next((path for path in (BUILD / "tests/cli/.libs/secure",
                                    BUILD / "tests/cli/secure")
                  if path.exists()), None)
    tmp.chmod(0o755)
    program = tmp / "check_delivery"

    def run_it():
        return subprocess.run(
            [*prefix, program, "--send", f"file://{tmp}/x", "--recv",
             f"file://{tmp}/x"], capture_output=True, text=True,
            env=environment())

    def copy(mode):
        shutil.copy(built, program)
        program.chmod(mode)

    copy(0o755)
    lacks(run_it().stdout, "does not run setuid")
    copy(0o2755)
    refusals = [run_it()]
    copy(0o755)
    try:
        set_capability(program)
        refusals.append(run_it())
    except OSError as error:
        print(f"# no capabilities of files here: {error}")
    if "nosuid" in subprocess.run(["findmnt", "-no", "OPTIONS", "--target",
                                   tmp], capture_output=True,
                                  text=True).stdout:
        not_applicable("nothing is setgid on this file system")
    for done in refusals:
        # A sanitizer has no right to look for leaks here, and says so.
        equal((SANITIZED or done.returncode == UNKNOWN,
               done.stdout.count("\n")), (True, 1), done)
        contains(done.stdout, "UNKNOWN - config - check_delivery does not run "
                 "setuid, setgid or with capabilities")


main()
