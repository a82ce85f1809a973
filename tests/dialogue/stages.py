# SPDX-License-Identifier: BSD-2-Clause
"""Faults of servers at each step of each dialogue: nothing hangs, nothing
lies.  The cases of a test are scenarios of one call of the program, with the
good dialogue among them."""
import resource
import signal

import ftp_server
import stage
from stage import ALL, ENDLESS, Case
from script import *
from watched import complaints, left_open, logs, watched

ENDS = ["fin-before", "fin-after", "rst", "half"]
QUICK = [*ENDS, "surplus", "garbage", "refusal", "refusal-for-now", *ENDLESS]
# A worker with sanitizers costs ten times as much, and the same lines are
# reached by a few; the number of faults does not divide by this, so that each
# fault still meets each protocol.
THINNED = 7 if SANITIZED or COVERAGE else 1


def find(*protocols, faults=QUICK, which=lambda step: True):
    """Each fault at each such step."""
    steps = stage.rehearse(*protocols)
    return [case for protocol in protocols for case in stage.cases(
        protocol, steps[protocol], faults, which)][::THINNED]


def judge(results):
    for case, result in results.items():
        stage.judge(case, result)
    return results


def play(*protocols, more=(), **chosen):
    """With the good dialogue, and the same one slowly, among them."""
    cases = find(*protocols, **chosen) + [
        Case(protocol, *how) for protocol in protocols
        for how in ((), (ALL, "drip"))]
    return judge(stage.play(cases, *more))


@test
def smtp():
    play("smtp")


@test
def lmtp():
    play("lmtp")


@test
def imap():
    play("imap")


@test
def pop3():
    play("pop3")


@test
def ftp():
    play("ftp-send", "ftp-recv")


@test
def irc():
    play("irc")


@test
def before_tls_and_in_its_handshake():
    play(*stage.WITH_TLS, which=lambda step: not step.tls)


@test
def under_tls():
    """What is cut, with and without the words that TLS has for its end."""
    play(*stage.WITH_TLS, faults=["fin-before", "end-of-tls"],
         which=lambda step: step.tls)


@test
def servers_that_are_slow_at_each_step():
    """No step has a limit of its own: their sum counts."""
    cases = [Case(protocol, ALL, "late") for protocol in stage.PROTOCOLS]
    results = judge(stage.play(cases, "--wait", "0", patience=40,
                               jobs=len(cases)))
    for case, result in results.items():
        equal(result["reason"], "ok", (stage.name(case), result))
        equal(sum(seconds for _, seconds in result["durations"]) > 3, True,
              (stage.name(case), result))


@test
def nobody_is_there():
    """Nothing listens; or what listens takes nobody in."""
    results = judge(stage.play([Case(protocol, fault="refused")
                                for protocol in stage.PROTOCOLS]))
    for case, result in results.items():  # the text names the side
        side = "send" if case.protocol in stage.SENDERS else "recv"
        equal(result["step"][:9], f"{side}_conn", result)
    judge(stage.play([Case(protocol, fault="black-hole")
                      for protocol in stage.PROTOCOLS], timeout=2))


# ---- What has no end --------------------------------------------------------

@test
def silence():
    """Until the timeout: nothing is said; and bytes without end."""
    cases = find(*stage.PROTOCOLS, faults=["silence", "endless-drip"],
                 which=lambda step: not step.over and not step.tls)
    judge(stage.play_held(cases))


@test
def nothing_is_taken():
    """Where most is to be said, and to data connections."""
    cases = find(*stage.PROTOCOLS, faults=["gone"],
                 which=lambda step: step.verb in ("DATA", "MESSAGE", "TLS"))
    judge(stage.play_held(cases))


@test
def silence_while_we_clear_up():
    """What was delivered stays delivered, and nothing is waited for long."""
    cases = find(*stage.PROTOCOLS, faults=["silence", "endless-drip"],
                 which=lambda step: step.over and not step.tls)
    judge(stage.play(cases, jobs=len(cases)))


