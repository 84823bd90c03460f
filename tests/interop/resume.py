#!/usr/bin/env python3
"""Kills runs and resumes them: `resume.py OTPDRILL [RUNS] [SEED]`.

A stub in a process of its own; between it and the run a proxy that notes every feedback that passes. Each
run is killed with SIGKILL at a random moment and resumed. Then, for every message that the stub accepted:
it has its feedback, or the run's `unsettled.csv` lists its send as unknown; and no message was ever told
two different values. Some runs are killed twice: the `resume` too, in the middle of its puts.
Needs nothing but Python.
"""
import asyncio, csv, json, os, random, re, signal, subprocess, sys, tempfile, threading, urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
SCENARIO = os.path.join(HERE, "..", "it", "agreement.toml")
PUT = re.compile(rb'\{"MessageId":"([0-9a-f-]{36})","MessageFeedbackStatus":"(RECEIVED|FAILED)"\}')


class Proxy(threading.Thread):
    """Passes bytes on, and notes each value that is put."""

    def __init__(self, port):
        super().__init__(daemon=True)
        self.target, self.values, self.ready, self.stall = port, {}, threading.Event(), 0.0
        self.start()
        self.ready.wait()

    def run(self):
        asyncio.run(self.serve())

    async def serve(self):
        server = await asyncio.start_server(self.pass_on, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        self.ready.set()
        await server.serve_forever()

    async def pass_on(self, reader, writer):
        try:
            there, back = await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:
            writer.close()
            return
        await asyncio.gather(self.pipe(reader, back, True), self.pipe(there, writer, False))

    async def pipe(self, reader, writer, listens):
        seen = b""
        try:
            while data := await reader.read(65536):
                if listens:
                    seen += data
                    last = 0
                    for found in PUT.finditer(seen):
                        self.values.setdefault(found[1].decode(), set()).add(found[2].decode())
                        last = found.end()
                    seen = seen[max(last, len(seen) - 200):]
                writer.write(data)
                await writer.drain()
        except OSError:
            pass
        finally:
            writer.close()


def call(port, path, method="GET"):
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", method=method)
    with urllib.request.urlopen(request) as answer:
        return json.load(answer) if method == "GET" else answer.read()


def messages(port):
    found, after = [], ""
    while True:
        page = call(port, f"/_mock/messages?limit=500{after}")
        found += page["messages"]
        if not page["next"]:
            return found
        after = f"&after={page['next']}"


def start_stub(otpdrill, *more):
    stub = subprocess.Popen([otpdrill, "mock", "--listen", "127.0.0.1:0", *more],
                            stdout=subprocess.PIPE, text=True)
    return stub, int(stub.stdout.readline().rsplit(":", 1)[1])


def begin(otpdrill, proxy, out, seed, chance):
    rate = chance.choice([2, 10, 30])
    return subprocess.Popen(
        [otpdrill, "run", SCENARIO, "--target", f"http://127.0.0.1:{proxy.port}", "--out", out, "--quiet",
         "--seed", str(seed), "--set", 'policy.reports="everything"', "--set", "max_lag=\"1h\"",
         "--set", f"arrivals.stages.0.constant.rate={rate}", "--set", "service.errors.PutMessageFeedback.throttle=0.05"],
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)


def finish(otpdrill, out, chance):
    """Resumes to the end; now and then is killed in between. Gives what `resume` said last."""
    kills = chance.choice([0, 0, 1, 2])
    while True:
        resume = subprocess.Popen([otpdrill, "resume", out, "--quiet"], stderr=subprocess.PIPE,
                                  stdout=subprocess.DEVNULL, text=True)
        if kills == 0:
            _, said = resume.communicate(timeout=120)
            return resume.returncode, said
        kills -= 1
        try:
            resume.communicate(timeout=chance.uniform(0.005, 0.4))
        except subprocess.TimeoutExpired:
            resume.kill()
            resume.communicate()


def judge(out, found, proxy, said):
    """What is wrong with a resumed run."""
    with open(os.path.join(out, "unsettled.csv")) as file:
        rows = list(csv.DictReader(file))
    unknown = {(r["session"], r["nth"], r["attempt"]) for r in rows if r["kind"] == "unknown_send"}
    errors = {r["message_id"] for r in rows if r["kind"] == "feedback_error"}
    with open(os.path.join(out, "summary.json")) as file:
        counts = json.load(file)["messages"]
    wrong = []
    if counts["unknown"] != len(unknown):
        wrong.append(f"summary.json counts {counts['unknown']} unknown sends, the list has {len(unknown)}")
    if counts["feedback_errors"] != len(errors):
        wrong.append(f"summary.json counts {counts['feedback_errors']} errors, the list has {len(errors)}")
    if counts["pending"]:
        wrong.append(f"{counts['pending']} are still pending: {said}")
    for message in found:
        context = message["context"]
        if context is None:
            continue
        address = (context["session"], context["nth"], context["attempt"])
        if message["feedback"] not in ("RECEIVED", "FAILED") and address not in unknown:
            wrong.append(f"{message['message_id']} {address} has feedback {message['feedback']}")
    wrong += [f"{id} was told {sorted(values)}" for id, values in proxy.values.items() if len(values) > 1]
    return wrong, len(unknown)


def main():
    otpdrill = os.path.abspath(sys.argv[1])
    runs = int(sys.argv[2]) if len(sys.argv) > 2 else 20
    chance = random.Random(int(sys.argv[3]) if len(sys.argv) > 3 else 1)
    stub, port = start_stub(otpdrill)
    total, unknowns, failed, early = 0, 0, 0, 0
    with tempfile.TemporaryDirectory() as folder:
        for run in range(runs):
            call(port, "/_mock/reset", "POST")
            proxy = Proxy(port)
            out = os.path.join(folder, str(run))
            going = begin(otpdrill, proxy, out, run, chance)
            try:
                _, said = going.communicate(timeout=chance.choice([chance.uniform(0.02, 0.3), chance.uniform(0.1, 11)]))
                if going.returncode not in (0, 10, 12):
                    print(f"run {run} ended by itself with {going.returncode}: {said}")
                    failed += 1
            except subprocess.TimeoutExpired:
                going.kill()
                going.communicate()
            code, said = finish(otpdrill, out, chance)
            if "has no journal" in said or "cannot use the journal" in said:
                early += 1
                wrong, unknown = ([f"accepted {len(messages(port))}, but no journal: {said}"] if messages(port) else []), 0
            elif code not in (0, 10, 12):
                wrong, unknown = [f"resume ended with {code}: {said}"], 0
            else:
                found = messages(port)
                total += len(found)
                wrong, unknown = judge(out, found, proxy, said)
            unknowns += unknown
            failed += bool(wrong)
            for line in wrong[:5]:
                print(f"run {run}: {line}")
    stub.send_signal(signal.SIGTERM)
    stub.wait()
    print(f"{runs} runs killed and resumed ({early} before their journal began): {total} messages accepted, "
          f"{unknowns} sends unknown, {failed} runs with something wrong")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
