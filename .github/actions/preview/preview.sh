#!/usr/bin/env bash
# Check and compare. The outputs: verdict, the comment as a file, the findings as SARIF, and the exit code for the last step.
set -euo pipefail

folder="$RUNNER_TEMP/wireplan-preview"
attach=()
if [ -f "$folder/pulumi preview.txt" ]; then
  attach=(--attach "$folder/pulumi preview.txt")
fi
compare=()
check=()
if [ "$CONTRACTS" = true ]; then
  compare=(--contracts)
  check=(--against "$AGAINST")
fi
if [ "$MIGRATIONS" = true ]; then
  compare+=(--migrations)
  check+=(--migrations)
fi
code=0
wireplan preview "$TOPOLOGY" --against "$AGAINST" --fail-on "$FAIL_ON" "${attach[@]}" "${compare[@]}" \
  --format text --format "markdown=$folder/comment.md" --format "json=$folder/preview.json" || code=$?
if [ ! -f "$folder/comment.md" ]; then
  echo "::error::nothing was compared: see the lines above"
  exit "$code"
fi
sarif="$folder/findings.sarif"
wireplan validate "$TOPOLOGY" "${check[@]}" --format "sarif=$sarif" || [ -f "$sarif" ] || sarif=""
verdict=$(python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["verdict"])' "$folder/preview.json")
{
  echo "code=$code"
  echo "verdict=$verdict"
  echo "report=$folder/comment.md"
  echo "sarif=$sarif"
} >>"$GITHUB_OUTPUT"
cat "$folder/comment.md" >>"$GITHUB_STEP_SUMMARY"
