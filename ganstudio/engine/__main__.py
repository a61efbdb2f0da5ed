"""``python -m ganstudio.engine``: the engine process, as the window starts it."""

import faulthandler
import signal

from ganstudio.engine.parent_watch import ParentWatch

faulthandler.enable()  # the window keeps what is written to standard error, for a report
if hasattr(faulthandler, "register"):
    faulthandler.register(signal.SIGUSR1)  # asked where it is, if it answers nothing else

parent = ParentWatch()

from ganstudio.engine.server import main  # noqa: E402  # it loads torch, which takes seconds

main(parent)
