#!/usr/bin/env bash
# shellcheck disable=SC2016 # what is in single quotes is expanded later, by eval or another shell
#
# What Tab offers in bash and in zsh.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

ln -s "$COCKPIT" "$T/bin/cockpit"
make_repo "$T/toy"
cd "$T/toy" || exit 1
cat >cockpit.json <<'EOC'
{
  "name": "deck",
  "hosts": {"local": {}, "web": {"repo": null}},
  "agents": [{"name": "parser"}, {"name": "printer"}, {"name": "lexer", "host": "web"}]
}
EOC
check 'the fleet file is fine; now its name is known' says '^parser ' cockpit ls

# --- bash ---

cockpit completion bash >"$T/cockpit.bash"
check 'bash: the script is one' bash -n "$T/cockpit.bash"
cat >"$T/complete" <<'EOC'
. "$1"
shift
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMP_LINE="$*" COMP_POINT=${#COMP_LINE}
_cockpit
printf '%s\n' "${COMPREPLY[@]}" | sort | tr '\n' ' '
EOC

# offers WANTED WORD…
offers() {
	local wanted=$1
	shift
	check "bash: $*" equal "$wanted" "$(bash --norc --noprofile "$T/complete" "$T/cockpit.bash" "$@")"
}
offers 'attach ' cockpit at
offers 'delete demo diff doctor down ' cockpit d
offers ' ' cockpit xyz
offers '--filter --fleet --help --json ' cockpit ls -
offers '--detach ' cockpit up --d
offers '--profile --prompt ' cockpit new --p
offers 'parser printer ' cockpit send p
offers 'lexer parser printer ' cockpit stop parser ''
offers 'lexer ' cockpit explain l
offers 'web ' cockpit doctor w
offers 'local web ' cockpit new --host ''
offers 'claude codex copilot ' cockpit new --profile c
offers 'deck ' cockpit attach d
offers 'deck ' cockpit ls --fleet d
offers 'bash zsh ' cockpit completion ''
offers 'assign ' cockpit task as
offers '--agent --all ' cockpit task ls --a
offers 'send shell stop ' cockpit help s
check 'bash: it is bound' says 'complete .*-F _cockpit cockpit' \
	bash --norc --noprofile -c '. "$1"; complete -p cockpit' bash "$T/cockpit.bash"
cd "$T/home" || exit 1
offers ' ' cockpit send ''
cd "$T/toy" || exit 1
check 'a shell that is none: status 2' exits 2 cockpit completion tcsh

# --- zsh ---

if ! command -v zsh >/dev/null; then
	skip 'zsh: it is not installed here'
	exit
fi
mkdir "$T/functions"
cockpit completion zsh >"$T/functions/_cockpit"
check 'zsh: the script is one' zsh -n "$T/functions/_cockpit"
check 'zsh: it is bound' equal _cockpit "$(zsh -f -c 'fpath=('"$T"'/functions $fpath)
	autoload -Uz compinit && compinit -u -D && print -r -- $_comps[cockpit]')"
check 'zsh: "source" works too' equal _cockpit "$(zsh -f -c 'autoload -Uz compinit && compinit -u -D &&
	source '"$T"'/functions/_cockpit && print -r -- $_comps[cockpit]')"
printf '%s\n' "fpath=($T/functions \$fpath)" 'autoload -Uz compinit && compinit -u -D' 'PS1="%%%% "' >"$T/rc"
check 'zsh: a shell' ui_start 100 30 zsh -f -i
ui_type ". $T/rc; clear; print ready"
ui_keys Enter
check 'zsh: it is ready' ui_expect '^ready' 10

# tab TYPED COMPLETED
tab() {
	ui_type "$1"
	ui_keys Tab
	check "zsh: $1" ui_expect "^%+ $2 *\$" 10
	ui_keys C-u
	wait_for 5 ui_hides "^%+ $2 *\$" >/dev/null
}
tab 'cockpit att' 'cockpit attach'
tab 'cockpit send par' 'cockpit send parser'
tab 'cockpit ls --js' 'cockpit ls --json'
tab 'cockpit doctor w' 'cockpit doctor web'
tab 'cockpit new --host=w' 'cockpit new --host=web'
tab 'cockpit new --host w' 'cockpit new --host web'
