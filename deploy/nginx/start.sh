#!/bin/sh
# Fills a directory with the gateway's configuration and executes nginx. Everything that differs between
# sites comes from the environment, secrets from files; README.md lists them.
set -eu
umask 077

here=$(cd "$(dirname "$0")" && pwd)
run=${GATEWAY_DIR:-/tmp/gateway}
identity=${GATEWAY_IDENTITY:-basic}
upstreams=${GATEWAY_UPSTREAMS:?GATEWAY_UPSTREAMS: the replicas, as host:port, separated by spaces}
secret_file=${GATEWAY_SECRET_FILE:?GATEWAY_SECRET_FILE: the file with the secret shared with the service}

refuse() {
  echo "gateway: $1" >&2
  exit 78
}

number() { # VARIABLE VALUE
  case $2 in
    '' | *[!0-9]*) refuse "$1: expected a whole number, 0 for no limit" ;;
  esac
  echo "$2"
}

mkdir -p "$run/generated" "$run/temp"
for file in nginx face-groups problems problem-headers problem-variables; do cp "$here/$file.conf" "$run/"; done

[ -f "$here/identity-$identity.conf" ] || refuse "GATEWAY_IDENTITY: no file identity-$identity.conf"
cp "$here/identity-$identity.conf" "$run/generated/identity.conf"
if [ "$identity" = basic ]; then
  cp "${GATEWAY_USERS_FILE:?GATEWAY_USERS_FILE: name:password lines as nginx reads them}" "$run/generated/users"
fi

# A quote, a dollar or a backslash would be nginx syntax rather than part of the secret.
secret=$(cat "$secret_file")
case $secret in
  '' | *[!A-Za-z0-9._~+/=-]*) refuse "GATEWAY_SECRET_FILE: expected letters, digits and ._~+/=- only" ;;
esac
printf 'map "" $gateway_secret {\n  default "%s";\n}\n' "$secret" >"$run/generated/secret.conf"

{
  echo 'upstream face_groups {'
  # max_fails=0: if all replicas answer 503 for the same external reason, none may be excluded,
  # or the caller would get the gateway's 502 instead of the service's own problem.
  for upstream in $upstreams; do echo "  server $upstream max_fails=0;"; done
  echo '  keepalive 32;'
  # Below the service's 65 s, so that always the gateway closes an idle connection.
  echo '  keepalive_timeout 55s;'
  echo '}'
  if [ "$identity" = oauth2-proxy ]; then
    echo "upstream oauth2_proxy { server ${GATEWAY_OAUTH2_PROXY:-127.0.0.1:4180}; }"
  fi
} >"$run/generated/upstream.conf"

# Per client address. Far above normal use: only floods and loops reach these limits.
per_second=$(number GATEWAY_REQUESTS_PER_SECOND "${GATEWAY_REQUESTS_PER_SECOND:-50}")
concurrent=$(number GATEWAY_CONCURRENT_REQUESTS "${GATEWAY_CONCURRENT_REQUESTS:-100}")
{
  if [ "$per_second" -gt 0 ]; then
    echo "limit_req_zone \$binary_remote_addr zone=requests:8m rate=${per_second}r/s;"
    # A page that loads sends many requests together.
    echo "limit_req zone=requests burst=$((per_second * 4)) nodelay;"
    echo 'limit_req_status 429;'
  fi
  if [ "$concurrent" -gt 0 ]; then
    echo 'limit_conn_zone $binary_remote_addr zone=concurrent:8m;'
    echo "limit_conn concurrent $concurrent;"
    echo 'limit_conn_status 429;'
  fi
  # Behind a load balancer all callers would share its address.
  for proxy in $(echo "${GATEWAY_TRUSTED_PROXIES:-}" | tr , ' '); do echo "set_real_ip_from $proxy;"; done
  if [ -n "${GATEWAY_TRUSTED_PROXIES:-}" ]; then echo 'real_ip_header X-Forwarded-For; real_ip_recursive on;'; fi
} >"$run/generated/limits.conf"

{
  echo 'map $http_origin $cors_origin {'
  echo '  default "";'
  for origin in $(echo "${GATEWAY_CORS_ORIGINS:-}" | tr , ' '); do
    case $origin in
      *[!A-Za-z0-9:/.-]*) refuse "GATEWAY_CORS_ORIGINS: expected origins such as https://app.example.com" ;;
    esac
    echo "  \"$origin\" \$http_origin;"
  done
  echo '}'
} >"$run/generated/cors.conf"

certificate=${GATEWAY_TLS_CERTIFICATE_FILE:-}
key=${GATEWAY_TLS_KEY_FILE:-}
if [ -z "$certificate" ]; then
  # nginx's alpine images do not have openssl.
  command -v openssl >/dev/null ||
    refuse 'openssl is not installed, so no self-signed certificate can be made: set GATEWAY_TLS_CERTIFICATE_FILE and GATEWAY_TLS_KEY_FILE, or install openssl'
  certificate=$run/generated/self-signed.crt key=$run/generated/self-signed.key
  echo 'gateway: no GATEWAY_TLS_CERTIFICATE_FILE, making a self-signed certificate for localhost' >&2
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30 -subj /CN=localhost \
    -addext 'subjectAltName=DNS:localhost,IP:127.0.0.1' -keyout "$key" -out "$certificate" 2>/dev/null
fi
cat >"$run/generated/site.conf" <<SITE
listen ${GATEWAY_LISTEN:-8443} ssl;
ssl_certificate $certificate;
ssl_certificate_key $key;
access_log ${GATEWAY_ACCESS_LOG:-/dev/stdout} access;
SITE

# Also when started as root, the workers are not; they read the users' file and write the temporary files.
if [ "$(id -u)" = 0 ]; then
  chown -R nobody "$run"
  exec nginx -e stderr -p "$run" -c "$run/nginx.conf" -g "user nobody $(id -gn nobody);"
fi
exec nginx -e stderr -p "$run" -c "$run/nginx.conf"
