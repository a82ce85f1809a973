# SPDX-License-Identifier: BSD-2-Clause
"""Mail from each of the senders to each of the receivers, by a real Postfix
and a real Dovecot."""
import mail
from harness import *

mail.pair_tests(mail.Servers(), ("smtp", "smtps", "smtpstarttls"),
                ("imap", "imaps", "imapstarttls"))
main()
