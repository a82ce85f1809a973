# SPDX-License-Identifier: BSD-2-Clause
"""Certificates and versions of TLS that must not be trusted, by no transport,
and those that must.  The cases of a test are scenarios of one call."""
import warnings

import actor
import stage
from stage import WITH_TLS, Case
from script import *

FTPS = ["ftps-send", "ftps-recv"]
ANYBODY = ["the certificate of localhost does not hold"]
NOT_OURS = ["it is not for localhost"]


def fails_by_tls(case, result, parts):
    """Nothing was said under TLS, nor to anybody else."""
    server = result["server"]
    said = f"{stage.name(case)}: {result}"
    equal((result["reason"], result["state"]), ("tls", "CRITICAL"), said)
    contains(result["message"], *parts)
    equal(server.final, False, said)
    if case.data != "good":
        equal(result["step"][5:] in ("send", "recv"), True, said)
        equal(server.stored, {}, said)
    else:
        equal("_conn" in result["step"], True, said)
        equal((server.secret, len(server.peers)), ("", 1), said)


def refused(wanted, host="localhost", more="", with_data=FTPS):
    """By every transport, and on data connections; good ones are among them.
    `wanted`: a certificate -> what is said of it."""
    bad = {Case(protocol, certificate=certificate, host=host, more=more): parts
           for certificate, parts in wanted.items() for protocol in WITH_TLS}
    bad |= {Case(protocol, data=certificate, host=host, more=more): parts
            for certificate, parts in wanted.items()
            for protocol in with_data}
    good = [Case(protocol, host=host) for protocol in WITH_TLS]
    results = stage.play([*bad, *good])
    for case, result in results.items():
        if case.protocol in WITH_TLS:
            stage.says_no_more_than_it_may(result["server"])
        if case in bad:
            fails_by_tls(case, result, bad[case])
        else:
            stage.judge(case, result)


def trusted(*cases):
    results = stage.play(cases)
    for case, result in results.items():
        stage.judge(case, result)


# ---- Certificates -----------------------------------------------------------

@test
def a_certificate_that_has_ended():
    certificates.certificate(folder(), "expired", start="20200101000000Z",
                             end="20210101000000Z")
    refused({"expired": ["certificate has expired"]})


@test
def a_certificate_that_has_not_begun():
    certificates.certificate(folder(), "early", start="20900101000000Z",
                             end="20910101000000Z")
    refused({"early": ["certificate is not yet valid"]})


@test
def a_certificate_of_nobody():
    certificates.self_signed(folder())
    refused({"self-signed": ANYBODY})


@test
def a_certificate_of_an_unknown_authority():
    certificates.authority(folder(), "stranger")
    certificates.certificate(folder(), "strange", ca="stranger")
    refused({"strange": ["unable to get local issuer certificate "
                         "(ca_file= names an authority of your own)"]})


def der_with_nul(name, behind):
    """A name with NUL in it, which text would end at."""
    name = name.encode() + b"\0" + behind.encode()
    der = bytes([0x82, len(name)]) + name
    return "DER:" + (bytes([0x30, len(der)]) + der).hex(":")


@test
def names_that_are_not_ours():
    wanted = {}
    for number, (names, parts) in enumerate((
            ("DNS:other.example", [*NOT_OURS, "but for other.example"]),
            (None, NOT_OURS),
            (der_with_nul("localhost", ".evil.test"), NOT_OURS),
            ("DNS:*", NOT_OURS), ("DNS:*ocalhost", NOT_OURS),
            ("DNS:l*", NOT_OURS),
            ("DNS:localhost.evil.example", NOT_OURS),
            ("email:localhost@localhost", NOT_OURS))):
        certificates.certificate(folder(), f"name{number}", names=names)
        wanted[f"name{number}"] = parts
    refused(wanted)


