# SPDX-License-Identifier: BSD-2-Clause
"""The exec plugin: the protocol between check_delivery and a script."""
import signal

from scripts import *


# ---- Steps ------------------------------------------------------------------

RECORDER = """
echo "$CHECK_DELIVERY_ROLE $1" >>"$2/order"
case $1 in
send) echo "$CHECK_DELIVERY_TOKEN" >"$2/box" ;;
recv)
  grep -q wait "$2/order" || exit 3
  grep -q -x -F "$CHECK_DELIVERY_TOKEN" "$2/box" || exit 1
;;
esac
"""


@test
def every_step_is_run_in_its_order(tmp):
    path = script(tmp, RECORDER)
    r = sane(run("--send", url(path, arg=tmp), "--recv", url(path, arg=tmp)))
    equal(r.code, OK, r)
    order = lines(tmp / "order")
    looking = order.index("receiver recv")
    equal(order[:looking], [
        "receiver open", "sender open", "receiver connect_early",
        "sender connect", "sender send", "sender clean", "sender close",
        "receiver connect"])
    # Where the machine is slow it looks again before the wait has begun.
    equal(order[-3:], ["receiver clean", "receiver close",
                       "sender close_late"])
    order = [each for each in order[looking:-3] if each != "receiver recv"]
    equal(order, ["receiver wait"] * len(order))
    equal(bool(order), True)


@test
def after_a_failure_it_is_run_to_clear_up(tmp):
    body = 'echo "$1" >>"$2"\ntest "$1" != send || exit 21'
    ends(send_by(tmp, body, arg=tmp / "order"), "rejected", "send_send")
    equal(lines(tmp / "order"), ["open", "connect", "send", "clean", "close",
                                 "close_late"])


@test
def one_step_is_enough_for_a_sender_or_a_receiver(tmp):
    ends(send_by(tmp, steps(send=STORE), arg=tmp / "box"), "ok", "finished")
    find = 'grep -q -x -F "$CHECK_DELIVERY_TOKEN" "$2"'
    ends(recv_by(tmp, steps(recv=find), arg=tmp / "box"), "ok", "finished")


@test
def what_is_not_implemented_is_asked_for_once(tmp):
    body = 'echo "$1" >>"$2"\n' + steps(recv="exit 3")
    r = ends(recv_by(tmp, body, patience=0.5, arg=tmp / "order"),
             "not_found", "recv_recv", "not found within 0.5 s")
    order = lines(tmp / "order")
    equal(order.count("wait"), 1, order)
    looks = int(re.search(r"looked (\d+) times", r.json["message"])[1])
    equal(order.count("recv"), looks)
    # The host's own intervals, of 5 ms at first, that double.
    if not 2 <= looks <= 9:
        raise AssertionError(f"{looks} looks")


@test
def open_may_say_which_steps_there_are(tmp):
    body = 'echo "$1" >>"$2"\n' + steps(open='echo "steps open  recv close"',
                                        recv="exit 3", close="exit 0")
    ends(recv_by(tmp, body, arg=tmp / "order"), "not_found", "recv_recv")
    equal(lines(tmp / "order"), ["open", "recv", "close"])
    (tmp / "order").unlink()
    body = 'echo "$1" >>"$2"\n' + steps(open='echo "steps reopen open "')
    ends(recv_by(tmp, body, arg=tmp / "order"), "config", "recv_recv",
         "cannot recv (exit code 2)")
    equal(lines(tmp / "order"), ["open", "recv"])


@test
def a_script_that_cannot_send_is_named(tmp):
    ends(send_by(tmp, steps(recv="exit 0")), "config", "send_send",
         f"{tmp}/sender: cannot send (exit code 2)")
    # The shell's own code for a syntax error; what it says is shown.
    ends(recv_by(tmp, "if"), "config", "recv_recv", "cannot recv",
         "end of file")


# ---- What a script is told --------------------------------------------------

SPY = """
cat /proc/$$/environ >"$2/environ.$1"
cat /proc/$$/cmdline >"$2/cmdline.$1"
cat >"$2/stdin.$1"
{ pwd; stat -c %a:%u "$CHECK_DELIVERY_TMPDIR"; } >"$2/places.$1"
while read -r line; do echo "$line"; done </proc/$$/status >"$2/status.$1"
ls /proc/$$/fd >"$2/fds.$1"
"""


