"""``python -m ganstudio.engine``: the engine process, as the window starts it."""

from ganstudio.engine.parent_watch import ParentWatch

parent = ParentWatch()

from ganstudio.engine.server import main  # noqa: E402  # it loads torch, which takes seconds

main(parent)
