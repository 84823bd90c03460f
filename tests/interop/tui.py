#!/usr/bin/env python3
"""Drives `otpdrill run --tui` in a real terminal, that of tmux, and looks at what is left of it.

Usage: tui.py OTPDRILL   (needs tmux)

A whole run is watched, resized and scrolled; another is stopped by `q`, one by SIGTERM, one by Ctrl-C twice. Each
time the terminal must be left as it was: the first screen, a visible cursor, the same settings. An unoptimised
binary is made to panic, too.
"""

import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from stub import Checks

ROOT = Path(__file__).resolve().parents[2]


class Terminal:
    """A shell in tmux, on a server of its own."""

    def __init__(self, folder, width=80, height=24):
        self.folder, self.socket = folder, str(folder / "tmux")
        self.tmux("new-session", "-d", "-x", str(width), "-y", str(height), "-c", str(ROOT), "bash --norc")
        self.type("PS1='> '")
        self.before = self.settings()

    def tmux(self, *arguments):
        command = ["tmux", "-f", "/dev/null", "-S", self.socket, *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout

    def type(self, line):
        self.tmux("send-keys", "-l", line)
        self.keys("Enter")

    def keys(self, *keys):
        self.tmux("send-keys", *keys)

    def resize(self, width, height):
        self.tmux("resize-window", "-x", str(width), "-y", str(height))

    def screen(self):
        return self.tmux("capture-pane", "-p")

    def state(self):
        """Whether the other screen is shown, and whether the cursor is."""
        return self.tmux("display", "-p", "#{alternate_on} #{cursor_flag}").split()

    def settings(self):
        """What `stty` says, but for the size."""
        file = self.folder / "stty"
        file.unlink(missing_ok=True)
        self.type(f"stty -a > {file}.new; mv {file}.new {file}")
        wait(file.exists)
        return re.sub(r"(rows|columns) \d+; ?", "", file.read_text())

    def run(self, binary, *more, environment=""):
        """Starts a run; gives the file that will hold its exit code."""
        out = tempfile.mkdtemp(dir=self.folder)
        code = Path(out) / "code"
        arguments = "run scenarios/quickstart.toml --tui --set max_lag=1m --set thresholds=[]"
        self.type("clear")
        self.type(f"{environment} {binary} {arguments} --out {out}/run {' '.join(more)}; echo $? > {code}")
        return code

    def close(self):
        self.tmux("kill-server")


def wait(holds, seconds=60):
    for _ in range(seconds * 10):
        if holds():
            return True
        time.sleep(0.1)
    return False


def check_left_clean(checks, terminal, code, wanted):
    checks.true("it ends", wait(lambda: code.exists() and code.read_text().strip()))
    checks.equal("exit code", int(code.read_text()), wanted)
    checks.equal("the first screen and a cursor", terminal.state(), ["0", "1"])
    checks.true("the terminal's settings are those before", terminal.settings() == terminal.before)


def check_whole_run(checks, terminal, binary):
    code = terminal.run(binary)
    checks.true("it runs", wait(lambda: "RUNNING quickstart" in terminal.screen()))
    checks.equal("another screen, no cursor", terminal.state(), ["1", "0"])
    checks.true("rates come", wait(lambda: re.search(r"sends +[1-9][\d.]*/s", terminal.screen())))
    for name, key, word in [("countries", "2", "All"), ("latency", "3", "time to verify"), ("help", "?", "Ctrl-C")]:
        terminal.keys(key)
        checks.true(f"{name} are shown", wait(lambda: word in terminal.screen(), 5))
    terminal.keys("Escape", "2", "s")
    checks.true("countries are sorted", wait(lambda: "by sessions" in terminal.screen(), 5))
    for width, height in [(40, 10), (200, 60), (20, 5), (80, 8)]:
        terminal.resize(width, height)
        fits = lambda: terminal.screen().startswith("RUNNING"[:width])
        checks.true(f"{width} x {height}: drawn anew", wait(fits, 5))
    terminal.keys("End")
    # The country with the fewest sessions is the last one, and there is room for no other.
    at_end = lambda: re.search(r"^(BR|NG) .*\nAll ", terminal.screen(), re.M)
    checks.true("the list scrolls to its end", wait(at_end, 5))
    terminal.resize(100, 30)
    terminal.keys("1")
    check_left_clean(checks, terminal, code, 0)
    checks.true("the summary follows", wait(lambda: "Results are in" in terminal.screen(), 5))


def begun(terminal):
    return wait(lambda: "RUNNING" in terminal.screen() and "s passed" in terminal.screen())


def check_stopped_by_a_key(checks, terminal, binary):
    code = terminal.run(binary, "--grace", "0s")
    begun(terminal)
    terminal.keys("q")
    check_left_clean(checks, terminal, code, 130)


def check_stopped_at_once(checks, terminal, binary):
    code = terminal.run(binary, "--grace", "60s")
    begun(terminal)
    terminal.keys("C-c")
    checks.true("it says that it stops", wait(lambda: "q again stops at once" in terminal.screen(), 5))
    terminal.keys("C-c")
    check_left_clean(checks, terminal, code, 130)


def check_stopped_by_a_signal(checks, terminal, binary):
    code = terminal.run(binary, "--grace", "0s")
    begun(terminal)
    pane = terminal.tmux("display", "-p", "#{pane_pid}").strip()
    children = subprocess.run(["ps", "-o", "pid=", "--ppid", pane], capture_output=True, text=True)
    for pid in children.stdout.split():
        subprocess.run(["kill", "-TERM", pid], check=True)
    check_left_clean(checks, terminal, code, 143)


def check_panic(checks, terminal, binary):
    code = terminal.run(binary, environment="RUST_BACKTRACE=0 OTPDRILL_TEST_PANIC=run")
    check_left_clean(checks, terminal, code, 1)
    checks.true("the panic is told", "a panic for a test" in terminal.screen())


def check_panic_elsewhere(checks, terminal, binary):
    code = terminal.run(binary, environment="RUST_BACKTRACE=0 OTPDRILL_TEST_PANIC=thread")
    told = lambda: "a panic for a test" in terminal.screen()
    checks.true("the panic of another thread is told", wait(told))
    checks.equal("at once: the first screen and a cursor", terminal.state(), ["0", "1"])
    terminal.keys("C-c")
    terminal.keys("C-c")
    check_left_clean(checks, terminal, code, 130)


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    if not shutil.which("tmux"):
        print("skipped: the dashboard in a terminal: tmux is not installed")
        return
    binary, checks = Path(sys.argv[1]).resolve(), Checks()
    parts = [check_whole_run, check_stopped_by_a_key, check_stopped_at_once, check_stopped_by_a_signal]
    if b"OTPDRILL_TEST_PANIC" in binary.read_bytes():
        parts += [check_panic, check_panic_elsewhere]
    else:
        print("skipped: panics, which only an unoptimised binary makes")
    for part in parts:
        with tempfile.TemporaryDirectory() as folder:
            terminal = Terminal(Path(folder))
            try:
                checks.part(part, checks, terminal, binary)
            finally:
                terminal.close()
    sys.exit(checks.verdict())


if __name__ == "__main__":
    main()
