"""scripts/check-layers finds each fault that it is for, and none in a sound tree: check_layers_test.py CHECK_LAYERS"""

import pathlib
import subprocess
import sys
import tempfile
import unittest

SOUND = {
    "include/cgetway/error.h": "",
    "include/cgetway/dictionary.h": '#include "cgetway/error.h"\n',
    "include/cgetway/query.h": '#include "cgetway/error.h"\n',
    "include/cgetway/retrieve.h": '#include "cgetway/query.h"\n',
    "src/main.c": '#include "cgetway/dictionary.h"\n#include <stdio.h>\n',
    "src/query/path.c": '#include "path.h"\n#include "cgetway/dictionary.h"\n',
    "src/query/path.h": '/* strcpy( and #include are words here */\n#include "cgetway/query.h"\n',
    "src/http/server.c": '#include <microhttpd.h>\n#include <sys/socket.h>\n#include "cgetway/retrieve.h"\n',
    "src/dcmtk_shim/dictionary.cc": '#include "dcmtk/dcmdata/dctk.h"\n#include <string>\n',
    "tests/unit/query/path_test.c": 'const char *text = "atoi(1)";\n',
}


def faults_of(files):
    """What the script says of a tree with these files; [] where it says nothing."""
    with tempfile.TemporaryDirectory() as folder:
        for name, text in files.items():
            path = pathlib.Path(folder, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        done = subprocess.run([sys.executable, CHECK_LAYERS, folder], capture_output=True, text=True, check=False)
    lines = done.stderr.splitlines()
    assert done.returncode == (1 if lines else 0), done
    return lines


class CheckLayers(unittest.TestCase):
    def assert_finds(self, name, text, *faults):
        self.assertEqual(faults_of({**SOUND, name: text}), list(faults))

    def test_a_sound_tree_has_no_faults(self):
        self.assertEqual(faults_of(SOUND), [])

    def test_dcmtk_outside_of_its_module(self):
        self.assert_finds("src/query/a.c", '#include "dcmtk/dcmdata/dctk.h"\n',
                          "src/query/a.c:1: query includes dcmtk/dcmdata/dctk.h, which only dcmtk_shim codec_program may")

    def test_dcmtk_in_the_codec_outside_of_its_program(self):
        self.assert_finds("src/codec_program/a.cc", '#include "dcmtk/dcmdata/dctk.h"\n#include <png.h>\n')
        self.assert_finds("src/codec/a.c", '#include "dcmtk/dcmdata/dctk.h"\n#include <png.h>\n',
                          "src/codec/a.c:1: codec includes dcmtk/dcmdata/dctk.h, which only dcmtk_shim codec_program may",
                          "src/codec/a.c:2: codec includes png.h, which only codec_program may")

    def test_dcmtk_in_a_test(self):
        self.assert_finds("tests/a.cc", '\n#include "dcmtk/dcmdata/dctk.h"\n',
                          "tests/a.cc:2: includes dcmtk/dcmdata/dctk.h, which only src/dcmtk_shim may")

    def test_a_socket_in_query(self):
        self.assert_finds("src/query/a.c", "#include <sys/socket.h>\n",
                          "src/query/a.c:1: query includes sys/socket.h, which only association http base may")

    def test_query_above_its_layer(self):
        self.assert_finds("src/query/a.c", '#include "cgetway/retrieve.h"\n',
                          "src/query/a.c:1: query includes retrieve.h of retrieve")

    def test_a_shim_header_in_http(self):
        self.assert_finds("src/http/a.c", '#include "cgetway/dictionary.h"\n',
                          "src/http/a.c:1: http includes dictionary.h of dcmtk_shim")

    def test_a_shim_header_by_way_of_another(self):
        found = faults_of({**SOUND, "include/cgetway/query.h": '#include "cgetway/dictionary.h"\n'})
        self.assertIn("src/http/server.c:3: http includes dictionary.h of dcmtk_shim "
                      "(by retrieve.h -> query.h -> dictionary.h)", found)

    def test_a_header_of_the_inside_of_another_module(self):
        self.assert_finds("src/main.c", '#include "query/path.h"\n')  # main may include query
        self.assert_finds("src/query/a.c", '#include "http/b.h"\n')  # there is no such file: the compiler's business
        found = faults_of({**SOUND, "src/http/b.h": "", "src/query/a.c": '#include "http/b.h"\n'})
        self.assertEqual(found, ["src/query/a.c:1: query includes b.h of http"])

    def test_microhttpd_in_a_sink(self):
        self.assert_finds("src/sink/a.c", "#include <microhttpd.h>\n",
                          "src/sink/a.c:1: sink includes microhttpd.h, which only http may")

    def test_cxx_outside_of_the_shim(self):
        self.assert_finds("src/query/a.cc", "", "src/query/a.cc:1: C++ is for src/dcmtk_shim and src/codec_program only")

    def test_banned_functions(self):
        self.assert_finds("tests/a.c", "int x;\nint y = atoi (text);\n", "tests/a.c:2: atoi is banned")
        self.assert_finds("src/query/a.c", "/* \" */ strcpy(a, b); /* \" */\n",
                          "src/query/a.c:1: strcpy is banned")
        self.assert_finds("src/query/a.c", "snprintf(a, 1, b); fgets(a, 1, b); my_strcat(a, b);\n")

    def test_a_header_without_a_place(self):
        self.assert_finds("include/cgetway/new.h", "", "include/cgetway/new.h:1: the header has no place in "
                          "scripts/check-layers: say which module it is of")


if __name__ == "__main__":
    CHECK_LAYERS = sys.argv.pop(1)
    unittest.main()
