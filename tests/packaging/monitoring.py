# SPDX-License-Identifier: BSD-2-Clause
"""What is made for monitoring systems, as Icinga 2 itself reads and runs it,
in a folder of its own; and the commands for Nagios and NRPE."""
import getpass
import grp
import sys
import pathlib

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "cli"))
from harness import *  # noqa: E402

MADE = BUILD / "packaging" / "monitoring"
# Options that ask for something else than a check.
NO_CHECKS = {"--help", "--version", "--doc", "--dump-config", "--dump-plugin",
             "--check-plugin"}


def icinga(tmp, *arguments, **options):
    """Icinga 2 that has all its folders below tmp, as who we are."""
    program = shutil.which("icinga2", path="/usr/sbin:/usr/bin:"
                           + os.environ["PATH"])
    if not program:
        skip("no icinga2")
    state = tmp / "state"
    state.mkdir(exist_ok=True)
    folders = [part for name in ("ConfigDir", "DataDir", "LogDir", "CacheDir",
                                 "SpoolDir", "InitRunDir")
               for part in ("--define", f"{name}={state}")]
    group = grp.getgrgid(os.getgid()).gr_name
    return subprocess.Popen(
        [program, *map(str, arguments), *folders], stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        env=environment(ICINGA2_USER=getpass.getuser(), ICINGA2_GROUP=group,
                        **options))


def said(process):
    out, _ = process.communicate(timeout=PATIENT)
    return process.returncode, out.decode()


def icinga_conf(tmp, more):
    """All that an Icinga needs, with our definition as it was made."""
    (tmp / "bin").mkdir()
    (tmp / "bin" / "check_delivery").symlink_to(PROGRAM)
    return write(tmp / "icinga2.conf", f"""
        include <itl>
        const NodeName = "node"
        const ZoneName = "zone"
        const PluginContribDir = "{tmp}/bin"
        include "{MADE}/icinga2.conf"
        object Endpoint NodeName {{ }}
        object Zone ZoneName {{ endpoints = [ NodeName ] }}
        {more}""")


def host(name, **variables):
    """A host that is checked each second by our command."""
    lines = "\n".join(f"vars.delivery_{key} = {json.dumps(value)}"
                      for key, value in variables.items())
    return f"""object Host "{name}" {{
        check_command = "delivery"
        check_interval = 1
        max_check_attempts = 1
        {lines}
    }}\n"""


@test
def icinga_loads_the_definition(tmp):
    path = icinga_conf(tmp, host("one", play=["a", "b"], verbose=True))
    code, out = said(icinga(tmp, "daemon", "-C", "-c", path))
    equal(code, 0, out)
    contains(out, "Instantiated 1 Host.")


@test
def icinga_refuses_one_that_is_broken(tmp):
    path = icinga_conf(tmp, 'object CheckCommand "delivery" { }')
    code, out = said(icinga(tmp, "daemon", "-C", "-c", path))
    equal(code, 1, out)
    contains(out, "delivery")


@test
def icinga_can_give_every_option():
    given = re.findall(r'^    "(--[\w-]+)" = {',
                       (MADE / "icinga2.conf").read_text(), re.M)
    known = re.findall(r"(?:^  |, )(--[\w-]+)", run("--help").out, re.M)
    equal(sorted(given), sorted(set(known) - NO_CHECKS))


@test
def icinga_reads_our_performance_data(tmp):
    conf(tmp, "[scenarios]\n" + pair(tmp, "a") + pair(tmp, "b.c"))
    lines = [delivery(tmp, "-w", "5", "-c", "@10:20").perfdata,
             delivery(tmp, "-w", "5", "-c", "7.5").perfdata,
             Perfdata(play(tmp, "*").out.rstrip("\n").split(" | ")[1])]
    items = [item for line in lines for item in line.items.values()]
    texts = [f"{item['label']}={item['value']}{item['unit']};"
             f"{item['warn'] or ''};{item['crit'] or ''};{item['min'] or ''}"
             for item in items]
    expression = f"{json.dumps(texts)}.map(t => parse_performance_data(t))"
    code, out = said(icinga(tmp, "console", "-e", expression))
    equal(code, 0, out)
    for item, read in zip(items, json.loads(out), strict=True):
        equal(read["label"], item["label"])
        equal(read["value"], float(item["value"]), read)
        equal(read["unit"], "seconds" if item["unit"] == "s" else "", read)
        # It understands plain numbers, and takes ranges for none.
        for key in "warn", "crit", "min":
            plain = re.fullmatch(r"[\d.]+", item[key] or "")
            equal(read[key], float(item[key]) if plain else None, read)
    contains([item["label"] for item in items], "delivery", "a.delivery",
             "b.c.delivery")


