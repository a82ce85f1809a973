# SPDX-License-Identifier: BSD-2-Clause
"""Clocks that step, stand still or jump."""
import datetime

from faults import *
import script
from script import Imap, Smtp, url

HOUR = 3600
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)


def until(year, month=1, day=1):
    """The step that leads there, in seconds."""
    there = datetime.datetime(year, month, day, tzinfo=datetime.timezone.utc)
    return (there - datetime.datetime.now(datetime.timezone.utc)) \
        .total_seconds()


# 2038-01-20 is behind the end of 32 bits.
STEPS = {"one hour on": HOUR, "one hour back": -HOUR, "1970": until(1970),
         "2038": until(2038, 1, 20), "2100": until(2100)}


def us(seconds):
    return int(seconds * 1000000)


def deliver(shim, at=None, change=None, *arguments, scheme="smtp", form=sane):
    """A mail; `change` comes at this verb of the sender."""
    smtp = Smtp(scheme)

    def on_verb(peer):
        change()
        peer.say(smtp.offers(peer) if at == "EHLO" else "250 2.1.5 ok\r\n")

    if at:
        smtp.changes[at] = on_verb
    with smtp, Imap(smtp) as imap:
        return form(run("--send", url(smtp, "anna"), "--recv",
                        url(imap, "bob"), "-4", "--patience", "20",
                        *arguments, env=shim.env))


def sensible(r):
    """What took some milliseconds is not told as an hour."""
    equal(r.code, OK, r)
    for label in r.perfdata.labels:
        value = r.perfdata.value(label)
        equal(label.endswith("cert_days") or 0 <= value < PATIENT, True,
              f"{label} {r}")


# ---- The time of day --------------------------------------------------------

@test
def the_time_of_day_is_wrong_from_the_beginning(tmp):
    sensible(deliver(Shim(tmp)))
    for name, step in STEPS.items():
        shim = Shim(tmp, wall=us(step))
        sensible(deliver(shim))
        shim.did("clock")


@test
def the_time_of_day_steps_in_the_run(tmp):
    """Behind EHLO the mail gets its date, and behind RCPT nobody asks."""
    for step in STEPS.values():
        shim = Shim(tmp)
        sensible(deliver(shim, "EHLO", lambda: shim.set("wall", us(step))))
        shim.did("clock")
        shim = Shim(tmp)
        sensible(deliver(shim, "RCPT", lambda: shim.set("wall", us(step))))


@test
def when_it_began_is_told_by_the_time_of_day(tmp):
    for name, step in STEPS.items():
        shim = Shim(tmp, wall=us(step))
        r = deliver(shim, None, None, "-o", "json", form=lambda r: r)
        began = datetime.datetime.fromisoformat(
            r.json["started"].replace("Z", "+00:00"))
        real = datetime.datetime.now(datetime.timezone.utc)
        off = (began - real).total_seconds() - step
        equal(abs(off) < PATIENT, True, f"{name}: {off} {r}")


def hold(shim, change):
    """A server that says nothing more once the clock has changed."""
    smtp = Smtp(RCPT=lambda peer: (change(), peer.hold()))
    with smtp, Imap(smtp) as imap:
        return run("--send", url(smtp, "anna"), "--recv", url(imap, "bob"),
                   "-4", "--timeout", "1", "-o", "json", env=shim.env)


@test
def the_deadline_knows_nothing_of_the_time_of_day(tmp):
    """It is neither over at once nor in an hour."""
    for step in STEPS.values():
        shim = Shim(tmp)
        r = hold(shim, lambda: shim.set("wall", us(step)))
        equal((r.json["reason"], r.code), ("timeout", UNKNOWN), r)
        took = sum(seconds for _, seconds in r.json["durations"])
        equal(0.3 < took < PATIENT, True, r)


@test
def a_message_that_is_late_is_late_by_the_other_clock(tmp):
    """Patience, and the waiting for what comes later."""
    for step in STEPS.values():
        shim = Shim(tmp)
        smtp = Smtp(RCPT=lambda peer: (shim.set("wall", us(step)),
                                       peer.say("250 2.1.5 ok\r\n")))
        with smtp, Imap(smtp, copies=lambda messages: []) as imap:
            r = run("--send", url(smtp, "anna"), "--recv", url(imap, "bob"),
                    "-4", "--patience", "0.5", "-o", "json", env=shim.env)
        equal(r.json["reason"], "not_found", r)
        took = dict(r.json["durations"])["recv_recv"]
        equal(0.5 <= took < PATIENT, True, r)


