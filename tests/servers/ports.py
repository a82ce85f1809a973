# SPDX-License-Identifier: BSD-2-Clause
"""Ports for servers of the tests."""
import random
import socket

# Below those that the kernel gives to clients and to tests that ask for any: a
# server may be stopped and started again without losing its port.
LOWEST, HIGHEST = 10000, 32000


def _is_free(port):
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def free_ports(number):
    """That nobody has now; tests run beside each other, so they are chosen at
    random."""
    ports = []
    while len(ports) < number:
        port = random.randint(LOWEST, HIGHEST)
        if port not in ports and _is_free(port):
            ports.append(port)
    return ports


def answers(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
