"""``python -m ganstudio.engine``: the engine process, as the window starts it."""

from ganstudio.engine.server import main

main()