@test
def an_address_is_no_name():
    """An IP address must stand as one in the certificate."""
    certificates.certificate(folder(), "address", names="DNS:127.0.0.1")
    refused({"address": ["it is not for 127.0.0.1"]}, host="127.0.0.1")


@test
def a_certificate_for_something_else():
    certificates.certificate(folder(), "client", usage="clientAuth")
    refused({"client": ANYBODY})


def with_chain(name, *above):
    bundle = folder() / f"{name}.pem"
    bundle.write_text(bundle.read_text() + "".join(
        (folder() / f"{one}.crt").read_text() for one in above))


@test
def a_certificate_signed_by_no_authority():
    certificates.certificate(folder(), "leaf")
    certificates.certificate(folder(), "below", ca="leaf")
    with_chain("below", "leaf")
    refused({"below": ANYBODY})


@test
def a_weak_key_and_a_weak_signature():
    certificates.certificate(folder(), "weak", key="1024")
    certificates.certificate(folder(), "sha1", digest="sha1")
    refused({"weak": ANYBODY, "sha1": ANYBODY})


@test
def names_that_are_ours():
    """A wildcard for one label, an address, an authority in between."""
    certificates.certificate(folder(), "wild", names="DNS:*.mail.example")
    certificates.certificate(folder(), "between", is_ca=True,
                             common="an authority in between")
    certificates.certificate(folder(), "far", ca="between")
    with_chain("far", "between")
    trusted(*(Case(protocol, **how) for protocol in WITH_TLS for how in (
        {"host": "127.0.0.1"}, {"more": "servername=::1%25lo"},
        {"certificate": "far", "data": "far"},
        {"certificate": "wild", "data": "wild",
         "more": "servername=mx.mail.example"})))


@test
def wildcards_for_more_or_less_than_a_label():
    """A name of several labels: OpenSSL itself takes parts of those."""
    wanted = {}
    for number, name in enumerate(("m*.mail.example", "*x.mail.example",
                                   "*.example", "mx.*.example")):
        certificates.certificate(folder(), f"part{number}",
                                 names=f"DNS:{name}")
        wanted[f"part{number}"] = ["it is not for mx.mail.example"]
    refused(wanted, more="servername=mx.mail.example", with_data=[])


# ---- Versions and suites ----------------------------------------------------

