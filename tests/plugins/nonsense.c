/* SPDX-License-Identifier: BSD-2-Clause */
/* Misdeeds against the contract: wrong results, wrong words, forged records.
 */
#include "misdeeds.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>
#include <wchar.h>

#define MANY 1000000
#define GIGABYTE ((size_t)1 << 30)

/* The head of a record, and the descriptor that records go to, as the host
 * has them: a plugin that scribbles might hit just that. */
#define RECORD_MAGIC 0x52434c44u
#define RECORD_FD 3
enum {
  FORGED_BEGIN = 0,
  FORGED_STEP = 1,
  FORGED_DETAIL = 4,
  FORGED_WARNING = 5,
  FORGED_METRIC = 8,
  FORGED_RESULT = 9
};

static int
give (struct delivery_endpoint *ep)
{
  return atoi (delivery_param (ep, "text"));
}

static int
fail_without_text (struct delivery_endpoint *ep)
{
  (void)ep;
  return DELIVERY_PROTOCOL;
}

static int
fail_and_ok (struct delivery_endpoint *ep)
{
  delivery_fail (ep, DELIVERY_REJECTED, "this did not count");
  return DELIVERY_OK;
}

static int
fail_otherwise (struct delivery_endpoint *ep)
{
  delivery_fail (ep, DELIVERY_REJECTED, "this did not count");
  return DELIVERY_AUTH;
}

/* The one that makes sense, of recv: it could not look. */
static int
fail_not_yet (struct delivery_endpoint *ep)
{
  delivery_fail (ep, (int)strtol (delivery_param (ep, "text"), NULL, 10),
                 "nobody could look");
  return DELIVERY_NOT_FOUND;
}

static int
fail_twice (struct delivery_endpoint *ep)
{
  delivery_fail (ep, DELIVERY_REJECTED, "the first text");
  return delivery_fail (ep, DELIVERY_AUTH, "the last text");
}

static int
fail_with (struct delivery_endpoint *ep)
{
  return delivery_fail (ep, DELIVERY_PROTOCOL, "%s",
                        delivery_param (ep, "text"));
}

/* A gigabyte that takes no memory: all of it is one piece, seen again and
 * again. */
