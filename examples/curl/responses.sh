#!/usr/bin/env bash
# OpenAI's Responses API on Claude, whole and streamed. Needs a running gateway (npm start).
set -euo pipefail
field() { sed -n "s/.*\"$1\": \"\([^\"]*\)\".*/\1/p" "$(dirname "$0")/../../.sluice/dev.json"; }
BASE=${SLUICE_BASE_URL:-$(field base_url)}
KEY=${SLUICE_KEY:-$(field virtual_key)}
ask() { curl -sSN --fail-with-body "$BASE/v1/responses" -H "Authorization: Bearer $KEY" -H 'Content-Type: application/json' -d "$1"; echo; }

ask '{"model": "claude-sonnet-4-6", "input": "Hello"}'
ask '{"model": "claude-sonnet-4-6", "input": "Hello", "stream": true}'
