#!/bin/sh
# SPDX-License-Identifier: MIT
#
# usage: tests/agents/install.sh [DIR]
#
# Installs the agents of package-lock.json into DIR (default: build/agents) and prints the folder of
# their commands, DIR/node_modules/.bin. What is there already by that very lock file stays.
# Where it cannot be done, says why on standard output and exits with 77; anything else that goes
# wrong is 1, and DIR/install.log says what npm said.

set -u

here=$(cd "$(dirname "$0")" && pwd -P) || exit 1
dir=${1:-$here/../../build/agents}

# unable WHY...: there is nothing to test with here.
unable() {
	printf '%s\n' "$*"
	exit 77
}

mkdir -p "$dir" && dir=$(cd "$dir" && pwd -P) || exit 1
bin=$dir/node_modules/.bin stamp=$dir/installed.json log=$dir/install.log
is_there() {
	cmp -s "$here/package-lock.json" "$stamp"
}
if is_there; then
	echo "$bin"
	exit
fi

# Tests run at the same time: one of them installs, the others wait for it.
exec 9>"$dir/lock" || exit 1
if command -v flock >/dev/null; then
	flock -w 900 9 || unable "somebody else has been installing into $dir for 15 minutes"
	if is_there; then
		echo "$bin"
		exit
	fi
fi

for tool in node npm timeout; do
	command -v $tool >/dev/null || unable "there is no $tool here"
done
major=$(timeout 20 node -p 'process.versions.node.split(".")[0]') || unable 'node does not run'
[ "$major" -ge 20 ] || unable "node is $(node --version), 20 or newer is needed"
case $(uname -s)-$(uname -m) in
Linux-x86_64 | Linux-aarch64 | Darwin-*) ;;
*) unable "there are no agents for $(uname -sm)" ;;
esac
timeout 60 npm view opencode-ai version --fetch-retries=0 --fetch-timeout=30000 >"$log" 2>&1 ||
	unable "the registry of npm is out of reach: $(npm config get registry)"

# Not `npm ci`: a lock file names the builds for other machines only if they could be had where it was
# made, and `npm ci` refuses to add one. What the lock file names is installed as it says there.
# Of the scripts that packages want to run when they are installed only two are needed: they put the
# program for this machine in its place. The others build what is there anyway.
# What an install that was cut off has left is not mended by the next one: from nothing.
rm -rf "$stamp" "$dir/node_modules"
cp "$here/package.json" "$here/package-lock.json" "$dir/" || exit 1
(
	cd "$dir" &&
		timeout 900 npm install --ignore-scripts --no-audit --no-fund --no-progress --fetch-retries=1 &&
		cd "$dir/node_modules/@anthropic-ai/claude-code" && timeout 120 node install.cjs &&
		cd "$dir/node_modules/opencode-ai" && timeout 120 node postinstall.mjs
) >>"$log" 2>&1 </dev/null
case $? in
0) ;;
124) unable "npm did not come to an end in time: $log" ;;
*)
	if grep -qE 'E(NOTFOUND|CONNREFUSED|CONNRESET|TIMEDOUT|AI_AGAIN)|network' "$log"; then
		unable "the registry of npm is out of reach: $log"
	fi
	echo "npm failed: $log"
	exit 1
	;;
esac
for command in claude opencode pi gemini; do
	timeout 60 "$bin/$command" --version >>"$log" 2>&1 </dev/null || {
		echo "$command does not run: $log"
		exit 1
	}
done
cp "$here/package-lock.json" "$stamp" || exit 1
echo "$bin"
