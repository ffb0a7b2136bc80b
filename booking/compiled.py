"""Templates that stay compiled, as modules do: a start and the first view of each page take less."""

from __future__ import annotations

import os
import sys
from contextlib import suppress

from jinja2 import BytecodeCache, FileSystemBytecodeCache
from jinja2.bccache import Bucket

from booking.resources import folder


class _Beside(FileSystemBytecodeCache):
    def dump_bytecode(self, bucket: Bucket) -> None:
        with suppress(OSError):  # a full disk is no reason to show no page
            super().dump_bytecode(bucket)


def kept_beside(environment: str) -> BytecodeCache | None:
    """In `__pycache__` beside the templates, if Python may write there what it compiles.

    Compiled code depends on how its Jinja environment is set up, so each `environment` has its own. What a filter of
    ours makes of a constant would be kept too, and outlive a change of the filter: no template has that.
    """
    if sys.dont_write_bytecode:
        return None
    place = folder("templates") / "__pycache__"
    with suppress(OSError):
        place.mkdir(exist_ok=True)
    return _Beside(str(place), f"{environment}-%s.jinja") if os.access(place, os.W_OK | os.X_OK) else None
