"""A mail server for tests: takes every mail, and keeps it."""

from __future__ import annotations

import contextlib
import email
import email.policy
import queue
import socketserver
import threading


@contextlib.contextmanager
def mail_sink():
    """Its `HOST:PORT`, and a queue of the mails that came."""
    mails = queue.Queue()

    class Session(socketserver.StreamRequestHandler):
        def handle(self):
            self.say("220 sink")
            for line in iter(self.read, None):
                word = line.split(" ")[0].upper()
                if word == "DATA":
                    self.say("354 go on")
                    lines = list(iter(self.read, "."))
                    mails.put(email.message_from_string("\n".join(lines), policy=email.policy.default))
                self.say("221 bye" if word == "QUIT" else "250 ok")
                if word == "QUIT":
                    return

        def read(self):
            line = self.rfile.readline()
            return line.decode().rstrip("\r\n") if line else None

        def say(self, text):
            self.wfile.write(f"{text}\r\n".encode())

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Session) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"127.0.0.1:{server.server_address[1]}", mails
        server.shutdown()
