/* SPDX-License-Identifier: BSD-2-Clause */
/* What the host takes from a plugin's tables, which are of any size and
 * content, with texts that do not end where they should.  Input: numbers and
 * lines, in the order in which they are wanted. */
#include "fuzz.h"

#include "conform.h"
#include "plugin.h"
#include "reason.h"

#include <string.h>

/* The host looks no further, and so may there be no more: of a text, of a
 * name. */
#define TEXT_LOOKED_AT 4097
#define NAME_LOOKED_AT 33

struct tables {
  struct fuzz_input input;
  GPtrArray *memory; /* all that is allocated */
};

static void *
allocate (struct tables *tables, size_t size)
{
  void *memory = g_malloc0 (MAX (size, 1));

  g_ptr_array_add (tables->memory, memory);
  return memory;
}

/* NULL, a text, or one without an end of which just so much is there. */
static const char *
any_text (struct tables *tables, size_t looked_at)
{
  guint kind = fuzz_byte (&tables->input);
  char *text;

  if (kind == 1)
    return NULL;
  if (kind == 2) {
    text = allocate (tables, looked_at);
    memset (text, 'a', looked_at);
    return text;
  }
  text = fuzz_line (&tables->input);
  g_ptr_array_add (tables->memory, text);
  return text;
}

/* The size of a struct, of an older or newer contract, or nonsense. */
static guint32
any_size (struct tables *tables, size_t ours)
{
  guint8 byte = fuzz_byte (&tables->input);

  if (byte < 128)
    return (guint32)ours;
  return byte == 255 ? 4097 : (guint32)ours + byte - 160;
}

/* A table entry of that size, from one of ours; what is beyond it is zero, or
 * not, for the contract says that it is not used. */
static void
put (struct tables *tables, void *there, guint32 size, const void *ours,
     size_t our_size)
{
  memcpy (there, ours, MIN (size, our_size));
  if (size > our_size && fuzz_byte (&tables->input) == 1)
    ((char *)there)[size - 1] = 1;
}

static const void *
any_params (struct tables *tables, guint32 size, size_t n)
{
  char *table = allocate (tables, size * n);

  for (size_t i = 0; i < n; i++) {
    struct delivery_param param = {
      .name = any_text (tables, NAME_LOOKED_AT),
      .type = fuzz_below (&tables->input, 6),
      .flags = fuzz_below (&tables->input, 9),
      .default_value = any_text (tables, TEXT_LOOKED_AT),
      .values = any_text (tables, TEXT_LOOKED_AT),
      .help = any_text (tables, TEXT_LOOKED_AT),
    };

    put (tables, table + i * size, size, &param, sizeof param);
  }
  return table;
}

static int
callback (struct delivery_endpoint *ep, uint32_t flags)
{
  (void)ep;
  return (int)flags;
}

static delivery_callback *
any_callback (guint bits, guint which)
{
  return bits >> which & 1 ? callback : NULL;
}

static const char *const *
any_names (struct tables *tables)
{
  size_t n = fuzz_below (&tables->input, 4);
  const char **names = allocate (tables, (n + 1) * sizeof *names);

  for (size_t i = 0; i < n; i++)
    names[i] = any_text (tables, NAME_LOOKED_AT);
  return n == 3 ? NULL : names;
}

static const void *
any_transports (struct tables *tables,
                const struct delivery_plugin_record *record, size_t n)
{
  guint32 size = record->transport_size;
  char *table = allocate (tables, size * n);

  for (size_t i = 0; i < n; i++) {
    guint bits = ~(guint)fuzz_byte (&tables->input);
    struct delivery_transport transport = {
      .scheme = any_text (tables, NAME_LOOKED_AT),
      .other_names = any_names (tables),
      .synopsis = any_text (tables, TEXT_LOOKED_AT),
      .description = any_text (tables, TEXT_LOOKED_AT),
      .n_params = fuzz_below (&tables->input, 5),
      .open = any_callback (bits, 0),
      .free = any_callback (bits, 1),
      .connect_early = any_callback (bits, 2),
      .connect = any_callback (bits, 3),
      .send = any_callback (bits, 4),
      .recv = any_callback (bits, 5),
      .wait = any_callback (bits, 6),
      .close_late = any_callback (bits, 7),
    };

    transport.params
        = any_params (tables, record->param_size, transport.n_params);
    if (fuzz_byte (&tables->input) == 1)
      transport.n_params = (size_t)-1;
    put (tables, table + i * size, size, &transport, sizeof transport);
  }
  return table;
}

