/* SPDX-License-Identifier: MIT */
/* Hosts that mean harm, by the numbers of the threat model's cases. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cockpit/base_clock.h"
#include "cockpit/repo_diff.h"
#include "cockpit/repo_patch.h"
#include "cockpit/repo_radar.h"
#include "repo_fixture.h"

static void
assert_nothing_came(void)
{
	assert_int_equal(sh("test -z \"$(git -C $M for-each-ref)\" && git -C $M fsck --strict "
			    ">/dev/null 2>&1 && test -z \"$(find $M/objects -name '*.pack' -o "
			    "-name 'tmp*')\""),
		0);
}

/* It is refused with such words, which are safe. */
static void
assert_refused(const char *can, struct str answer, const char *words)
{
	assert_true(fetch_offer(can, answer) < 0);
	if (!strstr(err.text, "its objects: ") || !strstr(err.text, words) ||
		strchr(err.text, '\033'))
		fail_msg("%s, not %s", err.text, words);
}

/* Numbers that are never kept cost no more than reading them. */
static void
test_37_sizes(void **state)
{
#define PACK(bytes)                      \
	{                                \
		bytes, sizeof(bytes) - 1 \
	}
	static const struct {
		struct str pack;
		const char *words;
	} rows[] = {
		{PACK("PACK\0\0\0\2\377\377\377\377"),                                       "objects"},
 /* Ten million objects, of which the first says that it has 2^40 bytes. */
		{PACK("PACK\0\0\0\2\0\230\226\200\260\200\200\200\200\200\1x\234\3\0"),      ""       },
 /* A size that does not fit in 64 bits. */
		{PACK("PACK\0\0\0\2\0\0\0\1\277\377\377\377\377\377\377\377\377\377\377\1"),
                 ""										   },
 /* Deltas of what lies before the pack, and of themselves. */
		{PACK("PACK\0\0\0\2\0\0\0\1\144\377\177x\234\3\0\0\0\0\1"),                  ""       },
		{PACK("PACK\0\0\0\2\0\0\0\1\144\0x\234\3\0\0\0\0\1"),                        ""       },
	};
	int64_t start = clock_ms();
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_refused("ofs-delta", rows[i].pack, rows[i].words);
	assert_true(clock_ms() - start < 20000);
	assert_nothing_came();
}

/* A file with thousands of versions, each of them a delta of the one before. */
static void
test_37_long_chain(void **state)
{
	struct mirror_fetched got;
	(void)state;
	assert_int_equal(
		sh("{ for i in $(seq 4000); do printf 'blob\\nmark :%d\\ndata <<E\\n' $i; seq "
		   "60; echo "
		   "$i; echo E; done; printf 'commit refs/heads/chain\\ncommitter x <x@x> 1 "
		   "+0000\\ndata 0\\n'; for i in $(seq 4000); do echo \"M 100644 :$i f$i\"; "
		   "done; } | git "
		   "fast-import --quiet --depth=4095 && git -c repack.writeBitmaps=false "
		   "repack -q "
		   "-adf --depth=4095 --window=2 && git checkout -q chain && " SNAP("x")),
		0);
	if (fetch("x", &got) < 0)
		fail_msg("%s", err.text);
	assert_true(got.objects > 4000);
	assert_int_equal(sh("git -C $M fsck --strict >/dev/null 2>&1"), 0);
}

/* What it says beside the pack is never shown as it is. */
static void
test_42_sideband(void **state)
{
	struct buf bytes = BUF_INIT;
	(void)state;
	add_pkt(&bytes, STR("\2\033]0;evil\007\033[2J\n"));
	add_pkt(&bytes, STR("\3\033[31mdie\033[m now\n"));
	buf_addc(&bytes, "0000");
	assert_refused("side-band-64k", buf_str(&bytes), "");
	buf_release(&bytes);
	assert_nothing_came();
}

#define EVIL                                                                                   \
	"mkdir -p sub && printf '[submodule \"../../x\"]\\n\\tpath = ../../../tmp/x\\n\\turl " \
	"= "                                                                                   \
	"--upload-pack=touch${IFS}$R/../was-run\\n' >.gitmodules && ln -s "                    \
	"../../../../etc/passwd "                                                              \
	"sub/link && printf '* filter=evil diff=evil merge=evil text eol=crlf\\n' "            \
	">.gitattributes && echo evil >evil && git add -f . && git commit -qm evil && "

/* Whatever a tree holds, no program is started for it, and nothing of it is written down. */
static void
test_40_trees(void **state)
{
	static const struct diff_options compare = {
		.side = DIFF_MERGE_BASE, .context = 3, .text_max = 1 << 20};
	struct mirror_fetched x, y;
	struct radar_found found;
	struct diff *diff = NULL;
	struct buf text = BUF_INIT;
	(void)state;
	assert_int_equal(
		sh("printf '#!/bin/sh\\ntouch %s/../was-run\\ncat\\n' \"$R\" >../run && chmod "
		   "+x ../run && "
		   "for at in $M/config ../.gitconfig; do for k in filter.evil.clean "
		   "filter.evil.smudge filter.evil.process diff.evil.textconv "
		   "diff.evil.command "
		   "merge.evil.driver core.fsmonitor core.sshCommand; do git config -f $at $k "
		   "\"$PWD/../run\"; done; done; for h in post-checkout reference-transaction "
		   "post-update update pre-receive post-merge; do cp ../run $M/hooks/$h; done"),
		0);
	/* To be made, these need none of it. */
	assert_int_equal(sh("export GIT_CONFIG_GLOBAL=/dev/null; git config user.name x; " EVIL
			    "seq 50 >evil && git commit -qam 1 && " SNAP(
				    "x") " && seq 60 >evil && echo >>sub/more && git add sub "
					 "&& git commit -qm 2 --amend && " SNAP("y")),
		0);
	assert_int_equal(fetch("x", &x), 0);
	assert_int_equal(fetch("y", &y), 0);
	assert_int_equal(repo_diff(mirror, &x.work, &compare, &diff, &err), 0);
	assert_true(diff->file_count >= 4);
	diff_free(diff);
	const struct radar_side sides[] = {
		{x.work.snap, x.work.base},
                {y.work.snap, y.work.base}
        };
	struct radar *radar = radar_new();
	assert_int_equal(radar_look(radar, mirror, sides, 2, &found, &err), 0);
	const char *const ids[2] = {x.work.snap, y.work.snap};
	static const char *const names[2] = {"x", "y"};
	assert_int_equal(radar_show(mirror, ids, names, "evil", 4096, &text, &err), 0);
	radar_free(radar);
	buf_release(&text);
	assert_int_equal(
		sh("test ! -e ../was-run && test ! -e $M/sub && test ! -e $M/evil"), 0);
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_37_sizes),
		T(test_37_long_chain),
		T(test_40_trees),
		T(test_42_sideband),
	};
	return cmocka_run_group_tests_name("repo_hostile", tests, NULL, NULL);
}
