#!/usr/bin/env bash
# Put the comment on the pull request: edit the one that is there, else write it, unless there is nothing to tell. A comment that
# cannot be written fails the job, since silence reads as "no changes"; from a fork the token may not write, so the job's
# summary has to do.
set -euo pipefail

if [ "$COMMENT" = never ] || [ -z "$NUMBER" ]; then
  exit 0
fi
if [ "$HEAD_REPOSITORY" != "$GITHUB_REPOSITORY" ]; then
  echo "::notice::a pull request from a fork: the preview is in the job's summary"
  exit 0
fi
folder="$RUNNER_TEMP/wireplan-preview"
report="$folder/comment.md"
MARKER=$(head -n 1 "$report")
export MARKER
comments="repos/$GITHUB_REPOSITORY/issues/$NUMBER/comments"
found=$(gh api --paginate "$comments" \
  --jq '.[] | select(.user.type == "Bot") | select(.body | startswith(env.MARKER)) | .id')
if [ -n "$found" ]; then
  gh api --silent --method PATCH "repos/$GITHUB_REPOSITORY/issues/comments/${found%%$'\n'*}" -F "body=@$report"
elif [ "$VERDICT" != "no changes" ] || [ -f "$folder/pulumi preview.txt" ]; then
  gh api --silent --method POST "$comments" -F "body=@$report"
fi
