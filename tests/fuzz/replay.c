/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Gives to each fuzz target of this program all inputs of its corpus, whole
 * and cut short, and tells in TAP how that went.
 *
 *     replay                   all targets
 *     replay TARGET FILE...    these inputs only, in this very process
 *
 * Each target runs in a process of its own: one that dies does not take the
 * others with it.
 */
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

/* So many beginnings of an input are tried, evenly spread. */
#define CUTS_MAX 64

/* Far more than any target needs, for machines that are slow or busy. */
#define SECONDS_A_TARGET 300

/* What a target is at, for who watches it die. */
struct progress {
  char file[256];
  size_t cut;
  guint inputs, runs;
};

static struct fuzz_target *targets;
static struct progress *progress;

void
replay_add (struct fuzz_target *target)
{
  struct fuzz_target **at = &targets;

  while (*at && strcmp ((*at)->name, target->name) < 0)
    at = &(*at)->next;
  target->next = *at;
  *at = target;
}

/* In memory of just its length, so that AddressSanitizer sees who reads
 * beyond it. */
static void
run_cut (const struct fuzz_target *target, const char *bytes, size_t length)
{
  uint8_t *exact = g_malloc (MAX (length, 1));

  if (length)
    memcpy (exact, bytes, length);
  progress->cut = length;
  progress->runs++;
  target->run (exact, length);
  g_free (exact);
}

/* An input must come to the same end whatever follows it: so its beginnings
 * are tried, and it itself last. */
static void
run_file (const struct fuzz_target *target, const char *path)
{
  g_autofree char *bytes = NULL;
  g_autofree char *name = g_path_get_basename (path);
  gsize length;

  g_strlcpy (progress->file, name, sizeof progress->file);
  if (!g_file_get_contents (path, &bytes, &length, NULL)) {
    fprintf (stderr, "%s cannot be read\n", path);
    exit (EXIT_FAILURE);
  }
  progress->inputs++;
  for (size_t cut = 0; cut < length; cut += 1 + length / CUTS_MAX)
    run_cut (target, bytes, cut);
  run_cut (target, bytes, length);
}

static void
run_folder (const struct fuzz_target *target, const char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while (dir && (name = g_dir_read_name (dir))) {
    g_autofree char *path = g_build_filename (folder, name, NULL);

    run_file (target, path);
  }
}

static gboolean
replay (const struct fuzz_target *target, guint number, const char *corpus)
{
  g_autofree char *folder = g_build_filename (corpus, target->name, NULL);
  int status = 0;
  pid_t pid;

  memset (progress, 0, sizeof *progress);
  fflush (stdout);
  pid = fork ();
  if (pid == 0) {
    alarm (SECONDS_A_TARGET);
    run_folder (target, folder);
    exit (EXIT_SUCCESS);
  }
  if (pid > 0 && waitpid (pid, &status, 0) == pid && status == 0
      && progress->inputs) {
    printf ("ok %u - %s: %u inputs, %u runs\n", number, target->name,
            progress->inputs, progress->runs);
    return TRUE;
  }
  printf ("not ok %u - %s\n", number, target->name);
  if (!progress->inputs)
    printf ("# no input in %s\n", folder);
  else if (WIFSIGNALED (status))
    printf ("# died by signal %d on the first %zu bytes of %s/%s\n",
            WTERMSIG (status), progress->cut, folder, progress->file);
  else
    printf ("# ended with status %d after the first %zu bytes of %s/%s\n",
            WEXITSTATUS (status), progress->cut, folder, progress->file);
  return FALSE;
}

static int
replay_all (void)
{
  const char *source = g_getenv ("abs_top_srcdir");
  g_autofree char *corpus = g_build_filename (source ? source : ".", "tests",
                                              "fuzz", "corpus", NULL);
  gboolean good = TRUE;
  guint n = 0;

  for (struct fuzz_target *target = targets; target; target = target->next)
    good &= replay (target, ++n, corpus);
  printf ("1..%u\n", n);
  return good ? EXIT_SUCCESS : EXIT_FAILURE;
}

int
main (int argc, char **argv)
{
  struct fuzz_target *target = targets;

  progress = mmap (NULL, sizeof *progress, PROT_READ | PROT_WRITE,
                   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (progress == MAP_FAILED)
    return EXIT_FAILURE;
  if (argc < 2)
    return replay_all ();
  while (target && strcmp (target->name, argv[1]) != 0)
    target = target->next;
  if (!target) {
    fprintf (stderr, "There is no target %s.\n", argv[1]);
    return EXIT_FAILURE;
  }
  for (int i = 2; i < argc; i++)
    run_file (target, argv[i]);
  return EXIT_SUCCESS;
}