def few_means():
    """What a worker may use: data, in bytes, and time of a processor."""
    resource.setrlimit(resource.RLIMIT_DATA, (24 << 20, 24 << 20))
    resource.setrlimit(resource.RLIMIT_CPU, (5, 5))


@test
def what_has_no_end_costs_little():
    """A worker that took more would fail, or die."""
    if SANITIZED:
        not_applicable("sanitizers need memory themselves")
    cases = find("smtp", "imap", "pop3", "ftp-recv", "irc", "smtps",
                 faults=[*ENDLESS, "endless-drip"],
                 which=lambda step: step.verb in (
                     "EHLO", "FETCH", "TOP", "DATA", "JOIN", "PRIVMSG"))
    judge(stage.play_held([*cases, Case("smtp")], preexec_fn=few_means))


# ---- What becomes of a message on its way -----------------------------------

def arrives(change, *arguments):
    """A check by IMAP and one by POP3, with what a change makes of the
    messages."""
    for kind in Imap, Pop3:
        with Smtp() as smtp, kind(smtp, copies=change) as receiver:
            yield check(smtp, receiver, *arguments), receiver


@test
def two_copies_and_a_thousand():
    """They are told; some are removed, the others too if they were few."""
    for number in 2, 1000:
        for r, _ in arrives(lambda messages: messages * number):
            fails(r, "recv_recv", "found ", "times", code=WARNING)


@test
def a_message_that_was_changed_on_its_way_but_is_ours():
    """Other fields before and among its own, which are folded and written
    otherwise, and a footer."""
    def change(message):
        header, body = message.split("\r\n\r\n", 1)
        lines = header.split("\r\n")
        lines = [re.sub("(?i)^x-check-delivery-token: ",
                        "x-CHECK-delivery-token:\r\n\t", line)
                 for line in lines]
        return ("Received: from a\r\n by b; now\r\n"
                + "\r\nX-Spam: no\r\n".join(reversed(lines))
                + f"\r\n\r\n{body}\r\n-- \r\nA list\r\n")

    for r, receiver in arrives(lambda messages: list(map(change, messages))):
        equal(r.code, OK, r)
        contains(" ".join(receiver.commands), "DELE 1" if isinstance(
            receiver, Pop3) else "STORE 41 ")


@test
def what_an_earlier_run_sent_and_comes_now():
    """It is not ours, and stays."""
    def old(message):
        token = re.search("X-Check-Delivery-Token: (.*)", message)[1].strip()
        return message.replace(token, "cd-" + "x" * (len(token) - 3))

    for alone in False, True:
        for r, receiver in arrives(lambda messages: list(map(old, messages))
                                   + ([] if alone else messages)):
            equal(r.code, CRITICAL if alone else OK, r)
            contains(r.text, "not found" if alone else "delivered")
            if isinstance(receiver, Pop3):
                equal(receiver.removed, set() if alone else {2})
            else:
                equal([line for line in receiver.commands
                       if "EXPUNGE" in line],
                      [] if alone else ["UID EXPUNGE 42"])


# ---- Signals ----------------------------------------------------------------

def paused(*protocols):
    return find(*protocols, faults=["paused"])


def all_of(process):
    """The program and its workers."""
    path = pathlib.Path(f"/proc/{process.pid}/task/{process.pid}/children")
    return [process.pid, *map(int, path.read_text().split())]


def when_all_wait(servers):
    eventually(lambda: all(server.happened for server in servers.values()),
               "all servers")


def interrupt(number, *protocols):
    """All at once, each at another step."""
    def begun(process, servers):
        when_all_wait(servers)
        process.send_signal(number)

    cases = paused(*protocols)
    results = stage.play(cases, jobs=len(cases), begun=begun)
    for case, result in results.items():
        is_over = result["server"].steps[case.step].over
        contains(["interrupted", "ok"] if is_over else ["interrupted"],
                 result["reason"])
        equal(result["state"], "OK" if result["reason"] == "ok"
              else "UNKNOWN", result)


@test
def interrupted_at_each_step():
    interrupt(signal.SIGTERM, *stage.IN_THE_CLEAR)
    interrupt(signal.SIGINT, "smtps")
    interrupt(signal.SIGHUP, "pop3starttls")
    interrupt(signal.SIGTERM, "ftps-recv")


