"""Readers of files that a running service makes, byte by byte."""

import socket
from dataclasses import dataclass

from bson import ObjectId

from .made import bookings, customers, store

ROWS = 200_000  # more than what a connection and the service keep of what nobody reads
OF_A_BOOKING = 100
END = b"0\r\n\r\n"


@dataclass
class Downloads:
    """An event with many tickets, and its organizer."""

    service: object
    organizer: object
    event_id: str

    @classmethod
    def of(cls, service, rows=ROWS):
        """Make an event with so many tickets booked."""
        organizer = service.sign_up("organizer")
        fields = {"title": "Rush", "description": "", "date": "2031-06-01T20:00:00Z", "total_tickets": rows}
        event = organizer.post("/events", json=fields).json()
        database = service.database()
        try:
            people = customers(database, 10, mark=str(ObjectId()))
            store(database, bookings(event["id"], people, rows // OF_A_BOOKING, tickets=OF_A_BOOKING), at_once=100)
        finally:
            database.client.close()
        return cls(service, organizer, event["id"])

    def status(self):
        """What the next request is answered with, of which nothing more is read."""
        with self.begin() as connection:
            head = b""
            while b"\r\n" not in head:
                head += connection.recv(1)
            return int(head.split()[1])

    def begin(self, version="1.1", name="attendees.csv"):
        """Ask for a file, and read nothing."""
        connection = socket.socket()
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
        connection.settimeout(30)
        connection.connect(("127.0.0.1", self.service.port))
        connection.sendall(
            f"GET /api/v1/events/{self.event_id}/{name} HTTP/{version}\r\nHost: x\r\nConnection: close\r\n"
            f"Authorization: Bearer {self.organizer.token}\r\n\r\n".encode()
        )
        return connection


def rest(connection, already=b""):
    """All that still comes; raises `ConnectionResetError`."""
    parts = [already]
    while part := connection.recv(1_000_000):
        parts.append(part)
    return b"".join(parts)