# ---- Certificates -----------------------------------------------------------

def refused_by_date(step, part, certificate="good"):
    with Smtp("smtps", certificate) as smtp, Imap(smtp) as imap:
        shim = Shim(pathlib.Path(script.folder()), wall=us(step))
        r = run("--send", url(smtp, "anna"), "--recv", url(imap, "bob"), "-4",
                "-o", "json", env=shim.env)
    equal((r.json["reason"], r.json["step"]), ("tls", "send_conn"), r)
    contains(r.json["message"],
             f"the certificate of localhost does not hold: {part}")
    equal(smtp.messages, [])


@test
def certificates_are_judged_by_the_time_of_day(tmp):
    sensible(deliver(Shim(tmp), scheme="smtps"))
    for year in 1970, 2015:
        refused_by_date(until(year), "certificate is not yet valid")
    for year in 2038, 2100:
        refused_by_date(until(year), "certificate has expired")


@test
def a_certificate_of_another_time(tmp):
    """What has expired is good on the days when it was good, and so is one
    that is not valid yet."""
    script.certificates.authority(script.folder(), "old")
    for name, start, end in (("was", "20200101000000Z", "20210101000000Z"),
                             ("will", "20400101000000Z", "20410101000000Z")):
        script.certificates.certificate(script.folder(), name, start=start,
                                        end=end)
    refused_by_date(0, "certificate has expired", "was")
    refused_by_date(0, "certificate is not yet valid", "will")
    # On those days the authority is not valid.
    refused_by_date(until(2020, 6), "certificate is not yet valid", "was")
    refused_by_date(until(2040, 6), "certificate has expired", "will")


@test
def days_that_a_certificate_has_left(tmp):
    """By the time of day, too."""
    days = [deliver(Shim(tmp, wall=us(step)), scheme="smtps")
            .perfdata.value("send_cert_days") for step in (0, 10 * 24 * HOUR)]
    equal(9 <= days[0] - days[1] <= 11, True, days)


@test
def the_clock_steps_between_a_certificate_and_its_session(tmp):
    """After STARTTLS nothing is judged again."""
    shim = Shim(tmp)
    r = deliver(shim, "RCPT", lambda: shim.set("wall", us(until(2100))),
                scheme="smtpstarttls")
    sensible(r)


# ---- The monotonic clock ----------------------------------------------------

@test
def the_monotonic_clock_jumps_on(tmp):
    """As it may where the machine slept: the time is over, and we say so."""
    for verb in "EHLO", "RCPT", "MESSAGE":
        shim = Shim(tmp)
        r = deliver(shim, verb, lambda: shim.set("monotonic", us(HOUR)))
        equal(r.code, UNKNOWN, r)
        contains(r.text, "the timeout of 60 s is over")
        shim.did("clock")


@test
def a_jump_within_the_deadline(tmp):
    """It counts as time that went by, and as nothing worse."""
    shim = Shim(tmp)
    r = deliver(shim, "RCPT", lambda: shim.set("monotonic", us(30)),
                "--timeout", "3600")
    equal(r.code, OK, r)
    equal(30 <= r.perfdata.value("send_send") < 30 + PATIENT, True, r)
    equal(0 <= r.perfdata.value("delivery") < PATIENT, True, r)


def now():
    return us(time.clock_gettime(time.CLOCK_MONOTONIC))


@test
def the_monotonic_clock_stands_still_for_a_while(tmp):
    shim = Shim(tmp)
    smtp = Smtp()

    def stand_still(peer):
        shim.set("frozen", now())
        peer.say("250 2.1.5 ok\r\n")

    def go_on(peer):
        time.sleep(0.3)
        shim.set("frozen", 0)
        peer.say("221 2.0.0 bye\r\n")

    smtp.changes.update(RCPT=stand_still, QUIT=go_on)
    with smtp, Imap(smtp) as imap:
        r = sane(run("--send", url(smtp, "anna"), "--recv", url(imap, "bob"),
                     "-4", env=shim.env))
    sensible(r)
    shim.did("clock")


@test
def the_deadline_waits_for_a_clock_that_stands_still(tmp):
    """Nothing arrives meanwhile, and nothing is said to have."""
    shim = Shim(tmp)

    def change():
        shim.set("frozen", now())
        time.sleep(1.5)
        shim.set("frozen", 0)

    r = hold(shim, change)
    equal((r.json["reason"], r.code), ("timeout", UNKNOWN), r)


main()
