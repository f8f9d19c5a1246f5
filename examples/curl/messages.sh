#!/usr/bin/env bash
# Anthropic's Messages API on Gemini: a whole answer, a stream, and a count of tokens. Needs a running gateway (npm start).
set -euo pipefail
field() { sed -n "s/.*\"$1\": \"\([^\"]*\)\".*/\1/p" "$(dirname "$0")/../../.sluice/dev.json"; }
BASE=${SLUICE_BASE_URL:-$(field base_url)}
KEY=${SLUICE_KEY:-$(field virtual_key)}
ask() { curl -sSN --fail-with-body "$BASE$1" -H "x-api-key: $KEY" -H 'anthropic-version: 2023-06-01' -H 'Content-Type: application/json' -d "$2"; echo; }

ask /v1/messages '{"model": "gemini-2.5-flash", "max_tokens": 200, "messages": [{"role": "user", "content": "Hello"}]}'
ask /v1/messages '{"model": "gemini-2.5-flash", "max_tokens": 200, "stream": true, "messages": [{"role": "user", "content": "Hello"}]}'
ask /v1/messages/count_tokens '{"model": "gemini-2.5-flash", "messages": [{"role": "user", "content": "Hello"}]}'
