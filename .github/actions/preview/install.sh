#!/usr/bin/env bash
# Install the Wireplan that this action came with, unless the job has one already.
set -euo pipefail

if command -v wireplan >/dev/null; then
  exit 0
fi
python3 -m venv "$RUNNER_TEMP/wireplan-venv"
"$RUNNER_TEMP/wireplan-venv/bin/pip" install --quiet "$GITHUB_ACTION_PATH/../../.."
echo "$RUNNER_TEMP/wireplan-venv/bin" >>"$GITHUB_PATH"
