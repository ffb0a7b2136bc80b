"""Before the tests: see to what they need beyond Python's packages, and say plainly what is missing.

Chromium is installed with apt where that can be done (root, on a Debian-like system), html-validate with npm into
`build/html-validate` where Node is there, Prism the same way into `build/prism` where the vendors' API descriptions are
there too. Tests that lack a part are left out and named at the end of the run; with REQUIRE_ALL=1 a missing part is a
failure. Only the descriptions are nobody's to install: without them, and with no VENDOR_SPECS naming a folder of them,
their tests are left out and named even then.
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
HTML_VALIDATE_PACKAGE = "html-validate@10"  # the last one for Node 20
HTML_VALIDATE = ROOT / "build" / "html-validate" / "node_modules" / ".bin" / "html-validate"
NO_HTML_VALIDATE = (
    "html-validate is missing: install Node 20 with npm, then `make test` puts it into build/html-validate."
)
NO_SPECS = f"No vendor descriptions in {SPECS}: CONTRIBUTING says where to get them and how to name their folder."
NO_PRISM = "Prism is missing: install Node 20 with npm, then `make test` puts Prism into build/prism."


def main() -> int:
    missing = [*_chromium(), *_prism(), *_html_validate()]
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
    return [] if _installed(PRISM, PRISM_PACKAGE) else [(NO_PRISM, True)]


def _html_validate() -> list[tuple[str, bool]]:
    return [] if _installed(HTML_VALIDATE, HTML_VALIDATE_PACKAGE) else [(NO_HTML_VALIDATE, True)]


def _installed(command: Path, package: str) -> bool:
    """Whether a command of a Node package is there, installed now if it can be."""
    if not command.exists() and shutil.which("npm"):
        folder = str(command.parents[2])
        os.makedirs(folder, exist_ok=True)
        install = ["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", folder, package]
        subprocess.run(install, stdout=subprocess.DEVNULL, check=False)
    return command.exists()


if __name__ == "__main__":
    raise SystemExit(main())
