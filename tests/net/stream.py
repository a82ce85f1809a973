# SPDX-License-Identifier: BSD-2-Clause
"""Lines, bytes and replies, within their limits."""
from talking import *


@test
def lines_end_in_crlf_or_lf(tmp):
    result, _ = with_server(tmp, speaks(b"one\r\ntwo\n\r\n \r x\r\n"),
                            *["line"] * 4)
    equal(result["lines"], ["line 3 3 [one]", "line 3 3 [two]", "line 0 0 []",
                            "line 4 4 [ x]"], result)


@test
def a_line_in_many_pieces(tmp):
    def drip(connection):
        for byte in b"a line\r\nbytes":
            connection.sendall(bytes([byte]))

    result, _ = with_server(tmp, drip, "line", "bytes 5")
    equal(result["lines"], ["line 6 6 [a line]", "bytes [bytes]"], result)


@test
def the_longest_line(tmp):
    for length in 8191, 8192:
        result, _ = with_server(tmp, speaks(b"x" * length + b"\r\n"), "line")
        equal(result["reason"], "ok", result)
        contains(result["details"], f"line {length} {length} [xxx")
    for end in b"\r\n", b"\n", b"x":
        result, _ = with_server(tmp, speaks(b"x" * 8193 + end), "line")
        fails(result, "protocol", "a line of more than 8192 bytes")


@test
def a_line_without_end(tmp):
    def flood(connection):
        try:
            for _ in range(10000):
                connection.sendall(b"x" * 65536)
        except OSError:
            return "stopped"

    result, server = with_server(tmp, flood, "line")
    fails(result, "protocol", "a line of more than 8192 bytes")
    equal(server, "stopped")


@test
def lines_without_end(tmp):
    def flood(connection):
        try:
            for _ in range(1000):
                connection.sendall(b"x" * 8000 + b"\r\n")
        except OSError:
            return "stopped"

    result, server = with_server(tmp, flood, "lines 600")
    fails(result, "protocol", "more than 4194304 bytes at a time")
    equal(server, "stopped")


@test
def much_in_answer_to_each_question(tmp):
    """The limit is for what nobody asked for."""
    def server(connection):
        for _ in range(2):
            connection.recv(100)
            connection.sendall((b"x" * 8000 + b"\r\n") * 375)

    result, _ = with_server(tmp, server, "say go", "lines 375", "say go",
                            "lines 375")
    equal(result["reason"], "ok", result)


@test
def nul_is_no_text(tmp):
    result, _ = with_server(tmp, speaks(b"a\0b\r\n"), "line")
    fails(result, "protocol", "a NUL in it")


@test
def a_connection_that_ends(tmp):
    for said in b"", b"half a line":
        result, _ = with_server(tmp, speaks(said, False), "line")
        fails(result, "closed", "closed the connection: no greeting")
    result, _ = with_server(tmp, speaks(b"hi\r\nbye", False), "line",
                            "say NOOP", "line")
    equal(result["reason"], "closed", result)


@test
def a_connection_that_is_reset(tmp):
    def reset(connection):
        connection.recv(100)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                              b"\1\0\0\0\0\0\0\0")

    result, _ = with_server(tmp, reset, "say HELO", "line")
    fails(result, "closed", "Connection reset")


@test
def a_server_that_says_nothing(tmp):
    result, _ = with_server(tmp, speaks(b""), "line",
                            arguments=["--timeout", "5"])
    fails(result, "timeout", ": no greeting (does the port want TLS from")
    result, _ = with_server(tmp, speaks(b"hi\r\n"), "line", "say NOOP now",
                            "line", arguments=["--timeout", "5"])
    fails(result, "timeout", ": no answer to NOOP now")


@test
def a_limit_of_its_own(tmp):
    result, _ = with_server(tmp, speaks(b""), "limit 10", "line",
                            arguments=["--timeout", "600"])
    fails(result, "timeout", ": no greeting (does the port want TLS from")


@test
def bytes_by_their_number(tmp):
    result, _ = with_server(tmp, speaks(b"abc\r\n\0def"), "bytes 0", "bytes 5",
                            "bytes 4")
    equal(result["reason"], "ok", result)
    equal(result["lines"][:2], ["bytes []", "bytes [abc ]"], result)


@test
def the_most_bytes(tmp):
    result, _ = with_server(tmp, speaks(b"x" * 262145), "bytes 262144",
                            "bytes 1")
    equal(result["reason"], "ok", result)
    for number in "262145", "4294967297", "18446744073709551615":
        result, _ = with_server(tmp, speaks(b""), f"bytes {number}")
        fails(result, "protocol", f"announced {number} bytes")


@test
def fewer_bytes_than_announced(tmp):
    result, _ = with_server(tmp, speaks(b"abc", False), "bytes 4")
    fails(result, "closed", "closed the connection")


