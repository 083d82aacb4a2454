"""Runs a program as the unit file would let it: under_unit.py UNIT PROGRAM [ARGUMENT...]

What systemd does with seccomp: SystemCallFilter=, MemoryDenyWriteExecute=, RestrictNamespaces= and
RestrictAddressFamilies=. But a call that the unit answers with an error kills here, so that nobody has to
notice that it failed. Without systemd, root or anything but a kernel with seccomp. x86-64 and AArch64.
"""

import ctypes
import os
import pathlib
import platform
import re
import socket
import struct
import subprocess
import sys

ARCHITECTURES = {"x86_64": (0xC000003E, "x86_64-linux-gnu/asm/unistd_64.h"),
                 "aarch64": (0xC00000B7, "asm-generic/unistd.h")}

PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 38, 22, 2
ALLOW, KILL, ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
EPERM, ENOSYS = 1, 38
LOAD, JEQ, JSET, RETURN = 0x20, 0x15, 0x45, 0x06
OFFSET_NUMBER, OFFSET_ARCHITECTURE, OFFSET_ARGUMENTS = 0, 4, 16
PROT_WRITE, PROT_EXEC = 2, 4
CLONE_NEW_ANY = 0x7E020080  # every namespace

# Root's business: SQLite tries them only where it runs as root, as tests may, and does not mind the answer.
ONLY_AS_ROOT = {"fchown", "chown", "lchown", "fchownat"}


def settings(unit):
    """{name: [value, ...]} of the section [Service]."""
    found, section = {}, ""
    for line in pathlib.Path(unit).read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            section = line
        elif "=" in line and not line.startswith("#") and section == "[Service]":
            name, value = line.split("=", 1)
            found.setdefault(name, []).append(value)
    return found


def call_sets():
    """{"@name": {members}} as this machine's systemd has them."""
    done = subprocess.run(["systemd-analyze", "--no-pager", "syscall-filter"], capture_output=True, text=True,
                          check=True)
    sets, members = {}, set()
    for line in done.stdout.splitlines():
        if not line.startswith(" "):  # a name, or a comment above what is in no set
            members = sets.setdefault(line.strip(), set())
        elif not line.lstrip().startswith("#"):
            members.add(line.strip())
    return sets


def expand(name, sets):
    if not name.startswith("@"):
        return {name}
    return set().union(*(expand(member, sets) for member in sets[name]))


def allowed_calls(values):
    """A list that begins without ~ allows; those behind it, with ~, take away."""
    sets, allowed = call_sets(), set()
    for value in values:
        named = set().union(*(expand(name, sets) for name in value.lstrip("~").split()))
        allowed = allowed - named if value.startswith("~") else allowed | named
    return allowed


def call_numbers(header):
    text = pathlib.Path("/usr/include", header).read_text(encoding="utf-8")
    return {name: int(number) for name, number in re.findall(r"#define __NR_(\w+)\s+(\d+)", text)}


def instruction(code, value, when=0, otherwise=0):
    return struct.pack("HBBI", code, when, otherwise, value)


def argument_rule(number, argument, tests, otherwise):
    """For one call: each test is (operation, value, action); what none holds for gets `otherwise`."""
    body = instruction(LOAD, OFFSET_ARGUMENTS + 8 * argument)
    for operation, value, action in tests:
        body += instruction(operation, value, 0, 1) + instruction(RETURN, action)
    body += instruction(RETURN, otherwise)
    return instruction(JEQ, number, 0, len(body) // 8) + body


def make_filter(service):
    architecture, header = ARCHITECTURES[platform.machine()]
    numbers = call_numbers(header)
    code = instruction(LOAD, OFFSET_ARCHITECTURE) + instruction(JEQ, architecture, 1, 0)
    code += instruction(RETURN, KILL) + instruction(LOAD, OFFSET_NUMBER)
    if service.get("MemoryDenyWriteExecute") == ["yes"]:
        for name in ("mprotect", "pkey_mprotect"):
            code += argument_rule(numbers[name], 2, [(JSET, PROT_EXEC, KILL)], ALLOW)
        # Both bits of one argument: without the first it is fine, with it the second kills.
        code += argument_rule(numbers["mmap"], 2, [(JEQ, PROT_WRITE | PROT_EXEC, KILL),
                                                   (JEQ, 1 | PROT_WRITE | PROT_EXEC, KILL)], ALLOW)
    if service.get("RestrictNamespaces") == ["yes"]:
        code += argument_rule(numbers["clone"], 0, [(JSET, CLONE_NEW_ANY, KILL)], ALLOW)
        code += argument_rule(numbers["clone3"], 0, [], ERRNO | ENOSYS)  # as systemd: its flags cannot be seen
    if "RestrictAddressFamilies" in service:
        families = [getattr(socket, name) for name in " ".join(service["RestrictAddressFamilies"]).split()]
        code += argument_rule(numbers["socket"], 0, [(JEQ, family, ALLOW) for family in families], KILL)
    for name in sorted(allowed_calls(service["SystemCallFilter"])):
        if name in numbers:
            code += instruction(JEQ, numbers[name], 0, 1) + instruction(RETURN, ALLOW)
    for name in sorted(ONLY_AS_ROOT & set(numbers)):
        code += instruction(JEQ, numbers[name], 0, 1) + instruction(RETURN, ERRNO | EPERM)
    return code + instruction(RETURN, KILL)


def main():
    code = make_filter(settings(sys.argv[1]))
    memory = ctypes.create_string_buffer(code)
    program = struct.pack("HP", len(code) // 8, ctypes.addressof(memory))
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl.argtypes = [ctypes.c_int] + [ctypes.c_void_p] * 4
    if libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl")
    if libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, program, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl")
    os.execv(sys.argv[2], sys.argv[2:])


if __name__ == "__main__":
    main()
