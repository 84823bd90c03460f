#!/usr/bin/env python3
"""Measures the stub's memory: `memory.py BINARY [REQUESTS]`, a release build of `sms-voice-mock`.

Drives one process over HTTP (five sends to three feedback calls, two fifths of the messages stay
without feedback) and reads its resident memory from /proc:

1. a retention of 1,000,000 messages: 2,000,000 requests let it grow by less than 150 MiB;
2. a retention of 10 minutes, the clock moved on by 3 s every 1,000 requests: from a quarter of the
   requests on it is flat;
3. a state file at 1,000,000 messages: what a save costs, and the longest that a call then waits.

Prints what `docs/performance.md` reports; exit code 1 if 1 or 2 is missed.
"""
import json, os, pathlib, re, signal, socket, subprocess, sys, tempfile, time

MIB = 1024 * 1024
GROWTH_MIB = 150
# What "flat" allows: counts by minute and country go on, and an allocator is no ruler.
FLAT_MIB = 3
BATCH = 250
COUNTRIES = ["+1206555", "+1416555", "+5511987", "+4915123", "+4477009"]
CARRIER = 'name = "One"\ndelivered = 0.9\ndelay = { fixed = "4s" }\nreceipts = { missing = 0.9 }\n'
HEAD = (
    b"POST / HTTP/1.1\r\nhost: stub\r\ncontent-type: application/x-amz-json-1.0\r\n"
    b"x-amz-target: PinpointSMSVoiceV2.%s\r\ncontent-length: %d\r\n\r\n%s"
)
ID = re.compile(rb'"MessageId":"([^"]+)"')