@test
def what_is_written_leaves_in_one_piece(tmp):
    def server(connection):
        first = connection.recv(65536)
        connection.sendall(b"ok\r\n")
        return first, heard(connection)

    _, said = with_server(tmp, server, "say one", "say two", "line",
                          "say three", "flush")
    equal(said, (b"one\r\ntwo\r\n", b"three\r\n"))


@test
def no_line_break_can_be_smuggled_in(tmp):
    for number in 0, 10, 13:
        result, said = with_server(tmp, heard, "say one", f"smuggle {number}",
                                   "say two", "flush", go_on="yes")
        fails(result, "config", "a line break or a NUL")
        equal(said, b"")
    result, said = with_server(tmp, heard, "smuggle 9", "flush")
    equal((result["reason"], said), ("ok", b"a\tb\r\n"))


@test
def secrets_are_not_shown(tmp):
    secret = "S3cr3t-Pa55w0rd"

    def server(connection):
        said = connection.recv(65536)
        connection.sendall(b"535 5.7.8 your " + said)
        return said

    result, said = with_server(tmp, server, f"secret {secret}", "reply",
                               arguments=["-vvv"])
    equal(said, f"PASS {secret}\r\n".encode())
    lacks(result["message"] + result["stderr"], secret)
    contains(result["stderr"], "C: PASS ***")
    fails(result, "rejected", "WHAT: 535 5.7.8 your PASS ***")


@test
def dots_are_stuffed_and_lines_end_in_crlf(tmp):
    for text, wanted in (("", b".\r\n"), ("a", b"a\r\n.\r\n"),
                         ("a_", b"a\r\n.\r\n"), (".", b"..\r\n.\r\n"),
                         ("._.a_b._", b"..\r\n..a\r\nb.\r\n.\r\n"),
                         ("__", b"\r\n\r\n.\r\n")):
        _, said = with_server(tmp, heard, f"dotted {text}", "flush")
        equal(said, wanted, text)


@test
def texts_that_end_in_a_dot(tmp):
    for said, wanted in (
            (b".\r\n", []), (b"a\r\n.\r\n", ["text 1 [a]"]),
            (b"\r\n.\r\n", ["text 0 []"]),
            (b"..\r\n.\r\n", ["text 1 [.]"]),
            (b"..a\r\n.b\r\n...\r\n.\r\n",
             ["text 2 [.a]", "text 1 [b]", "text 2 [..]"]),
            (b"a\n..\nb\r\n.\r\n", ["text 1 [a]", "text 1 [.]",
                                     "text 1 [b]"])):
        result, _ = with_server(tmp, speaks(b"+OK\r\n" + said + b"next\r\n"),
                                "line", "text", "line")
        equal(result["reason"], "ok", result)
        equal(result["lines"], ["line 3 3 [+OK]", *wanted, "line 4 4 [next]"],
              said)


@test
def texts_whose_end_is_doubtful(tmp):
    """What stands behind may be of whoever wrote the text."""
    for said in b"a\r\n.\n+OK\r\n", b"a\n.\r\n+OK\r\n", b"a\n.\n+OK\r\n":
        result, _ = with_server(tmp, speaks(b"+OK\r\n" + said), "line", "text",
                                "line")
        fails(result, "protocol", "no CR LF before and behind it")
    result, _ = with_server(tmp, speaks(b"+OK\n.\r\n"), "line", "text")
    fails(result, "protocol", "no CR LF before and behind it")


@test
def texts_without_end(tmp):
    result, _ = with_server(tmp, speaks(b"+OK\r\na\r\n", False), "line",
                            "text")
    fails(result, "closed", "closed the connection")
    result, _ = with_server(tmp, speaks(b"x" * 5000000 + b"\r\n"), "text")
    fails(result, "protocol", "says more than 4194304 bytes at a time")


@test
def texts_of_others(tmp):
    """Lines may be of any length, and have NUL bytes in them."""
    for length in 8191, 8192, 8193, 16385, 16386, 16387, 100000:
        for end in b"\r\n", b"\n":
            result, _ = with_server(tmp, speaks(
                b"y" * length + end + b".x" + end + b"a\0b\r\n.\r\n"), "text")
            equal(result["reason"], "ok", result)
            details = result["details"].split("\n")
            equal(re.match(r"text (\d+) \[", details[0])[1],
                  str(min(length, 8192)))
            equal([line.split(" ")[1] for line in details[1:3]], ["1", "3"],
                  details[1:])


@test
def more_than_the_kernel_takes_at_once(tmp):
    def count(connection):
        return len(heard(connection))

    result, said = with_server(tmp, count, "much 8000000", "flush")
    equal((result["reason"], said), ("ok", 8000000))


@test
def a_server_that_takes_nothing(tmp):
    gone = threading.Event()

    def deaf(connection):
        gone.wait(harness.PATIENT)

    server = Server(deaf)
    result = talk(tmp, url(server.port, "much 80000000", "flush"),
                  "--timeout", "5")
    gone.set()
    server.end()
    fails(result, "timeout", "takes no more data")


