/* SPDX-License-Identifier: BSD-2-Clause */
/* What the made-up next minor has more than this one; see grow.sh. */
#include "endpoint.h"
#include "plugin.h"

uint64_t
delivery_next (const struct delivery_endpoint *ep)
{
  return ep->transport->t.next_number;
}

/* What an older plugin does not have must be zero, whatever stands behind its
 * tables: the linker puts this between the loader and plugin_adopt(). */
struct plugin *
__real_plugin_adopt (const struct delivery_plugin_record *record,
                     const char *path, const char *file_name, GError **error);
struct plugin *
__wrap_plugin_adopt (const struct delivery_plugin_record *record,
                     const char *path, const char *file_name, GError **error);

static void
check_is_old (const struct plugin *plugin)
{
  g_assert_true (!plugin->p.next_number && !plugin->p.next_text);
  for (gsize i = 0; i < plugin->p.n_transports; i++) {
    const struct transport *one = &plugin->transports[i];

    g_assert_true (!one->t.next_number && !one->t.next_text);
    for (gsize j = 0; j < one->t.n_params; j++)
      g_assert_true (!one->params[j].next_number && !one->params[j].next_text);
  }
}

struct plugin *
__wrap_plugin_adopt (const struct delivery_plugin_record *record,
                     const char *path, const char *file_name, GError **error)
{
  struct plugin *plugin = __real_plugin_adopt (record, path, file_name, error);

  if (plugin && record->abi_minor < DELIVERY_ABI_MINOR)
    check_is_old (plugin);
  return plugin;
}