def words(path):
    return path.read_bytes().decode().split("\0")[:-1]


def spied(tmp, where="exec:", options=(), more=None, **query):
    """What a receiver saw in a step: a function."""
    path = script(tmp, SPY, "spy")
    address = url(path, arg=[tmp, "a b"], **query).replace("exec:", where)
    r = run("--send", f"file://{tmp}/box", "--recv", address, "-o", "json",
            *options, **(more or {}))
    equal(r.code, OK, r)

    def seen(what, step="recv"):
        return words(tmp / f"{what}.{step}") \
            if what in ("environ", "cmdline") \
            else (tmp / f"{what}.{step}").read_text()
    return r, seen


def variables(assignments):
    pairs = [one.split("=", 1) for one in assignments]
    equal(len({name for name, _ in pairs}), len(pairs), "names stand twice")
    return dict(pairs)


@test
def the_environment_is_small_and_complete(tmp):
    r, seen = spied(tmp, "exec://anna%40a.org@h.example:77", env="A=b=c",
                    secret="B=s3cr3t", options=["-6"],
                    more={"env": {"HOME": "/somewhere", "EVIL": "yes",
                                  "LD_BIND_NOW": "1", "LC_ALL": "C.UTF-8"}})
    had = variables(seen("environ"))
    seconds = float(had.pop("CHECK_DELIVERY_SECONDS"))
    folder = had.pop("CHECK_DELIVERY_TMPDIR")
    equal(had, {
        "PATH": "/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin",
        "LANG": "C", "HOME": "/somewhere", "TMPDIR": folder,
        "A": "b=c", "B": "s3cr3t", "CHECK_DELIVERY_ROLE": "receiver",
        "CHECK_DELIVERY_TOKEN": r.json["token"],
        "CHECK_DELIVERY_SCHEME": "exec", "CHECK_DELIVERY_USER": "anna@a.org",
        "CHECK_DELIVERY_HOST": "h.example", "CHECK_DELIVERY_PORT": "77",
        "CHECK_DELIVERY_PATH": f"{tmp}/spy", "CHECK_DELIVERY_FAMILY": "6"})
    if not 0 < seconds <= 120:
        raise AssertionError(seconds)


@test
def what_the_url_lacks_is_not_there(tmp):
    _, seen = spied(tmp, more={"env": {"HOME": None}})
    had = variables(seen("environ"))
    for name in ("USER", "HOST", "PORT", "PEER_USER", "FAMILY"):
        equal(had.get(f"CHECK_DELIVERY_{name}"), None, name)
    equal(had.get("HOME"), None)
    had = variables(seen("environ", "open"))
    for name in ("CHECK_DELIVERY_TOKEN", "CHECK_DELIVERY_TMPDIR", "TMPDIR"):
        equal(had.get(name), None, f"{name} in open")
    equal(seen("stdin", "open"), "")


@test
def the_user_of_the_other_end_is_told(tmp):
    path = script(tmp, 'echo "fact peer=$CHECK_DELIVERY_PEER_USER"')
    r = run("--send", f"exec://anna@a{path}", "--recv", f"exec://bob@b{path}",
            "-o", "json")
    equal((r.json["facts"]["send_peer"], r.json["facts"]["recv_peer"]),
          ("bob", "anna"), r)


@test
def a_variable_of_the_url_comes_before_ours(tmp):
    _, seen = spied(tmp, env=["LANG=de", "PATH=/bin:/usr/bin"],
                    secret="HOME=/x")
    had = variables(seen("environ"))
    equal((had["LANG"], had["PATH"], had["HOME"]),
          ("de", "/bin:/usr/bin", "/x"))


