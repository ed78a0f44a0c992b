#!/bin/sh
# Makes every alert and the dashboard link to another copy of docs/operations.md, e.g. in an internal wiki:
#
#   deploy/prometheus/set-runbook-url.sh https://wiki.example.com/face-groups
#
# The name of the alert in lower case is appended as the fragment.
set -eu
cd "$(dirname "$0")/.."
url=${1:?the URL of the page with the runbooks, without a fragment}
case $url in
  *[!A-Za-z0-9:/._~%?=@-]* | '' | [!h]*) echo 'expected an http or https URL without a fragment' >&2 && exit 64 ;;
esac
for file in prometheus/alerts.yml prometheus/alerts.test.yml prometheus/finauth.test.yml \
  kubernetes/components/monitoring/prometheus-rule.yaml; do
  sed "s|runbook_url: [^#]*#|runbook_url: $url#|" "$file" >"$file.tmp" && mv "$file.tmp" "$file"
done
# The constant `runbooks` of the dashboard, which its links use.
dashboard=grafana/dashboard.json
sed "/\"name\": \"runbooks\"/,/\"hide\"/s#\(\"\(query\|text\|value\)\": \"\)[^\"]*#\1$url#" "$dashboard" >"$dashboard.tmp" &&
  mv "$dashboard.tmp" "$dashboard"
