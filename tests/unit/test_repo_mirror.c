/* SPDX-License-Identifier: MIT */
/*
 * The mirror against real "git upload-pack"s, and against far sides that lie. Numbers in names
 * are those of the threat model's cases.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cockpit/base_buf.h"
#include "cockpit/base_err.h"
#include "cockpit/base_mem.h"
#include "cockpit/base_path.h"
#include "cockpit/repo_diff.h"
#include "cockpit/repo_mirror.h"
#include "cockpit/repo_patch.h"
#include "repo_fixture.h"

/* --- what it is for --- */

static void
test_round(void **state)
{
	(void)state;
	struct mirror_fetched got;
	struct mirror_work work;
	assert_int_equal(
		sh("echo more >>a && git commit -qam 2 && echo wip >>a && " SNAP("x")), 0);
	assert_int_equal(mirror_find(mirror, "web", "x", &work, &err), ERR_NOT_FOUND);
	if (fetch("x", &got) < 0)
		fail_msg("%s", err.text);
	assert_true(got.objects > 0);
	assert_false(got.backwards);
	assert_int_equal(mirror_find(mirror, "web", "x", &work, &err), 0);
	assert_string_equal(work.snap, got.work.snap);
	assert_int_equal(mirror_find(mirror, NULL, "x", &work, &err), 0);
	assert_string_equal(work.head, got.work.head);
	assert_int_equal(mirror_find(mirror, "db", "x", &work, &err), ERR_NOT_FOUND);
	assert_int_equal(mirror_find(mirror, NULL, "y", &work, &err), ERR_NOT_FOUND);
	char **agents = mirror_agents(mirror);
	assert_string_equal(agents[0], "web/x");
	assert_null(agents[1]);
	mem_free_words(agents);
	/* The same once more brings nothing. */
	assert_int_equal(fetch("x", &got), 0);
	assert_int_equal(got.objects, 0);
	assert_int_equal(sh("test \"$(git -C $M rev-parse refs/cockpit/web/x/head)\" = \"$(git "
			    "rev-parse HEAD)\" && git -C $M fsck --strict >/dev/null 2>&1"),
		0);
}

/* Eight deliveries begin at once where there is no mirror yet. */
static void *
open_new(void *ctx)
{
	struct mirror *one;
	struct err *why = ctx;
	char *path = path_join(dir, "new/mirror.git");
	if (mirror_open(path, &one, why) == 0)
		mirror_close(one);
	mem_free(path);
	return NULL;
}

static void
test_made_by_many(void **state)
{
	(void)state;
	for (int round = 0; round < 20; round++) {
		pthread_t threads[8];
		struct err whys[8] = {0};
		for (int i = 0; i < 8; i++)
			pthread_create(&threads[i], NULL, open_new, &whys[i]);
		for (int i = 0; i < 8; i++)
			pthread_join(threads[i], NULL);
		for (int i = 0; i < 8; i++) {
			if (whys[i].code)
				fail_msg("%s", whys[i].text);
		}
		assert_int_equal(sh("cd $M/../new && test \"$(ls)\" = mirror.git && git -C "
				    "mirror.git fsck "
				    ">/dev/null 2>&1 && rm -r ../new"),
			0);
	}
}

/* Nothing but what was asked for, whatever is offered. */
static void
test_only_its_refs(void **state)
{
	(void)state;
	struct mirror_fetched got;
	assert_int_equal(sh("git tag t && git update-ref refs/notes/x HEAD && git update-ref "
			    "refs/cockpit/other/snap HEAD && " SNAP("x")),
		0);
	assert_int_equal(fetch("x", &got), 0);
	assert_int_equal(sh("test \"$(git -C $M for-each-ref | wc -l)\" = 3"), 0);
}

/* A name that git allows in no ref. */
static void
test_odd_name(void **state)
{
	(void)state;
	struct mirror_fetched got;
	char name[80];
	mirror_ref_name("a..lock", name, sizeof(name));
	assert_string_equal(name, "a==lock");
	assert_int_equal(sh(SNAP("a==lock")), 0);
	assert_int_equal(fetch("a..lock", &got), 0);
	assert_int_equal(mirror_find(mirror, "web", "a..lock", &got.work, &err), 0);
}

static void
test_44_backwards(void **state)
{
	(void)state;
	struct mirror_fetched got;
	assert_int_equal(sh("echo 2 >>a && git commit -qam 2 && " SNAP("x")), 0);
	assert_int_equal(fetch("x", &got), 0);
	char old[REPO_ID_MAX];
	strcpy(old, got.work.head);
	assert_int_equal(
		sh("git reset -q --hard HEAD~1 && echo 3 >>a && git commit -qam 3 && " SNAP(
			"x")),
		0);
	assert_int_equal(fetch("x", &got), 0);
	assert_true(got.backwards);
	char *kept = mem_printf("git -C $M for-each-ref refs/kept/web/x | grep -q %s", old);
	assert_int_equal(sh(kept), 0);
	mem_free(kept);
	assert_int_equal(sh("echo 4 >>a && git commit -qam 4 && " SNAP("x")), 0);
	assert_int_equal(fetch("x", &got), 0);
	assert_false(got.backwards);
}