@test
def icinga_runs_checks(tmp):
    """One with a secret from the environment, one of scenarios."""
    folder = tmp / CANARY
    folder.mkdir()
    url = f"file://{tmp}/$${{env:CHECK_DELIVERY_SEND_PASSWORD}}/x"
    conf(tmp, "[scenarios]\n" + pair(tmp, "a") + pair(tmp, "b", to="c")
         + pair(tmp, "other"))
    path = icinga_conf(tmp, 'object CheckerComponent "checker" { }\n'
                       + host("urls", send=url, recv=url, warning=5,
                              critical=30, send_password=CANARY)
                       + host("plays", conf=f"{tmp}/conf.ini",
                              play=["a", "b"], patience=0, ipv4=True)
                       + f"""object PerfdataWriter "writer" {{
        host_perfdata_path = "{tmp}/results"
        host_temp_path = "{tmp}/results.new"
        service_perfdata_path = "{tmp}/services"
        service_temp_path = "{tmp}/services.new"
        host_format_template = {json.dumps(
            "$host.name$: $host.check_command$: $host.output$ "
            "[$host.perfdata$]")}
        rotation_interval = 1s
    }}""")
    daemon = icinga(tmp, "daemon", "-c", path)

    def results():
        text = "".join(file.read_text() for file in tmp.glob("results.[0-9]*"))
        return all(f"{name}: " in text for name in ("urls", "plays")) and text
    try:
        text = eventually(results, "results of both checks")
    finally:
        daemon.terminate()
        _, log = said(daemon)
    contains(text, "urls: delivery: OK - delivered in ", "[delivery=",
             "s;5;30;0 ", "plays: delivery: CRITICAL - ", "a.delivery=")
    lacks(text, "other")
    lacks(log, CANARY)


def command_lines(file):
    text = (MADE / file).read_text()
    lacks(text, "@programdir@", "@sysconfdir@")
    lines = re.findall(r"^(?:  command_line |command\[check_delivery\]=)(.*)",
                       text, re.M)
    return lines


def run_line(tmp, line, *arguments):
    """Runs it as its reader would, but with the program that was built."""
    line, count = re.subn(r"^\S+/check_delivery ", f"{PROGRAM} ", line)
    equal(count, 1, line)
    line = re.sub(r"--conf \S+/check_delivery\.conf",
                  f"--conf {tmp}/conf.ini", line.replace("'", ""))
    for number, argument in enumerate(arguments, 1):
        line = line.replace(f"$ARG{number}$", argument)
    lacks(line, "$ARG")
    return finish(subprocess.Popen(line.split(), env=environment(),
                                   stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE))


@test
def nagios_commands_run(tmp):
    conf(tmp, "[scenarios]\n" + pair(tmp, "a"))
    scenario, urls = command_lines("nagios.cfg")
    equal(sane(run_line(tmp, scenario, "a")).code, OK)
    url = f"file://{tmp}/x"
    r = sane(run_line(tmp, urls, url, url, "10", "30"))
    equal(r.code, OK)
    equal((r.perfdata.items["delivery"]["warn"],
           r.perfdata.items["delivery"]["crit"]), ("10", "30"))


@test
def nrpe_command_runs(tmp):
    conf(tmp, "[scenarios]\n" + pair(tmp, "a") + pair(tmp, "b"))
    [line] = command_lines("nrpe.cfg")
    r = sane(run_line(tmp, line))
    equal((r.code, r.text), (OK, "OK - 2 scenarios are OK"))


main()
