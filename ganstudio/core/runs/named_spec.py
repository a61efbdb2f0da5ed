"""Whether the names in a spec are of a length that names have: the spec may come from anywhere."""

from __future__ import annotations

from ganstudio.core.leaves import NAME
from ganstudio.core.protocol.spec import Spec
from ganstudio.core.system.printable import is_printable

MOST_NAME = 200  # letters of a variant, of a setting and of other things that have names
MOST_SETTINGS = 500


def check_names(spec: Spec) -> str:
    """What is wrong with the names in a spec, as the end of a sentence; empty if nothing is."""
    names = {"variant": spec.variant, "data set": spec.data, "network": spec.network, "preset": spec.preset,
             "device": spec.device, "dtype": spec.dtype, "memory": spec.memory, "torch": spec.torch,
             "version": spec.version}
    for thing, name in names.items():
        if thing in ("variant", "data set", "network") and name and not NAME.fullmatch(name[:MOST_NAME]):
            return (f"its {thing} is '{name[:60]}', and a name has lower-case letters, digits and hyphens between "
                    "them")
        if not is_printable(name[:MOST_NAME]):
            return f"its {thing} is '{name[:60]}', which cannot be printed"
        if len(name) > MOST_NAME:
            return f"its {thing} is a name of {len(name):,} letters, and at most {MOST_NAME} are allowed"
    packages = spec.packages or {}
    settings = [list(found) for found in (spec.controls, spec.network_controls, spec.data_controls, packages)]
    if any(len(found) > MOST_SETTINGS for found in settings) or any(
            len(name) > MOST_NAME for name in (*packages.values(), *(name for one in settings for name in one))):
        return f"it holds more than {MOST_SETTINGS} settings, or a name of more than {MOST_NAME} letters"
    return ""
