# SPDX-License-Identifier: BSD-2-Clause
"""Limits of the system, odd descriptors, odd arguments: one proper line, or
nothing where there is nobody to read it."""
import pathlib
import os
import socket
import sys

sys.path.insert(0, str(pathlib.Path(os.environ["abs_top_srcdir"],
                                    "tests/faults")))
from machine_runs import *  # noqa: E402

# What the loader of programs says when it cannot load the libraries.
NOT_LOADED = 127


def to_itself(tmp):
    url = f"file://{tmp}/x"
    return ["--send", url, "--recv", url, "--patience", "1"]


def under_limits(limit, values, *arguments):
    """A run under each, from little to enough: either the system and the
    libraries cannot begin the program, or that says in one line how it went;
    the last goes well."""
    if SANITIZED:
        not_applicable("sanitizers need more")
    begun, codes = False, []
    for value in values:
        r = bare_run(*arguments, preexec_fn=limited(limit, value))
        codes.append(r.code)
        if not begun and (r.code == NOT_LOADED or r.code < 0):
            equal(r.out, "", value)
            continue
        begun = True
        if r.code not in (OK, UNKNOWN):
            raise AssertionError(f"{value}: {r}")
        sane(r)
    equal(codes[-1], OK)
    if codes[0] == OK:
        raise AssertionError(f"none was too small: {codes}")


@test
def few_descriptors(tmp):
    under_limits(resource.RLIMIT_NOFILE, range(3, 15), *to_itself(tmp))
    equal(list(tmp.iterdir()), [])


@test
def few_descriptors_for_mail():
    with Smtp() as smtp, Imap(smtp) as imap:
        under_limits(resource.RLIMIT_NOFILE, range(3, 24), "--send",
                     url(smtp, "anna"), "--recv", url(imap, "bob"), "-4",
                     "--patience", "5")


@test
def little_memory(tmp):
    """The last is what a container would have."""
    sizes = [*range(4 << 20, 10 << 20, 48 << 10), 32 << 20]
    under_limits(resource.RLIMIT_AS, sizes, *to_itself(tmp))


@test
def little_memory_for_mail():
    with Smtp() as smtp, Imap(smtp) as imap:
        under_limits(resource.RLIMIT_AS,
                     [*range(8 << 20, 48 << 20, 1 << 20), 512 << 20],
                     "--send", url(smtp, "anna"), "--recv", url(imap, "bob"),
                     "-4", "--patience", "5")


@test
def a_small_stack(tmp):
    r = bare_run(*to_itself(tmp),
                 preexec_fn=limited(resource.RLIMIT_STACK, 64 << 10))
    equal(sane(r).code, OK, r)


@test
def no_more_processes(tmp):
    """Of a user who is not root: root has no such limit."""
    as_nobody()  # if we may
    if SANITIZED:
        not_applicable("sanitizers have threads")
    tmp.chmod(0o755)
    program = copied(tmp)
    folder = tmp / "folder"
    folder.mkdir()
    os.chown(folder, 61234, 61234)

    def become(most):
        os.setgroups([])
        os.setgid(61234)
        resource.setrlimit(resource.RLIMIT_NPROC, (most, most))
        os.setuid(61234)

    def as_one_with(most, *arguments):
        done = subprocess.run(
            [program, *map(str, arguments)], stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, check=False,
            env=environment(LD_LIBRARY_PATH=tmp / "lib",
                            CHECK_DELIVERY_PLUGIN_PATH=tmp / "plugins"),
            preexec_fn=lambda: become(most))
        return Result(done.returncode, done.stdout.decode(),
                      done.stderr.decode(), 0)

    ini = conf(folder, "[scenarios]\n" + pair(folder, "a"))
    os.chown(ini, 61234, 61234)
    playing = ["--conf", ini, "--play", "a"]
    equal(sane(as_one_with(200, *to_itself(folder))).code, OK)
    equal((r := sane(as_one_with(200, *playing))).code, OK, r)
    for arguments, what in ((to_itself(folder), "cannot start a process: "),
                            (playing, f"cannot start a process to read {ini}"
                             ": ")):
        r = sane(as_one_with(1, *arguments))
        equal(r.code, UNKNOWN, r)
        contains(r.text, what + "Resource temporarily")
    contains(as_one_with(1, "--doc").out,
             "cannot start a process: Resource temporarily")


def copied(tmp):
    """The program with what it loads, where another user can read it."""
    for name, files in (("lib", BUILD.glob("core/.libs/libdelivery.so.0")),
                        ("plugins", BUILD.glob("plugins/file/.libs/*.so"))):
        (tmp / name).mkdir()
        for file in files:
            shutil.copy(file, tmp / name)
            (tmp / name / file.name).chmod(0o755)
    shutil.copy(PROGRAM_FILE, tmp / "program")
    (tmp / "program").chmod(0o755)
    return tmp / "program"


@test
def a_plugin_that_spins_uses_up_its_time_alone(tmp):
    r = sane(bare_run("--plugin-dir", zoo_folder(tmp), "--send",
                      "zoo:?misdeed=busy&in=send", "--recv", "zoo:", "-t",
                      "40", preexec_fn=lambda: resource.setrlimit(
                          resource.RLIMIT_CPU, (1, 60))))
    equal(r.code, UNKNOWN, r)
    contains(r.text, "UNKNOWN - send_send - plugin zoo died by signal 24 ")


@test
def our_own_time_is_used_up(tmp):
    """SIGXCPU, as the system sends it."""
    if SANITIZED:
        not_applicable("sanitizers' reports say more")
    process = start(*to_itself(tmp), "--wait", "40", "-v")
    until_it_says(process, "waited")
    process.send_signal(24)
    r = sane(finish(process))
    contains(r.text, "UNKNOWN - internal - check_delivery itself died by "
             "signal 24")
    equal(r.code, UNKNOWN)


