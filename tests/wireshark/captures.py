# SPDX-License-Identifier: MIT
"""Captures written by hand: what dumpcap would have seen of TCP and UDP, in the format of pcap."""

import struct

CLIENT, SERVER = bytes([10, 0, 0, 1]), bytes([10, 0, 0, 2])
FIN, SYN, RST, ACK = 1, 2, 4, 16
RAW_IP = 101  # a link without a header of its own
MOST = 60_000  # bytes of a segment: what a loopback hands on at once


class Capture:
    """Packets, each a millisecond after the one before it."""

    def __init__(self):
        self.packets = []
        self.next_port = 20_000
        self.most = 262_144  # bytes of a packet that are kept

    def add(self, source, target, protocol, payload):
        header = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), len(self.packets) & 0xffff,
                             0, 64, protocol, 0, source, target)
        self.packets.append(header + payload)
        return len(self.packets)

    def cut_off(self, most):
        self.most = most
        return self

    def connect(self, port=4000):
        self.next_port += 1
        return Connection(self, self.next_port, port)

    def datagram(self, payload, port=4000):
        self.next_port += 1
        head = struct.pack("!HHHH", self.next_port, port, 8 + len(payload), 0)
        return self.add(CLIENT, SERVER, 17, head + payload)

    def write(self, path):
        with open(path, "wb") as file:
            file.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 262_144, RAW_IP))
            for number, packet in enumerate(self.packets):
                kept = packet[:self.most]
                file.write(struct.pack("<IIII", number // 1000, number % 1000 * 1000, len(kept),
                                       len(packet)) + kept)


class Connection:
    """A TCP connection. What is sent is on the wire in the order of the calls, unless asked."""

    def __init__(self, capture, client_port, server_port):
        self.capture = capture
        self.ports = [client_port, server_port]
        self.sequence = [1_000_000 * client_port & 0xffffffff, 2 ** 32 - 100_000]  # the second wraps
        for side, flags in ((0, SYN), (1, SYN | ACK)):
            self.segment(side, self.sequence[side], flags)
            self.sequence[side] += 1
        self.segment(0, self.sequence[0], ACK)

    def segment(self, side, sequence, flags, payload=b""):
        head = struct.pack("!HHIIBBHHH", self.ports[side], self.ports[1 - side],
                           sequence & 0xffffffff, self.sequence[1 - side] & 0xffffffff, 5 << 4,
                           flags, 65535, 0, 0)
        ends = (CLIENT, SERVER) if side == 0 else (SERVER, CLIENT)
        return self.capture.add(*ends, 6, head + payload)

    def cut(self, payload, size, side=0):
        """The segments of a payload, each (sequence, bytes), not sent yet."""
        pieces = []
        for at in range(0, len(payload), size):
            pieces.append((self.sequence[side], payload[at:at + size]))
            self.sequence[side] += len(pieces[-1][1])
        return pieces

    def send(self, payload, size=MOST, side=0):
        for piece in self.cut(payload, size, side):
            self.transmit(piece, side)

    def transmit(self, piece, side=0):
        return self.segment(side, piece[0], ACK, piece[1])

    def close(self, side=0):
        return self.segment(side, self.sequence[side], FIN | ACK)
