"""What is exported is whole or not there: ``core/whole.py``, under the name that exports know it by."""

from __future__ import annotations

from ganstudio.core.whole import MARK, Part, written_folder, written_whole

__all__ = ["MARK", "Part", "written_folder", "written_whole"]
