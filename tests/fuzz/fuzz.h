/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A fuzz target: one file, which reads bytes that anybody may have made, and
 * calls abort() where what comes of them is not as the contract says.
 *
 *     FUZZ_TARGET (url)
 *     {
 *       struct fuzz_input input = { data, size };
 *       g_autofree char *text = fuzz_rest (&input);
 *
 *       FUZZ_REQUIRE (strlen (text) <= size);
 *       return 0;
 *     }
 *
 * Built by "make fuzz" it is libFuzzer's LLVMFuzzerTestOneInput() of a program
 * of its own.  In "make check" all targets are in one program with replay.c,
 * which gives to each its corpus, tests/fuzz/corpus/NAME/.
 */
#ifndef TESTS_FUZZ_H
#define TESTS_FUZZ_H

#include <glib.h>
#include <stddef.h>
#include <stdint.h>

#ifdef WITH_LIBFUZZER
int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);
#define FUZZ_TARGET(target) \
  int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
#else
#define FUZZ_TARGET(target)                                           \
  static int target##_run (const uint8_t *data, size_t size);         \
  static void __attribute__ ((constructor)) target##_add (void)       \
  {                                                                   \
    static struct fuzz_target self = { #target, target##_run, NULL }; \
    replay_add (&self);                                               \
  }                                                                   \
  static int target##_run (const uint8_t *data, size_t size)
#endif

/* Of replay.c: the targets of the program, by name. */
struct fuzz_target {
  const char *name;
  int (*run) (const uint8_t *data, size_t size);
  struct fuzz_target *next;
};
void replay_add (struct fuzz_target *target);

/* What must hold whatever the input is. */
#define FUZZ_REQUIRE(condition) \
  ((condition) ? (void)0 : fuzz_failed (__FILE__, __LINE__, #condition))
void fuzz_failed (const char *file, int line,
                  const char *condition) G_GNUC_NORETURN;

/* Input that is taken apart piece by piece.  When it is used up there is
 * nothing but empty texts and zeros. */
struct fuzz_input {
  const uint8_t *at;
  size_t left;
};

/* Text up to a line feed, which is taken too, or all that is left; each in
 * memory of just its length, and cut at its first NUL.  To be freed by
 * g_free(). */
char *fuzz_line (struct fuzz_input *input);
char *fuzz_rest (struct fuzz_input *input);

guint8 fuzz_byte (struct fuzz_input *input);

/* Something below `n`. */
guint fuzz_below (struct fuzz_input *input, guint n);

/* Whether a text is one line of printable UTF-8 without a pipe, at most `max`
 * bytes long: what text_clean() promises. */
gboolean fuzz_is_clean (const char *text, gsize max);

#endif
