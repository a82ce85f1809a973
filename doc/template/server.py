# SPDX-License-Identifier: BSD-2-Clause
"""A server for mine.c to talk to while there is no better one: it knows
PUT TOKEN and GET TOKEN, and answers OK or NO.

    python3 server.py [PORT]    (7777; 0: any; it is printed; five minutes)
"""
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
socketserver.ThreadingTCPServer.allow_reuse_address = True
port = int(sys.argv[1]) if len(sys.argv) > 1 else 7777
with socketserver.ThreadingTCPServer(("127.0.0.1", port), Peer) as server:
    print(server.server_address[1], flush=True)
    server.serve_forever()