def shakes_hands_with_whoever_is_willing(how):
    """Or else that nobody does proves nothing."""
    class Willing(Smtp):
        def play(self, peer):
            peer.socket = actor.context(f"good+{how}").wrap_socket(
                peer.socket, server_side=True)
            peer.socket.close()

    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.check_hostname, made.verify_mode = False, ssl.CERT_NONE
    made.set_ciphers("ALL:aNULL:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        made.minimum_version = ssl.TLSVersion.TLSv1
        made.maximum_version = ssl.TLSVersion.TLSv1_2
    with Willing() as server, socket.create_connection(
            ("127.0.0.1", server.port)) as connection:
        try:
            made.wrap_socket(connection).close()
        except ssl.SSLError:
            not_applicable(f"the server's OpenSSL has no {how}")


@test
def old_versions_and_suites_without_a_certificate():
    for how in "tls1.0", "tls1.1", "anonymous":
        shakes_hands_with_whoever_is_willing(how)
    refused({f"good+{how}": ["TLS with localhost"]
             for how in ("tls1.0", "tls1.1", "anonymous")})


@test
def the_oldest_version_that_is_asked_for():
    refused({"good+tls1.2": ["TLS with localhost"]}, more="tls_min=1.3")
    trusted(*(Case(protocol, certificate=f"good+{how}", data=f"good+{how}")
              for protocol in WITH_TLS for how in ("tls1.2", "tls1.3")))


# ---- Files ------------------------------------------------------------------

def files_of_authorities(tmp):
    (tmp / "empty").touch()
    (tmp / "garbage").write_text("-----BEGIN CERTIFICATE-----\nx\n")
    with open(tmp / "large", "wb") as large:
        large.truncate(100 * 1024 * 1024)
    write(tmp / "unreadable", (folder() / "ca.pem").read_text(), 0)
    return ["missing", "empty", "garbage", "large", "unreadable", "."]


@test
def authorities_that_are_none(tmp):
    """By no transport, and nobody is connected to."""
    bad = [Case(protocol, ca=str(tmp / name)) for protocol in WITH_TLS
           for name in files_of_authorities(tmp)]
    good = [Case(protocol) for protocol in WITH_TLS]
    results = stage.play([*bad, *good], preexec_fn=as_anybody)
    for case in good:
        stage.judge(case, results[case])
    for case in bad:
        said = f"{stage.name(case)}: {results[case]}"
        equal((results[case]["reason"], results[case]["state"],
               results[case]["step"]), ("config", "UNKNOWN", "config"), said)
        contains(results[case]["message"], f": ca_file={case.ca}: ")
        equal(results[case]["server"].peers, [], said)


@test
def files_that_are_none(tmp):
    names = files_of_authorities(tmp)
    with Smtp("smtps") as smtp, Imap(smtp) as imap:
        for name in names:
            for parameter in "ca_file", "cert":
                more = f"{parameter}={tmp}/{name}"
                send = url(smtp, "a").split("?")[0] + f"?{more}"
                harness.refused(run("--send", send, "--recv", url(imap, "b"),
                                    preexec_fn=as_anybody),
                                f"send: {parameter}={tmp}/{name}: ")
        send = url(smtp, "a").split("?")[0] + f"?ca_path={tmp}/missing"
        harness.refused(run("--send", send, "--recv", url(imap, "b")),
                        "ca_path=")
        harness.refused(run("--send", url(smtp, "a", "key=/x"), "--recv",
                            url(imap, "b")), "key= without cert=")
    equal((smtp.peers, imap.peers), ([], []))


@test
def folders_of_hashed_names(tmp):
    """By ca_path, and by the environment."""
    done = subprocess.run(["openssl", "x509", "-hash", "-noout", "-in",
                           folder() / "ca.pem"], capture_output=True,
                          text=True, check=True)
    shutil.copy(folder() / "ca.pem", tmp / f"{done.stdout.strip()}.0")
    (tmp / "other").mkdir()
    clean = {"SSL_CERT_FILE": None, "SSL_CERT_DIR": None}
    for more, env in ((f"?ca_path={tmp}", {}), ("", {"SSL_CERT_DIR": tmp}),
                      ("", {"SSL_CERT_DIR": f"{tmp}/other::{tmp}:"}),
                      ("", {"SSL_CERT_DIR": tmp, "SSL_CERT_FILE": ""}),
                      ("", {"SSL_CERT_FILE": folder() / "ca.pem",
                            "SSL_CERT_DIR": ""})):
        with Smtp("smtps") as smtp, Imap(smtp) as imap:
            r = sane(run("--send", url(smtp, "a").split("?")[0] + more,
                         "--recv", url(imap, "b"), env={**clean, **env}))
        equal(r.code, OK, f"{more} {env} {r}")
    with Smtp("smtps") as smtp, Imap(smtp) as imap:
        r = sane(run("--send", url(smtp, "a").split("?")[0], "--recv",
                     url(imap, "b"), env=clean))
    fails(r, "send_conn", "the certificate of localhost does not hold")
    (tmp / "a:b").mkdir()
    for more, env, part in (
            (f"?ca_path={tmp}/a:b", {}, "a folder with a colon in its name"),
            ("", {"SSL_CERT_DIR": f"{tmp}:{tmp}/missing"},
             f"SSL_CERT_DIR={tmp}/missing: No such file")):
        with Smtp("smtps") as smtp, Imap(smtp) as imap:
            harness.refused(run("--send", url(smtp, "a").split("?")[0] + more,
                                "--recv", url(imap, "b"),
                                env={**clean, **env}), part)


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
