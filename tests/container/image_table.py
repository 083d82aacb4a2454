#!/usr/bin/env python3
"""Prints what an image is made of: image_table.py ROOT BASE-LIST, with "PACKAGE PATH" lines on standard input."""
import collections
import os
import sys

ROWS = 14
root, base_list = sys.argv[1], sys.argv[2]
in_base = set(open(base_list, encoding="utf-8").read().split("\n"))


def plain(path):
    """Debian 12 has /lib as a link to /usr/lib; its packages do not all say so."""
    return "/usr" + path if path.startswith(("/bin/", "/sbin/", "/lib/", "/lib64/")) else path


owner = {}
for line in sys.stdin:
    package, _, path = line.rstrip("\n").partition(" ")
    owner[plain(path)] = package.split(":")[0]
sizes, seen = collections.Counter(), set()
for folder, _, names in os.walk(root):
    for name in names:
        path = os.path.join(folder, name)
        status = os.lstat(path)
        if status.st_ino in seen:
            continue
        seen.add(status.st_ino)
        where = plain(path[len(root):])
        if where in in_base:
            sizes["debian:bookworm-slim"] += status.st_size
        elif "cgetway" in where:
            sizes["cgetway and cgetway-codec"] += status.st_size
        else:
            sizes[owner.get(where, "other")] += status.st_size
rows = sizes.most_common()
for name, size in rows[:ROWS]:
    print(f"    {size / 1e6:6.1f} MB  {name}")
print(f"    {sum(size for _, size in rows[ROWS:]) / 1e6:6.1f} MB  {len(rows) - ROWS} more")
print(f"    {sum(sizes.values()) / 1e6:6.1f} MB")
