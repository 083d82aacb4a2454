"""docs/operations.md has a row, with cause and remedy, for each error code of include/cgetway/error.h, and no other; and
every configuration key that it names is one.

    operations_test.py ROOT
"""

import pathlib
import re
import sys

root = pathlib.Path(sys.argv[1])
faults = []
header = (root / "include/cgetway/error.h").read_text(encoding="utf-8")
codes = re.findall(r'^ +X\([A-Z_]+, "([a-z-]+)", \d{3},', header, re.M)
page = (root / "docs/operations.md").read_text(encoding="utf-8")
text, _, table = page.partition("\n## Every error code\n")
rows = re.findall(r"^\| `([a-z-]+)` \| ([^|]+) \| ([^|]+) \|$", table, re.M)
if len(codes) < 50:
    faults.append(f"only {len(codes)} codes were found in error.h")
told = [row[0] for row in rows]
faults += [f"no row for {code}" for code in codes if code not in told]
faults += [f"a row for {code}, which is no code, or a second one" for code in told if code not in codes or told.count(code) > 1]
faults += [f"{code}: cause or remedy is empty" for code, cause, remedy in rows if not cause.strip() or not remedy.strip()]

keys = set(re.findall(r'^    \{"([a-z.-]+)",', (root / "src/config/table.c").read_text(encoding="utf-8"), re.M))
keys |= {"override-maximum"}
# Names in the style of keys that belong to somebody else.
foreign = {"no-codec", "job-history", "no-match"} | set(codes)
for name in sorted(set(re.findall(r"`([a-z]+(?:-[a-z]+)+)`", page))):
    if name not in keys and name not in foreign:
        faults.append(f"{name} is no configuration key")
print("\n".join(faults))
sys.exit(1 if faults else 0)
