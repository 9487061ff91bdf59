"""What NVIDIA's driver says of its cards."""

from __future__ import annotations

import ctypes
import sys
from functools import cache
from typing import Any


@cache
def card() -> str:
    """The name of the driver's first card; empty where there is no driver or no card."""
    driver = _library("nvcuda.dll", "libcuda.so.1")
    if driver is None:
        return ""
    number, name = ctypes.c_int(), ctypes.create_string_buffer(256)
    failed = (
        driver.cuInit(0)
        or driver.cuDeviceGet(ctypes.byref(number), 0)
        or driver.cuDeviceGetName(name, len(name), number)
    )
    return "" if failed else name.value.decode(errors="replace")


def free_memory() -> int | None:
    """The free memory of the only card, in bytes; None where there is none, or more than one."""
    management = _library("nvml.dll", "libnvidia-ml.so.1")
    if management is None:
        return None
    count, handle = ctypes.c_uint(), ctypes.c_void_p()
    total_free_used = (ctypes.c_ulonglong * 3)()
    failed = (
        management.nvmlInit_v2()
        or management.nvmlDeviceGetCount_v2(ctypes.byref(count))
        or count.value != 1
        or management.nvmlDeviceGetHandleByIndex_v2(0, ctypes.byref(handle))
        or management.nvmlDeviceGetMemoryInfo(handle, total_free_used)
    )
    return None if failed else int(total_free_used[1])


def _library(windows: str, linux: str) -> Any:
    try:
        return ctypes.CDLL(windows if sys.platform == "win32" else linux)
    except OSError:
        return None
