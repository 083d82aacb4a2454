"""cgetway(8) is sound roff, and has every option and key: manual_page_test.py GENERATE_MANUAL_PAGE CGETWAY

Without man: exit status 77."""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest


def run(*command, **more):
    return subprocess.run(command, capture_output=True, text=True, check=True, **more)


def key_names(config, prefix=""):
    for name, value in config.items():
        if isinstance(value, dict):
            yield from key_names(value, f"{prefix}{name}.")
        else:
            yield prefix + name


class ManualPage(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        with tempfile.TemporaryDirectory() as folder:
            page = pathlib.Path(folder, "cgetway.8")
            run(GENERATE, "1.2.3", page)
            environment = {**os.environ, "LC_ALL": "C.UTF-8", "MANWIDTH": "400", "MAN_KEEP_FORMATTING": ""}
            done = run("man", "--warnings", "-E", "UTF-8", "-l", page, env=environment)
            cls.warnings, cls.text = done.stderr, re.sub(r"\x1b\[[0-9;]*m|.\x08", "", done.stdout)

    def test_has_no_warnings(self):
        self.assertEqual(self.warnings, "")

    def test_has_every_section(self):
        sections = re.findall(r"^([A-Z][A-Z ]+)$", self.text, re.M)
        self.assertEqual(sections, ["NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "CONFIGURATION", "ENVIRONMENT",
                                    "FILES", "SIGNALS", "EXIT STATUS", "EXAMPLES", "SEE ALSO"])
        self.assertIn("cgetway 1.2.3", self.text)

    def test_has_every_option(self):
        options = re.findall(r"^  .*--([a-z0-9-]+)", run(CGETWAY, "--help").stdout, re.M)
        self.assertGreater(len(options), 60)
        for option in options:
            bound = option.startswith("override-maximum-")
            needle = option.removeprefix("override-maximum-") if bound else "--" + option
            self.assertRegex(self.text, re.escape(needle) + r"(?![a-z-])")

    def test_has_every_key(self):
        with tempfile.TemporaryDirectory() as folder:
            config = json.loads(run(CGETWAY, "--print-config", "--peer", "a=b:1", cwd=folder).stdout)
        keys = [*key_names({name: value for name, value in config.items() if name != "peers"}),
                *key_names(config["peers"]["a"])]
        self.assertIn("listen.port", keys)
        for key in keys:
            self.assertRegex(self.text, rf"(?m)^ +{re.escape(key.removeprefix('override-maximum.'))}\b")


if __name__ == "__main__":
    if shutil.which("man") is None:
        print("man is missing (package man-db)", file=sys.stderr)
        sys.exit(77)
    GENERATE, CGETWAY = sys.argv[1:]
    del sys.argv[1:]
    unittest.main()