class Stub:
    def __init__(self, binary, config, *more):
        with tempfile.NamedTemporaryFile("w", suffix=".toml") as file:
            file.write(config)
            file.flush()
            self.process = subprocess.Popen(
                [binary, "--listen", "127.0.0.1:0", "--config", file.name, *more],
                stdout=subprocess.PIPE, text=True)
            address = self.process.stdout.readline().rsplit("/", 1)[-1].strip()
        host, port = address.split(":")
        self.address = (host, int(port))
        self.socket = self.connect()
        self.sent = 0

    def connect(self):
        connection = socket.create_connection(self.address)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection

    def memory(self, what="VmRSS"):
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(rf"{what}:\s+(\d+) kB", status)[1]) * 1024

    def pipeline(self, requests):
        """Sends them all, then reads all answers; each has one closing brace, at its end."""
        self.socket.sendall(b"".join(requests))
        answers = bytearray()
        while answers.count(b"}") < len(requests):
            part = self.socket.recv(1 << 18)
            if not part:
                sys.exit("the stub closed the connection")
            answers += part
        if answers.count(b"HTTP/1.1 200") != len(requests):
            sys.exit(f"not every call was answered with 200: {bytes(answers[:500])}")
        return answers

    def send(self):
        self.sent += 1
        number = f"{COUNTRIES[self.sent % len(COUNTRIES)]}{self.sent % 10000:04}"
        body = (
            f'{{"DestinationPhoneNumber":"{number}","MessageBody":"Your code is '
            f'{self.sent % 1000000:06}","MessageFeedbackEnabled":true,'
            f'"Context":{{"session":"{self.sent}"}}}}'
        ).encode()
        return HEAD % (b"SendTextMessage", len(body), body)

    def round(self):
        """BATCH requests, five sends to three feedback calls; gives how many requests."""
        sends = [self.send() for _ in range(BATCH * 5 // 8)]
        ids = ID.findall(self.pipeline(sends))
        puts = []
        for nth, message in enumerate(ids[: BATCH * 3 // 8]):
            status = b"FAILED" if nth % 7 == 0 else b"RECEIVED"
            body = b'{"MessageId":"%s","MessageFeedbackStatus":"%s"}' % (message, status)
            puts.append(HEAD % (b"PutMessageFeedback", len(body), body))
        self.pipeline(puts)
        return len(sends) + len(puts)

    def own(self, method, path, body=b""):
        head = f"{method} {path} HTTP/1.1\r\nhost: stub\r\nconnection: close\r\n"
        head += f"content-length: {len(body)}\r\n\r\n"
        with self.connect() as connection:
            connection.sendall(head.encode() + body)
            answer = b""
            while part := connection.recv(1 << 16):
                answer += part
        return json.loads(answer.split(b"\r\n\r\n", 1)[1])

    def drive(self, requests, seconds_per_1000=0.0, marks=8):
        """Gives the resident memory after the first 1,000 requests and after each of `marks` parts."""
        done, seen, due = 0, [], 0.0
        began = time.monotonic()
        while done < requests:
            done += self.round()
            due += seconds_per_1000 * BATCH / 1000
            if due >= 1:
                self.own("POST", "/_mock/clock/advance", b'{"seconds":%d}' % int(due))
                due -= int(due)
            if not seen and done >= 1000:
                seen.append(self.memory())
            if done * marks >= requests * len(seen) and seen:
                seen.append(self.memory())
        rate = done / (time.monotonic() - began)
        shown = self.own("GET", "/_mock/dashboard")
        if shown["expecting"] != self.sent:
            sys.exit(f"{self.sent} messages were sent, but the dashboard shows {shown}")
        print(f"   {done:,} requests, {self.sent:,} messages, {rate:,.0f} requests a second")
        print("   MiB resident: " + " ".join(f"{bytes / MIB:.1f}" for bytes in seen))
        return seen

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()


def by_number(binary, requests):
    print("1. a retention of 1,000,000 messages")
    stub = Stub(binary, '[service]\nretention = "30d"\nretained_messages = 1000000\n')
    seen = stub.drive(requests)
    growth, peak = (stub.memory() - seen[0]) / MIB, (stub.memory("VmHWM") - seen[0]) / MIB
    stub.end()
    print(f"   grown by {growth:.1f} MiB, at its peak by {peak:.1f} MiB (below {GROWTH_MIB})")
    return peak < GROWTH_MIB


def by_time(binary, requests):
    print("2. a retention of 10 minutes")
    # The hardest case: most receipts never come, and each is waited for three days.
    carriers = "".join(f"\n[[countries.{country}]]\n{CARRIER}" for country in ("US", "CA", "BR"))
    stub = Stub(binary, '[service]\nretention = "10m"\n' + carriers)
    seen = stub.drive(requests, seconds_per_1000=3.0)
    stub.end()
    late = seen[(len(seen) - 1) // 4:]
    growth = (max(late) - late[0]) / MIB
    print(f"   from a quarter on grown by {growth:.1f} MiB (at most {FLAT_MIB})")
    return growth <= FLAT_MIB


def with_state(binary):
    print("3. a state file at 1,000,000 messages")
    with tempfile.TemporaryDirectory() as folder:
        state = pathlib.Path(folder, "stub.state")
        config = '[service]\nretention = "30d"\nretained_messages = 1000000\n'
        stub = Stub(binary, config, "--state", str(state))
        stub.drive(1_600_000, marks=4)
        waits, end, saves, seen = [], time.monotonic() + 30, 0, None
        while time.monotonic() < end:
            begun = time.monotonic()
            stub.pipeline([stub.send()])
            waits.append(time.monotonic() - begun)
            written = state.stat().st_mtime_ns
            saves += written != seen
            seen = written
        peak = stub.memory("VmHWM") / MIB
        begun = time.monotonic()
        stub.end()
        stopped = time.monotonic() - begun
        waits.sort()
        print(f"   {len(waits):,} calls in 30 s beside {saves} saves: the median waited "
              f"{waits[len(waits) // 2] * 1e3:.2f} ms, the longest {waits[-1] * 1e3:.0f} ms")
        print(f"   {state.stat().st_size / MIB:.0f} MiB on disk, {peak:.0f} MiB resident at the peak; "
              f"saved and stopped in {stopped:.1f} s")
        begun = time.monotonic()
        stub = Stub(binary, config, "--state", str(state))
        print(f"   read back and listening in {time.monotonic() - begun:.1f} s")
        stub.end()


def main():
    binary = sys.argv[1]
    requests = int(sys.argv[2]) if len(sys.argv) > 2 else 2_000_000
    print(f"{len(os.sched_getaffinity(0))} cores")
    kept = [by_number(binary, requests), by_time(binary, requests)]
    with_state(binary)
    sys.exit(0 if all(kept) else 1)


if __name__ == "__main__":
    main()
