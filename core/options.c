/* SPDX-License-Identifier: BSD-2-Clause */
#include "options.h"

#include <string.h>

/* Each option with a value is an array to GOption, so that one given twice is
 * seen, and a file name, so that its bytes stay as they are. */
enum {
  SEND,
  RECV,
  CONF,
  PLAY,
  WAIT,
  PATIENCE,
  TIMEOUT,
  WARNING,
  CRITICAL,
  OUTPUT,
  JOBS,
  PLUGIN_DIR,
  DUMP_PLUGIN,
  CHECK_PLUGIN,
  N_LISTS
};

static const GOptionEntry entries[] = {
  { "send", 's', 0, G_OPTION_ARG_FILENAME_ARRAY, NULL,
    "where to send: smtp://, ftp://, file:// ...", "URL" },
  { "recv", 'r', 0, G_OPTION_ARG_FILENAME_ARRAY, NULL, "where it must arrive",
    "URL" },
  { "conf", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, NULL, "INI file with scenarios",
    "FILE" },
  { "play", 'p', 0, G_OPTION_ARG_FILENAME_ARRAY, NULL,
    "scenario to play; glob; may repeat", "NAME" },
  { "wait", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, NULL,
    "before the first look (0)", "SECONDS" },
  { "patience", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, NULL,
    "keep looking for (30)", "SECONDS" },
  { "timeout", 't', 0, G_OPTION_ARG_FILENAME_ARRAY, NULL,
    "limit of all (60:unknown)", "SECONDS[:STATE]" },
  { "warning", 'w', 0, G_OPTION_ARG_FILENAME_ARRAY, NULL,
    "for the delivery time in seconds", "RANGE" },
  { "critical", 'c', 0, G_OPTION_ARG_FILENAME_ARRAY, NULL,
    "for the delivery time in seconds", "RANGE" },
  { "output", 'o', 0, G_OPTION_ARG_FILENAME_ARRAY, NULL,
    "nagios or json (nagios)", "FORMAT" },
  { "jobs", 'j', 0, G_OPTION_ARG_FILENAME_ARRAY, NULL,
    "scenarios at once (processors x 8)", "N" },
  { "plugin-dir", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, NULL,
    "look for plugins here first; may repeat", "DIR" },
  { "dump-plugin", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, NULL,
    "its tables; --dump-config: of this build", "NAME" },
  { "check-plugin", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, NULL,
    "for authors: how it conducts itself", "FILE" },
  { "dump-config", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_NONE, NULL,
    "how this was built", NULL },
  { "ipv4", '4', 0, G_OPTION_ARG_NONE, NULL, "IPv4 only", NULL },
  { "ipv6", '6', 0, G_OPTION_ARG_NONE, NULL, "IPv6 only", NULL },
  /* As a file's name, for GOption drops one that is not UTF-8. */
  { "doc", 'l', G_OPTION_FLAG_OPTIONAL_ARG | G_OPTION_FLAG_FILENAME,
    G_OPTION_ARG_CALLBACK, NULL, "document all plugins, or one", "SCHEME" },
  { "verbose", 'v', G_OPTION_FLAG_NO_ARG, G_OPTION_ARG_CALLBACK, NULL,
    "more on stderr; may repeat", NULL },
  { "version", 'V', 0, G_OPTION_ARG_NONE, NULL, "print the version, exit 3",
    NULL },
  { "help", 'h', 0, G_OPTION_ARG_NONE, NULL, "print this, exit 3", NULL },
};

static const gboolean may_repeat[N_LISTS]
    = { [PLAY] = TRUE, [PLUGIN_DIR] = TRUE };

static gboolean
on_doc (const char *name, const char *value, gpointer data, GError **error)
{
  struct options *options = data;

  (void)name;
  (void)error;
  options->doc = TRUE;
  g_free (options->doc_scheme);
  /* Of a URL the scheme is enough, and the rest may be secret. */
  options->doc_scheme
      = value ? g_ascii_strdown (value, (gssize)strcspn (value, ":")) : NULL;
  return TRUE;
}

static gboolean
on_verbose (const char *name, const char *value, gpointer data, GError **error)
{
  struct options *options = data;

  (void)name;
  (void)value;
  (void)error;
  options->verbosity++;
  return TRUE;
}

/* The two families; GOption wants a place for each. */
struct families {
  gboolean ipv4, ipv6;
};

static void
point_entries (GOptionEntry *own, struct options *options,
               struct families *families)
{
  memcpy (own, entries, sizeof entries);
  for (guint i = 0; i < G_N_ELEMENTS (entries); i++)
    if (i < N_LISTS)
      own[i].arg_data = &options->lists[i];
    else if (own[i].short_name == '4')
      own[i].arg_data = &families->ipv4;
    else if (own[i].short_name == '6')
      own[i].arg_data = &families->ipv6;
    else if (own[i].short_name == 'V')
      own[i].arg_data = &options->version;
    else if (own[i].short_name == 'h')
      own[i].arg_data = &options->help;
    else if (!own[i].short_name)
      own[i].arg_data = &options->dump_config;
    else if (own[i].short_name == 'l')
      own[i].arg_data = (gpointer)on_doc;
    else
      own[i].arg_data = (gpointer)on_verbose;
}

