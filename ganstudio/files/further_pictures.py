"""How many pictures a file holds: pages of a TIFF, frames of an animation. The first one alone is learnt from."""

from __future__ import annotations

from typing import BinaryIO

from PIL import Image

MOST = 1000  # pages that are counted: Pillow looks for each among all those before it
SUBFILE = 254  # TIFF's NewSubfileType: bit 0 for a smaller copy of another page, bit 2 for a mask (TIFF 6.0, section 8)
NO_PAGE = 0b101
LISTED = 12  # names in a sentence


def count_pictures(image: Image.Image, handle: BinaryIO) -> int:
    """Pictures in a file, smaller copies and masks in a TIFF left out; of a TIFF's pages at most ``MOST``.

    Args:
        image: As Pillow opened it.
        handle: The open file, which is read once more: counting moves on in the image.
    """
    if image.format in ("PNG", "WEBP", "AVIF", "HEIF"):
        return int(getattr(image, "n_frames", 1))  # from the header
    if image.format not in ("GIF", "TIFF"):
        return 1
    try:
        handle.seek(0)
        with Image.open(handle, formats=[image.format]) as again:
            return int(getattr(again, "n_frames", 1)) if image.format == "GIF" else _pages(again)
    except (OSError, ValueError, TypeError, LookupError, EOFError, SyntaxError, RuntimeError):
        return 1  # damaged behind the first picture, which is whole


def _pages(image: Image.Image) -> int:
    count = 1
    for page in range(1, MOST):
        try:
            image.seek(page)
        except EOFError:
            break
        tags = getattr(image, "tag_v2", {})
        count += not int(tags.get(SUBFILE, 0)) & NO_PAGE
    return count


def note(several: list[tuple[str, int]]) -> str:
    """What the user is told of files with more pictures than one, each with its name and their number."""
    if not several:
        return ""
    files = "1 file holds" if len(several) == 1 else f"{len(several):,} files hold"
    named = [f"{name} ({'at least ' if count == MOST else ''}{count:,})" for name, count in several[:LISTED]]
    more = f" and {len(several) - LISTED:,} more" if len(several) > LISTED else ""
    return f"{files} several pages or frames, of which the first alone is learnt from: {', '.join(named)}{more}"