@test
def arguments_are_words_whatever_is_in_them(tmp):
    odd = "$(touch x); `y` '\"* \\ -e"
    path = script(tmp, 'shift 2; printf "fact n=%s\\ndetail %s\\n" "$#" "$1"')
    r = run("--send", url(path, arg=["a", odd, ""]), "--recv", url(path), "-o",
            "json").json
    equal(r["facts"]["send_n"], "2", r)
    path = script(tmp, SPY, "spy")
    run("--send", f"file://{tmp}/box", "--recv", url(path, arg=[tmp, odd, ""]))
    equal(words(tmp / "cmdline.recv"),
          ["/bin/sh", str(path), "recv", str(tmp), odd, ""])


@test
def token_and_password_are_on_standard_input(tmp):
    password = CANARY + "=%22 #"
    r, seen = spied(tmp, f"exec://u:{urllib.parse.quote(password)}@h")
    equal(seen("stdin"), f"token={r.json['token']}\npassword={password}\n")
    equal(seen("stdin", "open"), f"password={password}\n")
    lacks(str(seen("environ") + seen("cmdline")), CANARY)


@test
def a_long_password_arrives_whole(tmp):
    password = "p" * 16000
    _, seen = spied(tmp, f"exec://u:{password}@h")
    contains(seen("stdin"), f"password={password}\n")


@test
def standard_input_need_not_be_read(tmp):
    path = script(tmp, "exec <&-\nsleep 0.1")
    there = f"exec://u:{'p' * 16000}@h{path}"
    equal(run("--send", there, "--recv", there).code, OK)


@test
def signals_and_folder_are_as_usual(tmp):
    def block():
        signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))

    _, seen = spied(tmp, more={"preexec_fn": block})
    had = dict(line.split(":", 1) for line in seen("status").splitlines())
    # 32 and 33 are the C library's own, and nobody else's to change.
    ignored = int(had["SigIgn"], 16) & ~(3 << 31)
    equal((int(had["SigBlk"], 16), ignored), (0, 0))
    equal(seen("places").split("\n")[:2], ["/", f"700:{os.geteuid()}"])


@test
def no_descriptor_is_handed_down(tmp):
    """Not even what a careless plugin at the other end left open."""
    plugins = tmp / "plugins"
    plugins.mkdir(mode=0o755)
    write(plugins / "zoo.so",
          (BUILD / "tests/plugins/.libs/zoo.so").read_bytes(), 0o755)
    path = script(tmp, SPY)
    r = run("--plugin-dir", plugins, "--send",
            "zoo:?misdeed=leave_open&in=open", "--recv", url(path, arg=tmp))
    equal(r.code, OK, r)
    # The shell has its script open, from 10 on.
    for step in "open", "recv":
        equal([fd for fd in (tmp / f"fds.{step}").read_text().split()
               if int(fd) < 10], ["0", "1", "2"])


@test
def each_end_has_a_folder_that_lasts_as_long_as_the_run(tmp):
    (tmp / "there").mkdir()
    body = """
    echo "$CHECK_DELIVERY_TMPDIR" >>"$2"
    test "$1" = open && exit
    mkdir -p "$TMPDIR/a/b"; echo x >"$TMPDIR/a/b/c"; ln -sf / "$TMPDIR/root"
    mkdir -p "$TMPDIR/no"; echo x >"$TMPDIR/no/x"; chmod 0 "$TMPDIR/no"
    echo "$1" >>"$TMPDIR/steps"
    test "$1" = clean && echo "fact steps=$(tr '\\n' ' ' <"$TMPDIR/steps")"
    exit 0
    """
    path = script(tmp, body)
    there = url(path, arg=tmp / "folders")
    r = run("--send", there, "--recv", there, "-o", "json",
            env={"TMPDIR": tmp / "there"}, preexec_fn=as_anybody)
    equal(r.json["facts"], {"send_steps": "connect send clean",
                            "recv_steps": "connect_early connect recv clean"},
          r)
    folders = set(lines(tmp / "folders")) - {""}
    equal(len(folders), 2, folders)
    for folder in folders:
        contains(folder, f"{tmp}/there/check_delivery-exec.")
    equal(list((tmp / "there").iterdir()), [])
    equal(r.json["details"], None)


@test
def without_a_place_for_the_folder_it_fails(tmp):
    ends(send_by(tmp, "exit 0", more={"env": {"TMPDIR": tmp / "nowhere"}}),
         "io", "send_conn", f"no private folder in {tmp}/nowhere")