static GOptionContext *
new_context (const GOptionEntry *own, struct options *options)
{
  GOptionContext *context = g_option_context_new ("--send URL --recv URL");
  GOptionGroup *group = g_option_group_new ("main", "", "", options, NULL);

  g_option_group_add_entries (group, own);
  g_option_context_set_main_group (context, group);
  g_option_context_set_help_enabled (context, FALSE);
  return context;
}

/* GOption's own text repeats the argument, which may be a misspelt option
 * with a password behind it. */
static void
clean_error (GError *error)
{
  const char *option;

  if (!g_error_matches (error, G_OPTION_ERROR, G_OPTION_ERROR_UNKNOWN_OPTION))
    return;
  option = strchr (error->message, '-');
  if (option) {
    gsize length = option[1] == '-' ? strcspn (option, "= ") : 2;
    char *message = g_strdup_printf (
        "unknown option %.*s; --help lists them",
        (int)MIN (
            length,
            strspn (option, G_CSET_a_2_z G_CSET_A_2_Z G_CSET_DIGITS "-_")),
        option);

    g_free (error->message);
    error->message = message;
  }
}

static gboolean
refuse (GError **error, const char *option, const char *why)
{
  g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, "%s%s", option,
               why);
  return FALSE;
}

/* The format asked for: GOption forgets all values when it refuses one. */
static const char *
find_output (char **arguments)
{
  const char *found = NULL;

  for (guint i = 1; arguments[0] && arguments[i]; i++)
    if (g_str_has_prefix (arguments[i], "--output="))
      found = arguments[i] + strlen ("--output=");
    else if (g_str_has_prefix (arguments[i], "-o") && arguments[i][2])
      found = arguments[i] + strlen ("-o");
    else if ((strcmp (arguments[i], "--output") == 0
              || strcmp (arguments[i], "-o") == 0)
             && arguments[i + 1])
      found = arguments[i + 1];
  return found;
}

/* The entry of a short option that takes a value, which may stand in the same
 * word ("-t60"); or of a long one that takes it from the next. */
static const GOptionEntry *
find_entry (const char *word)
{
  for (guint i = 0; i < G_N_ELEMENTS (entries); i++) {
    const GOptionEntry *entry = &entries[i];
    gboolean takes_value = entry->arg_description != NULL;

    if (takes_value && word[0] == '-' && word[1]
        && (word[1] == entry->short_name
            || (word[1] == '-' && strcmp (word + 2, entry->long_name) == 0)))
      return entry;
  }
  return NULL;
}

/* GOption knows "-t 60" only, and others have taught people "-t60". */
static GStrv
split_short_options (char **arguments)
{
  GPtrArray *out = g_ptr_array_new ();
  gboolean is_value = FALSE;

  for (guint i = 0; arguments[i]; i++) {
    const char *word = arguments[i];
    const GOptionEntry *entry = i == 0 || is_value ? NULL : find_entry (word);
    gboolean attached = entry && word[1] != '-' && word[2];

    g_ptr_array_add (out, attached ? g_strndup (word, 2) : g_strdup (word));
    if (attached)
      g_ptr_array_add (out, g_strdup (word + 2));
    is_value
        = entry && !attached && !(entry->flags & G_OPTION_FLAG_OPTIONAL_ARG);
  }
  g_ptr_array_add (out, NULL);
  return (GStrv)g_ptr_array_free (out, FALSE);
}

/* GOption passes over what stands behind a flag, as in "--ipv4=no". */
static gboolean
has_value (const char *word, const GOptionEntry *flag)
{
  gsize length = strlen (flag->long_name);

  return !flag->arg_description && g_str_has_prefix (word, "--")
         && strncmp (word + 2, flag->long_name, length) == 0
         && word[2 + length] == '=';
}

static gboolean
have_no_values (char **words, GError **error)
{
  for (char **word = words; *word; word++) {
    const GOptionEntry *entry = find_entry (*word);

    if (entry && !(entry->flags & G_OPTION_FLAG_OPTIONAL_ARG) && word[1])
      word++;
    for (guint i = 0; !entry && i < G_N_ELEMENTS (entries); i++)
      if (has_value (*word, &entries[i])) {
        g_autofree char *option
            = g_strconcat ("--", entries[i].long_name, NULL);

        return refuse (error, option, " takes no value");
      }
  }
  return TRUE;
}

void
options_wipe_words (char **words)
{
  for (; words && *words; words++)
    explicit_bzero (*words, strlen (*words));
}

static void
free_words (char **words)
{
  options_wipe_words (words);
  g_strfreev (words);
}

