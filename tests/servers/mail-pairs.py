# SPDX-License-Identifier: BSD-2-Clause
"""Mail from each of the senders to each of the receivers, by a real Postfix
and a real Dovecot."""
import mail
from harness import *

servers = mail.Servers()


def check(user, *arguments, send="smtp", recv="imap", s=None, r=None,
          **options):
    return sane(run("--send", servers.send(send, user, **(s or {})),
                    "--recv", servers.recv(recv, user, **(r or {})),
                    *arguments, **options))


def pair_test(send, recv):
    def function():
        user = servers.account()
        r = check(user, send=send, recv=recv)
        equal(r.code, OK, f"{r} {servers.log()}")
        contains(r.text, "OK - delivered in ")
        equal("send_cert_days" in r.perfdata.labels, send != "smtp")
        equal("recv_cert_days" in r.perfdata.labels, recv != "imap")
        equal(servers.messages(user), [])
    function.__name__ = f"{send}_to_{recv}"
    test(function)


for _send in "smtp", "smtps", "smtpstarttls":
    for _recv in "imap", "imaps", "imapstarttls":
        pair_test(_send, _recv)


main()
