/* SPDX-License-Identifier: BSD-2-Clause */
/* The program: descriptors, signals, options in, answer out. */
#include "engine.h"
#include "last_words.h"
#include "options.h"
#include "sanitized.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#define EXIT_UNKNOWN 3
#define WRITE_PATIENCE (G_USEC_PER_SEC / 2)

static sigset_t usual_signals; /* the mask that we were started with */
static sigset_t stops;         /* what ends us in an orderly way */

/* A descriptor of ours must never become somebody's standard output. */
static gboolean
open_standard_fds (void)
{
  gboolean all = TRUE;
  int fd;

  do
    fd = open ("/dev/null", O_RDWR);
  while (fd >= 0 && fd <= STDERR_FILENO);
  if (fd > STDERR_FILENO)
    close (fd);
  for (fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
    all &= fcntl (fd, F_GETFD) >= 0;
  return all;
}

/* Writes all, in pieces that a pipe takes at once as soon as it has room for
 * one, so that a reader who has gone to sleep cannot hold us up: not beyond
 * `end` on the monotonic clock.  FALSE when the other end is full or gone. */
static gboolean
write_text (int fd, const char *text, gint64 end)
{
  gsize length = strlen (text);

  while (length) {
    struct pollfd room = { fd, POLLOUT, 0 };
    gint64 left = (end - g_get_monotonic_time ()) / 1000;
    ssize_t n = poll (&room, 1, (int)CLAMP (left, 0, G_MAXINT));

    if (n > 0)
      n = write (fd, text, MIN (length, PIPE_BUF));
    if (n < 0 && (errno == EINTR || (errno == EAGAIN && left > 0)))
      continue;
    if (n <= 0)
      return FALSE;
    text += n;
    length -= (gsize)n;
  }
  return TRUE;
}

static void
say (const char *line)
{
  g_autofree char *text = g_strconcat ("check_delivery: ", line, "\n", NULL);

  write_text (STDERR_FILENO, text, 0);
}

/* ---- Signals ----------------------------------------------------------- */

/* Who had it ignored when he started us, as nohup does, meant it so. */
static void
stop_by (int number)
{
  struct sigaction before;

  if (sigaction (number, NULL, &before) == 0 && before.sa_handler != SIG_IGN)
    sigaddset (&stops, number);
}

/* One that comes before there is somebody to take it waits until then. */
static void
prepare_signals (void)
{
  /* Where whoever started us did not want to hear of his children, we would
   * not hear of ours: neither that they ended, nor how. */
  signal (SIGCHLD, SIG_DFL);
  signal (SIGPIPE, SIG_IGN);
  signal (SIGXFSZ, SIG_IGN);
  sigemptyset (&stops);
  sigaddset (&stops, SIGTERM);
  stop_by (SIGINT);
  stop_by (SIGHUP);
  sigprocmask (SIG_BLOCK, &stops, &usual_signals);
  last_words_prepare ();
}

static gboolean
next_stop (int stop_fd)
{
  struct signalfd_siginfo info;

  return read (stop_fd, &info, sizeof info) == (ssize_t)sizeof info;
}

static void
enter_worker (void)
{
  last_words_forget ();
  sigprocmask (SIG_SETMASK, &usual_signals, NULL);
}

/* GLib takes CHARSET for the character set of all text, and loses itself in a
 * name that nobody knows; the C library would load what converts it from the
 * other variable's folders. */
static void
ignore_character_sets (void)
{
  unsetenv ("CHARSET");
  unsetenv ("GCONV_PATH");
}

/* Secrets are no food for core dumps and tracers. */
static void
keep_memory_private (void)
{
  struct rlimit none = { 0, 0 };

  setrlimit (RLIMIT_CORE, &none);
  if (!SANITIZED)
    prctl (PR_SET_DUMPABLE, 0);
}

/* ---- The way through --------------------------------------------------- */

static void
answer (struct options *options, struct engine_answer *answer)
{
  /* Other tasks than a check take their time between the jobs. */
  gboolean is_check = options->request.task == ENGINE_PLAY;
  struct pool_host host
      = { .stop_fd = signalfd (-1, &stops, SFD_NONBLOCK | SFD_CLOEXEC),
          .next_stop = next_stop,
          .enter_worker = enter_worker,
          .limit = is_check ? last_words_limit : NULL,
          .say = say,
          .verbosity = options->verbosity };

  delivery_engine_answer (&options->request, &host, answer);
  close (host.stop_fd);
}

/* Returns until when the answer may be written: people may read help and
 * documentation page by page, but a monitoring system waits for a check. */
static gint64
run_program (char **arguments, struct engine_answer *out)
{
  struct options options = { 0 };
  g_autoptr (GError) error = NULL;
  gint64 until;
  gboolean ok;

  options.request.started = g_get_monotonic_time ();
  ok = options_read (arguments, &options, &error);
  /* The options have what they need; a run may last. */
  if (ok)
    options_wipe_words (arguments);
  if (g_strcmp0 (options.request.output, "json") == 0)
    last_words_in_json ();
  if (options.help) {
    out->text = options_help ();
    out->status = EXIT_UNKNOWN;
  } else if (options.version) {
    out->text = g_strconcat (delivery_engine_version (), "\n", NULL);
    out->status = EXIT_UNKNOWN;
  } else if (!ok) {
    delivery_engine_refuse (&options.request, error->message, out);
  } else {
    answer (&options, out);
  }
  until = options.help || options.request.task != ENGINE_PLAY
              ? G_MAXINT64
              : g_get_monotonic_time () + WRITE_PATIENCE;
  options_clear (&options);
  return until;
}

/* Before there is anything to do. */
static int
refuse (const char *line)
{
  write_text (STDOUT_FILENO, line, g_get_monotonic_time () + WRITE_PATIENCE);
  return EXIT_UNKNOWN;
}

int
main (int argc, char **argv)
{
  struct engine_answer out = { NULL, EXIT_UNKNOWN };
  gint64 until;
  g_auto (GStrv) arguments = NULL;

  prepare_signals ();
  if (!open_standard_fds ())
    return refuse ("UNKNOWN - config - cannot open /dev/null in the place of "
                   "a closed descriptor | active_duration=0.000000s\n");
  if (getauxval (AT_SECURE))
    return refuse ("UNKNOWN - config - check_delivery does not run setuid, "
                   "setgid or with capabilities | "
                   "active_duration=0.000000s\n");
  ignore_character_sets ();
  keep_memory_private ();
  arguments = argc > 0 ? g_strdupv (argv) : g_new0 (char *, 1);
  options_hide_secrets (argc, argv);
  until = run_program (arguments, &out);
  options_wipe_words (arguments);
  last_words_answered ();
  if (until == G_MAXINT64)
    sigprocmask (SIG_SETMASK, &usual_signals, NULL);
  if (!write_text (STDOUT_FILENO, out.text, until))
    out.status = EXIT_UNKNOWN;
  g_free (out.text);
  return out.status;
}