# ---- What a script says -----------------------------------------------------

REASONS = {1: "io", 12: "misplaced", 13: "duplicate", 14: "mangled",
           15: "resolve", 16: "connect", 17: "tls", 18: "closed", 19: "auth",
           20: "tempfail", 21: "rejected", 22: "protocol", 23: "io",
           24: "timeout", 25: "config", 26: "internal"}
WARNINGS = (12, 13, 14)
UNKNOWNS = (24, 25, 26)


def state_of(code):
    return WARNING if code in WARNINGS else \
        UNKNOWN if code in UNKNOWNS else CRITICAL


@test
def exit_codes_are_reasons(tmp):
    for code, reason in REASONS.items():
        body = steps(recv=f"echo 'That is why.' >&2; exit {code}")
        r = ends(recv_by(tmp, body), reason, "recv_recv", "That is why.")
        equal(r.code, state_of(code), r)
        if code != 24:
            equal(r.json["message"], "That is why.")
        if code not in WARNINGS:
            body = steps(send=f"echo 'That is why.' >&2; exit {code}")
            r = ends(send_by(tmp, body), reason, "send_send", "That is why.")
            equal(r.code, state_of(code), r)


@test
def without_a_message_it_says_what_it_can(tmp):
    for code, text in ((1, "failed"), (17, "TLS failed"),
                       (14, "found, but altered")):
        r = recv_by(tmp, steps(recv=f"exit {code}"))
        equal(r.json["message"],
              f"{tmp}/receiver: recv: {text} (exit code {code})")


@test
def not_found_yet_is_no_failure_and_may_say_what_it_saw(tmp):
    r = ends(recv_by(tmp, steps(recv="echo 'an empty box' >&2; exit 3")),
             "not_found", "recv_recv", "looked 1 time): an empty box")
    equal(r.code, CRITICAL)


@test
def other_codes_are_a_failure_of_the_script(tmp):
    for code in 4, 9, 10, 11, 27, 78, 99, 126, 127, 130, 255:
        r = ends(send_by(tmp, steps(send=f"echo 'so' >&2; exit {code}")),
                 "internal", "send_send",
                 f"{tmp}/sender: send: exit code {code} has no meaning: so")
        equal(r.code, UNKNOWN)


@test
def codes_of_recv_are_for_recv(tmp):
    for code in 3, 12, 13, 14:
        ends(send_by(tmp, steps(connect=f"exit {code}", send="exit 0")),
             "internal", "send_conn",
             f"{tmp}/sender: connect: exit code {code} is for recv only")


@test
def a_signal_is_named(tmp):
    for number, name in ((11, "Segmentation fault"), (9, "Killed")):
        ends(send_by(tmp, steps(send=f"echo dying >&2; kill -{number} $$")),
             "internal", "send_send", f"{tmp}/sender: send: died by signal "
             f"{number} ({name}): dying")


@test
def each_step_may_fail(tmp):
    for step, place in (("open", "config"), ("connect_early",
                                             "recv_conn_early"),
                        ("connect", "recv_conn"), ("wait", "recv_recv")):
        body = steps(recv="exit 3", **{step: "echo no >&2; exit 19"})
        ends(recv_by(tmp, body, patience=20), "auth", place, "no")
    body = steps(recv="exit 0", clean="echo no >&2; exit 1")
    r = ends(recv_by(tmp, body), "ok", "finished")
    contains(r.json["details"], "recv_clean: no (io)")


@test
def the_first_line_is_the_message_and_the_rest_is_for_debugging(tmp):
    body = steps(send="printf 'Line 1\\nLine 2\\n\\nLine 3' >&2; exit 21")
    r = ends(send_by(tmp, body, "-v"), "rejected", "send_send", "Line 1")
    lacks(r.out + r.err, "Line 2", "Line 3")
    r = send_by(tmp, body, "-vv")
    contains(r.err, "exec: send: stderr: Line 2",
             "exec: send: stderr: Line 3")
    r = send_by(tmp, steps(send="echo All is well. >&2"), "-vv")
    contains(r.err, "exec: send: stderr: All is well.")
    lacks(r.out, "All is well.")


