/* SPDX-License-Identifier: BSD-2-Clause */
/* Records of a worker over which its plugin may have scribbled, read whole and
 * in pieces, and what is printed of them.  Input: how the worker ends, the
 * size of the pieces, and records. */
#include "fuzz.h"

#include "memory_file.h"
#include "render.h"

/* Its functions are called by the pool, which would want real workers. */
#include "../../core/play.c"

#include <jansson.h>
#include <stdlib.h>
#include <unistd.h>

/* As core/record.c has it. */
#define MAGIC 0x52434c44u

/* More than there may be steps; but more still would only take time. */
#define RECORDS_MAX 100

/* ---- Making records ---------------------------------------------------- */

static double
any_number (struct fuzz_input *input)
{
  static const double numbers[]
      = { 0,      0.000001,       1.5,    3,    -1, 999999999, 1e300, -1e14,
          1e-320, 123456.7890123, 1e-300, 86400 };
  guint which = fuzz_below (input, G_N_ELEMENTS (numbers) + 2);

  if (which == G_N_ELEMENTS (numbers))
    return (double)NAN;
  return which > G_N_ELEMENTS (numbers) ? (double)INFINITY : numbers[which];
}

static char *
any_text (struct fuzz_input *input)
{
  char *line = fuzz_line (input), *valid = g_utf8_make_valid (line, -1);

  g_free (line);
  return valid;
}

/* Of the types that a run's worker has; `type` without its parentheses. */
static GVariant *
any_body (struct fuzz_input *input, const char *type)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_TUPLE);
  for (; *type; type++)
    if (*type == 's')
      g_variant_builder_add_value (
          &builder, g_variant_new_take_string (any_text (input)));
    else if (*type == 'd')
      g_variant_builder_add (&builder, "d", any_number (input));
    else
      g_variant_builder_add (&builder, "i", (int)fuzz_byte (input) - 2);
  return g_variant_builder_end (&builder);
}

/* A header with any bytes behind it, or bytes alone. */
static void
write_raw (struct fuzz_input *input, int fd, guint32 kind, gboolean has_header)
{
  g_autofree char *line = fuzz_line (input);
  guint32 length = (guint32)strlen (line);
  guint32 header[] = { MAGIC, kind, length, kind ^ length ^ MAGIC };

  if (has_header)
    FUZZ_REQUIRE (write (fd, header, sizeof header) == sizeof header);
  FUZZ_REQUIRE (write (fd, line, length) == (ssize_t)length);
}

static void
write_any (struct fuzz_input *input, int fd)
{
  static const char *const types[RECORD_RESULT + 1] = {
    [RECORD_BEGIN] = "ss",      [RECORD_STEP] = "sd",
    [RECORD_END_INFO] = "isss", [RECORD_TOKEN] = "s",
    [RECORD_DETAIL] = "s",      [RECORD_WARNING] = "s",
    [RECORD_DEBUG] = "is",      [RECORD_FACT] = "ss",
    [RECORD_METRIC] = "sds",    [RECORD_RESULT] = "issd",
  };
  guint8 what = fuzz_byte (input);
  guint32 kind = what & 15;

  if (kind <= RECORD_RESULT && !(what & 128))
    record_write (fd, (enum record_kind)kind, any_body (input, types[kind]));
  else
    write_raw (input, fd, kind, !(what & 64));
}

/* ---- Taking them ------------------------------------------------------- */

static void
say (const char *line)
{
  FUZZ_REQUIRE (fuzz_is_clean (line, TEXT_MAX));
}

static const struct pool_host host = { .say = say, .verbosity = 2 };
static const struct playing playing = { .host = &host };

/* FALSE when it was nonsense. */
static gboolean
take_there (struct player *player, struct record_reader *reader)
{
  enum record_kind kind;
  GVariant *body;
  int got;

  while ((got = record_reader_next (reader, &kind, &body)) > 0) {
    gboolean good;

    FUZZ_REQUIRE (g_variant_is_normal_form (body));
    good = player->job.record (&player->job, kind, body);

    g_variant_unref (body);
    if (!good)
      return FALSE;
  }
  return got == 0;
}

static gboolean
take_pieces (struct player *player, GString *bytes, gsize piece)
{
  struct record_reader *reader = record_reader_new ();
  gboolean good = TRUE;
  int fds[2];

  FUZZ_REQUIRE (pipe (fds) == 0);
  for (gsize at = 0; good && at < bytes->len; at += piece) {
    gsize n = MIN (piece, bytes->len - at);

    FUZZ_REQUIRE (write (fds[1], bytes->str + at, n) == (ssize_t)n);
    while (n) {
      gsize some = MIN (n, 16384);

      FUZZ_REQUIRE (record_reader_fill (reader, fds[0]) == (gssize)some);
      n -= some;
    }
    good = take_there (player, reader);
  }
  close (fds[0]);
  close (fds[1]);
  record_reader_free (reader);
  return good;
}

/* ---- What is printed --------------------------------------------------- */

static void
check_item (const char *item)
{
  gsize label = strspn (item, G_CSET_a_2_z G_CSET_A_2_Z G_CSET_DIGITS "_.-");
  char *end;

  FUZZ_REQUIRE (label && item[label] == '=');
  item += label + 1;
  FUZZ_REQUIRE (strspn (item, "-" G_CSET_DIGITS));
  FUZZ_REQUIRE (isfinite (g_ascii_strtod (item, &end)) && end > item);
  FUZZ_REQUIRE (!strpbrk (item, "eExX"));
  end += strspn (end, "sB%c");
  FUZZ_REQUIRE (strspn (end, ";:@~.-" G_CSET_DIGITS) == strlen (end));
}

