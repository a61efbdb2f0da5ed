"""What the engine finds when it looks at a file or folder of the user's, before anything is trained on it."""

from __future__ import annotations

import msgspec

from ganstudio.core.control import Value
from ganstudio.core.protocol.views import Array


class TablePreview(msgspec.Struct, frozen=True, kw_only=True, tag="table"):
    """The first rows of a table, or of the arrays of a file."""

    names: list[str]  # of the K columns, as the user may write them; each differs from the others
    usable: list[bool]  # (K,) whether a column can be a coordinate: all of its cells looked at are numbers
    reasons: list[str]  # (K,) why not; empty for a usable column
    rows: list[list[str]]  # the first rows, K cells each, as they are written
    sample: Array  # (n, K) float64: the rows looked at; NaN where a cell is no number
    looked_at: int  # n
    whole: bool  # whether these are all rows
    chosen: list[int]  # the one or two columns that are taken unless the user says otherwise
    ask: bool  # whether there is something to choose
    notes: list[str] = []  # a sentence each


class FolderPreview(msgspec.Struct, frozen=True, kw_only=True, tag="folder"):
    """Some images of a folder, as a run would be given them."""

    count: int  # images found by their names
    whole: bool  # whether all files were looked at: of a very large folder only a part is
    classes: dict[str, int]  # name -> images; empty if sub-folders give no labels
    pictures: Array  # (n, side, side, c) uint8, evenly from among all
    names: list[str]  # (n,) below the folder
    smallest: list[int]  # width and height in px of the smallest image looked at; empty if none could be read
    largest: list[int]
    resolution: str = ""  # of the pictures: the one asked for, or one that fits the images' sizes
    unread: list[str] = []  # images looked at that cannot be used, with the reason
    others: dict[str, int] = {}  # why files are left out -> how many: pictures of kinds that are not read
    pairs: bool = False  # whether ``count`` is that of pairs, and a picture with an even number goes with the next one
    looked_at: int = 0  # images opened, of ``count``


class Inspected(msgspec.Struct, frozen=True, kw_only=True):
    """A data set that a path can be used as."""

    data: str  # its name
    data_controls: dict[str, Value]
    kind: str  # line, plane or image
    table: TablePreview | None = None
    folder: FolderPreview | None = None
