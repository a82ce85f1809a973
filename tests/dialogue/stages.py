# SPDX-License-Identifier: BSD-2-Clause
"""Faults of servers at each step of each dialogue: nothing hangs, nothing
lies.  The cases of a test are scenarios of one call of the program, with the
good dialogue among them."""
import signal

import stage
from stage import Case
from script import *

ENDS = ["fin-before", "fin-after", "rst", "half"]
WORDS = ["garbage", "refusal", "refusal-for-now", "flood", "endless-line"]
QUICK = [*ENDS, *WORDS, "drip"]


def judge(cases, results):
    for case in cases:
        stage.judge(case, results[case])


def play(*protocols, faults=QUICK, which=lambda step: True):
    """Each fault at each such step, and the good ones among them."""
    steps = stage.rehearse(*protocols)
    cases = [case for protocol in protocols
             for case in [Case(protocol), *stage.cases(
                 protocol, steps[protocol], faults, which)]]
    judge(cases, stage.play(cases))
    return cases


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
    play(*stage.WITH_TLS, faults=["fin-before", "end-of-tls", "drip"],
         which=lambda step: step.tls)


@test
def silence():
    """Until the timeout: nothing is said, nothing is even taken, and bytes
    without end."""
    steps = stage.rehearse(*stage.PROTOCOLS)
    cases = [case for protocol in stage.PROTOCOLS for case in stage.cases(
        protocol, steps[protocol], stage.HELD, lambda step: not step.over
        and (protocol in stage.IN_THE_CLEAR or not step.tls))]
    judge(cases, stage.play_held(cases))


@test
def silence_while_we_clear_up():
    """What was delivered stays delivered, and nothing is waited for long."""
    steps = stage.rehearse(*stage.PROTOCOLS)
    cases = [case for protocol in stage.PROTOCOLS for case in stage.cases(
        protocol, steps[protocol], ["silence", "endless-drip"],
        lambda step: step.over)]
    judge(cases, stage.play(cases, jobs=len(cases)))


main()