@test
def any_umask_will_do(tmp):
    for mask in 0o000, 0o077, 0o777:
        r = sane(bare_run(*to_itself(tmp), preexec_fn=lambda mask=mask:
                          os.umask(mask)))
        # Others than root cannot read what nobody may read.
        wanted = OK if os.geteuid() == 0 or mask != 0o777 else CRITICAL
        equal(r.code, wanted, r)
        for left in tmp.iterdir():
            left.unlink()


# ---- Descriptors ------------------------------------------------------------

def without(closed):
    def close():
        for fd in closed:
            os.close(fd)
    return close


@test
def nothing_becomes_standard_output_by_chance():
    """Each of the three is closed, or not: the servers hear nothing but their
    protocols, and nothing of the program's own words."""
    for combination in range(8):
        closed = [fd for fd in range(3) if combination >> fd & 1]
        with Smtp() as smtp, Imap(smtp) as imap:
            r = bare_run("--send", url(smtp, "anna"), "--recv",
                         url(imap, "bob"), "-4", "-vvv",
                         preexec_fn=without(closed))
            heard = smtp.clear + imap.clear
        equal(r.code, OK, f"without {closed}: {r}")
        equal("OK - delivered" in r.out, 1 not in closed)
        equal("check_delivery: " in r.err, 2 not in closed)
        contains(heard, "EHLO ", "LOGOUT")
        lacks(heard, "OK - ", "delivered in", "check_delivery: ")
        equal((smtp.mistakes, imap.mistakes), ([], []))


@test
def descriptors_the_wrong_way_round(tmp):
    path = write(tmp / "file", "as it was")
    read, end = os.open(path, os.O_RDONLY), os.open(path, os.O_WRONLY)
    quiet = dict(stdin=end, stderr=read)
    r = bare_run(*to_itself(tmp), **quiet)
    equal(r.code, OK, r)
    contains(r.out, "OK - delivered")
    equal(bare_run(*to_itself(tmp), stdout=read, **quiet).code, UNKNOWN)
    reader, writer = os.pipe()
    equal(bare_run(*to_itself(tmp), stdout=reader, **quiet).code, UNKNOWN)
    for fd in read, end, reader, writer:
        os.close(fd)
    equal(path.read_text(), "as it was")


@test
def a_socket_is_an_output_too(tmp):
    ours, theirs = socket.socketpair()
    equal(bare_run(*to_itself(tmp), stdout=theirs).code, OK)
    contains(ours.recv(4096).decode(), "OK - delivered")
    ours.close()
    equal(bare_run(*to_itself(tmp), stdout=theirs).code, UNKNOWN)
    theirs.close()


@test
def a_full_disk_holds_no_answer(tmp):
    script = ("mount -t tmpfs -o size=16k none \"$0\" || exit 77; "
              "\"$@\" >\"$0\"/fits || exit 78; "
              "dd if=/dev/zero of=\"$0\"/fill bs=4k 2>/dev/null; "
              "\"$@\" >\"$0\"/answer; code=$?; "
              "test -s \"$0\"/answer && exit 79; exit $code")
    folder = tmp / "mounted"
    folder.mkdir()
    done = subprocess.run(
        ["unshare", *([] if os.geteuid() == 0 else ["-r"]), "-m", "sh", "-c",
         script, folder, PROGRAM_FILE, *to_itself(tmp)], env=bare(),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    if done.returncode == 77 or b"unshare" in done.stderr:
        not_applicable("no file systems can be mounted here")
    equal(done.returncode, UNKNOWN, done)


@test
def a_reader_who_leaves_is_no_signal(tmp):
    """`| head -0` of a long text, and of an answer."""
    for arguments in ["--doc"], to_itself(tmp):
        reader, writer = os.pipe()
        os.close(reader)
        process = start(*arguments, stdout=writer)
        os.close(writer)
        equal(finish(process).code, UNKNOWN)


# ---- Arguments --------------------------------------------------------------

ODD = ["%n%s%n%99999999d", "a\nb\r\x1b[2J\x07|c\xff", "x" * 131000, "",
       "--", "-", "\u202e%"]


def options_with_values():
    found = re.findall(r"--([a-z-]+)=[A-Z]", run("--help").out)
    contains(found, "send", "conf", "output", "doc", "jobs")
    return found


@test
def odd_values_of_every_option(tmp):
    """They are refused, or mean nothing; never what they say.  The longest is
    what the system hands on."""
    for option in options_with_values():
        rest = [] if option in ("send", "recv", "conf", "play", "doc",
                                "dump-plugin", "check-plugin") \
            else to_itself(tmp)
        if option == "patience":
            rest = rest[:-2]
        for value in ODD:
            r = bare_run(f"--{option}={value}", *rest)
            if (option, value) == ("doc", ""):
                continue  # of all
            sane(r)
            if not (option == "plugin-dir" and value == ""):
                equal(r.code, UNKNOWN, f"{option}={value[:40]!r}: {r}")
            lacks(r.out, "(nil)", " 99999999")
            equal(len(r.out.splitlines()), 1, r)
    equal(list(tmp.iterdir()), [])


@test
def very_many_arguments(tmp):
    n = 10000 if SANITIZED else 100000
    for many in ["-v"] * n, ["--send"] * n, ["x"] * n, \
            ["--play", "x"] * (n // 2):
        r = sane(bare_run(*many))
        equal(r.code, UNKNOWN)
        equal(len(r.out.splitlines()), 1)


main()
