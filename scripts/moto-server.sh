#!/bin/sh
# Starts moto, a server that answers as Amazon S3 does, on the port that is given; installs it once, beside node_modules.
set -eu
cd "$(dirname "$0")/.."
requirements=test/servers/requirements.txt
home=node_modules/.cache/moto
if ! cmp -s "$requirements" "$home/installed.txt"; then
  rm -rf "$home"
  "${PYTHON:-python3}" -m venv "$home"
  "$home/bin/pip" install --quiet --disable-pip-version-check -r "$requirements"
  cp "$requirements" "$home/installed.txt"
fi
exec "$home/bin/moto_server" --host 127.0.0.1 --port "$1"
