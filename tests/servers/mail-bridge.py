# SPDX-License-Identifier: BSD-2-Clause
"""Mail that arrives as a file: an alias of Postfix writes it."""
import mail
from harness import *

servers = mail.Servers()


def check(name, to, *arguments, **params):
    """The mail goes `to` files.test, and is looked for in files/`name`."""
    send = servers.send("smtpstarttls", servers.account(),
                        to=f"{to}@files.test")
    recv = f"file://{servers.dir}/files/{name}"
    if params:
        recv += "?" + urllib.parse.urlencode(params)
    return keeps_secret(sane(run("--send", send, "--recv", recv, *arguments)))


def tokens(mbox):
    return re.findall("^X-Check-Delivery-Token: (.*)$", mbox.read_text(),
                      re.MULTILINE)


def on_disk(name):
    servers.begin()
    return servers.dir / "files" / name


@test
def a_command_that_takes_the_token_out():
    for number in range(3):
        name = f"probe{number}"
        r = check(name, f"token+{name}", "--patience", "50")
        equal(r.code, OK, f"{r} {servers.log()}")
        equal((r.text.split(" in ")[0], r.details), ("OK - delivered", []), r)
        equal(on_disk(name).exists(), False)


@test
def a_file_with_the_whole_mail():
    """It is more than a token, until that is what we ask for; it stays."""
    mbox = on_disk("mbox")
    r = check("mbox", "mbox", "--patience", "50")
    equal(r.code, WARNING, f"{r} {servers.log()}")
    contains(r.text, "mbox holds more than the token; match=contains would")
    contains("\n".join(r.details), "mbox was left: it holds more than the")
    for number in 2, 3:
        r = check("mbox", "mbox", "--patience", "50", match="contains")
        equal(r.code, OK, f"{r} {servers.log()}")
        contains("\n".join(r.details), "mbox was left")
        eventually(lambda: len(tokens(mbox)) == number, "all of the mail")
        equal(len(set(tokens(mbox))), number)


@test
def the_file_of_another():
    r = check("other", "token+one", "--patience", "1")
    equal(r.code, CRITICAL, r)
    contains(r.text, "recv_recv - not found within 1 s", "other does not")
    eventually(on_disk("one").exists, "the file")
    r = check("one", "token+two", "--patience", "1")
    equal(r.code, CRITICAL, r)
    contains(r.text, "one holds something else")
    equal(on_disk("one").exists(), True)


main()
