"""The unit file: what systemd-analyze says of it, and that cgetway and cgetway-codec make no call that it forbids.

    unit_test.py UNIT CGETWAY [INTEGRATION_TEST...]

The second is seen by running the integration tests named with a gateway under the unit's filter (under_unit.py),
where a forbidden call kills it. Without systemd-analyze: exit status 77.
"""

import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest

import under_unit

MOST_EXPOSED = 12  # tenths; systemd-analyze calls 0.1 to 1.9 OK


def run(*command, **more):
    return subprocess.run(command, capture_output=True, text=True, check=False, **more)


class UnitFile(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        root = pathlib.Path(cls.folder.name, "root")
        units = root / "etc/systemd/system"
        shutil.copytree("/lib/systemd/system", units, symlinks=True)
        shutil.copy(UNIT, units)
        program = root / "usr/bin/cgetway"
        program.parent.mkdir(parents=True)
        program.write_bytes(b"")
        program.chmod(0o755)
        cls.root = f"--root={root}"

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def test_verify_has_nothing_to_say(self):
        done = run("systemd-analyze", "verify", "--man=no", self.root, "cgetway.service")
        said = [line for line in (done.stdout + done.stderr).splitlines() if "cgetway.service" in line]
        self.assertEqual((said, done.returncode), ([], 0))

    def test_security_finds_it_little_exposed(self):
        done = run("systemd-analyze", "security", "--no-pager", "--offline=true", f"--threshold={MOST_EXPOSED}",
                   self.root, "cgetway.service")
        self.assertEqual(done.returncode, 0, done.stdout[-2000:] + done.stderr)

    def test_a_gateway_that_drains_is_given_its_time(self):
        done = run(CGETWAY, "--print-config", cwd=self.folder.name)
        drain = [line.split(":")[1].strip(" ,") for line in done.stdout.splitlines() if '"drain-timeout"' in line]
        self.assertGreater(int(under_unit.settings(UNIT)["TimeoutStopSec"][0]), float(drain[0]) + 30)

    def test_a_forbidden_call_kills(self):
        for code in ("import ctypes; ctypes.CDLL(None).swapoff(b'/nonexistent')",
                     "import mmap; mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)",
                     "import socket; socket.socket(socket.AF_PACKET, socket.SOCK_RAW)"):
            done = run(sys.executable, under_unit.__file__, UNIT, sys.executable, "-c", code)
            self.assertEqual(done.returncode, -signal.SIGSYS, code + done.stderr)

    def test_the_gateway_makes_no_forbidden_call(self):
        wrapper = pathlib.Path(self.folder.name, "cgetway")
        wrapper.write_text(f'#!/bin/sh\nexec {sys.executable} {under_unit.__file__} {UNIT} {CGETWAY} "$@"\n',
                           encoding="utf-8")
        wrapper.chmod(0o755)
        for test in TESTS:
            with self.subTest(pathlib.Path(test).name):
                done = run(test, env={**os.environ, "CGW_BINARY": str(wrapper)}, timeout=100)
                self.assertEqual(done.returncode, 0, "signal 31 is that of a forbidden call:\n" + done.stderr[-3000:])


if __name__ == "__main__":
    if shutil.which("systemd-analyze") is None:
        print("systemd-analyze is missing (package systemd)", file=sys.stderr)
        sys.exit(77)
    UNIT, CGETWAY, *TESTS = sys.argv[1:]
    del sys.argv[1:]
    unittest.main()