static void
any_record (struct tables *tables, struct delivery_plugin_record *record)
{
  struct delivery_plugin plugin = { 0 };
  void *there;

  *record = (struct delivery_plugin_record){
    .magic = DELIVERY_MAGIC ^ (fuzz_byte (&tables->input) == 1),
    .abi_major = fuzz_byte (&tables->input) / 128,
    .abi_minor = (uint16_t)(DELIVERY_ABI_MINOR - fuzz_byte (&tables->input)
                            + fuzz_byte (&tables->input)),
    .plugin_size = any_size (tables, sizeof plugin),
    .transport_size = any_size (tables, sizeof (struct delivery_transport)),
    .param_size = any_size (tables, sizeof (struct delivery_param)),
    .reserved = fuzz_byte (&tables->input) == 1,
  };
  plugin.name = any_text (tables, TEXT_LOOKED_AT);
  plugin.version = any_text (tables, TEXT_LOOKED_AT);
  plugin.summary = any_text (tables, TEXT_LOOKED_AT);
  plugin.author = any_text (tables, TEXT_LOOKED_AT);
  plugin.home_page = any_text (tables, TEXT_LOOKED_AT);
  plugin.n_transports = fuzz_below (&tables->input, 4);
  plugin.transports = any_transports (tables, record, plugin.n_transports);
  /* As many as nobody has; they are not looked at. */
  if (fuzz_byte (&tables->input) == 1)
    plugin.n_transports = (size_t)-1;
  there = allocate (tables, record->plugin_size);
  put (tables, there, record->plugin_size, &plugin, sizeof plugin);
  record->plugin = there;
}

/* What was taken can be used without another look. */
static void
check_plugin (const struct plugin *plugin)
{
  struct report report = { .text = g_string_new (NULL) };
  g_auto (GStrv) lines = NULL;

  for (gsize i = 0; i < plugin->p.n_transports; i++) {
    const struct transport *transport = &plugin->transports[i];

    FUZZ_REQUIRE (plugin_transport (plugin, transport->t.scheme) == transport);
    FUZZ_REQUIRE (transport_is (transport, DELIVERY_SENDER)
                  || transport_is (transport, DELIVERY_RECEIVER));
    for (gsize j = 0; j < transport->t.n_params; j++)
      FUZZ_REQUIRE (*transport->params[j].name && *transport->params[j].help);
  }
  conform_lint (&report, plugin);
  lines = g_strsplit (report.text->str, "\n", -1);
  for (char **line = lines; *line; line++)
    FUZZ_REQUIRE (fuzz_is_clean (*line, 2048));
  g_string_free (report.text, TRUE);
}

FUZZ_TARGET (plugin)
{
  struct tables tables = { .input = { data, size },
                           .memory = g_ptr_array_new_with_free_func (g_free) };
  struct delivery_plugin_record record;
  g_autoptr (GError) error = NULL;
  struct plugin *plugin;

  any_record (&tables, &record);
  plugin = plugin_adopt (&record, "/plugins/fuzz.so", "fuzz.so", &error);
  FUZZ_REQUIRE (!plugin == !!error);
  if (plugin)
    check_plugin (plugin);
  else
    FUZZ_REQUIRE (error_reason (error) == REASON_PLUGIN);
  plugin_free (plugin);
  g_ptr_array_unref (tables.memory);
  return 0;
}
