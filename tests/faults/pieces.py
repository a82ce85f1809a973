# SPDX-License-Identifier: BSD-2-Clause
"""Calls that move a byte at a time, are interrupted, or find nothing although
poll() said so: the same results as without."""
import contextlib

from scenarios import *
import stage

EVERYTHING = "short eintr eagain poll"


def with_and_without(tmp, fill, io):
    """The results of the same, in two worlds."""
    for world, shim in (("fair", None), ("foul", Shim(tmp, io=io))):
        folder = tmp / "world"
        folder.mkdir()
        with contextlib.ExitStack() as stack:
            scenarios = Scenarios(folder, stack)
            fill(scenarios)
            yield scenarios.play(env=shim and shim.env)
        shutil.rmtree(folder)
        if shim:
            shim.did(*io.split())


def same(tmp, fill, io=EVERYTHING):
    fair, foul = with_and_without(tmp, fill, io)
    equal(sorted(foul), sorted(fair))
    for name, result in foul.items():
        def neutral(each):
            return re.sub(r":\d{4,5}\b", ":PORT", timeless(each))
        equal(neutral(result), neutral(fair[name]), name)
    return fair


@test
def every_delivery(tmp):
    fair = same(tmp, deliveries)
    equal(len(fair), 13)
    for name, result in fair.items():
        equal(result["reason"], "ok", f"{name}: {result}")


@test
def failures_of_all_kinds(tmp):
    fair = same(tmp, failures)
    equal({name: result["reason"] for name, result in fair.items()}, {
        "greeting": "tempfail", "login": "auth", "recipient": "rejected",
        "message": "tempfail", "garbage": "protocol", "gone": "closed",
        "lost": "not_found", "injected": "protocol", "refused": "tls",
        "stranger": "tls", "imap": "auth", "pop3": "auth",
        "ftp": "rejected", "cut": "closed", "irc": "rejected",
        "file": "not_found", "exec": "tempfail", "interpreter": "config"})


@test
def one_trouble_at_a_time(tmp):
    for io in EVERYTHING.split():
        fair = same(tmp, by_scripts_and_a_server, io)
        for name, result in fair.items():
            equal(result["reason"], "ok", f"{io}: {name}: {result}")


def by_scripts_and_a_server(scenarios):
    by_scripts(scenarios)
    smtp = Smtp("smtps")
    scenarios.mail("mail", smtp, Imap(smtp, "imapstarttls"))


@test
def files_of_our_own(tmp):
    """An INI file with references and secrets, good and wrong."""
    write(tmp / "password", "hidden\n")
    for text in (pair(tmp, "a", "a.warning = 5\n; " + "x" * 9000 + "\n")
                 + "[creds]\nu = u:${file:%s}\n" % (tmp / "password"),
                 "a.send = file://x\nno line at all\n", "a.send = ${x:y}\n"):
        conf(tmp, "[scenarios]\n" + text)
        shim = Shim(tmp, io=EVERYTHING)
        fair = play(tmp, "*", "-v")
        foul = play(tmp, "*", "-v", env=shim.env)
        shim.did("short", "eintr", "poll")

        def neutral(said):
            return re.sub(r"\d+\.\d+|cd-[a-z0-9]+", "N", said)
        equal((foul.code, neutral(foul.out), neutral(foul.err)),
              (fair.code, neutral(fair.out), neutral(fair.err)))


@test
def long_answers(tmp):
    """To a pipe, to a file, and to a pipe for which we do not wait."""
    fair = run("--doc")
    shim = Shim(tmp, io=EVERYTHING)
    foul = run("--doc", env=shim.env)
    equal((foul.code, foul.out), (fair.code, fair.out))
    with open(tmp / "out", "wb") as out:
        run("--doc", env=shim.env, stdout=out)
    equal((tmp / "out").read_text(), fair.out)
    ours, theirs = os.pipe()
    os.set_blocking(theirs, False)
    process = start("--doc", env=shim.env, stdout=theirs)
    os.close(theirs)
    with open(ours) as said:
        equal(said.read(), fair.out)
    finish(process)
    shim.did("short", "eintr", "poll", "eagain")


@test
def servers_that_go_wrong_at_a_step(tmp):
    """Some of the cases of tests/dialogue/stages.py: the same reasons as
    without."""
    some = 11 if SANITIZED else 4
    steps = stage.rehearse(*stage.IN_THE_CLEAR, "imaps", "ftps-send")
    cases = [case for protocol in stage.IN_THE_CLEAR
             for case in stage.cases(protocol, steps[protocol],
                                     ["refusal", "garbage",
                                      "fin-after"])][::some]
    cases += [case for protocol in ("imaps", "ftps-send")
              for case in stage.cases(protocol, steps[protocol],
                                      ["refusal"])][::some]
    shim = Shim(tmp, io=EVERYTHING)
    fair, foul = stage.play(cases), stage.play(cases, env=shim.env)
    shim.did(*EVERYTHING.split())
    for case, result in fair.items():
        # Behind the last word that counts it is a matter of luck, and so it is
        # with that word where the server leaves without reading our QUIT.
        server = result["server"]
        if not server.final or not (case.fault == "fin-after"
                                    or stage.may_fail(case, server)):
            equal(foul[case]["reason"], result["reason"], case)


main()