static const char *
large_text (void)
{
  const size_t piece = GIGABYTE / 64;
  int fd = memfd_create ("zoo", MFD_CLOEXEC);
  char *text = mmap (NULL, GIGABYTE + 1, PROT_READ,
                     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  char *first;

  if (fd < 0 || text == MAP_FAILED || ftruncate (fd, (off_t)piece) < 0)
    abort ();
  first = mmap (NULL, piece, PROT_WRITE, MAP_SHARED, fd, 0);
  if (first == MAP_FAILED)
    abort ();
  memset (first, 'x', piece);
  for (size_t at = 0; at < GIGABYTE; at += piece)
    if (mmap (text + at, piece, PROT_READ, MAP_SHARED | MAP_FIXED, fd, 0)
        == MAP_FAILED)
      abort ();
  close (fd);
  return text;
}

static int
fail_large (struct delivery_endpoint *ep)
{
  return delivery_fail (ep, DELIVERY_PROTOCOL, "%s", large_text ());
}

/* Characters that are none. */
static int
fail_wide (struct delivery_endpoint *ep)
{
  const wchar_t wide[] = { 0x7fffffff, 0 };

  delivery_detail (ep, "%s %ls", delivery_password (ep), wide);
  return delivery_fail (ep, DELIVERY_PROTOCOL, "%s %ls",
                        delivery_password (ep), wide);
}

static int
fail_dirty (struct delivery_endpoint *ep)
{
  return delivery_fail (ep, DELIVERY_PROTOCOL, "%s",
                        "a|b\nc\r\033[31md\377\300\200%n%s%n\a`<>\302\205"
                        "\342\200\256end");
}

/* The password, in all that can be said. */
static int
echo_secrets (struct delivery_endpoint *ep)
{
  const char *password = delivery_password (ep);
  const char *secret = delivery_param (ep, "secret");

  delivery_secret (ep, "fetched-token");
  delivery_detail (ep, "detail %s %s fetched-token", password, secret);
  delivery_warn (ep, "warning %s %s fetched-token", password, secret);
  delivery_debug (ep, 1, "debug %s %s fetched-token", password, secret);
  delivery_fact (ep, "told", "fact %s %s fetched-token", password, secret);
  return delivery_fail (ep, DELIVERY_AUTH, "no: %s %s fetched-token", password,
                        secret);
}

/* So often that it does not fit. */
static int
echo_often (struct delivery_endpoint *ep)
{
  const char *password = delivery_password (ep);
  size_t length = strlen (password);
  char *text = calloc (64, length + 1);
  int given;

  for (size_t i = 0; text && i < 64; i++)
    memcpy (text + i * length, password, length);
  given = delivery_fail (ep, DELIVERY_AUTH, "%s", text ? text : "");
  free (text);
  return given;
}

static int
metric_of (struct delivery_endpoint *ep)
{
  const char *kind = delivery_param (ep, "text");

  if (strcmp (kind, "nan") == 0)
    delivery_metric (ep, "m", (double)NAN, "");
  else if (strcmp (kind, "inf") == 0)
    delivery_metric (ep, "m", -HUGE_VAL, "");
  else if (strcmp (kind, "unit") == 0)
    delivery_metric (ep, "m", 1, "furlongs");
  else if (strcmp (kind, "null") == 0)
    delivery_metric (ep, "m", 1, NULL);
  else if (strcmp (kind, "step") == 0)
    delivery_metric (ep, "close", 1, "");
  else
    delivery_metric (ep, kind, 1, "");
  return -1;
}

static int
fact_of (struct delivery_endpoint *ep)
{
  delivery_fact (ep, delivery_param (ep, "text"), "value");
  return -1;
}

static int
undeclared (struct delivery_endpoint *ep)
{
  return delivery_param (ep, "nobody_declared_this") ? DELIVERY_OK : -1;
}

static int
many_details (struct delivery_endpoint *ep)
{
  for (int i = 0; i < MANY; i++)
    delivery_detail (ep, "detail %d", i);
  return -1;
}

static int
many_facts (struct delivery_endpoint *ep)
{
  char name[32];

  for (int i = 0; i < MANY; i++) {
    snprintf (name, sizeof name, "fact%d", i);
    delivery_fact (ep, name, "%d", i);
  }
  return -1;
}

static int
many_metrics (struct delivery_endpoint *ep)
{
  char name[32];

  for (int i = 0; i < MANY; i++) {
    snprintf (name, sizeof name, "metric_number_%d", i);
    delivery_metric (ep, name, i, "");
  }
  return -1;
}

static int
many_debugs (struct delivery_endpoint *ep)
{
  for (int i = 0; i < MANY; i++)
    delivery_debug (ep, 1, "line %d", i);
  return -1;
}

/* For as long as nobody ends it. */
static int
warn_for_ever (struct delivery_endpoint *ep)
{
  int64_t end = delivery_now () + 60 * (int64_t)1000000;

  while (delivery_now () < end)
    delivery_warn (ep, "again and again");
  return -1;
}

static int
late (struct delivery_endpoint *ep)
{
  while (delivery_now () < delivery_deadline (ep) + 50000) {
    struct timespec nap = { 0, 10000000 };

    nanosleep (&nap, NULL);
  }
  return DELIVERY_OK;
}

static int
at_once (struct delivery_endpoint *ep)
{
  (void)ep;
  return DELIVERY_OK;
}

/* ---- Forged records ---------------------------------------------------- */

static void
forge (uint32_t kind, const char *body, uint32_t length)
{
  char record[256];
  uint32_t head[4]
      = { RECORD_MAGIC, kind, length, kind ^ length ^ RECORD_MAGIC };

  memcpy (record, head, sizeof head);
  memcpy (record + sizeof head, body, length);
  if (write (RECORD_FD, record, sizeof head + length) < 0)
    abort ();
}

/* A step by a name that would spoil the output, and then death in it. */
static int
forge_begin (struct delivery_endpoint *ep)
{
  static const char body[] = "a|b\n\033[1m= c\0zoo\0\014";

  (void)ep;
  forge (FORGED_BEGIN, body, sizeof body - 1);
  _exit (7);
}

static int
forge_step (struct delivery_endpoint *ep)
{
  char body[17] = "a|b\n='c";
  double seconds = 0.5;

  (void)ep;
  memcpy (body + 8, &seconds, sizeof seconds);
  body[16] = 8;
  forge (FORGED_STEP, body, sizeof body);
  return -1;
}

/* Steps that take longer than they may, or no time at all. */
static int
forge_time (struct delivery_endpoint *ep)
{
  char body[17] = "a";
  double seconds = -1;

  (void)ep;
  memcpy (body + 8, &seconds, sizeof seconds);
  body[16] = 2;
  forge (FORGED_STEP, body, sizeof body);
  return -1;
}

/* One step done twice. */
static int
forge_twice (struct delivery_endpoint *ep)
{
  forge_step (ep);
  return forge_step (ep);
}

static int
forge_metric (struct delivery_endpoint *ep)
{
  char body[24] = "x |\n";
  double value = 1e300;

  (void)ep;
  memcpy (body + 8, &value, sizeof value);
  memcpy (body + 16, "|;\n u\0\005", 7);
  body[22] = 5;
  forge (FORGED_METRIC, body, 23);
  return -1;
}

/* A result that is all well, and then death. */
static int
forge_result (struct delivery_endpoint *ep)
{
  char body[34] = "\0\0\0\0finished\0ok";
  double delivery = 0.25;

  (void)ep;
  memcpy (body + 16, &delivery, sizeof delivery);
  body[24] = 16;
  body[25] = 13;
  forge (FORGED_RESULT, body, 26);
  abort ();
}

static int
forge_not_normal (struct delivery_endpoint *ep)
{
  (void)ep;
  forge (FORGED_DETAIL, "no end", 6);
  return -1;
}

/* Records by some processes, faster than anybody can judge them, in pieces
 * that the pipe takes whole. */
static int
forge_for_ever (struct delivery_endpoint *ep)
{
  static char records[4096];
  const uint32_t length = 1;
  const uint32_t head[4] = { RECORD_MAGIC, FORGED_WARNING, length,
                             FORGED_WARNING ^ length ^ RECORD_MAGIC };
  const size_t one = sizeof head + length;
  size_t n = sizeof records / one * one;
  int64_t end = delivery_now () + 60 * (int64_t)1000000;

  (void)ep;
  memset (records, 'w', sizeof records);
  for (size_t at = 0; at < n; at += one) {
    memcpy (records + at, head, sizeof head);
    records[at + one - 1] = '\0';
  }
  if (fork () < 0 || fork () < 0)
    abort ();
  while (delivery_now () < end && write (RECORD_FD, records, n) >= 0)
    ;
  return -1;
}

/* The same by one that no signal to our group reaches. */
static int
forge_from_outside (struct delivery_endpoint *ep)
{
  if (fork () == 0) {
    setsid ();
    misdeed_in_process ("tell_pid");
    forge_for_ever (ep);
    _exit (0);
  }
  return -1;
}

static const struct {
  const char *name;
  int (*commit) (struct delivery_endpoint *ep);
} misdeeds[] = {
  { "give", give },
  { "no_text", fail_without_text },
  { "fail_ok", fail_and_ok },
  { "fail_other", fail_otherwise },
  { "fail_not_yet", fail_not_yet },
  { "fail_twice", fail_twice },
  { "fail", fail_with },
  { "fail_large", fail_large },
  { "fail_wide", fail_wide },
  { "fail_dirty", fail_dirty },
  { "echo", echo_secrets },
  { "echo_often", echo_often },
  { "metric", metric_of },
  { "fact", fact_of },
  { "undeclared", undeclared },
  { "details", many_details },
  { "facts", many_facts },
  { "metrics", many_metrics },
  { "debugs", many_debugs },
  { "warnings", warn_for_ever },
  { "late", late },
  { "at_once", at_once },
  { "forge_begin", forge_begin },
  { "forge_step", forge_step },
  { "forge_twice", forge_twice },
  { "forge_time", forge_time },
  { "forge_metric", forge_metric },
  { "forge_result", forge_result },
  { "forge_not_normal", forge_not_normal },
  { "forge_for_ever", forge_for_ever },
  { "forge_outside", forge_from_outside },
};

int
misdeed_do (struct delivery_endpoint *ep, const char *name)
{
  for (size_t i = 0; i < sizeof misdeeds / sizeof misdeeds[0]; i++)
    if (strcmp (name, misdeeds[i].name) == 0)
      return misdeeds[i].commit (ep);
  if (strcmp (name, "none") == 0 || misdeed_in_process (name))
    return -1;
  return delivery_fail (ep, DELIVERY_CONFIG, "no misdeed '%s'", name);
}