@test
def standard_output_tells_facts_and_figures(tmp):
    body = steps(recv="""cat <<'END'
fact server=x y = z
fact empty=
metric size=12.5 B
metric n=-3
metric share=1e1 %
detail Seen at noon.
warn It was late.
END""")
    r = recv_by(tmp, body)
    equal(r.code, WARNING, r)
    equal(r.json["facts"], {"recv_server": "x y = z", "recv_empty": ""})
    equal(r.json["metrics"], {"recv_size": {"value": 12.5, "unit": "B"},
                              "recv_n": {"value": -3.0, "unit": ""},
                              "recv_share": {"value": 10.0, "unit": "%"}})
    contains(r.json["details"], "Seen at noon.")
    contains(json.dumps(r.json), "It was late.")


@test
def what_is_none_of_these_is_for_debugging(tmp):
    odd = ["metric n=nan", "metric n=inf", "metric n=1e15", "metric n=-1e15",
           "metric n=1795942395000000000", "metric n=1 kB", "metric n=",
           "metric n=1  s", "metric N=1", "metric =1", "metric n 1",
           f"metric {'n' * 33}=1", "fact a", "fact A=1", "fact", "detail",
           "facts a=b", "WARN x", "a | b", "steps recv"]
    text = "\n".join(odd)
    r = recv_by(tmp, steps(recv=f"cat <<'END'\n{text}\nEND"), "-vv")
    equal((r.code, r.json["facts"], r.json["metrics"]), (OK, {}, {}), r)
    equal(r.json["details"], None)
    for line in odd:
        contains(r.err, "exec: recv: stdout: " + line.replace("|", "!")
                 .replace("  ", " "))


@test
def output_is_cleaned(tmp):
    r = sane(run("--send", url(script(tmp, steps(send=
        r"printf 'a\033[1m\000|b\200c<d>\n' >&2; exit 21"))),
        "--recv", f"file://{tmp}/box"))
    equal(r.code, CRITICAL, r)
    contains(r.text, "!b?c(d)")


# ---- Secrets ----------------------------------------------------------------

ECHO = """
read -r token; read -r password
for text in "$SECRET" "${password#*=}"; do
  echo "detail $text"; echo "fact a=$text"; echo "$text"; echo "warn $text"
  printf '%s' "$text" | base64
  printf '%s' "$text" | od -An -tx1 -v | tr -d ' '
done
echo "$SECRET ${password#*=}" >&2
echo "$SECRET ${password#*=}" >&2
exit 21
"""


@test
def secrets_are_masked_wherever_a_script_says_them(tmp):
    other = "An0ther-S3cret"
    path = script(tmp, steps(send=ECHO))
    for output in "json", "nagios":
        r = run("--send", f"exec://u:{CANARY}@h{path}?secret=SECRET={other}",
                "--recv", f"file://{tmp}/box", "-vvv", "-o", output)
        equal(r.code, CRITICAL, r)
        keeps_secret(r, CANARY, other)
        contains(r.out, "*** ***", "*** ***")
        contains(r.err, "***")


@test
def a_script_can_declare_a_secret(tmp):
    body = steps(send=f"echo 'detail {CANARY}'; echo 'secret {CANARY}'; "
                      f"echo {CANARY} >&2; exit 21")
    r = keeps_secret(send_by(tmp, body, "-vvv"))
    ends(r, "rejected", "send_send", "***")
    contains(r.json["details"], "***")


@test
def an_error_shows_no_secret(tmp):
    path = script(tmp, "exit 0")
    for query in (f"secret={CANARY}", f"secret=={CANARY}",
                  f"secret=1{CANARY}=x", f"env=%20{CANARY}=x",
                  f"env={CANARY}", f"secret=CHECK_DELIVERY_TOKEN={CANARY}"):
        r = run("--send", f"exec:{path}?{query}", "--recv",
                f"file://{tmp}/x", "-vvv", "-o", "json")
        ends(r, "config", "config", query.split("=")[0] + "=")
        keeps_secret(r)


main()
