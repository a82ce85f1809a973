/* SPDX-License-Identifier: BSD-2-Clause */
#include "last_words.h"

#include "sanitized.h"

#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define EXIT_UNKNOWN 3
#define WRITE_PATIENCE_MS 500

/* Until the alarm comes, and from there to the end; the first is rounded up
 * to seconds by a second at most. */
#define ALARM_AFTER (1 * G_USEC_PER_SEC)
#define END_AFTER 4 /* seconds */

struct form {
  const char *begin, *end;
};

static const struct form nagios
    = { "UNKNOWN - internal - ", " | active_duration=0.000000s\n" };

static const struct form json = {
  "{\"schema\": \"check_delivery/1\", \"scenario\": null, \"status\": 3, "
  "\"state\": \"UNKNOWN\", \"reason\": \"internal\", \"message\": \"",
  "\", \"details\": null, \"step\": \"internal\", \"delivery\": null, "
  "\"durations\": [], \"send\": null, \"recv\": null, \"token\": null, "
  "\"plugins\": {\"send\": null, \"recv\": null}, \"facts\": {}, "
  "\"metrics\": {}, \"started\": null}\n"
};

/* SIGXCPU is a limit of the system that we ran into ourselves. */
static const int crashes[]
    = { SIGABRT, SIGTRAP, SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGSYS, SIGXCPU };

static char stack[64 * 1024];
static const struct form *form = &nagios;
static pid_t own_pid;
static gint64 limit;
static volatile sig_atomic_t is_late, is_answered;

/* ---- In a handler: async-signal-safe calls only ------------------------ */

static void
append (char *line, const char *text)
{
  memcpy (line + strlen (line), text, strlen (text) + 1);
}

/* In one piece, which a pipe takes whole or not at all. */
static void G_GNUC_NORETURN
speak_and_exit (const char *message)
{
  struct pollfd room = { STDOUT_FILENO, POLLOUT, 0 };
  char line[1024] = "";

  append (line, form->begin);
  append (line, message);
  append (line, form->end);
  if (!is_answered && poll (&room, 1, WRITE_PATIENCE_MS) > 0
      && write (STDOUT_FILENO, line, strlen (line)) < 0)
    _exit (EXIT_UNKNOWN);
  _exit (EXIT_UNKNOWN);
}

/* A child that is no worker yet dies by the signal itself, when it comes back
 * from here: SA_RESETHAND. */
static void
on_crash (int number)
{
  char message[100] = "check_delivery itself died by signal ";
  char digits[3] = { (char)('0' + number / 10), (char)('0' + number % 10), 0 };

  if (getpid () != own_pid)
    return;
  append (message, digits[0] == '0' ? digits + 1 : digits);
  append (message, "; standard error may tell why");
  speak_and_exit (message);
}

/* The first alarm of ours gives notice, which is forgotten if the process ends
 * by itself.  Anybody may send others. */
static void
on_alarm (int number)
{
  gint64 now = g_get_monotonic_time ();

  (void)number;
  if (now < limit)
    return;
  if (is_late)
    speak_and_exit ("check_delivery itself did not come to an end in time");
  is_late = TRUE;
  limit = now + (END_AFTER - 1) * G_USEC_PER_SEC;
  alarm (END_AFTER);
}

/* ---- Outside of handlers ----------------------------------------------- */

/* GLib's own handler needs memory, and locks that he who ran out of memory may
 * hold: it would wait for ever. */
static void
on_log (const char *domain, GLogLevelFlags level, const char *text,
        gpointer data)
{
  struct pollfd room = { STDERR_FILENO, POLLOUT, 0 };
  const char *const parts[] = { "check_delivery: ", text, "\n" };

  if (!(level & G_LOG_FLAG_FATAL)) {
    g_log_default_handler (domain, level, text, data);
    return;
  }
  for (guint i = 0; i < G_N_ELEMENTS (parts); i++)
    if (poll (&room, 1, 0) <= 0
        || write (STDERR_FILENO, parts[i], strlen (parts[i])) < 0)
      break;
  abort ();
}

static void
set_handler (int number, void (*handler) (int), unsigned flags)
{
  struct sigaction action = { .sa_handler = handler, .sa_flags = (int)flags };
  sigset_t one;

  sigemptyset (&action.sa_mask);
  sigaction (number, &action, NULL);
  /* One that was blocked when we were started would end us without a word. */
  sigemptyset (&one);
  sigaddset (&one, number);
  sigprocmask (SIG_UNBLOCK, &one, NULL);
}

void
last_words_prepare (void)
{
  const stack_t own_stack = { .ss_sp = stack, .ss_size = sizeof stack };

  own_pid = getpid ();
  limit = G_MAXINT64;
  g_log_set_default_handler (on_log, NULL);
  set_handler (SIGALRM, on_alarm, SA_RESTART);
  if (SANITIZED)
    return;
  /* The usual one may be what is full. */
  sigaltstack (&own_stack, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (crashes); i++)
    set_handler (crashes[i], on_crash, SA_ONSTACK | SA_RESETHAND);
}

void
last_words_in_json (void)
{
  form = &json;
}

void
last_words_limit (gint64 end)
{
  gint64 left = end - g_get_monotonic_time () + ALARM_AFTER;

  alarm (0);
  limit = end;
  is_late = FALSE;
  alarm ((unsigned)CLAMP (left / G_USEC_PER_SEC + 1, 1, G_MAXINT));
}

void
last_words_answered (void)
{
  is_answered = TRUE;
}

void
last_words_forget (void)
{
  signal (SIGALRM, SIG_DFL);
  if (SANITIZED)
    return;
  for (guint i = 0; i < G_N_ELEMENTS (crashes); i++)
    signal (crashes[i], SIG_DFL);
}
