#!/usr/bin/env bash
# Starts the composed fleet on free loopback ports, checks it from outside, and stops it.
# Arguments go to `docker compose up`, e.g. --pull never. Needs docker with compose, and curl.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1

export COMPOSE_PROJECT_NAME=face-groups-try-$$
export GATEWAY_PORT='' SERVICE_PORTS='' RATE_LIMIT_PER_MINUTE=0 GATEWAY_REQUESTS_PER_SECOND=0
work=$(mktemp -d)
passed=0 failed=0

finish() {
  rm -f "$work/loading"
  docker compose down --volumes --timeout 20 >"$work/down.log" 2>&1 || cat "$work/down.log"
  rm -rf "$work"
}
trap finish EXIT

check() { # WHAT EXPECTED ACTUAL
  if [ "$2" = "$3" ]; then
    passed=$((passed + 1)) && echo "ok    $1"
  else
    failed=$((failed + 1)) && echo "FAIL  $1: expected '$2', got '$3'"
  fi
}

status_of() { curl -sk --max-time 10 -o /dev/null -w '%{http_code}' "$@"; }
containers() { docker compose ps --quiet --all "$@"; }
each() { # FORMAT SERVICES: one line per container
  docker inspect --format "$1" $(containers "${@:2}")
}

docker compose up --detach --build --wait "$@" || { docker compose logs --tail 50; exit 1; }

gateway=https://$(docker compose port gateway 8443)
replica=http://$(docker compose port --index 1 face-groups 3000)
api=/api/face-groups

echo '# from outside'
check 'the gateway accepts a known caller' 200 "$(status_of -u demo:demo "$gateway$api")"
check 'the list is the vendor example' 3 "$(curl -sk -u demo:demo "$gateway$api" | grep -o '"id":' | wc -l | tr -d ' ')"
check 'the gateway rejects an unknown caller' 401 "$(status_of "$gateway$api")"
check 'a replica ignores an identity without proof' 401 "$(status_of -H 'X-Forwarded-User: me' "$replica$api")"
check 'a replica accepts the gateway' 200 \
  "$(status_of -H "X-Gateway-Secret: $(cat deploy/compose/secrets/gateway_secret)" -H 'X-Forwarded-User: me' "$replica$api")"
check 'metrics are not reachable' '404 404' "$(status_of -u demo:demo "$gateway/metrics") $(status_of "$replica/metrics")"
check 'only the gateway and the API are published' '3000/tcp 8443/tcp' \
  "$(each '{{range $port, $to := .NetworkSettings.Ports}}{{if $to}}{{$port}}{{"\n"}}{{end}}{{end}}' | sort -u | xargs)"
check 'three replicas made one call' 1 "$(docker compose exec -T simulator node -e \
  'fetch("http://127.0.0.1:8091/__simulator/calls").then((answer) => answer.json()).then(({ total }) => console.log(total))')"

echo '# the containers'
check 'run as an unprivileged user' '1000:1000 101:101 999:999' "$(each '{{.Config.User}}' | sort -u | xargs)"
check 'cannot write to their own file system' true "$(each '{{.HostConfig.ReadonlyRootfs}}' | sort -u | xargs)"
check 'have no capability' '[ALL]' "$(each '{{.HostConfig.CapDrop}}' | sort -u | xargs)"
check 'have no secret in their environment' 0 \
  "$(each '{{.Config.Env}}' | grep -cFf <(cut -d: -f2- deploy/compose/secrets/* | grep .))"
check 'have no secret in the image' 0 \
  "$(docker run --rm --entrypoint sh face-groups -c 'grep -rlF not-a-secret /app --exclude-dir=node_modules | wc -l')"
check 'have neither simulator nor token issuer in the image' 0 \
  "$(docker run --rm --entrypoint sh face-groups -c 'grep -rlE "__simulator|startTokenIssuer" /app/dist | wc -l')"
check 'have no development dependency in the image' 'express' \
  "$(docker run --rm --entrypoint sh face-groups -c 'cd node_modules && ls -d express jest typescript @swc knip 2>/dev/null' | xargs)"
check 'reject an empty configuration with 78' 78 "$(docker run --rm face-groups >/dev/null 2>&1; echo $?)"

echo '# a rolling restart under load'
touch "$work/loading"
for client in 1 2 3 4; do
  while [ -e "$work/loading" ]; do
    status_of -u demo:demo "$gateway$api" && echo
  done >"$work/codes.$client" &
done
for replica_id in $(containers face-groups); do
  docker restart --timeout 20 "$replica_id" >/dev/null
  until [ "$(docker inspect --format '{{.State.Health.Status}}' "$replica_id")" = healthy ]; do sleep 0.2; done
done
rm "$work/loading"
wait
total=$(cat "$work"/codes.* | wc -l)
check "loses none of $total requests" 200 "$(sort -u "$work"/codes.* | xargs)"

echo '# stopping'
docker compose stop --timeout 20 >/dev/null 2>&1
check 'ends everything cleanly' 0 "$(each '{{.State.ExitCode}}' | sort -u | xargs)"

docker image inspect --format 'image {{.Size}} bytes' face-groups
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
