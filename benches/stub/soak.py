#!/usr/bin/env python3
"""Treats the stub badly: `soak.py BINARY`, a release build of `sms-voice-mock`.

1. 10,000 idle connections: what each costs, and how long a call beside them takes;
2. no more files than 64: the stub refuses, says so once, and recovers;
3. bodies of 64 MB, one after the other and eight at a time: each is answered with 413, memory stays;
4. 500 clients that send half a request: calls beside them are answered.

Prints what `docs/performance.md` reports; exit code 1 if a promise is missed. Loopback only.
"""
import pathlib, re, resource, socket, subprocess, sys, tempfile, threading, time

MIB = 1024 * 1024
IDLE = 10_000
CALL = (b"POST / HTTP/1.1\r\nhost: stub\r\ncontent-type: application/x-amz-json-1.0\r\n"
        b"x-amz-target: PinpointSMSVoiceV2.SendTextMessage\r\ncontent-length: %d\r\n\r\n")
SEND = b'{"DestinationPhoneNumber":"+5511987654321","MessageBody":"Your code is 123456"}'
failed = []


def promise(what, kept):
    print(f"  {'kept  ' if kept else 'MISSED'}  {what}")
    if not kept:
        failed.append(what)


class Stub:
    def __init__(self, binary, *, files=None):
        self.log = tempfile.TemporaryFile("w+")
        def few(): resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))
        self.process = subprocess.Popen(
            [binary, "--listen", "127.0.0.1:0"], stdout=subprocess.PIPE, stderr=self.log,
            text=True, preexec_fn=few if files else None)
        host, port = self.process.stdout.readline().rsplit("/", 1)[-1].strip().split(":")
        self.address = (host, int(port))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()

    def connect(self, timeout=10):
        return socket.create_connection(self.address, timeout=timeout)

    def memory(self, what="VmRSS"):
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(rf"{what}:\s+(\d+) kB", status)[1]) * 1024

    def call(self, connection=None):
        """Milliseconds from a send to its answer."""
        connection = connection or self.connect()
        begun = time.monotonic()
        connection.sendall(CALL % len(SEND) + SEND)
        answer = connection.recv(4096)
        if not answer.startswith(b"HTTP/1.1 200"):
            raise OSError(f"answered {answer[:40]!r}")
        return (time.monotonic() - begun) * 1000


def idle(binary):
    print(f"{IDLE} idle connections")
    with Stub(binary) as stub:
        stub.call()
        before, open_ = stub.memory(), []
        for _ in range(IDLE):
            open_.append(stub.connect())
        time.sleep(1)
        each = (stub.memory() - before) / IDLE
        took = sorted(stub.call() for _ in range(200))
        print(f"  {each:.0f} bytes each; a call takes {took[100]:.2f} ms, at most {took[-1]:.2f} ms")
        promise("an idle connection costs less than 16 KiB", each < 16 * 1024)
        promise("a call beside them takes less than 50 ms in the median", took[100] < 50)
        late = [stub.call(connection) for connection in open_[::1000]]
        promise("idle connections are good for a call", len(late) == 10)


def starved(binary):
    print("64 files")
    with Stub(binary, files=64) as stub:
        kept = stub.connect()
        stub.call(kept)
        open_ = [stub.connect() for _ in range(150)]
        begun = cpu(stub)
        time.sleep(3)
        share = (cpu(stub) - begun) / 3
        stub.call(kept)
        print(f"  starved, it takes {share:.1%} of a core")
        promise("connections that are open are served", True)
        promise("it does not spin", share < 0.2)
        for connection in open_:
            connection.close()
        time.sleep(0.5)
        stub.call()
        promise("it recovers", True)
        stub.log.seek(0)
        said = stub.log.read().count("cannot accept")
        promise(f"it says so, in few lines ({said})", 1 <= said <= 20)


def cpu(stub):
    fields = pathlib.Path(f"/proc/{stub.process.pid}/stat").read_text().rsplit(") ", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / 100


def large(binary):
    print("bodies of 64 MB")
    piece = b" " * MIB

    def give(stub, seen):
        connection = stub.connect(timeout=60)
        connection.sendall(CALL % (64 * MIB))
        for _ in range(64):
            connection.sendall(piece)
        seen.append(connection.recv(4096)[:12])

    with Stub(binary) as stub:
        stub.call()
        before, seen = stub.memory(), []
        for _ in range(5):
            give(stub, seen)
        threads = [threading.Thread(target=give, args=(stub, seen)) for _ in range(8)]
        for thread in threads: thread.start()
        for thread in threads: thread.join()
        grown = (stub.memory("VmHWM") - before) / MIB
        print(f"  13 of them: memory grew by {grown:.1f} MiB at most")
        promise("each is answered with 413", seen == [b"HTTP/1.1 413"] * 13)
        promise("memory grows by less than 32 MiB", grown < 32)
        stub.call()


def slow(binary):
    print("500 clients that send half a request")
    with Stub(binary) as stub:
        open_ = []
        for place in range(500):
            connection = stub.connect()
            half = CALL % 1000 if place % 2 else CALL[:60]
            connection.sendall(half + (b"{" if place % 2 else b""))
            open_.append(connection)
        took = sorted(stub.call() for _ in range(200))
        print(f"  a call takes {took[100]:.2f} ms, at most {took[-1]:.2f} ms")
        promise("calls beside them are answered within 50 ms in the median", took[100] < 50)
        time.sleep(62)
        for connection in open_: connection.setblocking(False)
        def ended(connection):
            try:
                return connection.recv(4096) == b"" or connection.recv(4096) == b""
            except BlockingIOError:
                return False
        promise("after a minute they are sent away", sum(map(ended, open_)) == 500)


if __name__ == "__main__":
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, IDLE + 1000), hard))
    for part in (idle, starved, large, slow):
        part(sys.argv[1])
    sys.exit(1 if failed else 0)