@test
def signals_that_mean_nothing_at_each_step():
    def begun(process, servers):
        when_all_wait(servers)
        for number in (signal.SIGPIPE, signal.SIGCHLD, signal.SIGSTOP,
                       signal.SIGCONT):
            for one in all_of(process):
                os.kill(one, number)
        for server in servers.values():
            server.may_go_on.set()

    cases = paused(*stage.IN_THE_CLEAR, "smtps", "ftps-send")
    judge(stage.play(cases, jobs=len(cases), begun=begun))


@test
def stopped_for_longer_than_the_timeout():
    seconds = 4

    def begun(process, servers):
        started = time.monotonic()
        when_all_wait(servers)
        everyone = all_of(process)
        for one in everyone:
            os.kill(one, signal.SIGSTOP)
        time.sleep(max(started + seconds + 0.1 - time.monotonic(), 0))
        for one in everyone:
            os.kill(one, signal.SIGCONT)

    cases = [case for case in paused("smtp")
             if case.verb not in ("QUIT", "MESSAGE")]
    results = stage.play(cases, jobs=len(cases), timeout=seconds, begun=begun)
    equal({result["reason"] for result in results.values()}, {"timeout"})


# ---- What is left -----------------------------------------------------------

class Late:
    """Listens, but takes nobody in; and is gone before it does."""

    def __init__(self, port):
        self.listener = socket.create_server(("127.0.0.1", port), backlog=0)
        self.others = []
        for _ in range(4):
            self.others.append(socket.socket())
            self.others[-1].setblocking(False)
            self.others[-1].connect_ex(("127.0.0.1", port))

    def close(self):
        for one in self.listener, *self.others:
            one.close()


def descriptors(process):
    try:
        return len(os.listdir(f"/proc/{all_of(process)[1]}/fd"))
    except PermissionError:
        not_applicable("the worker's descriptors are not ours to see")


@test
def connections_that_fail_late_leave_no_descriptor(tmp):
    """While a receiver is away, each look makes one."""
    if SANITIZED:
        not_applicable("LeakSanitizer does not see whose the memory is that "
                       "GLib 2.74 loses here")
    server = stage.make_server(Case("ftp-recv"), tmp / "x")
    server.changes["SIZE"] = "421 away\r\n"
    with server:
        process = start("--send", f"file://{tmp}/x", "--recv",
                        ftp_server.at(server), "-4", "--patience", "40")
        eventually(lambda: "SIZE" in server.commands, "the first look")
    counts = []
    for _ in range(3):
        late = Late(server.port)
        time.sleep(1.2)  # a try is told once its packet is sent again
        late.close()
        time.sleep(0.9)
        counts.append(descriptors(process))
    process.terminate()
    finish(process)
    equal(max(counts) - counts[0] < 2, True, counts)


# ---- Memory -----------------------------------------------------------------

# Some of all, for a worker costs half a second, and two with TLS; `make
# torture` takes all.
EACH = 1 if os.environ.get("TORTURE_ALL") == "yes" else 53


# So many of them are over long before the timeout of their call.
AT_ONCE = 24


def is_clean(tmp, cases):
    """No leak, no wild access, no descriptor left."""
    env = watched(tmp, leaks="definite", exit_code=0)
    for first in range(0, len(cases), AT_ONCE):
        judge(stage.play(cases[first:first + AT_ONCE], env=env, jobs=4))
    said = logs(tmp)
    equal(complaints(said), [], said)
    equal(left_open(said), [], said)


@test
def under_valgrind(tmp):
    is_clean(tmp, find(*stage.IN_THE_CLEAR, faults=[*ENDS, "garbage"],
                       which=lambda step: not step.over)[::EACH])


@test
def under_valgrind_with_tls(tmp):
    is_clean(tmp, find("smtpstarttls", "imaps", "pop3s", "ftps-recv",
                       faults=["rst", "end-of-tls", "garbage"],
                       which=lambda step: not step.over)[::EACH])


main()
