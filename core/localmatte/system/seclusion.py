"""Takes the network from this process for good, so that what it then does is done without it.

Linux alone offers this to a program without rights. A filter of system calls (seccomp) ends the
process at its first socket that is not one of this computer's own; a network namespace has no
interface at all.
"""

from __future__ import annotations

import ctypes
import os
import platform
import struct
import sys
from dataclasses import dataclass

CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000
PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 38, 22, 2
AF_UNIX, AF_NETLINK = 1, 16
"""The sockets that end in this computer: other programs, and the system itself."""

ALLOW, END = 0x7FFF0000, 0x80000000
"""SECCOMP_RET_ALLOW, and SECCOMP_RET_KILL_PROCESS: the parent sees SIGSYS."""

LOAD, EQUAL, AT_LEAST, RETURN = 0x20, 0x15, 0x35, 0x06
"""BPF's instructions: load a word, jump if equal or not less, return."""

NUMBER, ARCHITECTURE, FIRST_ARGUMENT = 0, 4, 16
"""Where in seccomp_data they lie, in bytes."""


@dataclass(frozen=True)
class Machine:
    """A processor's system calls: its audit number, and the numbers of those that matter."""

    architecture: int
    socket: int
    foreign: int = 0xFFFFFFFF
    io_uring_setup: int = 425


MACHINES = {
    # From 0x40000000 on lie the calls of x32, which would be a way around.
    "x86_64": Machine(0xC000003E, 41, 0x40000000),
    "aarch64": Machine(0xC00000B7, 198),
}


@dataclass(frozen=True)
class Seclusion:
    """What was taken from the process.

    Attributes:
        no_interfaces: It is in a network namespace of its own, without an interface.
        no_sockets: It ends at its first attempt to make a socket that could reach another
            computer.
    """

    no_interfaces: bool
    no_sockets: bool


def seclude() -> Seclusion:
    """Take the network from this process and its children, as far as the system lets it.

    It must have one thread only, and there is no way back.
    """
    if sys.platform != "linux":
        return Seclusion(False, False)
    return Seclusion(_leave_the_network(), _filter_sockets())


def _leave_the_network() -> bool:
    # Without root's rights a user namespace has to give them first; some systems forbid it.
    own = CLONE_NEWNET if os.geteuid() == 0 else CLONE_NEWNET | CLONE_NEWUSER
    return bool(_libc().unshare(own) == 0)


def _filter_sockets() -> bool:
    machine = MACHINES.get(platform.machine())
    if machine is None:
        return False
    program = _program(machine)
    buffer = ctypes.create_string_buffer(program, len(program))
    header = struct.pack("HP", len(program) // 8, ctypes.addressof(buffer))
    libc = _libc()
    if libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0):
        return False
    return bool(libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, header, 0, 0) == 0)


def _program(machine: Machine) -> bytes:
    """The filter; the last two numbers of a jump are how many instructions it leaves out."""
    instructions = (
        (LOAD, 0, 0, ARCHITECTURE),
        (EQUAL, 0, 7, machine.architecture),
        (LOAD, 0, 0, NUMBER),
        (AT_LEAST, 5, 0, machine.foreign),
        (EQUAL, 4, 0, machine.io_uring_setup),
        (EQUAL, 0, 4, machine.socket),
        (LOAD, 0, 0, FIRST_ARGUMENT),
        (EQUAL, 2, 0, AF_UNIX),
        (EQUAL, 1, 0, AF_NETLINK),
        (RETURN, 0, 0, END),
        (RETURN, 0, 0, ALLOW),
    )
    return b"".join(struct.pack("HBBI", *instruction) for instruction in instructions)


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)
