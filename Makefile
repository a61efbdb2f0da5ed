# The user's door: each goal first sees to .venv and Qt's system libraries, through packaging/bootstrap.sh.

.DEFAULT_GOAL := help
.PHONY: help run demo test quick claims bench gpu-check clean
.NOTPARALLEL:

BOOTSTRAP := sh packaging/bootstrap.sh
PYTHON := .venv/bin/python
PYTEST := $(PYTHON) -m pytest -n auto --dist loadfile --no-loadscope-reorder

help:
	@echo "make run        open GAN Studio (the first time installs it into .venv, which takes some minutes)"
	@echo "make demo       a short run without a window, and a picture of it"
	@echo "make test       style, layers, types and tests, without a screen"
	@echo "make quick      the same for what was changed, in a minute"
	@echo "make claims     the long training runs behind the README's claims"
	@echo "make bench      the benchmarks"
	@echo "make gpu-check  what holds on this machine's GPU, and how fast it is, within six minutes"
	@echo "make clean      remove .venv, caches and builds"

run:
	@$(BOOTSTRAP) run
	@.venv/bin/ganstudio

demo:
	@$(BOOTSTRAP) demo
	@folder=$$(mktemp -d) && trap 'rm -rf "$$folder"' EXIT && \
	.venv/bin/ganstudio train --variant wgan-gp --data ring --run "$$folder/demo.ganrun" && \
	QT_QPA_PLATFORM=offscreen .venv/bin/ganstudio shoot "$$folder/demo.ganrun" --out demo.png && \
	echo "the window at the end of this run: demo.png"

# Tests see no screen, no settings of the user's and no choice of threads but the program's own, and may keep
# compiled modules. A file goes to one worker as a whole, for its tests share windows and
# engines; tests/conftest.py says which go first.
test:
	@$(BOOTSTRAP) test
	.venv/bin/ruff check .
	.venv/bin/lint-imports
	.venv/bin/mypy
	@home=$$(mktemp -d) && trap 'rm -rf "$$home"' EXIT && echo "$(PYTEST)" && \
	env -u DISPLAY -u WAYLAND_DISPLAY -u OMP_NUM_THREADS -u PYTHONDONTWRITEBYTECODE \
	QT_QPA_PLATFORM=offscreen GANSTUDIO_HOME="$$home" $(PYTEST)

quick:
	@$(BOOTSTRAP) test
	@$(PYTHON) tests/quick.py

claims:
	@$(BOOTSTRAP) test
	@$(PYTHON) tests/claims/run.py

bench:
	@$(BOOTSTRAP) test
	@.venv/bin/ganstudio bench

gpu-check:
	@$(BOOTSTRAP) test
	@$(PYTHON) tests/gpu_check.py

clean:
	rm -rf .venv build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find ganstudio tests -name __pycache__ -type d -prune -exec rm -rf {} +
