#!/usr/bin/env bash
# A whole answer, its receipt, and a stream. Needs a running gateway (npm start).
set -euo pipefail
field() { sed -n "s/.*\"$1\": \"\([^\"]*\)\".*/\1/p" "$(dirname "$0")/../../.sluice/dev.json"; }
BASE=${SLUICE_BASE_URL:-$(field base_url)}
KEY=${SLUICE_KEY:-$(field virtual_key)}
ask() { curl -sSN --fail-with-body "$BASE/v1/chat/completions" -H "Authorization: Bearer $KEY" -H 'Content-Type: application/json' "$@"; echo; }

headers=$(mktemp)
trap 'rm -f "$headers"' EXIT
ask -D "$headers" -d '{"model": "claude-sonnet-4-6", "messages": [{"role": "user", "content": "Hello"}]}'
id=$(tr -d '\r' <"$headers" | sed -n 's/^x-request-id: //p')
curl -sS --fail-with-body "$BASE/v1/receipts/$id" -H "Authorization: Bearer $KEY"
echo
ask -d '{"model": "gemini-2.5-flash", "stream": true, "messages": [{"role": "user", "content": "Hello"}]}'
