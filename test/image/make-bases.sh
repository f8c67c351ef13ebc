#!/bin/sh
# Makes what the tests build the images on, and prints their names: two images laid out as the public node ones, a slim
# one and one with compilers, from Debian's packages and the Node.js of this machine. Made once, then found in the store.
set -eu
store=$1
codename=$(. /etc/os-release && echo "$VERSION_CODENAME")
node=$(readlink -f "$(command -v node)")
prefix=$(dirname "$(dirname "$node")")
modules=$(npm root --global)
key=$({ cat "$0"; node --version; npm --version; npm config get registry; } | sha256sum | cut -c 1-12)
slim=localhost/node-$codename-slim:$key
full=localhost/node-$codename:$key
buildah() { command buildah --root "$store/storage" --runroot "$store/run" "$@"; }
if ! buildah inspect --type image "$full" >/dev/null 2>&1; then
  exec 3>&1 1>&2
  work=$(mktemp -d "$store/bootstrap.XXXXXX")
  trap 'rm -rf "$work"' EXIT
  debootstrap --variant=minbase --include=ca-certificates "$codename" "$work/root"
  rm -rf "$work/root/var/cache/apt/archives" "$work/root/var/lib/apt/lists"

  container=$(buildah from scratch)
  root=$(buildah mount "$container")
  cp -a "$work/root/." "$root"
  chroot "$root" groupadd --gid 1000 node
  chroot "$root" useradd --uid 1000 --gid node --create-home node
  install -D "$node" "$root/usr/local/bin/node"
  mkdir -p "$root/usr/local/lib/node_modules" "$root/usr/local/include" "$root/opt/yarn-v1.22.22/bin"
  cp -a "$modules/npm" "$modules/corepack" "$root/usr/local/lib/node_modules"
  cp -a "$prefix/include/node" "$root/usr/local/include"
  ln -s ../lib/node_modules/npm/bin/npm-cli.js "$root/usr/local/bin/npm"
  ln -s ../lib/node_modules/npm/bin/npx-cli.js "$root/usr/local/bin/npx"
  ln -s ../lib/node_modules/corepack/dist/corepack.js "$root/usr/local/bin/corepack"
  printf '#!/bin/sh\nexit 1\n' | install /dev/stdin "$root/opt/yarn-v1.22.22/bin/yarn"
  ln -s /opt/yarn-v1.22.22/bin/yarn "$root/usr/local/bin/yarn"
  printf '#!/bin/sh\nexec "$@"\n' | install /dev/stdin "$root/usr/local/bin/docker-entrypoint.sh"
  # The authorities that this machine trusts, and where its npm finds packages: for building here, in no Dockerfile.
  cat "${NODE_EXTRA_CA_CERTS:-/dev/null}" >>"$root/etc/ssl/certs/ca-certificates.crt"
  buildah config --cmd node --entrypoint '["docker-entrypoint.sh"]' --env PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$container"
  buildah commit --quiet "$container" "$slim"
  buildah rm "$container"

  container=$(buildah from "$slim")
  buildah run --isolation chroot "$container" sh -c '
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends g++ make python3'
  buildah config --env npm_config_cafile=/etc/ssl/certs/ca-certificates.crt --env npm_config_registry="$(npm config get registry)" "$container"
  buildah commit --quiet "$container" "$full"
  buildah rm "$container"
  exec 1>&3
fi
echo "$slim $full"
