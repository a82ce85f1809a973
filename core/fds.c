/* SPDX-License-Identifier: BSD-2-Clause */
#include "fds.h"

#define FOLDER "/proc/self/fd"

GHashTable *
fds_open (void)
{
  GHashTable *open
      = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  GDir *dir = g_dir_open (FOLDER, 0, NULL);
  const char *number;

  while (dir && (number = g_dir_read_name (dir))) {
    g_autofree char *path = g_build_filename (FOLDER, number, NULL);
    g_autofree char *link = g_file_read_link (path, NULL);

    /* The folder itself is read by one, which is closed again. */
    if (link && !g_str_has_prefix (link, "anon_inode:")
        && !(g_str_has_prefix (link, "/proc/")
             && g_str_has_suffix (link, "/fd")))
      g_hash_table_add (open, g_strdup_printf ("%s (%s)", number, link));
  }
  if (dir)
    g_dir_close (dir);
  return open;
}

char *
fds_left (GHashTable *before)
{
  g_autoptr (GHashTable) now = fds_open ();
  GString *left = g_string_new (NULL);
  GHashTableIter iter;
  gpointer key;

  g_hash_table_iter_init (&iter, now);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    if (!g_hash_table_contains (before, key))
      g_string_append_printf (left, "%s%s", left->len ? ", " : "",
                              (char *)key);
  return g_string_free (left, left->len == 0);
}
