# SPDX-License-Identifier: BSD-2-Clause
"""The server that the template talks to: PUT TOKEN, GET TOKEN.  Its port goes
into the file named; it ends after some minutes by itself."""
import os
import signal
import socketserver
import sys

tokens = set()


class Peer(socketserver.StreamRequestHandler):
    def handle(self):
        for line in self.rfile:
            verb, _, token = line.decode().strip().partition(" ")
            if verb == "PUT":
                tokens.add(token)
            self.wfile.write(b"OK\r\n" if token in tokens else b"NO\r\n")


signal.alarm(300)
with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Peer) as server:
    with open(sys.argv[1] + ".new", "w") as file:
        file.write(str(server.server_address[1]))
    os.rename(sys.argv[1] + ".new", sys.argv[1])
    server.serve_forever()
