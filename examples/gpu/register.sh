#!/bin/sh
# Waits until a vLLM server is up, then makes it an endpoint of a pool of the gateway. Needs only sh, curl and sed, and
# may run again at any time: what is there already stays.
set -eu

: "${SLUICE_BASE_URL:?the gateway, as https://gateway.example}"
: "${SLUICE_ADMIN_KEY:?an admin key of the gateway}"
: "${VLLM_URL:?the server as the gateway reaches it, as https://gpu-1.example:8000}"
: "${VLLM_API_KEY:?what the server was started with as --api-key}"
: "${MODEL:?the name that the server gives its model}"
: "${USD_PER_HOUR:?what the machine costs}"
POOL=${POOL:-gpu}
ENDPOINT=${ENDPOINT:-$POOL-1}
IN_FLIGHT_MAX=${IN_FLIGHT_MAX:-16}
# Models for what is over, as JSON: "gpt-4o-mini", "mistral-small-latest"
OVERFLOW=${OVERFLOW:-}
# true = the server is inside a private network. The gateway must allow that: SLUICE_PRIVATE_UPSTREAMS=allow.
PRIVATE=${PRIVATE:-false}
WAIT_SECONDS=${WAIT_SECONDS:-1800}

waited=0
until curl -sf -o /dev/null --max-time 5 "${VLLM_CHECK_URL:-$VLLM_URL}/health"; do
  [ "$waited" -lt "$WAIT_SECONDS" ] || { echo "vLLM is not up after $WAIT_SECONDS s" >&2; exit 1; }
  sleep 5
  waited=$((waited + 5))
done

api() {
  method=$1 path=$2
  shift 2
  curl -sS --fail-with-body -X "$method" "$SLUICE_BASE_URL/admin/v1/$path" \
    -H "Authorization: Bearer $SLUICE_ADMIN_KEY" -H 'Content-Type: application/json' "$@"
}

id=$(api GET 'connections?limit=100' |
  sed -n "s/.*\"id\":\"\(conn_[A-Za-z0-9]*\)\",\"provider\":\"vllm\",\"name\":\"$ENDPOINT\".*/\1/p")
if [ -z "$id" ]; then
  id=$(api POST connections -d "{
    \"provider\": \"vllm\", \"name\": \"$ENDPOINT\", \"base_url\": \"$VLLM_URL/v1\",
    \"credential\": \"$VLLM_API_KEY\", \"models\": [\"$MODEL\"], \"private_allowed\": $PRIVATE
  }" | sed -n 's/.*"id":"\(conn_[A-Za-z0-9]*\)".*/\1/p')
fi
echo "connection $id"

if known=$(api GET "pools/$POOL" 2>/dev/null); then
  case $known in
    *"\"$id\""*) ;;
    *)
      ids=$(printf '%s' "$known" | sed -n 's/.*"connection_ids":\[\([^]]*\)\].*/\1/p')
      api PATCH "pools/$POOL" -d "{\"connection_ids\": [$ids, \"$id\"]}"
      ;;
  esac
else
  api POST pools -d "{
    \"name\": \"$POOL\", \"model\": \"$MODEL\", \"connection_ids\": [\"$id\"], \"usd_per_hour\": $USD_PER_HOUR,
    \"in_flight_max\": $IN_FLIGHT_MAX, \"overflow\": [$OVERFLOW], \"health_path\": \"/metrics\"
  }"
fi
echo "pool $POOL serves $MODEL"
