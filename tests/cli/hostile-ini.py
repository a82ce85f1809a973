# SPDX-License-Identifier: BSD-2-Clause
"""INI files that nobody should write: of the largest size and the worst shape,
with words of other programs in them, with lines where there should be one."""
import resource

from harness import *

MIB = 1024 * 1024


# ---- Size and shape ---------------------------------------------------------

def costs(most, function):
    """In seconds of processor time; where it grows with the square of what is
    in the file it is a multiple of that."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    r = function()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(f"# {used:.2f} s")
    if used > most * (10 if SANITIZED else 1):
        raise AssertionError(f"{used} s of processor time")
    return r


def many(line, room):
    """As many numbered lines as there is room for."""
    count = room // len(line.format(999999))
    return "".join(line.format(number) for number in range(count))


@test
def a_file_of_the_largest_size_is_read_at_once(tmp):
    begin = "[scenarios]\n" + pair(tmp, "x")
    room = MIB - len(begin) - 20
    for rest in (many("[{}]\n", room), "[o]\n" + many("{}=\n", room),
                 "[DEFAULT]\n" * (room // 10), "#\n" * (room // 2),
                 "[o]\na=\n" + " x\n" * (room // 3), "\n" * room,
                 "[o]\na=\n" + "\n" * room,
                 many("s{0}.send=a\ns{0}.recv=a\n", room)):
        conf(tmp, begin + rest)
        r = costs(2.5, lambda: sane(play(tmp, "x")))
        equal(r.code, OK, r)


@test
def as_many_scenarios_and_expectations_as_there_are(tmp):
    """Each is its own problem, so that none is run."""
    count = 1000 if SANITIZED else 6000
    conf(tmp, "[scenarios]\n" + "".join(
        f"s{n}.send=file://a@\ns{n}.recv=a\ns{n}.wait=1h\n"
        for n in range(count)) + "[expects]\n" + "".join(
        f"s{n}.status.eq=3\n" for n in range(count)))
    r = costs(4, lambda: play(tmp, "*", "-o", "json"))
    equal([result["state"] for result in r.json["results"]], ["OK"] * count)


@test
def what_is_larger_is_not_read(tmp):
    begin = "[scenarios]\n" + pair(tmp, "x")
    for rest, part in (("#" + "x" * 10 * MIB + "\n", "larger than 1024 KiB"),
                       ("[s]\n" * 1000000, "larger than 1024 KiB"),
                       ("a = " + "x" * 100000, "5: line of more than 16 KiB"),
                       ("a" * 100000, "line of more than 16 KiB")):
        conf(tmp, begin + "[o]\n" + rest)
        r = costs(2, lambda: refused(play(tmp, "x"), part))
        lacks(r.out, "xxxx", "aaaa")
    equal(files_of(tmp), ["conf.ini"])


# ---- More lines than one ----------------------------------------------------

@test
def a_value_of_two_lines_is_none(tmp):
    """Nor is one that becomes so by a reference."""
    good = {"send": f"file://{tmp}/x", "recv": f"file://{tmp}/x", "wait": "0",
            "patience": "0", "timeout": "50", "warning": "10",
            "critical": "20"}
    conf(tmp, "[scenarios]\n" + "".join(f"x.{name} = {value}\n"
                                        for name, value in good.items()))
    equal(sane(play(tmp, "x")).code, OK)
    write(tmp / "two", f"{CANARY}\nx")
    for name in good:
        for value in (f"{CANARY}\n  x", f"${{o:two}}{CANARY}",
                      "${file:two}", "${env:TWO}"):
            lines = [f"x.{key} = {value if key == name else text}\n"
                     for key, text in good.items()]
            conf(tmp, "[o]\ntwo = a\n\n  b\n[scenarios]\n" + "".join(lines))
            r = keeps_secret(refused(play(tmp, "x", env={
                "TWO": f"{CANARY}\r\nx"})))
            contains(r.text, f"x.{name}" if name in list(good)[2:] else name)
    equal(files_of(tmp), ["conf.ini", "two"])


# ---- Words of other programs ------------------------------------------------

@test
def no_value_is_a_command_or_another_file(tmp):
    """What would make a file if anybody ran it or read it."""
    other = write(tmp / "other.ini", "[scenarios]\n" + pair(tmp, "y"))
    made = tmp / "made"
    for text in (f"include = {other}\n", f"!include {other} = x\n",
                 f"passwordeval = touch {made}\n", f"exec = touch {made}\n",
                 f"x = `touch {made}`\n", f"x = $$(touch {made})\n",
                 f"x = %(touch {made})s\n", f"x = | touch {made}\n",
                 f"x = !touch {made}\n"):
        conf(tmp, f"[DEFAULT]\n{text}[include]\n{text}[scenarios]\n"
             + pair(tmp, "x"))
        # What is inherited is a setting of no scenario; elsewhere it is free.
        equal(sane(play(tmp, "x")).code, OK, text)
        refused(play(tmp, "y"), "no such scenario")
        refused(run("--conf", tmp / "conf.ini", "--play", "x", "--timeout",
                    text.split(" = ")[1].strip()), "--timeout")
    equal(files_of(tmp), ["conf.ini", "other.ini"])


@test
def names_of_files_are_taken_literally(tmp):
    for name in ("~", "~root", "$$HOME", "`id`", "$$(id)", "*", "a;b", "-rf",
                 "%7E%24%60"):
        conf(tmp, f"[scenarios]\nx.send = file://{tmp}/{name}\n"
                  f"x.recv = file://{tmp}/{name}.other\nx.patience = 0\n")
        r = sane(play(tmp, "x"))
        equal(r.code, CRITICAL, r)
        literal = name.replace("$$", "$").replace("%7E%24%60", "~$`")
        equal(files_of(tmp), sorted(["conf.ini", literal]))
        (tmp / literal).unlink()
    # So are those of secrets: nobody's home, no shell's variable.
    for reference in ("${file:~/secret}", "${file:$$HOME/secret}",
                      "${file:*}", "${file:/dev/stdin}"):
        conf(tmp, f"[scenarios]\nx.send = file://{tmp}/{reference}\n"
                  f"x.recv = file://{tmp}/x\n")
        write(tmp / "secret", CANARY)
        keeps_secret(refused(play(tmp, "x", env={"HOME": tmp})))


@test
def percent_signs_are_no_references(tmp):
    """Nor do they end anything: other programs' ways to write them."""
    for value in "%", "%(", "%(x)s", "%(b)s", "%%":
        conf(tmp, f"[DEFAULT]\nb = x\n[scenarios]\nx.send = file://{tmp}/"
                  f"{value}\nx.recv = file://{tmp}/x\n")
        refused(play(tmp, "x"), "write a percent sign as %25")
    equal(files_of(tmp), ["conf.ini"])


# ---- Whose file it is -------------------------------------------------------

@test
def the_file_s_own_mode_counts_whatever_its_name_is(tmp):
    """A link's mode says nothing; a file that somebody else owns is judged by
    who may read it."""
    real = write(tmp / "real.ini", "[scenarios]\n"
                 f"x.send = nothing://u:{CANARY}@h:1\n"
                 f"x.recv = file://{tmp}/x\n", 0o644)
    (tmp / "conf.ini").symlink_to(real)
    warning = "holds a password and everybody may read it; chmod o-r"
    owners = [os.geteuid()] + [54321] * (os.geteuid() == 0)
    for owner in owners:
        os.chown(real, owner, -1)
        for mode, warned in ((0o644, True), (0o600, False), (0o640, False),
                             (0o660, False), (0o666, True), (0o604, True)):
            real.chmod(mode)
            r = keeps_secret(play(tmp, "x"))
            equal(r.code, UNKNOWN)
            equal(warning in r.err, warned, (oct(mode), r))


main()
