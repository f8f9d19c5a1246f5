#!/usr/bin/env bash
# Two texts as vectors of 8 numbers. Needs a running gateway (npm start).
set -euo pipefail
field() { sed -n "s/.*\"$1\": \"\([^\"]*\)\".*/\1/p" "$(dirname "$0")/../../.sluice/dev.json"; }
BASE=${SLUICE_BASE_URL:-$(field base_url)}
KEY=${SLUICE_KEY:-$(field virtual_key)}

curl -sS --fail-with-body "$BASE/v1/embeddings" -H "Authorization: Bearer $KEY" -H 'Content-Type: application/json' \
  -d '{"model": "text-embedding-3-small", "dimensions": 8, "input": ["A gate for water", "A bakery"]}'
echo
