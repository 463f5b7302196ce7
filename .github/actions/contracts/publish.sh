#!/usr/bin/env bash
# Upload the wheel. Address and secret are variables of uv's; what is empty must not be set.
set -euo pipefail

# Without an address uv would publish to the public index.
if [ -z "${UV_PUBLISH_URL:-}" ]; then
  echo "::error::no package registry is named: the input registry is empty"
  exit 1
fi
for name in UV_PUBLISH_CHECK_URL UV_PUBLISH_TOKEN; do
  if [ -z "${!name:-}" ]; then
    unset "$name"
  fi
done
uv=$(wireplan tools path uv)
"$uv" publish "$RUNNER_TEMP"/contracts/*.whl
