#!/usr/bin/env python3
"""same_instances.py DIRECTORY DIRECTORY: whether both have the same instances, in the same transfer syntaxes, with the
same data sets byte for byte. Files that are not DICOM are passed over."""
import hashlib
import pathlib
import struct
import sys


def instance(data):
    """(SOP Instance UID, transfer syntax, digest of the data set) of a file of PS3.10."""
    end = 144 + struct.unpack_from("<I", data, 140)[0]
    values, at = {}, 144
    while at < end:
        group, element, vr, length = struct.unpack_from("<HH2sH", data, at)
        at += 8
        if vr == b"OB":
            length = struct.unpack_from("<I", data, at)[0]
            at += 4
        values[group, element] = data[at:at + length].rstrip(b"\0").decode("latin-1")
        at += length
    return values[2, 3], values[2, 0x10], hashlib.sha256(data[end:]).hexdigest()


def instances(directory):
    found = set()
    for path in pathlib.Path(directory).iterdir():
        data = path.read_bytes() if path.is_file() else b""
        if data[128:132] == b"DICM":
            found.add(instance(data))
    return found


here, there = instances(sys.argv[1]), instances(sys.argv[2])
if not here or here != there:
    sys.exit(f"{len(here - there)} of {len(here)} are only in {sys.argv[1]}, {len(there - here)} of {len(there)} "
             f"only in {sys.argv[2]}")
print(len(here))