/* However often it is fetched, its packs stay few, and nothing of them is lost. */
static void
test_packs(void **state)
{
	(void)state;
	struct mirror_fetched got;
	assert_int_equal(sh("touch $M/objects/pack/pack_git2_left"), 0);
	for (int i = 0; i < 70; i++) {
		assert_int_equal(sh("date +%N >>a && git commit -qam n && " SNAP("x")), 0);
		assert_int_equal(fetch("x", &got), 0);
	}
	assert_int_equal(
		sh("test \"$(ls $M/objects/pack/*.pack | wc -l)\" -lt 20 && git -C $M fsck "
		   "--strict >/dev/null 2>&1 && test ! -e $M/objects/pack/pack_git2_left"),
		0);
	assert_int_equal(
		sh("git -C $M log --oneline refs/cockpit/web/x/head | wc -l | grep -qx 71"), 0);
}

/* --- diff --- */

static char *
patch(enum diff_side side, unsigned flags)
{
	struct mirror_work work;
	struct diff *diff;
	struct buf out = BUF_INIT;
	const struct diff_options options = {.side = side, .context = 3, .binary = true};
	assert_int_equal(mirror_find(mirror, "web", "x", &work, &err), 0);
	if (repo_diff(mirror, &work, &options, &diff, &err) < 0)
		fail_msg("%s", err.text);
	patch_write(diff, flags, &out);
	diff_free(diff);
	return buf_steal(&out);
}

static void
write_file(const char *name, const char *text)
{
	char *path = path_join(dir, name);
	assert_int_equal(path_write(path, str_from(text), 0600, NULL), 0);
	mem_free(path);
}

/* What we write is what git reads: applied to the old tree it gives the new one. */
static void
test_patch_applies(void **state)
{
	(void)state;
	struct mirror_fetched got;
	assert_int_equal(
		sh("sed -i 's/^50$/x/' a && git mv a 'b\"ü' && printf 'no end' >c && head "
		   "-c 3000 /dev/urandom >bin && chmod +x c && ln -s c link && git add . "
		   "&& git commit -qm 2 && printf '\\n' >>c && " SNAP("x")),
		0);
	assert_int_equal(fetch("x", &got), 0);
	char *text = patch(DIFF_MERGE_BASE, 0);
	write_file("patch", text);
	mem_free(text);
	assert_int_equal(
		sh("git stash -q && git checkout -q main && git apply --index ../patch && "
		   "test \"$(git write-tree)\" = \"$(git rev-parse "
		   "refs/cockpit/x/snap^{tree})\""),
		0);
	text = patch(DIFF_HEAD, 0);
	assert_non_null(strstr(text, "\n-no end\n\\ No newline at end of file\n+no end\n"));
	assert_null(strstr(text, "link"));
	mem_free(text);
}

static void
test_43_shown_safely(void **state)
{
	(void)state;
	struct mirror_fetched got;
	assert_int_equal(
		sh("printf 'a\\033]0;evil\\007\\342\\200\\256b\\r\\n' >e && git add . && git "
		   "commit -qm e && " SNAP("x")),
		0);
	assert_int_equal(fetch("x", &got), 0);
	char *text = patch(DIFF_MERGE_BASE, PATCH_SAFE);
	assert_null(strchr(text, '\033'));
	assert_null(strchr(text, '\r'));
	assert_non_null(strstr(text, "<U+202E>"));
	mem_free(text);
}

/* A million lines, and a file that is too large to be looked into. */
static void
test_43_large(void **state)
{
	(void)state;
	struct mirror_fetched got;
	assert_int_equal(
		sh("seq -f '%.0f and so on, to fill the line' 1000000 >lines && head -c "
		   "20000000 /dev/zero | tr '\\0' x >large && git add . && git commit -qm l "
		   "&& " SNAP("x")),
		0);
	assert_int_equal(fetch("x", &got), 0);
	struct diff *diff;
	const struct diff_options options = {.context = 3};
	assert_int_equal(repo_diff(mirror, &got.work, &options, &diff, &err), 0);
	assert_true(diff->text.len < DIFF_TEXT_MAX + (1 << 20));
	assert_int_equal(diff->file_count, 2);
	assert_true(diff->files[0].binary);
	diff_free(diff);
}

