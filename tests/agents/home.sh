#!/bin/sh
# SPDX-License-Identifier: MIT
#
# usage: tests/agents/home.sh [--untrusted] [--no-login] [--fresh] [--repo REPO] AGENT DIR PORT
#
# Makes a home under DIR in which AGENT (claude, opencode, pi or gemini) talks to the model on
# 127.0.0.1:PORT (model.mjs) and asks nothing before the first prompt in REPO (default: DIR/repo).
# Prints its environment as lines "export NAME='VALUE'", to be sourced. There are no hooks in it.
#
#	--untrusted	REPO is a folder that the agent does not know yet
#	--no-login	there is no key and no account
#	--fresh		as the agent finds it when it is run for the first time
#
# What they show then is in screens/AGENT-STATE[-WHAT].txt, 100x30, as tmux's capture-pane gives it, with
# the pane's title in a first line "title: ..." (a title that nobody has set is "host"). STATE is what a
# person would say: starting, idle, working, asks, limited, login, trust, failed, crashed (kill -9), exited.
# "quotes" are idle: the model's words look like every question there is.

set -eu

trusted=true login=true fresh=false repo=''
while [ $# -gt 3 ]; do
	case $1 in
	--untrusted) trusted=false ;;
	--no-login) login=false ;;
	--fresh) fresh=true ;;
	--repo)
		repo=$2
		shift
		;;
	*) break ;;
	esac
	shift
done
[ $# = 3 ] || {
	echo "usage: home.sh [--untrusted] [--no-login] [--fresh] [--repo REPO] AGENT DIR PORT" >&2
	exit 2
}
agent=$1 port=$3
mkdir -p "$2/home"
dir=$(cd "$2" && pwd -P)
home=$dir/home url=http://127.0.0.1:$port
mkdir -p "${repo:=$dir/repo}" "$home/.config" "$home/.local/share" "$home/.local/state" "$home/.cache"
repo=$(cd "$repo" && pwd -P)

# put NAME VALUE: into the environment.
put() {
	printf "export %s='%s'\n" "$1" "$(printf '%s' "$2" | sed "s/'/'\\\\''/g")"
}

put HOME "$home"
put XDG_CONFIG_HOME "$home/.config"
put XDG_DATA_HOME "$home/.local/share"
put XDG_STATE_HOME "$home/.local/state"
put XDG_CACHE_HOME "$home/.cache"
# Whatever else they would like to reach is refused at once.
put NO_PROXY 127.0.0.1,localhost
put no_proxy 127.0.0.1,localhost
put HTTPS_PROXY http://127.0.0.1:9
put https_proxy http://127.0.0.1:9

case $agent in
claude)
	key=sk-ant-api03-nobody-nothing-nowhere-0000000000000000
	put ANTHROPIC_BASE_URL "$url"
	$login && put ANTHROPIC_API_KEY $key
	put ANTHROPIC_MODEL claude-sonnet-4-5
	put CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC 1
	put DISABLE_AUTOUPDATER 1
	$fresh || cat >"$home/.claude.json" <<EOC
{
  "hasCompletedOnboarding": true, "numStartups": 9, "theme": "dark", "autoUpdates": false,
  "customApiKeyResponses": {"approved": ["$(printf %s $key | tail -c 20)"], "rejected": []},
  "projects": {"$repo": {"hasTrustDialogAccepted": $trusted, "hasCompletedProjectOnboarding": true}}
}
EOC
	;;
opencode)
	# It fetches packages for plugins in the background and tries again for a minute.
	put npm_config_fetch_retries 0
	put OPENCODE_DISABLE_AUTOUPDATE 1
	put OPENCODE_DISABLE_MODELS_FETCH 1
	put OPENCODE_DISABLE_LSP_DOWNLOAD 1
	mkdir -p "$home/.config/opencode"
	$fresh || ! $login || cat >"$home/.config/opencode/opencode.json" <<EOC
{
  "model": "fake/fake", "small_model": "fake/fake", "autoupdate": false, "share": "disabled",
  "permission": {"edit": "ask", "bash": "ask"},
  "provider": {"fake": {
    "npm": "@ai-sdk/openai-compatible", "name": "Fake", "options": {"baseURL": "$url/v1", "apiKey": "none"},
    "models": {"fake": {"name": "Fake", "tool_call": true, "cost": {"input": 300, "output": 1500}, "limit": {"context": 128000, "output": 8192}}}
  }}
}
EOC
	;;
pi)
	put PI_OFFLINE 1
	put PI_SKIP_VERSION_CHECK 1
	put PI_TELEMETRY 0
	mkdir -p "$home/.pi/agent"
	$fresh || ! $login || cat >"$home/.pi/agent/models.json" <<EOC
{"providers": {"fake": {
  "baseUrl": "$url/v1", "api": "openai-completions", "apiKey": "none",
  "models": [{"id": "fake", "name": "Fake", "input": ["text"], "cost": {"input": 300, "output": 1500, "cacheRead": 0, "cacheWrite": 0}, "contextWindow": 128000, "maxTokens": 8192}]
}}}
EOC
	$fresh || ! $login || cat >"$home/.pi/agent/settings.json" <<EOC
{"defaultProvider": "fake", "defaultModel": "fake", "quietStartup": true}
EOC
	;;
gemini)
	put GOOGLE_GEMINI_BASE_URL "$url"
	$login && put GEMINI_API_KEY none
	put GEMINI_MODEL gemini-2.5-pro
	put GEMINI_TELEMETRY_ENABLED false
	mkdir -p "$home/.gemini"
	auth=
	$login && auth='"auth": {"selectedType": "gemini-api-key"}, '
	$fresh || cat >"$home/.gemini/settings.json" <<EOC
{
  "security": {$auth"folderTrust": {"enabled": true}},
  "general": {"enableAutoUpdate": false, "enableAutoUpdateNotification": false},
  "privacy": {"usageStatisticsEnabled": false}, "ide": {"hasSeenNudge": true}, "ui": {"hideTips": true}
}
EOC
	$fresh || ! $trusted || echo "{\"$repo\": \"TRUST_FOLDER\"}" >"$home/.gemini/trustedFolders.json"
	;;
*)
	echo "home.sh: no agent $agent" >&2
	exit 2
	;;
esac
