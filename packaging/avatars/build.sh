#!/usr/bin/env bash
# Rebuilds assets/data/avatars.npz and avatars-changed.npz: Node 20 or newer, npm, and the studio's own Python
# environment, about a minute. Takes another folder than assets/data as its argument.
set -euo pipefail
cd "$(dirname "$0")"
python="${PYTHON:-../../.venv/bin/python}" folder="${1:-../../assets/data}"
export QT_QPA_PLATFORM=offscreen
npm ci
node build.mjs 8192 | "$python" rasterise.py "$folder/avatars.npz"
node build.mjs 1000 8192 | "$python" rasterise.py "$folder/avatars-changed.npz"