/* A repo without a commit: everything is new. */
static void
test_unborn(void **state)
{
	(void)state;
	struct mirror_fetched got;
	assert_int_equal(sh("git update-ref refs/cockpit/x/snap \"$(git commit-tree -m s "
			    "'HEAD^{tree}')\""),
		0);
	assert_int_equal(fetch("x", &got), 0);
	char *text = patch(DIFF_MERGE_BASE, 0);
	assert_non_null(strstr(text, "@@ -0,0 +1,100 @@"));
	mem_free(text);
}

/* --- who lies --- */

#define ID "1234567890123456789012345678901234567890"

static void
test_38_garbage(void **state)
{
	(void)state;
	static const struct {
		const char *name, *bytes;
	} rows[] = {
		{"nothing",                         ""				},
		{"a length of one",                 "0001"                            },
		{"a length that is none",           "zzzz"                            },
		{"the largest length, and no more", "ffff"                            },
		{"only a flush",                    "0000"                            },
		{"half a line",                     "0041" ID " refs/coc"             },
		{"an error",                        "0015ERR \033[31mred\033[m!\n0000"},
		{"an id that is none",
                 "0038not an id not an id not an id not an id not an idd x0000"       },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (fetch_bytes(rows[i].bytes, strlen(rows[i].bytes), 1 << 20) >= 0)
			fail_msg("%s: taken", rows[i].name);
		if (!err.text[0] || strchr(err.text, '\033'))
			fail_msg("%s: \"%s\"", rows[i].name, err.text);
	}
	static const char *const packs[] = {
		"", "PACKxxxxxxxxxxxxxxxxxx", "PACK\1\1\1\1\377\377\377\377"};
	for (size_t i = 0; i < sizeof(packs) / sizeof(packs[0]); i++) {
		if (fetch_offer("ofs-delta", str_from(packs[i])) >= 0 ||
			!strstr(err.text, "its objects: "))
			fail_msg("<%s>: %s", packs[i], err.text);
	}
	assert_int_equal(sh("test -z \"$(git -C $M for-each-ref)\""), 0);
}

/* 100000 of them, and names that are none. */
static void
test_36_refs(void **state)
{
	(void)state;
	static const char *const names[] = {"refs/cockpit/x/../../heads/y", "refs/heads/-x",
		"refs/cockpit/x/snap.lock", "refs/cockpit/x/\001",
		"refs/cockpit/x/\xe2\x80\xae", "refs/cockpit/x/@{", "../../config",
		"refs/cockpit/x/\xff"};
	struct buf bytes = BUF_INIT;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		buf_printf(&bytes, "%04zx" ID " %s\n", strlen(names[i]) + 46, names[i]);
	buf_addc(&bytes, "0000");
	assert_true(fetch_bytes(bytes.ptr, bytes.len, 1 << 20) < 0);
	buf_clear(&bytes);
	for (int i = 0; i < 100000; i++)
		buf_printf(&bytes, "%04x" ID " refs/cockpit/x/%06d\n", 67u, i);
	buf_addc(&bytes, "0000");
	assert_int_equal(fetch_bytes(bytes.ptr, bytes.len, 1 << 16), ERR_LIMIT);
	buf_release(&bytes);
	assert_int_equal(sh("test -z \"$(git -C $M for-each-ref)\" && test \"$(ls $M/refs)\" = "
			    "'heads\ntags'"),
		0);
}

/* --- kill -9 at any point --- */

static void
test_41_kills(void **state)
{
	(void)state;
	struct mirror_fetched got;
	assert_int_equal(sh(SNAP("x")), 0);
	assert_int_equal(fetch("x", &got), 0);
	unsigned seed = 1;
	for (int round = 0; round < 25; round++) {
		assert_int_equal(
			sh("date +%N >>a && seq $(date +%N | tail -c 4) >b && git add . && "
			   "git commit -qm n && " SNAP("x")),
			0);
		pid_t pid = fork();
		if (pid == 0) {
			fetch("x", &got);
			_exit(0);
		}
		poll(NULL, 0, rand_r(&seed) % 30);
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		assert_int_equal(sh("git -C $M fsck --connectivity-only >/dev/null 2>&1"), 0);
	}
	/* And nothing that they left is in the way. */
	if (fetch("x", &got) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(sh("test \"$(git -C $M rev-parse refs/cockpit/web/x/head)\" = \"$(git "
			    "rev-parse HEAD)\" && git -C $M fsck --strict >/dev/null 2>&1"),
		0);
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_round),
		T(test_made_by_many),
		T(test_made_by_many),
		T(test_only_its_refs),
		T(test_odd_name),
		T(test_44_backwards),
		T(test_packs),
		T(test_patch_applies),
		T(test_43_shown_safely),
		T(test_43_large),
		T(test_unborn),
		T(test_38_garbage),
		T(test_36_refs),
		T(test_41_kills),
	};
	return cmocka_run_group_tests_name("repo_mirror", tests, NULL, NULL);
}
