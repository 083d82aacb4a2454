"""docs/getscu-parity.md names tests that exist, and has a row for all that getscu has:
getscu_parity_test.py SOURCE_DIRECTORY BUILD_DIRECTORY CTEST"""

import json
import pathlib
import re
import subprocess
import sys
import unittest

OPTIONS = """
addr port -q --quiet -v --verbose -d --debug -ll --log-level -aet --calling-aet -aec --called-aet
-ta --acse-timeout -td --dimse-timeout -tn --network-timeout -pdu --max-pdu -P --patient -S --study -O --psonly
-k --keyword -f --file --relational-retrieval --enhanced-conversion -od --output-directory --ignore --version
""".split()

LEVELS = "critical error warning info debug".split()

# What the manual shows after -k.
KEYS = r"""
PatientName= (0010,0010)= PatientName=Citizen^Jan (0010,0010)=Citizen^Jan Columns=1024 PixelData=00FFEA08
AcquisitionIndex=1\\2\\3\\4 BeamSequence= (300a,00b0)= BeamSequence[0]= BeamSequence[3]=
BeamSequence[0].PatientName=CITIZEN^Jan BeamSequence[0].BeamLimitingDeviceSequence[0].NumberOfLeafJawPairs=1
OtherPatientIDsSequence[2].PatientID=12345678 QueryRetrieveLevel=PATIENT (0008,0052)=PATIENT
""".split()

MODELS = "1.2.840.10008.5.1.4.1.2.1.3 1.2.840.10008.5.1.4.1.2.2.3 1.2.840.10008.5.1.4.1.2.3.3".split()
SYNTAXES = "1.2.840.10008.1.2 1.2.840.10008.1.2.1 1.2.840.10008.1.2.1.99 1.2.840.10008.1.2.2".split()

# The storage classes of the manual, below 1.2.840.10008.5.1.4.1.1, with PS3.6's UIDs for the two that it misprints.
STORAGE = """
1 1.1 1.1.1 1.2 1.2.1 1.3 1.3.1 2 2.1 2.2 3.1 4 4.1 4.2 4.3 4.4 6.1 6.2 7 7.1 7.2 7.3 7.4 9.1.1 9.1.2 9.1.3 9.2.1
9.3.1 9.4.1 9.4.2 9.5.1 9.6.1 9.6.2 9.7.1 9.7.2 9.7.3 9.7.4 9.8.1 11.1 11.2 11.3 11.4 11.5 11.6 11.7 11.8 11.9 11.10
11.11 12.1 12.1.1 12.2 12.2.1 13.1.1 13.1.2 13.1.3 13.1.4 13.1.5 14.1 14.2 20 30 66 66.1 66.2 66.3 66.4 66.5 66.6 67
68.1 68.2 77.1.1 77.1.1.1 77.1.2 77.1.2.1 77.1.3 77.1.4 77.1.4.1 77.1.5.1 77.1.5.2 77.1.5.3 77.1.5.4 77.1.5.5 77.1.5.6
77.1.5.7 77.1.5.8 77.1.6 77.1.7 78.1 78.2 78.3 78.4 78.5 78.6 78.7 78.8 79.1 80.1 81.1 82.1 88.11 88.22 88.33 88.34
88.35 88.40 88.50 88.59 88.65 88.67 88.68 88.69 88.70 88.71 88.72 88.73 88.74 88.75 88.76 90.1 91.1 104.1 104.2 128
""".split()
MISPRINTED = "1.2.840.10008.5.1.4.1.1.1.1.1.1 1.2.840.10008.5.1.1.4.1.1.3.1".split()

TEST = re.compile(r"`([a-z0-9_.-]+): ([^`]+)`")
CTEST_ONLY = re.compile(r"`((?:unit|integration|faults)\.[a-z0-9_.-]+)`")


def read(*path):
    return pathlib.Path(SOURCE, *path).read_text(encoding="utf-8")


def rows():
    """The cells of each row of each table whose head says getscu."""
    found, inside = [], False
    for line in read("docs", "getscu-parity.md").splitlines():
        if not line.startswith("|"):
            inside = False
        elif line.startswith("| getscu |"):
            inside = True
        elif inside and not line.startswith("|---"):
            found.append([cell.strip() for cell in line.strip("|").split(" | ")])
    return found


def words_of_first_cells():
    """What stands between backquotes in the first column."""
    return {code for row in rows() for code in re.findall(r"`([^`]+)`", row[0])}


def registered():
    done = subprocess.run([CTEST, "--show-only=json-v1"], cwd=BUILD, capture_output=True, text=True, check=True)
    return {test["name"] for test in json.loads(done.stdout)["tests"]}


def sources_of(name):
    """The text of the sources that hold the cases of a ctest."""
    kind, _, rest = name.partition(".")
    if name == "unit.query.cases":
        cases = pathlib.Path(SOURCE, "tests/cases/identifier").glob("*.json")
        return [path.read_text(encoding="utf-8") for path in cases]
    path = f"tests/{kind}/" + (rest.replace(".", "/") if kind == "unit" else rest) + "_test.c"
    return [read(path)]


def is_case(text, case):
    """A function that is also in the list of tests, the name of a row, or a case of a file."""
    list_of_tests = text.split("int main(void)")[-1]
    if f"static void {case}(void **state)" in text:
        return re.search(rf"\b{re.escape(case)}\b", list_of_tests) is not None
    return f'.name = "{case}"' in text or f'"name": "{case}"' in text


class GetscuParity(unittest.TestCase):
    def test_every_row_has_three_cells_and_a_test(self):
        self.assertGreater(len(rows()), 50)
        for row in rows():
            self.assertEqual(len(row), 3, row)
            self.assertTrue(row[1], row)
            self.assertTrue(TEST.search(row[2]) or CTEST_ONLY.search(row[2]), row)

    def test_every_test_that_is_named_exists(self):
        known = registered()
        for row in rows():
            for name in CTEST_ONLY.findall(row[2]):
                self.assertIn(name, known)
            for name, case in TEST.findall(row[2]):
                self.assertIn(name, known)
                self.assertTrue(any(is_case(text, case) for text in sources_of(name)), f"{name} has no {case}")

    def test_every_option_level_and_key_has_a_row(self):
        words = words_of_first_cells()
        self.assertEqual([option for option in OPTIONS if option not in words], [])
        self.assertEqual([level for level in LEVELS if f"-ll {level}" not in words], [])
        self.assertEqual([key for key in KEYS if f"-k {key}" not in words], [])
        self.assertEqual([uid for uid in MODELS + SYNTAXES + MISPRINTED if uid not in words], [])

    def test_every_storage_class_is_in_the_conformance_statement(self):
        statement = read("docs", "conformance.md")
        listed = set(re.findall(r"^\| \d+ \| .* \| `([0-9.]+)` \| (?:all|plain) \|$", statement, re.M))
        wanted = {f"1.2.840.10008.5.1.4.1.1.{tail}" for tail in STORAGE}
        self.assertEqual(len(wanted), 125)
        self.assertEqual(wanted - listed, set())


if __name__ == "__main__":
    CTEST = sys.argv.pop()
    BUILD = sys.argv.pop()
    SOURCE = sys.argv.pop()
    unittest.main()
