# SPDX-License-Identifier: BSD-2-Clause
"""make bench, mail: a check from SMTP to IMAP against a real Postfix and a
real Dovecot, beside a fixed dialogue in C and one in Python.

Usage: mail-bench.py PROGRAM REFERENCE [ROUNDS]
"""
import os
import pathlib
import re
import statistics
import subprocess
import sys

_tests = pathlib.Path(os.environ["abs_top_srcdir"], "tests")
sys.path[:0] = [str(_tests / "servers"), str(_tests / "cli")]
import mail  # noqa: E402
from harness import Skip  # noqa: E402
from measure import show, spawn  # noqa: E402

MODES = {"clear": ("smtp", "imap", "smtp", "imap"),
         "starttls": ("smtpstarttls", "imapstarttls", "submission", "imap"),
         "tls": ("smtps", "imaps", "smtps", "imaps")}
PYTHON = """
import imaplib, smtplib, ssl, sys, time, os
mode, smtp, imap, user, password, ca = sys.argv[1:]
context = ssl.create_default_context(cafile=ca) if mode != "clear" else None
box = (imaplib.IMAP4_SSL("localhost", int(imap), ssl_context=context)
       if mode == "tls" else imaplib.IMAP4("localhost", int(imap)))
if mode == "starttls": box.starttls(context)
box.login(user, password); box.select()
out = (smtplib.SMTP_SSL("localhost", int(smtp), context=context)
       if mode == "tls" else smtplib.SMTP("localhost", int(smtp)))
if mode == "starttls": out.starttls(context=context)
out.login(user, password)
token = f"py-{os.getpid()}-{time.time_ns()}"
out.sendmail(user, [user], f"From: <{user}>\\r\\nTo: <{user}>\\r\\nSubject: "
             f"{token}\\r\\nX-Token: {token}\\r\\n\\r\\n{token}\\r\\n")
out.quit()
while True:
    box.noop()
    found = box.uid("SEARCH", None, "HEADER", "X-Token", token)[1][0].split()
    if found: break
    time.sleep(0.005)
box.uid("STORE", found[0], "+FLAGS", r"(\\Deleted)")
box.uid("EXPUNGE", found[0])
box.logout()
"""


# What only asks for news.
LOOK = re.compile(r"\S+ (NOOP|IDLE|DONE|UID FETCH|STATUS)\b|DONE$")


def is_look_in_vain(said, answers):
    """How many of these there are tells of the delivery, not of the check."""
    return (all(LOOK.match(line) for line in said)
            and not any("FETCH (UID" in line for line in answers))


def flights(trace, plugin):
    """Bursts of the client that the server answered; looks that find nothing
    do not count."""
    bursts, said, answers = [], [], []
    for line in trace.split("\n"):
        match = re.match(rf"check_delivery: {plugin}: ([CS]): (.*)", line)
        if match and match[1] == "C":
            if answers:
                bursts.append((said, answers))
                said, answers = [], []
            said.append(match[2])
        elif match and said:
            answers.append(match[2])
    bursts.append((said, answers))
    return sum(not is_look_in_vain(*burst) for burst in bursts)


def check(program, servers, mode, auth):
    send, recv = MODES[mode][:2]
    user = servers.account("bench")
    how = {"auth": auth, "host": "127.0.0.1"}
    return [program, "--send", servers.send(send, user, **how),
            "--recv", servers.recv(recv, user, **how)]


def show_flights(command):
    trace = subprocess.run([*command, "-vvv"], stderr=subprocess.PIPE,
                           text=True, stdout=subprocess.DEVNULL,
                           check=True).stderr
    return (f"{flights(trace, 'smtp')} to send, "
            f"{flights(trace, 'imap')} to receive")


def bench(servers, mode, program, reference, rounds):
    """The reference says its password at once, auth=plain; what a check does
    by itself, where the servers offer SCRAM, is beside it."""
    smtp, imap = MODES[mode][2:]
    plain, auto = (check(program, servers, mode, auth)
                   for auth in ("plain", None))
    common = [mode, str(servers.ports[smtp]), str(servers.ports[imap])]
    rest = [mail.PASSWORD, str(servers.dir / "ca.pem")]
    commands = {
        "reference": [reference, *common, servers.account("bench"), *rest],
        "check_delivery": plain,
        "  with SCRAM": auto,
        "Python": [sys.executable, "-c", PYTHON, *common,
                   servers.account("bench"), *rest]}
    samples = {name: [] for name in commands}
    for number in range(rounds + 2):
        for name, command in commands.items():
            if name == "Python" and (number - 2) % 5:
                continue
            sample = spawn(command)
            if number >= 2:
                samples[name].append(sample)
    print(f"mail, {mode}, {rounds} rounds by turns:")
    for name in commands:
        show(name, samples[name])
    for what, index, aim in ("wall", 0, 1.2), ("CPU", 1, 1.5):
        medians = [statistics.median(sample[index] for sample in samples[name])
                   for name in ("check_delivery", "reference")]
        print(f"  ratio, {what:<9} {medians[0] / medians[1]:.2f}   "
              f"(aim: at most {aim})")
    print(f"  flights          {show_flights(plain)}   "
          "(aim in clear: at most 4 each)")
    print(f"    with SCRAM     {show_flights(auto)}")


def main():
    program, reference = sys.argv[1:3]
    rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 100
    servers = mail.Servers()
    try:
        servers.begin()
    except Skip as why:
        print(f"mail: left out ({why})")
        return
    for mode in MODES:
        bench(servers, mode, program, reference, rounds)


main()
