# SPDX-License-Identifier: BSD-2-Clause
"""Certificates and versions of TLS that must not be trusted."""
from script import *


def refuse(certificate, *parts, scheme="smtps", newest=None, send=""):
    """The server's certificate is refused before anything is said."""
    with Smtp(scheme, certificate) as smtp, Imap(smtp) as imap:
        if newest:
            start_tls = Peer.start_tls
            smtp.play = lambda peer: start_tls(peer, certificate, newest)
        r = check(smtp, imap, send=send)
    fails(r, "send_conn", *parts)
    equal(smtp.secret, "")
    equal(smtp.messages, [])
    equal(len(smtp.peers), 1)


def refuse_everywhere(certificate, *parts):
    for scheme in "smtps", "smtpstarttls":
        refuse(certificate, *parts, scheme=scheme)
    for scheme in "imaps", "imapstarttls", "pop3s", "pop3starttls":
        kind = Pop3 if "pop3" in scheme else Imap
        with Smtp() as smtp, kind(smtp, scheme, certificate) as receiver:
            r = check(smtp, receiver)
        fails(r, "recv_conn_early", *parts)
        equal((receiver.secret, smtp.clear), ("", ""))


@test
def a_certificate_that_has_ended():
    certificates.certificate(folder(), "expired", start="20200101000000Z",
                             end="20210101000000Z")
    refuse_everywhere("expired", "certificate has expired")


@test
def a_certificate_that_has_not_begun():
    certificates.certificate(folder(), "early", start="20900101000000Z",
                             end="20910101000000Z")
    refuse_everywhere("early", "certificate is not yet valid")


@test
def a_certificate_of_nobody():
    certificates.self_signed(folder())
    refuse_everywhere("self-signed", "the certificate of localhost")


@test
def a_certificate_of_an_unknown_authority():
    certificates.authority(folder(), "stranger")
    certificates.certificate(folder(), "strange", ca="stranger")
    refuse_everywhere("strange", "unable to get local issuer certificate")


@test
def names_that_are_not_ours():
    for number, (names, part) in enumerate((
            ("DNS:other.example", "it is not for localhost, but for other.ex"),
            (None, "it is not for localhost"),
            ("DNS:*", "it is not for localhost"),
            ("DNS:*ocalhost", "it is not for localhost"),
            ("DNS:l*", "it is not for localhost"),
            ("DNS:localhost.evil.example", "it is not for localhost"),
            ("email:localhost@localhost", "it is not for localhost"))):
        certificates.certificate(folder(), f"name{number}", names=names)
        refuse(f"name{number}", part)


@test
def an_address_is_no_name():
    """An IP address must stand as one in the certificate."""
    certificates.certificate(folder(), "address", names="DNS:127.0.0.1")
    with Smtp("smtps", "address") as smtp, Imap(smtp) as imap:
        r = sane(run("--send", url(smtp, "a").replace("localhost",
                                                      "127.0.0.1"),
                     "--recv", url(imap, "b")))
    fails(r, "send_conn", "it is not for 127.0.0.1")
    with Smtp("smtps") as smtp, Imap(smtp) as imap:
        r = sane(run("--send", url(smtp, "a").replace("localhost",
                                                      "127.0.0.1"),
                     "--recv", url(imap, "b")))
    equal(r.code, OK, r)


@test
def a_certificate_for_something_else():
    certificates.certificate(folder(), "client", usage="clientAuth")
    refuse("client", "the certificate of localhost")


@test
def a_certificate_signed_by_no_authority():
    certificates.certificate(folder(), "leaf")
    certificates.certificate(folder(), "below", ca="leaf")
    bundle = folder() / "below.pem"
    bundle.write_text(bundle.read_text() + (folder() / "leaf.crt").read_text())
    refuse("below", "the certificate of localhost")


@test
def a_weak_key():
    certificates.certificate(folder(), "weak", key="1024")
    refuse("weak", "the certificate of localhost")


@test
def old_versions():
    for newest in ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1:
        refuse("good", "TLS with localhost", newest=newest)
    refuse("good", "TLS with localhost", newest=ssl.TLSVersion.TLSv1_2,
           send="tls_min=1.3")


@test
def files_that_are_none(tmp):
    (tmp / "empty").touch()
    (tmp / "garbage").write_text("-----BEGIN CERTIFICATE-----\nx\n")
    with open(tmp / "large", "wb") as large:
        large.truncate(100 * 1024 * 1024)
    with Smtp("smtps") as smtp, Imap(smtp) as imap:
        for name in "missing", "empty", "garbage", "large", ".":
            for parameter in "ca_file", "cert":
                more = f"{parameter}={tmp}/{name}"
                send = url(smtp, "a").split("?")[0] + f"?{more}"
                refused(run("--send", send, "--recv", url(imap, "b")),
                        f"send: {parameter}={tmp}/{name}: ")
        send = url(smtp, "a").split("?")[0] + f"?ca_path={tmp}/missing"
        refused(run("--send", send, "--recv", url(imap, "b")), "ca_path=")
        refused(run("--send", url(smtp, "a", "key=/x"), "--recv",
                    url(imap, "b")), "key= without cert=")
    equal((smtp.peers, imap.peers), ([], []))


@test
def folders_of_hashed_names(tmp):
    """By ca_path, and by the environment."""
    done = subprocess.run(["openssl", "x509", "-hash", "-noout", "-in",
                           folder() / "ca.pem"], capture_output=True,
                          text=True, check=True)
    shutil.copy(folder() / "ca.pem", tmp / f"{done.stdout.strip()}.0")
    clean = {"SSL_CERT_FILE": None, "SSL_CERT_DIR": None}
    for more, env in ((f"?ca_path={tmp}", {}), ("", {"SSL_CERT_DIR": tmp}),
                      ("", {"SSL_CERT_FILE": folder() / "ca.pem"})):
        with Smtp("smtps") as smtp, Imap(smtp) as imap:
            r = sane(run("--send", url(smtp, "a").split("?")[0] + more,
                         "--recv", url(imap, "b"), env={**clean, **env}))
        equal(r.code, OK, f"{more} {env} {r}")
    with Smtp("smtps") as smtp, Imap(smtp) as imap:
        r = sane(run("--send", url(smtp, "a").split("?")[0], "--recv",
                     url(imap, "b"), env=clean))
    fails(r, "send_conn", "the certificate of localhost does not hold")


@test
def a_certificate_of_ours(tmp):
    """The server sees it, and EXTERNAL logs in by it."""
    certificates.certificate(folder(), "ours", usage="clientAuth",
                             common="anna")
    seen = []

    def begin(peer, certificate="good", newest=None):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(folder() / "good.pem")
        context.load_verify_locations(folder() / "ca.pem")
        context.verify_mode = ssl.CERT_REQUIRED
        peer.socket = context.wrap_socket(peer.socket, server_side=True)
        peer.tls = True
        seen.append(peer.socket.getpeercert()["subject"])

    smtp = Smtp("smtps", EHLO="250-mx\r\n250 AUTH EXTERNAL PLAIN\r\n")
    play = smtp.play
    smtp.play = lambda peer: (setattr(peer, "start_tls",
                                      lambda *_: begin(peer)), play(peer))
    with smtp, Imap(smtp) as imap:
        r = check(smtp, imap, send=f"cert={folder()}/ours.pem&auth=external")
    equal(r.code, OK, r)
    equal(seen, [((("commonName", "anna"),),)])
    contains(smtp.secret, "AUTH EXTERNAL YW5uYUBleGFtcGxlLm9yZw==")


main()
