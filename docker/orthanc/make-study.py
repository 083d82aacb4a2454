#!/usr/bin/env python3
"""Writes the demo study: make-study.py DIRECTORY. A phantom of ellipsoids as two CT series, without any patient."""
import math
import struct
import sys
import uuid

SIDE, SLICES = 256, 32
NAMESPACE = uuid.UUID("6f9c1f6c-0a3b-5d8e-9a7e-2f7d3f1c5b10")
CT_IMAGE_STORAGE = "1.2.840.10008.5.1.4.1.1.2"
EXPLICIT_VR_LITTLE_ENDIAN = "1.2.840.10008.1.2.1"
LONG = {b"OB", b"OW"}

# Hounsfield units that are added, the centre and half axes in parts of the volume (-1 to 1), the angle in degrees.
ELLIPSOIDS = [
    (1900, 0, 0, 0, 0.69, 0.92, 0.81, 0),
    (-860, 0, -0.018, 0, 0.662, 0.874, 0.78, 0),
    (-200, 0.22, 0, 0, 0.11, 0.31, 0.22, -18),
    (-200, -0.22, 0, 0, 0.16, 0.41, 0.28, 18),
    (120, 0, 0.35, -0.15, 0.21, 0.25, 0.41, 0),
    (120, 0, 0.1, 0.25, 0.046, 0.046, 0.05, 0),
    (120, 0, -0.1, 0.25, 0.046, 0.046, 0.05, 0),
    (120, -0.08, -0.605, 0, 0.046, 0.023, 0.05, 0),
    (120, 0.06, -0.605, 0, 0.023, 0.046, 0.05, 0),
]


def uid(name):
    return f"2.25.{uuid.uuid5(NAMESPACE, name).int}"


def element(group, number, vr, value):
    vr = vr.encode()
    if isinstance(value, str):
        value = value.encode("ascii")
    if len(value) % 2:
        value += b"\0" if vr in (b"UI", b"OB") else b" "
    head = struct.pack("<HH", group, number) + vr
    return head + (struct.pack("<HI", 0, len(value)) if vr in LONG else struct.pack("<H", len(value))) + value


def elements(rows):
    return b"".join(element(*row) for row in rows)


def us(value):
    return struct.pack("<H", value)


def span(ellipsoid, y, z):
    """The columns that a row cuts out of an ellipsoid, or None: the quadratic equation of the ellipse."""
    _, cx, cy, cz, a, b, c, angle = ellipsoid
    room = 1 - ((z - cz) / c) ** 2
    if room <= 0:
        return None
    cos, sin = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    dy = y - cy
    p = (cos / a) ** 2 + (sin / b) ** 2
    q = 2 * dy * sin * cos * (1 / a**2 - 1 / b**2)
    r = (dy * sin / a) ** 2 + (dy * cos / b) ** 2 - room
    root = q * q - 4 * p * r
    if root <= 0:
        return None
    ends = [(cx + (-q + sign * math.sqrt(root)) / (2 * p) + 1) / 2 * SIDE for sign in (-1, 1)]
    return max(0, round(ends[0])), min(SIDE, round(ends[1]))


def pixels(z):
    rows = []
    for row in range(SIDE):
        y = 1 - 2 * (row + 0.5) / SIDE
        line = [24] * SIDE  # -1000: air
        for ellipsoid in ELLIPSOIDS:
            found = span(ellipsoid, y, z)
            for column in range(*found) if found else ():
                line[column] += ellipsoid[0]
        rows.append(struct.pack(f"<{SIDE}H", *(max(0, value) for value in line)))
    return b"".join(rows)


def instance(series, number):
    """A CT Image as a DICOM file (PS3.10)."""
    z = 1.5 * (number - 0.5) / SLICES - 0.75  # no slice without the phantom: a viewer opens the first
    sop_instance = uid(f"series {series} instance {number}")
    position = f"{-SIDE / 2}\\{-SIDE / 2}\\{(number - 1) * 4}"
    meta = elements([
        (2, 1, "OB", b"\0\1"),
        (2, 2, "UI", CT_IMAGE_STORAGE),
        (2, 3, "UI", sop_instance),
        (2, 0x10, "UI", EXPLICIT_VR_LITTLE_ENDIAN),
        (2, 0x12, "UI", uid("implementation")),
    ])
    data_set = elements([
        (8, 8, "CS", "ORIGINAL\\PRIMARY\\AXIAL"),
        (8, 0x16, "UI", CT_IMAGE_STORAGE),
        (8, 0x18, "UI", sop_instance),
        (8, 0x20, "DA", "20240229"),
        (8, 0x23, "DA", "20240229"),
        (8, 0x30, "TM", "120000"),
        (8, 0x33, "TM", "120000"),
        (8, 0x50, "SH", "DEMO"),
        (8, 0x60, "CS", "CT"),
        (8, 0x70, "LO", "cgetway"),
        (8, 0x90, "PN", ""),
        (8, 0x1030, "LO", "Phantom of ellipsoids"),
        (8, 0x103E, "LO", ("As made", "JPEG-LS")[series - 1]),
        (0x10, 0x10, "PN", "Demo^Phantom"),
        (0x10, 0x20, "LO", "CGW-DEMO"),
        (0x10, 0x30, "DA", ""),
        (0x10, 0x40, "CS", "O"),
        (0x18, 0x50, "DS", "4"),
        (0x18, 0x60, "DS", "120"),
        (0x20, 0x0D, "UI", uid("study")),
        (0x20, 0x0E, "UI", uid(f"series {series}")),
        (0x20, 0x10, "SH", "DEMO"),
        (0x20, 0x11, "IS", str(series)),
        (0x20, 0x13, "IS", str(number)),
        (0x20, 0x32, "DS", position),
        (0x20, 0x37, "DS", "1\\0\\0\\0\\1\\0"),
        (0x20, 0x52, "UI", uid("frame of reference")),
        (0x20, 0x1040, "LO", ""),
        (0x28, 2, "US", us(1)),
        (0x28, 4, "CS", "MONOCHROME2"),
        (0x28, 0x10, "US", us(SIDE)),
        (0x28, 0x11, "US", us(SIDE)),
        (0x28, 0x30, "DS", "1\\1"),
        (0x28, 0x100, "US", us(16)),
        (0x28, 0x101, "US", us(12)),
        (0x28, 0x102, "US", us(11)),
        (0x28, 0x103, "US", us(0)),
        (0x28, 0x1050, "DS", "40"),
        (0x28, 0x1051, "DS", "400"),
        (0x28, 0x1052, "DS", "-1024"),
        (0x28, 0x1053, "DS", "1"),
        (0x28, 0x1054, "LO", "HU"),
        (0x7FE0, 0x10, "OW", pixels(z)),
    ])
    return b"\0" * 128 + b"DICM" + element(2, 0, "UL", struct.pack("<I", len(meta))) + meta + data_set


def main(directory):
    for series in (1, 2):
        for number in range(1, SLICES + 1):
            with open(f"{directory}/series{series}-{number:02}.dcm", "wb") as file:
                file.write(instance(series, number))


main(sys.argv[1])
