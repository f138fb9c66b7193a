#!/usr/bin/env bash
# Tries the README's first command, as somebody would who has just found the repository: clones what is committed into an
# empty folder, runs `npm ci && npm start`, and asks the shop for its products. Takes about half a minute of
# processor time, most of it for the build.
set -euo pipefail
set -m # a process group for each background process, which ends with all that it has started
repository=$(cd "$(dirname "$0")/.." && pwd)
folder=$(mktemp -d)
child= # runs in the background, where this script can end it when it is interrupted itself

stop() {
  if [ -n "$child" ]; then kill -KILL -- "-$child" 2>/dev/null || true; fi
  rm -rf "$folder"
}
trap stop EXIT

git clone --quiet "$repository" "$folder/portico"
cd "$folder/portico"
unset DATABASE_URL PUBLIC_URL JWT_PRIVATE_KEY ADMIN_EMAIL ADMIN_PASSWORD SHOP_CURRENCY DEMO_DATA
export PORT=0 HOST=127.0.0.1 SHUTDOWN_DELAY=0

npm ci --no-audit --no-fund &
child=$!
wait "$child"
npm start >"$folder/says" 2>"$folder/log" &
child=$!

for _ in $(seq 3000); do
  grep -q 'Portico is open at' "$folder/says" && break
  kill -0 "$child" 2>/dev/null || break
  sleep 0.1
done
cat "$folder/says"
url=$(sed -nE 's/^ *Portico is open at (.*)$/\1/p' "$folder/says")
if [ -z "$url" ]; then
  cat "$folder/log" >&2
  echo 'fresh clone: the shop did not open' >&2
  exit 1
fi

curl -sS --fail "${url/localhost/127.0.0.1}/products?limit=1" | grep -q '"items":\[{'
curl -sS --fail --output /dev/null "${url/localhost/127.0.0.1}/docs"

kill -TERM "$child"
if wait "$child"; then
  child=
  echo 'fresh clone: npm ci && npm start serves the demo catalogue, and SIGTERM ends it with 0'
else
  child=
  echo 'fresh clone: the shop did not end with 0' >&2
  exit 1
fi
