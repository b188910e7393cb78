"""What tests take from Maven Central: fetched once into a folder of the checkout, whichever test process is first."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path


def fetched(pom: Path, folder: Path) -> str | None:
    """Copy the jars that a POM names into a folder, unless they are there; what stands in the way, or None."""
    if (folder / "complete").exists():
        return None
    if shutil.which("mvn") is None:
        return f"no {folder.name}, and no mvn to fetch it"
    folder.parent.mkdir(exist_ok=True)
    fetching = Path(tempfile.mkdtemp(prefix=f"{folder.name}-", dir=folder.parent))
    command = ["mvn", "-q", "-B", "-f", str(pom), "dependency:copy-dependencies"]
    options = ["-DincludeScope=runtime", f"-DoutputDirectory={fetching}"]
    try:
        got = subprocess.run([*command, *options], capture_output=True, timeout=240, check=False)
    except subprocess.TimeoutExpired:
        shutil.rmtree(fetching)
        return f"Maven did not fetch {folder.name} in time"
    if got.returncode:
        shutil.rmtree(fetching)
        return f"Maven could not fetch {folder.name}"
    (fetching / "complete").touch()
    shutil.rmtree(folder, ignore_errors=True)
    try:
        fetching.rename(folder)
    except OSError:
        shutil.rmtree(fetching)  # another test process was quicker
    return None
