#!/usr/bin/env bash
# Builds the Dockerfile as it is and runs what comes out, without a Docker engine and without pulling an image:
# `npm run test:docker`, as root, some minutes.
#
# The base image is made here: Debian by debootstrap, Node and npm from their npm packages, the user `node`, all under the
# name that the Dockerfile's FROM gives. Buildah builds and runs in a chroot, with the network of this machine, so the
# process is not number 1 and no memory or capability is limited: those parts of a container are not proved here.
set -euo pipefail
cd "$(dirname "$0")/../.."

started=$(date +%s)
say() { printf '\n%4d s  %s\n' $(($(date +%s) - started)) "$*"; }
die() {
  printf 'FAILED: %s\n' "$*" >&2
  exit 1
}

missing=()
[ "$(id -u)" = 0 ] || missing+=('root')
for program in buildah debootstrap node npm; do
  PATH="$PATH:/usr/sbin" command -v "$program" >/dev/null || missing+=("$program")
done
if ((${#missing[@]} > 0)); then
  echo "test:docker skipped, for want of: ${missing[*]}"
  # Whoever asks for this test in CI wants to know that it has run.
  [ "${CI:-}" != true ] || exit 1
  exit 0
fi

work=$(mktemp -d "${TMPDIR:-/tmp}/portico-docker.XXXXXX")
runner= # the process below which the shop runs, while it does
clean_up() {
  local shop
  [ -z "$runner" ] || for shop in $(node_under "$runner"); do kill -KILL "$shop" || true; done
  # Deepest first; a folder that something is still mounted in must not be deleted from.
  awk -v under="$work/" 'index($5, under) == 1 { print $5 }' /proc/self/mountinfo | sort -r | xargs -r -n1 umount -l
  rm -rf --one-file-system "$work"
}
trap clean_up EXIT
trap 'exit 1' INT TERM

# The process below $1 that runs the image's Node. Nothing while there is none.
node_under() {
  local child
  for child in $(cat "/proc/$1/task/"*/children 2>/dev/null); do
    if [[ $(readlink "/proc/$child/exe") == */usr/local/bin/node ]]; then echo "$child"; else node_under "$child"; fi
  done
}

export BUILDAH_ISOLATION=chroot
storage=(--root "$work/storage" --runroot "$work/run" --storage-driver vfs)
# Everything that could wait for a network or a lock has an end.
within() { timeout --kill-after=10 "$@"; }
bounded_buildah() {
  local seconds=$1
  shift
  within "$seconds" buildah "${storage[@]}" "$@"
}

base=$(sed -nE 's/^FROM ([^ ]+).*/\1/p' Dockerfile | sort -u)
[[ $base =~ ^node:(24\.[0-9]+\.[0-9]+)-bookworm-slim$ ]] || die "FROM names no exact Node 24, or several: $base"
node_version=${BASH_REMATCH[1]}

say "Linting the Dockerfile"
mkdir "$work/tools"
within 180 npm install --silent --prefix "$work/tools" "node@$node_version" npm@11 dockerfilelint@1.8.0 ||
  die 'npm could not install Node, npm and the linter'
"$work/tools/node_modules/.bin/dockerfilelint" Dockerfile || die 'the linter found something'

say "Making $base"
container=$(bounded_buildah 60 from scratch)
root=$(bounded_buildah 60 mount "$container")
within 400 env PATH="$PATH:/usr/sbin" debootstrap --variant=minbase bookworm "$root" >"$work/debootstrap.log" ||
  die "debootstrap: $(tail -n 3 "$work/debootstrap.log")"
rm -rf "${root:?}"/var/cache/apt/archives/*.deb "$root"/var/lib/apt/lists/*
install -D "$work/tools/node_modules/node/bin/node" "$root/usr/local/bin/node"
mkdir -p "$root/usr/local/lib/node_modules"
cp -r "$work/tools/node_modules/npm" "$root/usr/local/lib/node_modules/npm"
ln -s ../lib/node_modules/npm/bin/npm-cli.js "$root/usr/local/bin/npm"
chroot "$root" useradd --uid 1000 --user-group --create-home --shell /bin/bash node
bounded_buildah 60 umount "$container" >/dev/null
bounded_buildah 60 config --env PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$container"
bounded_buildah 300 commit --quiet --rm "$container" "docker.io/library/$base" >/dev/null

say "Building the Dockerfile"
# How this machine reaches the npm registry is mounted for the build and is no part of the image.
mounts=()
{
  for setting in registry proxy https-proxy noproxy strict-ssl; do
    value=$(npm config get "$setting" 2>/dev/null)
    case $value in null | '') ;; *) echo "$setting=$value" ;; esac
  done
  authorities=$(npm config get cafile 2>/dev/null)
  if [ -f "$authorities" ]; then
    mounts+=(--volume "$authorities:/etc/npm-authorities.pem:ro")
    echo 'cafile=/etc/npm-authorities.pem'
  fi
} >"$work/npmrc"
mounts+=(--volume "$work/npmrc:/usr/local/etc/npmrc:ro")
bounded_buildah 900 bud --pull-never --format docker "${mounts[@]}" --tag portico . >"$work/build.log" 2>&1 ||
  die "the build, which ended with:
$(tail -n 30 "$work/build.log")"

say "Looking at the image"
inspect() { bounded_buildah 60 inspect --type image portico; }
# Prints what a JavaScript expression makes of the image's configuration `c`, lists with a NUL after each item.
configured() {
  inspect | node -e "
    const { Docker: { config: c } } = JSON.parse(require('fs').readFileSync(0, 'utf8'));
    const value = $1;
    process.stdout.write(Array.isArray(value) ? value.map((item) => item + '\0').join('') : String(value));"
}
mapfile -d '' -t command < <(configured c.Cmd)
mapfile -d '' -t health < <(configured 'c.Healthcheck.Test')
[ "${command[*]}" = 'node dist/src/main/server.js' ] || die "CMD is ${command[*]}"
[ "${health[0]}" = CMD ] || die 'HEALTHCHECK is no plain command'
[ "$(configured c.User)" = 1000:1000 ] || die 'the user is not 1000:1000'
[ "$(configured 'Object.keys(c.Volumes).join()')" = /app/data ] || die 'the volume is not /app/data'

container=$(bounded_buildah 120 from --pull-never portico)
files=$(bounded_buildah 60 mount "$container")
echo "$(du -sm "$files" | cut -f1) MB, of which $(du -sm "$files/app" | cut -f1) MB are the shop"
[ -z "$(find "$files/app" -name '.env*' -o -name '*.pem' -o -name .npmrc)" ] || die 'the image holds secrets'
inside() { bounded_buildah "$1" run "${@:2}"; }
inside 30 "$container" -- sh -c 'test "$(id -u)" = 1000' || die 'it does not run as user 1000'
inside 30 "$container" -- sh -c 'test -w data && test -z "$(find . -path ./data -prune -o -writable -print)"' ||
  die 'the shop can write to more, or less, than its data'

say "Running it"
port=$(node -e "const s = require('net').createServer().listen(0, () => { console.log(s.address().port); s.close(); })")
is_healthy() { inside 30 --env "PORT=$port" "$container" -- "${health[@]:1}" >>"$work/health.log" 2>&1; }
# Prints an answer's body; fails unless the status is 200.
get() {
  node -e "fetch(process.argv[1], { signal: AbortSignal.timeout(5000) })
    .then(async (r) => { console.log(await r.text()); process.exit(r.status === 200 ? 0 : 1); }, () => process.exit(1))" \
    "http://127.0.0.1:$port$1"
}
! is_healthy || die 'HEALTHCHECK passes before the start'
SECONDS=0
inside 300 --env "PORT=$port" "$container" -- "${command[@]}" >"$work/shop.log" 2>&1 &
runner=$!
until get /readyz >/dev/null; do
  ((SECONDS < 120)) && kill -0 "$runner" 2>/dev/null || die "the shop, which said: $(cat "$work/shop.log")"
  sleep 0.2
done
echo "ready in $SECONDS s"
is_healthy || die 'HEALTHCHECK fails on a healthy shop'
get /products | node -e "
  const { items } = JSON.parse(require('fs').readFileSync(0, 'utf8'));
  if (items.length === 0) process.exit(1);
  console.log(items.length + ' products');" || die 'GET /products shows no product'

kill -TERM "$(node_under "$runner")"
status=0
wait "$runner" || status=$?
runner=
[ "$status" = 0 ] || die "it ended with status $status: $(cat "$work/shop.log")"
grep -q '"draining"' "$work/shop.log" || die 'it ended without draining'
echo 'drained on SIGTERM, status 0'
! is_healthy || die 'HEALTHCHECK passes without a shop'

say 'The image builds, runs, reports its health and stops in good order'
