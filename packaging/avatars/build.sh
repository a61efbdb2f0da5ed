#!/usr/bin/env bash
# Rebuilds assets/data/avatars.npz: Node 20 or newer, npm, and the studio's own Python environment, about a minute.
set -euo pipefail
cd "$(dirname "$0")"
npm ci
node build.mjs 8192 | QT_QPA_PLATFORM=offscreen "${PYTHON:-../../.venv/bin/python}" rasterise.py "${1:-../../assets/data/avatars.npz}"
