"""Before the tests: see to what they need beyond Python's packages, and say plainly what is missing.

Chromium is installed with apt where that can be done (root, on a Debian-like system), Prism with npm into `build/prism`
where Node and the vendors' API descriptions are there. Tests that lack a part are left out and named at the end of the
run; with REQUIRE_ALL=1 a missing part is a failure. Only the descriptions are nobody's to install: without them, and
with no VENDOR_SPECS naming a folder of them, their tests are left out and named even then.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
REQUIRE_ALL = os.environ.get("REQUIRE_ALL") == "1"

CHROMIUM = "/usr/bin/chromium"
NO_CHROMIUM = "Chromium is missing: install your system's `chromium` package to run the browser tests."

SPECS = Path(os.environ.get("VENDOR_SPECS") or ROOT.parent / "shared" / "specs")
SPECS_NAMED = bool(os.environ.get("VENDOR_SPECS"))
PRISM_PACKAGE = "@stoplight/prism-cli@5.14.2"  # the last one for Node 20
PRISM = ROOT / "build" / "prism" / "node_modules" / ".bin" / "prism"
NO_SPECS = f"No vendor descriptions in {SPECS}: CONTRIBUTING says where to get them and how to name their folder."
NO_PRISM = "Prism is missing: install Node 20 with npm, then `make test` puts Prism into build/prism."


def main() -> int:
    missing = [*_chromium(), *_prism()]
    sys.stderr.writelines(f"{sentence}\n" for sentence, _ in missing)
    return 1 if REQUIRE_ALL and any(fatal for _, fatal in missing) else 0


def _chromium() -> list[tuple[str, bool]]:
    if not os.path.exists(CHROMIUM) and os.geteuid() == 0 and shutil.which("apt-get"):
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for arguments in (["update"], ["install", "--yes", "--no-install-recommends", "chromium"]):
            subprocess.run(["apt-get", "-qq", *arguments], env=environment, stdout=subprocess.DEVNULL, check=False)
    return [] if os.path.exists(CHROMIUM) else [(NO_CHROMIUM, True)]


def _prism() -> list[tuple[str, bool]]:
    if not SPECS.is_dir():
        return [(NO_SPECS, SPECS_NAMED)]
    if not PRISM.exists() and shutil.which("npm"):
        folder = str(PRISM.parents[2])
        os.makedirs(folder, exist_ok=True)
        command = ["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", folder, PRISM_PACKAGE]
        subprocess.run(command, stdout=subprocess.DEVNULL, check=False)
    return [] if PRISM.exists() else [(NO_PRISM, True)]


if __name__ == "__main__":
    raise SystemExit(main())
