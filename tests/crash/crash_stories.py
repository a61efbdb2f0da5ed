"""Stories of run files, told by the studio's own code in a traced process: ``crash_stories.py FOLDER STORY...``"""

from __future__ import annotations

import sys
from pathlib import Path

from syscall_tracer import stop_at_writes

if __name__ == "__main__":
    stop_at_writes()
    sys.path.insert(0, str(Path(__file__).parents[2]))

    from crash_telling import tell  # not before: its imports start threads, which the kernel has to stop as well

    tell(Path(sys.argv[1]), sys.argv[2:])
