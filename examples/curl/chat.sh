#!/usr/bin/env bash
# A whole answer, a stream, and the receipt of the first. Needs a running gateway (npm start).
set -euo pipefail
field() { sed -n "s/.*\"$1\": \"\([^\"]*\)\".*/\1/p" "$(dirname "$0")/../../.sluice/dev.json"; }
BASE=${SLUICE_BASE_URL:-$(field base_url)}
KEY=${SLUICE_KEY:-$(field virtual_key)}

id=$(curl -sS -D - -o /dev/stderr "$BASE/v1/chat/completions" -H "Authorization: Bearer $KEY" -H 'Content-Type: application/json' \
  -d '{"model": "claude-sonnet-4-5", "messages": [{"role": "user", "content": "Hello"}]}' | tr -d '\r' | sed -n 's/^x-request-id: //p')
echo
curl -sS "$BASE/v1/receipts/$id" -H "Authorization: Bearer $KEY"
echo
curl -sSN "$BASE/v1/chat/completions" -H "Authorization: Bearer $KEY" -H 'Content-Type: application/json' \
  -d '{"model": "gemini-2.5-flash", "stream": true, "messages": [{"role": "user", "content": "Hello"}]}'
