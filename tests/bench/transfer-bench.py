# SPDX-License-Identifier: BSD-2-Clause
"""make bench, FTP and IRC: a check by ftps beside the same done with Python's
ftplib (in clear: with TLS it fails at vsftpd), a check by irctls beside the
same done with plain sockets.

Usage: transfer-bench.py PROGRAM [ROUNDS]
"""
import os
import pathlib
import statistics
import sys

_tests = pathlib.Path(os.environ["abs_top_srcdir"], "tests")
sys.path[:0] = [str(_tests / "servers"), str(_tests / "cli")]
import ftp  # noqa: E402
import irc  # noqa: E402
from harness import Skip  # noqa: E402
from measure import show, spawn  # noqa: E402

FTPLIB = """
import ftplib, io, sys, time, os
port, password, path = sys.argv[1:]
token = f"py-{os.getpid()}-{time.time_ns()}".encode()
out, back = ftplib.FTP(), ftplib.FTP()
out.connect("localhost", int(port)); out.login("anonymous", password)
out.storbinary("STOR " + path + ".tmp", io.BytesIO(token))
out.rename(path + ".tmp", path)
out.quit()
back.connect("localhost", int(port)); back.login("anonymous", password)
seen = []
back.retrbinary("RETR " + path, seen.append)
assert b"".join(seen) == token
back.delete(path)
back.quit()
"""
SOCKETS = """
import os, socket, sys, time
port, one, two = sys.argv[1:]
def client(nick):
    s = socket.create_connection(("127.0.0.1", int(port)))
    f = s.makefile("r")
    s.sendall(f"NICK {nick}\\r\\nUSER x 0 * :x\\r\\n".encode())
    hear(f, " 001 ")
    s.sendall(b"JOIN #bench\\r\\n")
    hear(f, " 366 ")
    return s, f
def hear(f, part):
    for line in f:
        if part in line: return
token = f"py-{os.getpid()}-{time.time_ns()}"
back, heard = client(two)
out, _ = client(one)
out.sendall(f"PRIVMSG #bench :{token}\\r\\n".encode())
hear(heard, token)
for s in out, back: s.sendall(b"QUIT\\r\\n")
"""


def bench(title, commands, rounds):
    samples = {name: [] for name in commands}
    for number in range(rounds + 2):
        for name, command in commands.items():
            sample = spawn(command)
            if number >= 2:
                samples[name].append(sample)
    print(f"{title}, {rounds} rounds by turns:")
    for name in commands:
        show(name, samples[name])
    for what, index in ("wall", 0), ("CPU", 1):
        ours, theirs = (statistics.median(sample[index] for sample in values)
                        for values in samples.values())
        print(f"  ratio, {what:<9} {ours / theirs:.2f}")


def bench_ftp(program, rounds):
    servers = ftp.Servers()
    url = servers.url("vsftpd-tls", "ftps", "/in/bench")
    servers.start("vsftpd")
    bench("FTP, ours with TLS", {
        "check_delivery": [program, "--send", url, "--recv", url],
        "Python's ftplib": [sys.executable, "-c", FTPLIB,
                            str(servers.ports["vsftpd"]), ftp.PASSWORD,
                            "/in/python"]}, rounds)


def bench_irc(program, rounds):
    servers = irc.Servers()
    bench("IRC, ours with TLS", {
        "check_delivery": [
            program, "--send", servers.url("inspircd", "irctls", "benchone",
                                           "/#bench"),
            "--recv", servers.url("inspircd", "irctls", "benchtwo",
                                  "/#bench")],
        "plain sockets": [sys.executable, "-c", SOCKETS,
                          str(servers.ports["inspircd"]["irc"]), "pyone",
                          "pytwo"]}, rounds)


def main():
    program = sys.argv[1]
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 100
    for run in bench_ftp, bench_irc:
        try:
            run(program, rounds)
        except Skip as why:
            print(f"left out ({why})")


main()
