# SPDX-License-Identifier: BSD-2-Clause
"""Mail servers that go away and come back."""
import mail
from harness import *

servers = mail.Servers()


def waiting(user, patience=50):
    """A check that waits for a message that comes later."""
    return until_it_says(
        start("--send", servers.send("smtp", user), "--recv",
              servers.recv("imaps", user), "--timeout", "55", "--patience",
              patience, "-vvv"), "imap: C: .* IDLE")


@test
def a_receiver_that_restarts_while_we_wait():
    user = servers.account("late")
    process = waiting(user)
    servers.stop_dovecot()
    servers.start_dovecot()
    servers.release()
    r = sane(finish(process))
    equal(r.code, OK, f"{r} {servers.log()}")
    contains(r.err, "connected to localhost:")
    equal(servers.messages(user), [])


@test
def a_receiver_that_goes_away():
    user = servers.account("late")
    process = waiting(user, 4)
    servers.stop_dovecot()
    r = sane(finish(process))
    servers.start_dovecot()
    equal(r.code, CRITICAL, r)
    contains(r.text, "recv_recv - not found within 4 s",
             "the connection was lost")


@test
def a_sender_that_is_not_there():
    user = servers.account()
    servers.stop_postfix()
    r = sane(run("--send", servers.send("smtp", user), "--recv",
                 servers.recv("imap", user)))
    equal(r.code, CRITICAL, r)
    contains(r.text, "send_conn - localhost:", "Connection refused")


main()
