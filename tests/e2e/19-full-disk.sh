#!/usr/bin/env bash
# shellcheck disable=SC2016 # what is in single quotes is expanded later, by eval or another shell
#
# The disk of a host is full: its check says so, and is not in the way of the next one.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

disk=$T/hosts/b
mkdir -p "$disk"
if ! mount -t tmpfs -o size=16m,mode=700 cockpit-test "$disk" 2>/dev/null; then
	skip 'a disk that is full: none can be mounted here'
	exit
fi
# Last of all: what runs there keeps it busy.
on_exit 'tmux -S "$T/b.sock" kill-server 2>/dev/null; wait_for 3 umount "$disk" >/dev/null || umount -l "$disk"'

make_repo "$T/toy"
cd "$T/toy" || exit 1
cat >check <<'EOC'
case $(cat value) in
fill) cat /dev/zero >junk 2>/dev/null || exit 5 ;;
esac
echo '1 passed, 0 failed'
EOC
printf 'junk\n' >.gitignore
echo good >value && git add . && git commit -qm 'a check'
cat >cockpit.json <<EOC
{"name": "toy", "check": "sh ./check", "check_seconds": 60, "hosts": {"b":
  {"transport": ["env", "HOME=$disk", "XDG_STATE_HOME=$disk/state", "TMPDIR=$T/tmp"], "socket": "$T/b.sock"}}}
EOC
ck() { "$COCKPIT" "$@" --fleet "$T/toy/cockpit.json"; }
tree=$disk/state/cockpit/toy/work/one
locks() { find "$disk/state/cockpit" -name 'check.*' -o -name '.cockpit-probe*' -o -name 'index.[0-9]*'; }

check 'an agent there' exits 0 "$COCKPIT" new one --fleet cockpit.json -- cat
check 'its work passes' says '^the check of one passed: 1 passed$' exits 0 ck check one
echo fill >"$tree/value"
check 'a check that fills the disk is broken' says '^the check of one broken: .*no room is left on the disk of ' exits 1 ck check one
check 'it is full' fails dd if=/dev/zero of="$disk/more" bs=64k count=1
rm -f "$disk/more"
check 'nothing of it stays' equal '' "$(locks)"
check 'nor can one begin' says '^the check of one broken: no room is left on the disk of ' exits 1 ck check one
check 'nothing of that either' equal '' "$(locks)"
check 'it is known' says 'broken .*no room is left' ck check one --history
rm "$tree/junk"
echo good >"$tree/value"
check 'with room it passes' says '^the check of one passed: 1 passed$' exits 0 ck check one
check 'and nothing stays' equal '' "$(locks)"
ck down >/dev/null 2>&1