@test
def waiting_for_input(tmp):
    def server(connection):
        connection.recv(100)
        connection.sendall(b"x\r\ny\r\n")
        return heard(connection)

    result, _ = with_server(tmp, server, "input", "wait 1", "say go",
                            "wait 50000", "input", "line", "input", "wait 0",
                            "line", "input", "wait 0")
    equal(result["lines"], ["input 0", "ready 0", "ready 1", "input 1",
                            "line 1 1 [x]", "input 1", "ready 1",
                            "line 1 1 [y]", "input 0", "ready 0"], result)


@test
def the_end_is_no_input_but_the_next_read_sees_it(tmp):
    result, _ = with_server(tmp, speaks(b"x\r\n", False), "line", "wait 9000",
                            "input", "line", go_on="yes")
    fails(result, "closed", "closed the connection")
    contains(result["lines"], "input 0")


@test
def a_server_that_speaks_before_tls(tmp):
    """From the start: this is no port for TLS.  Later: an attack."""
    result, _ = with_server(tmp, speaks(b"220 hi\r\n"), "wait 9000", "tls",
                            scheme="talktls")
    fails(result, "tls", "does the server speak TLS on this port?")
    result, _ = with_server(tmp, speaks(b"220 go\r\n250 more\r\n"),
                            "say STARTTLS", "reply", "tls", scheme="talktls")
    fails(result, "protocol", "said more than it was asked before TLS began")
    contains(result["lines"], "tls 0")


# ---- Replies of three digits ------------------------------------------------

@test
def replies(tmp):
    for said, wanted in (
            (b"220 hi\r\n", "reply 220 () 1 [hi]"),
            (b"250\r\n", "reply 250 () 1 []"),
            (b"250 \r\n", "reply 250 () 1 []"),
            (b"250-a\r\n250-\r\n250 c\r\n", "reply 250 () 3 [c]"),
            (b"250-a\n250 b\n", "reply 250 () 2 [b]"),
            (b"250 2.1.0 ok\r\n", "reply 250 (2.1.0) 1 [2.1.0 ok]"),
            (b"250 2.10.999\r\n", "reply 250 (2.10.999) 1 [2.10.999]"),
            (b"250 5.1.0 no\r\n", "reply 250 () 1 [5.1.0 no]"),
            (b"250 2.1.0.\r\n", "reply 250 () 1 [2.1.0.]"),
            (b"250 2.1\r\n", "reply 250 () 1 [2.1]"),
            (b"250 2..1.\r\n", "reply 250 () 1 [2..1.]"),
            (b"250 2.10. x\r\n", "reply 250 () 1 [2.10. x]"),
            (b"250 2.1.0x\r\n", "reply 250 () 1 [2.1.0x]"),
            (b"250 2.1000.1000\r\n", "reply 250 () 1 [2.1000.1000]"),
            (b"120 wait\r\n", "reply 120 () 1 [wait]")):
        result, _ = with_server(tmp, speaks(said), "reply")
        equal(result["lines"], [wanted], said)


@test
def refusals(tmp):
    for said, reason, part in (
            (b"450 4.7.1 later\r\n", "tempfail", "WHAT: 450 4.7.1 later"),
            (b"550-5.1.1 who\r\n550 5.1.1 is it\r\n", "rejected",
             "WHAT: 550 5.1.1 who 5.1.1 is it"),
            (b"354 go on\r\n", "protocol", "WHAT: 354 go on"),
            (b"550 \x1b[2Jbad | x=1\r\n", "rejected", "WHAT: 550")):
        result, _ = with_server(tmp, speaks(said), "reply")
        fails(result, reason, part)
        lacks(result["message"], "\x1b", "|")


@test
def what_is_no_reply(tmp):
    for said in (b"SSH-2.0-OpenSSH\r\n", b"25\r\n", b"\r\n", b"2500 x\r\n",
                 b"25x hello\r\n", b"650 x\r\n", b"050 x\r\n", b" 250 x\r\n",
                 b"250_x\r\n", b"220-go\r\n250 not really\r\n",
                 b"220-go\r\nto it\r\n", b"-250 x\r\n"):
        result, _ = with_server(tmp, speaks(said), "reply",
                                arguments=["--timeout", "600"])
        fails(result, "protocol", "what is no reply (no greeting)")


@test
def a_reply_without_end(tmp):
    result, _ = with_server(tmp, speaks(b"250-x\r\n" * 128 + b"250 x\r\n"),
                            "reply")
    fails(result, "protocol", "a reply without end")
    result, _ = with_server(tmp, speaks(b"250-x\r\n" * 127 + b"250 x\r\n"),
                            "reply")
    equal(result["lines"], ["reply 250 () 128 [x]"])
    long = b"250-" + b"x" * 8000 + b"\r\n"
    result, _ = with_server(tmp, speaks(long * 9), "reply")
    fails(result, "protocol", "a reply without end")


main()
