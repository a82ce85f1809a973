/* SPDX-License-Identifier: BSD-2-Clause */
/* Modules whose symbols are wrong: without the entry, with one that is NULL,
 * with data by its name, or in need of a function that no check_delivery
 * has. */
#include <delivery/plugin.h>

#if defined(SYMBOL_IS_DATA)
DELIVERY_EXPORT extern const long data[4] __asm__("delivery_plugin_entry");
const long data[4] = { 1, 2, 3, 4 };
#elif defined(SYMBOL_IS_NULL)
__asm__(".globl delivery_plugin_entry\n"
        ".set delivery_plugin_entry, 0\n");
#elif defined(SYMBOL_IS_UNDEFINED)
int delivery_of_the_future (struct delivery_endpoint *ep, uint32_t flags);

/* A call, not an address in a table: those are looked up at once anyway. */
static int
undefined_send (struct delivery_endpoint *ep, uint32_t flags)
{
  return delivery_of_the_future (ep, flags) + 1;
}

static const struct delivery_transport transports[] = {
  { .scheme = "symbol_undefined",
    .synopsis = "symbol_undefined:",
    .description = "Needs what is not there.",
    .send = undefined_send },
};

static const struct delivery_plugin undefined = {
  .name = "symbol_undefined",
  .version = "1",
  .summary = "needs what is not there",
  .transports = transports,
  .n_transports = 1,
};
DELIVERY_PLUGIN (undefined);
#else
DELIVERY_EXPORT extern const int delivery_plugin_nothing;
const int delivery_plugin_nothing = 1;
#endif
