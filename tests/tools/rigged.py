#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""A server that lets everybody in and then misbehaves.

    rigged.py DIR BEHAVIOUR

DIR holds hk_ed25519 (the host's key) and id_ed25519.pub (whose owner may log in); DIR/port says
where it listens, on loopback, once it does. Every command is answered with "ready" and stays,
"exec 'hi'" with "hi" and its end; ways that lead on (direct-tcpip) do. With the first command or
way the behaviour begins, and it goes on for ever unless its row says how often. DIR/told counts
what the client answers, a line each.

paramiko does the handshake, and the packets that it would not send are made here.
"""
import hmac
import os
import socket
import struct
import sys
import threading
import time

import paramiko
from paramiko.message import Message

NOBODY = 4711  # a channel that was never opened


def message(kind, *parts):
    m = Message()
    m.add_byte(bytes([kind]))
    for part in parts:
        add = {int: m.add_int, bool: m.add_boolean, str: m.add_string, bytes: m.add_bytes}
        add[type(part)](part)
    return m.asbytes()


def signal(channel, length):
    """What says by which signal a command ended, and lies about how long that word is."""
    return message(98, channel, "exit-signal", False, length, b"X" * min(length, 2000))


def open_of(kind):
    return message(90, kind, NOBODY, 1 << 21, 1 << 15, "10.1.2.3", 6000, "10.3.2.1", 6001)


# name: how often the messages are sent (None: for ever), and the messages, made of the number
# that the client has given to its channel.
BEHAVIOURS = {
    "success": (None, lambda c: [message(99, NOBODY)]),
    "confirm": (None, lambda c: [message(91, NOBODY, NOBODY, 1 << 21, 1 << 15)]),
    "login": (None, lambda c: [message(51, "publickey", False), message(52), message(60, "x")]),
    "unknown": (None, lambda c: [message(250, "x" * 1000)]),
    "ignore": (None, lambda c: [message(2, "")]),
    "debug": (None, lambda c: [message(4, True, "\x1b[2J" * 8, "")]),
    "window": (None, lambda c: [message(94, c, "x" * 30000)]),
    "signals": (None, lambda c: [signal(c, 2000)]),
    "signal": (1, lambda c: [signal(c, (1 << 32) - 3)]),
    "opens": (
        5000,
        lambda c: [
            open_of(kind)
            for kind in ("forwarded-tcpip", "x11", "auth-agent@openssh.com", "session")
        ],
    ),
    "globals": (20000, lambda c: [message(80, "hostkeys-prove-00@openssh.com", True)]),
    "deaf": (None, lambda c: [message(80, "keepalive@openssh.com", True)]),
    "good": (0, lambda c: []),
}
BATCH = 500


class Transport(paramiko.Transport):
    """Counts what it is answered; its packets leave many at once."""

    told = 0

    def count(self, _):
        self.told += 1

    _handler_table = dict(paramiko.Transport._handler_table)
    for kind in (82, 92):  # REQUEST_FAILURE, CHANNEL_OPEN_FAILURE
        _handler_table[kind] = count

    def send_all(self, messages):
        p = self.packetizer
        # The names that Python gives to what is private there.
        get = lambda name: getattr(p, "_Packetizer__" + name)
        with get("write_lock"):
            number = get("sequence_number_out")
            key, digest, size = get("mac_key_out"), get("mac_engine_out")().name, get("mac_size_out")
            plain = [p._build_packet(m) for m in messages]
            macs = []
            for packet in plain:
                macs.append(hmac.digest(key, struct.pack(">I", number) + packet, digest)[:size])
                number = (number + 1) & 0xFFFFFFFF
            p._Packetizer__sequence_number_out = number
            secret = get("block_engine_out").update(b"".join(plain))
            out, at = [], 0
            for packet, mac in zip(plain, macs):
                out += [secret[at : at + len(packet)], mac]
                at += len(packet)
            p.write_all(b"".join(out))


class Server(paramiko.ServerInterface):
    def __init__(self, transport, allowed, behaviour):
        self.transport, self.allowed, self.behaviour = transport, allowed, behaviour
        self.begun = False

    def get_allowed_auths(self, username):
        return "publickey"

    def check_auth_publickey(self, username, key):
        good = key.asbytes() == self.allowed
        return paramiko.AUTH_SUCCESSFUL if good else paramiko.AUTH_FAILED

    def check_channel_request(self, kind, chanid):
        return paramiko.OPEN_SUCCEEDED

    def check_channel_exec_request(self, channel, command):
        self.later(self.answer, channel, command)
        return True

    def check_channel_direct_tcpip_request(self, chanid, origin, destination):
        self.later(self.lead_on, chanid, destination)
        return paramiko.OPEN_SUCCEEDED

    def later(self, run, *args):
        threading.Thread(target=run, args=args, daemon=True).start()

    def answer(self, channel, command):
        time.sleep(0.05)  # until it is answered that the command runs
        if command == b"exec 'hi'":
            channel.sendall(b"hi\n")
            channel.send_exit_status(0)
            channel.close()
            return
        channel.sendall(b"ready\n")
        self.misbehave(channel)

    def lead_on(self, chanid, destination):
        time.sleep(0.05)
        channel = self.transport._channels.get(chanid)
        to = socket.create_connection(destination)

        def carry(read, write):
            while True:
                piece = read(32768)
                if not piece:
                    return
                write(piece)

        self.later(carry, to.recv, channel.sendall)
        self.later(carry, channel.recv, to.sendall)
        self.misbehave(channel)

    def misbehave(self, channel):
        if self.begun:
            return
        self.begun = True
        count, make = self.behaviour
        messages = make(channel.remote_chanid)
        many = messages * max(1, BATCH // (len(messages) * (1 + len(messages[0]) // 500))) if messages else []
        left = None if count is None else count * len(messages)
        while messages and left != 0 and self.transport.is_active():
            piece = many if left is None else many[:left]
            self.transport.send_all(piece)
            left = None if left is None else left - len(piece)


def tell(directory, name, text):
    path = os.path.join(directory, name)
    with open(path + ".new", "w", encoding="ascii") as file:
        file.write(text)
    os.rename(path + ".new", path)


def serve(connection, directory, name):
    transport = Transport(connection)
    transport.add_server_key(paramiko.Ed25519Key(filename=os.path.join(directory, "hk_ed25519")))
    with open(os.path.join(directory, "id_ed25519.pub"), encoding="ascii") as file:
        allowed = paramiko.py3compat.decodebytes(file.read().split()[1].encode())
    transport.start_server(server=Server(transport, allowed, BEHAVIOURS[name]))
    while transport.is_active():
        tell(directory, "told", "%d\n" % transport.told)
        if name == "deaf" and transport.server_object.begun:
            transport.packetizer.read_message = lambda: time.sleep(1e6)
        time.sleep(0.02)


def main():
    directory, name = sys.argv[1:]
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(16)
    tell(directory, "port", "%d\n" % listener.getsockname()[1])
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=serve, args=(connection, directory, name), daemon=True).start()


main()
