#!/usr/bin/env bash
# Where a stack is reachable, keep what Pulumi would do with it for the comment. A failure is told there, and is no verdict.
set -euo pipefail

folder="$RUNNER_TEMP/wireplan-preview"
mkdir -p "$folder"
rm -f "$folder"/*
if [ -z "$STACK" ]; then
  exit 0
fi
code=0
pulumi preview --cwd "$(dirname "$TOPOLOGY")" --stack "$STACK" --non-interactive --color never --diff \
  >"$folder/pulumi preview.txt" 2>&1 || code=$?
if [ "$code" -ne 0 ]; then
  echo "pulumi preview ended with exit code $code" >>"$folder/pulumi preview.txt"
  echo "::warning::pulumi preview of a stack ended with exit code $code"
fi
