"""About: the version, our licence, and the licences of what the studio is built on, as it is installed here."""

from __future__ import annotations

import importlib.metadata
import re

import ganstudio

OURS = "MIT licence: it may be used, changed and passed on, for any purpose, if its licence is kept with it."


def about() -> str:
    """Everything in lines. Licences are read from what is installed, so that none is out of date."""
    lines = [f"GAN Studio {ganstudio.__version__}", OURS, "To cite it: CITATION.cff in the source.", "",
             "Data that come with it: avatars in the style Lorelei by Lisa Wischofsky (CC0 1.0).",
             "The digits are drawn by the program itself.",
             "Colours of the palettes: after Okabe and Ito (2008).", "",
             "Built on, with their licences:"]
    return "\n".join([*lines, *(f"  {name} {version}: {licence}" for name, version, licence in parts())])


def parts() -> list[tuple[str, str, str]]:
    """Name, version and licence of each package that the studio needs, by name."""
    found = []
    for name in sorted(needed(), key=str.lower):
        try:
            known = importlib.metadata.metadata(name)
        except importlib.metadata.PackageNotFoundError:
            continue
        found.append((str(known["Name"]), str(known["Version"]), licence_of(known)))
    return found


def needed() -> set[str]:
    """The packages that this one names as its own needs, without those of extras."""
    try:
        requires = importlib.metadata.requires("ganstudio") or []
    except importlib.metadata.PackageNotFoundError:  # run from a checkout that is not installed
        requires = ["torch", "numpy", "PySide6-Essentials", "pyqtgraph", "msgspec"]
    names = (re.match(r"[\w.-]+", each) for each in requires if "extra ==" not in each)
    return {name[0] for name in names if name}


def licence_of(known: importlib.metadata.PackageMetadata) -> str:
    """The licence of a package in a few words; where it gives its whole text, that of its classifiers."""
    for field in ("License-Expression", "License"):
        value = str(known[field]) if field in known else ""
        if value.strip() and "\n" not in value.strip() and len(value) < 80:
            return value.strip()
    lines = known.get_all("Classifier") or []
    classes = [line.rpartition(" :: ")[2] for line in lines if line.startswith("License ::")]
    return ", ".join(classes) or "see its own files"
