# SPDX-License-Identifier: BSD-2-Clause
"""Mail that a real Postfix hands to a real Dovecot, which keeps it in
maildirs: there it is found without either of them."""
import mail
from harness import *

servers = mail.Servers()


def path_of(user):
    """Dovecot makes it when the user comes for the first time."""
    servers.messages(user)
    return servers.dir / "mail" / user


def recv(user, query=""):
    address, path = (str(part).replace("@", "%40")
                     for part in (user, path_of(user)))
    return f"maildir://{address}@{path}{query}"


def check(user, *arguments, send="smtp", s=None, query=""):
    return sane(run("--send", servers.send(send, user, **(s or {})), "--recv",
                    recv(user, query), *arguments))


def ends(r, code, *parts):
    equal(r.code, code, f"{r} {servers.log()}")
    contains(r.text, *parts)


def others(path):
    """Dovecot's own files, and what they are."""
    return sorted(entry.name for entry in path.iterdir()
                  if "dovecot" in entry.name)


@test
def each_sender_goes_with_it():
    for send in "smtp", "smtps", "smtpstarttls":
        user = servers.account()
        ends(check(user, send=send), OK, "OK - delivered in ")
        equal(servers.messages(user), [])


@test
def other_messages_and_dovecots_files_stay():
    user = servers.account()
    servers.append(user, b"Subject: mine\r\n\r\nhands off\r\n")
    before = others(path_of(user))
    for _ in range(2):
        ends(check(user), OK)
        equal(len(servers.messages(user)), 1)
        lacks(" ".join(map(str, servers.flags(user))), "Deleted", "Seen")
    contains(before, "dovecot-uidlist", "dovecot.index.log")
    equal(set(before) - set(others(path_of(user))), set())


def begun(user, **send):
    """A check that has begun to look, and waits."""
    process = start("--send", servers.send("smtp", user, **send), "--recv",
                    recv(user), "-o", "json", "--timeout", "50", "--patience",
                    "45", "-v")
    for line in process.stderr:
        if b"recv_recv" in line:
            break
    return process


@test
def what_was_read_already_is_in_cur_and_found():
    user = servers.account()
    process = begun(user, to="late@example.test")
    token = eventually(lambda: re.search(
        f" from=<{user}> to=<late@.*?message-id=<([A-Za-z0-9-]+)@",
        servers.postfix_log(), re.DOTALL), "the message")
    with servers.login(user) as connection:
        connection.append("INBOX", "(\\Seen)", None, (
            f"Message-ID: <{token[1]}@example.test>\r\n"
            f"X-Check-Delivery-Token: {token[1]}\r\n\r\nx\r\n").encode())
    r = finish(process).json
    equal(r["reason"], "ok", r)
    contains(r["facts"]["recv_file"], f"{path_of(user)}/cur/", ":2,S")
    equal(servers.messages(user), [])


@test
def junk_is_misplaced():
    user = servers.account()
    r = check(user, s={"to": user.replace("@", "+Junk@")})
    ends(r, WARNING, f"found in {path_of(user)}/.Junk instead of")
    equal(servers.messages(user, "Junk"), [])


@test
def a_folder_of_ones_own():
    user = servers.account()
    equal(servers.messages(user, "Unsorted"), [])
    r = check(user, s={"to": user.replace("@", "+Unsorted@")},
              query="?folder=.Unsorted")
    ends(r, OK)
    equal(servers.messages(user, "Unsorted"), [])


@test
def two_copies():
    user = servers.account("twice")
    ends(check(user, "--wait", "2"), WARNING, "found 2 times")
    equal(servers.messages(user), [])


@test
def what_does_not_arrive():
    user = servers.account()
    r = check(user, "--patience", "1", s={"to": "late@example.test"})
    ends(r, CRITICAL, "not found within 1 s")


@test
def what_arrives_late_is_found():
    user = servers.account("late")
    process = begun(user)
    servers.release()
    r = finish(process).json
    equal(r["reason"], "ok", f"{r} {servers.log()}")
    equal(servers.messages(user), [])


main()
