"""Before the tests: see to what they need beyond Python's packages, and say plainly what is missing.

Chromium is installed with apt where that can be done (root, on a Debian-like system). Otherwise the browser tests are
left out and named at the end of the run; with REQUIRE_ALL=1 a missing part is a failure.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

CHROMIUM = "/usr/bin/chromium"
MISSING = "Chromium is missing: install your system's `chromium` package to run the browser tests."


def main() -> int:
    if os.path.exists(CHROMIUM):
        return 0
    if os.geteuid() == 0 and shutil.which("apt-get"):
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for arguments in (["update"], ["install", "--yes", "--no-install-recommends", "chromium"]):
            subprocess.run(["apt-get", "-qq", *arguments], env=environment, stdout=subprocess.DEVNULL, check=False)
    if os.path.exists(CHROMIUM):
        return 0
    sys.stderr.write(MISSING + "\n")
    return 1 if os.environ.get("REQUIRE_ALL") == "1" else 0


if __name__ == "__main__":
    raise SystemExit(main())