/* "text | label=value ...", where there is one pipe in all. */
static void
check_nagios (const struct result *result, const struct settings *settings)
{
  g_autoptr (GPtrArray) results = g_ptr_array_new ();
  g_autoptr (GPtrArray) all = g_ptr_array_new ();
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;
  g_auto (GStrv) items = NULL;
  char *pipe_at;

  g_ptr_array_add (results, (gpointer)result);
  g_ptr_array_add (all, (gpointer)settings);
  text = render_nagios (results, all);
  lines = g_strsplit (text, "\n", -1);
  FUZZ_REQUIRE (strlen (lines[0]) < RENDER_LINE_MAX);
  pipe_at = strstr (lines[0], " | ");
  FUZZ_REQUIRE (pipe_at);
  items = g_strsplit (pipe_at + 3, " ", -1);
  for (char **item = items; *item; item++)
    check_item (*item);
  *pipe_at = '\0';
  for (char **line = lines; *line; line++)
    FUZZ_REQUIRE (fuzz_is_clean (*line, RENDER_LINE_MAX));
}

static void
check_json (const struct result *result)
{
  g_autoptr (GPtrArray) results = g_ptr_array_new ();
  g_autofree char *text = NULL;
  json_t *root;

  g_ptr_array_add (results, (gpointer)result);
  text = render_json (results);
  root = json_loads (text, JSON_REJECT_DUPLICATES, NULL);
  FUZZ_REQUIRE (root && strchr (text, '\n') == text + strlen (text) - 1);
  FUZZ_REQUIRE (json_integer_value (json_object_get (root, "status"))
                == (json_int_t)result->state);
  FUZZ_REQUIRE (json_is_string (json_object_get (root, "message")));
  json_decref (root);
}

/* Two of them: the names of scenarios become parts of labels. */
static void
check_several (struct result *result, const struct settings *settings)
{
  g_autoptr (GPtrArray) results = g_ptr_array_new ();
  g_autoptr (GPtrArray) all = g_ptr_array_new ();
  g_autofree char *text = NULL;
  g_autofree char *json = NULL;
  char *last;
  json_t *root;

  for (int i = 0; i < 2; i++) {
    g_ptr_array_add (results, result);
    g_ptr_array_add (all, (gpointer)settings);
  }
  text = render_nagios (results, all);
  last = strchr (text, '|');
  FUZZ_REQUIRE (last && !strchr (last + 1, '|'));
  FUZZ_REQUIRE (strchr (last, '\n') == text + strlen (text) - 1);
  json = render_json (results);
  root = json_loads (json, JSON_REJECT_DUPLICATES, NULL);
  FUZZ_REQUIRE (root);
  json_decref (root);
}

/* ---- A whole run ------------------------------------------------------- */

/* The ways to end; the first is the only one that is believed. */
static void
end_it (struct player *player, guint how, gboolean good)
{
  static const struct {
    enum job_end how;
    int code;
  } ends[] = { { JOB_EXITED, 0 },      { JOB_EXITED, 1 },
               { JOB_SIGNALLED, 11 },  { JOB_DEADLINE, 0 },
               { JOB_INTERRUPTED, 0 }, { JOB_NOT_STARTED, 12 } };

  if (!good)
    player->job.end (&player->job, JOB_NONSENSE, 0);
  else
    player->job.end (&player->job, ends[how].how, ends[how].code);
  judge (player, G_MAXLONG);
  FUZZ_REQUIRE (player->result->reason >= 0
                && player->result->reason < N_REASONS);
  FUZZ_REQUIRE (player->result->state != STATE_OK
                || !isnan (player->result->delivery));
  FUZZ_REQUIRE ((good && how == 0 && player->told)
                || player->result->state != STATE_OK);
}

static char *
play_it (GString *bytes, gsize piece, guint how)
{
  static const struct play_options options;
  struct scenario *scenario = scenario_new ("a scenario's|name");
  struct playing here = playing;
  struct player *player;
  struct result *result;
  g_autoptr (GPtrArray) results = g_ptr_array_new ();
  char *json;

  here.options = &options;
  FUZZ_REQUIRE (settings_set (&scenario->settings, "warning", "1", NULL));
  FUZZ_REQUIRE (
      settings_set (&scenario->settings, "critical", "@2:1000", NULL));
  player = player_new (&here, scenario);
  end_it (player, how, take_pieces (player, bytes, piece));
  result = player->result;
  result->started = 0;
  check_nagios (result, &scenario->settings);
  check_json (result);
  check_several (result, &scenario->settings);
  g_ptr_array_add (results, result);
  json = render_json (results);
  player_free (player);
  result_free (result);
  scenario_free (scenario);
  return json;
}

FUZZ_TARGET (worker)
{
  struct fuzz_input input = { data, size };
  guint how = fuzz_below (&input, 6);
  gsize piece = fuzz_byte (&input);
  g_autoptr (GString) bytes = g_string_new (NULL);
  g_autofree char *whole = NULL;
  g_autofree char *pieces = NULL;
  int fd = memory_file (MEMORY_TOLD, NULL, 0);
  off_t length;

  for (guint n = 0; input.left && n < RECORDS_MAX; n++)
    write_any (&input, fd);
  length = lseek (fd, 0, SEEK_CUR);
  g_string_set_size (bytes, (gsize)length);
  FUZZ_REQUIRE (pread (fd, bytes->str, (gsize)length, 0) == length);
  whole = play_it (bytes, 65536, how);
  pieces = play_it (bytes, MAX (piece, bytes->len / 64 + 1), how);
  FUZZ_REQUIRE (strcmp (whole, pieces) == 0);
  return 0;
}
