"""An engine child that does what the language of a transcript says: for real, in this process."""

from __future__ import annotations

import ctypes
import os
import sys
import time
from multiprocessing.connection import Connection

from soniclayer.domain.segment import Analysis
from soniclayer.engines import server
from soniclayer.errors import InputError


class Misbehaving:
    def __init__(self, config, account):
        self.connection = Connection(os.dup(int(sys.argv[1])))

    def run(self, request):
        deed = request.transcript.language
        getattr(self, deed)()
        yield "analysis", Analysis(request.transcript.window, f"{os.getpid()}", ()), b""

    def behave(self):
        sys.stdout.write("noise on stdout\n")
        sys.stderr.write("noise on stderr\n")

    def work(self):
        end_s = time.process_time() + 0.1
        while time.process_time() < end_s:
            pass

    def work_in_vain(self):
        self.work()
        self.report_an_error()

    def need_memory(self):
        b"x" * 2**27

    def abort(self):
        os.abort()

    def crash_in_c(self):
        ctypes.string_at(0)

    def raise_a_bug(self):
        raise IndexError("a bug of ours")

    def report_an_error(self):
        raise InputError("the audio is at fault", code="no_audio")

    def hang_in_c(self):
        ctypes.PyDLL(None).sleep(1000)  # PyDLL keeps the interpreter locked, as a hang inside a library does

    def eat_memory(self):
        self.eaten = [b"x" * 2**24 for _ in range(64)]
        time.sleep(1000)

    def flood(self):
        self.eaten = []
        while True:
            self.eaten.append(b"x" * 2**24)
            server.send_reply(self.connection, "progress")

    def leave(self):
        sys.exit(0)

    def babble(self):
        os.write(int(sys.argv[1]), b"\x00\x00\x00\x08not")
        time.sleep(1000)


if __name__ == "__main__":
    server.Engines = Misbehaving
    server.main()