/* At most one of those that are no check. */
static gboolean
find_task (struct options *options, GError **error)
{
  struct engine_request *request = &options->request;
  char ***lists = options->lists;
  const struct {
    gboolean is_asked;
    enum engine_task task;
    const char *option, *subject;
  } tasks[] = {
    { options->doc, ENGINE_DOC, "--doc", options->doc_scheme },
    { options->dump_config, ENGINE_DUMP_CONFIG, "--dump-config", NULL },
    { lists[DUMP_PLUGIN] != NULL, ENGINE_DUMP_PLUGIN, "--dump-plugin",
      lists[DUMP_PLUGIN] ? lists[DUMP_PLUGIN][0] : NULL },
    { lists[CHECK_PLUGIN] != NULL, ENGINE_CHECK_PLUGIN, "--check-plugin",
      lists[CHECK_PLUGIN] ? lists[CHECK_PLUGIN][0] : NULL },
  };

  for (guint i = 0; i < G_N_ELEMENTS (tasks); i++) {
    if (!tasks[i].is_asked)
      continue;
    if (request->task != ENGINE_PLAY)
      return refuse (error, tasks[i].option,
                     " does not go with --doc, --dump-... and --check-plugin");
    request->task = tasks[i].task;
    request->subject = tasks[i].subject;
  }
  return TRUE;
}

/* The values, where they are wanted. */
static gboolean
fill_request (struct options *options, const struct families *families,
              GError **error)
{
  struct engine_request *request = &options->request;
  char ***lists = options->lists;

  if (lists[OUTPUT])
    request->output = lists[OUTPUT][0];
  for (guint i = 0; i < N_LISTS; i++)
    if (lists[i] && lists[i][1] && !may_repeat[i]) {
      g_autofree char *option = g_strconcat ("--", entries[i].long_name, NULL);

      return refuse (error, option, " stands more than once");
    }
  if (families->ipv4 && families->ipv6)
    return refuse (error, "-4", " does not go with -6");
  request->urls[0] = lists[SEND] ? lists[SEND][0] : NULL;
  request->urls[1] = lists[RECV] ? lists[RECV][0] : NULL;
  request->conf = lists[CONF] ? lists[CONF][0] : NULL;
  request->plays = lists[PLAY];
  for (guint i = 0; i < ENGINE_N_SETTINGS; i++)
    request->settings[i] = lists[WAIT + i] ? lists[WAIT + i][0] : NULL;
  request->jobs = lists[JOBS] ? lists[JOBS][0] : NULL;
  request->plugin_dirs = lists[PLUGIN_DIR];
  request->family = families->ipv4 ? 4 : families->ipv6 ? 6 : 0;
  return find_task (options, error);
}

gboolean
options_read (char **arguments, struct options *options, GError **error)
{
  GOptionEntry own[G_N_ELEMENTS (entries) + 1] = { 0 };
  struct families families = { FALSE, FALSE };
  GOptionContext *context;
  GStrv words = split_short_options (arguments);
  guint n_words = g_strv_length (words);
  g_autofree GStrv left = g_memdup2 (words, sizeof *words * (n_words + 1));
  int n_left = (int)n_words;
  gboolean ok;

  point_entries (own, options, &families);
  context = new_context (own, options);
  ok = have_no_values (words, error)
       && g_option_context_parse (context, &n_left, &left, error);
  if (!ok) {
    clean_error (*error);
    options->request.output = find_output (arguments);
  } else if (n_left > 1) {
    ok = refuse (error, "check_delivery takes options only",
                 "; --help lists them");
  }
  free_words (words);
  g_option_context_free (context);
  return fill_request (options, &families, ok ? error : NULL) && ok;
}

void
options_clear (struct options *options)
{
  for (guint i = 0; i < N_LISTS; i++)
    free_words (options->lists[i]);
  g_free (options->doc_scheme);
}

char *
options_help (void)
{
  GOptionEntry own[G_N_ELEMENTS (entries) + 1] = { 0 };
  struct options options = { 0 };
  struct families families;
  GOptionContext *context;
  GString *help;
  char *text;

  point_entries (own, &options, &families);
  context = new_context (own, &options);
  text = g_option_context_get_help (context, TRUE, NULL);
  help = g_string_new (text);
  g_string_replace (help, "…", "...", 0);
  g_string_replace (help, "Usage:\n  ", "Usage: ", 1);
  g_free (text);
  g_option_context_free (context);
  return g_string_free (help, FALSE);
}

/* Everything of a URL that may be secret: what stands between the first ':'
 * behind "//" and the last '@', and its parameters. */
static void
hide_in_url (char *url)
{
  char *authority = strstr (url, "//");
  char *colon = authority ? strchr (authority, ':') : NULL;
  char *query = strchr (url, '?'), *at = colon ? strrchr (colon, '@') : NULL;

  if (at)
    memset (colon + 1, '*', (gsize)(at - colon - 1));
  if (query)
    memset (query + 1, '*', strlen (query + 1));
}

void
options_hide_secrets (int argc, char **argv)
{
  for (int i = 1; i < argc; i++)
    if (strchr (argv[i], ':'))
      hide_in_url (argv[i]);
}
