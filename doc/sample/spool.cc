/* SPDX-License-Identifier: BSD-2-Clause */
/* A transport in C++17: the token as a file in a spool folder, by whatever
 * name, and found there by what it holds. */
#include <delivery/plugin.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace fs = std::filesystem;

namespace {

/* The file that was found; both ends may have one. */
struct spool {
  fs::path found;
};

/* No exception may leave a callback: the host is C. */
template <class Body>
int
guarded (delivery_endpoint *ep, Body body)
{
  try {
    return body ();
  } catch (const std::exception &error) {
    return delivery_fail (ep, DELIVERY_IO, "%s", error.what ());
  }
}

int
open (delivery_endpoint *ep, uint32_t)
{
  delivery_set_data (ep, new spool);
  return DELIVERY_OK;
}

int
free (delivery_endpoint *ep, uint32_t)
{
  delete static_cast<spool *> (delivery_data (ep));
  return DELIVERY_OK;
}

/* Under another name first, so that nobody sees half a file. */
int
send (delivery_endpoint *ep, uint32_t)
{
  return guarded (ep, [ep] {
    const fs::path folder = delivery_path (ep);
    const std::string token = delivery_token (ep);
    const fs::path half = folder / ("." + token);
    std::ofstream file (half);

    file << token << std::endl;
    if (!file)
      return delivery_fail (ep, DELIVERY_IO, "%s: %m", half.c_str ());
    fs::rename (half, folder / token);
    return int (DELIVERY_OK);
  });
}

std::string
content (const fs::path &path)
{
  std::ifstream file (path);
  std::string text (256, '\0');

  file.read (text.data (), std::streamsize (text.size ()));
  text.resize (size_t (file.gcount ()));
  return text;
}

int
recv (delivery_endpoint *ep, uint32_t)
{
  return guarded (ep, [ep] {
    const std::string wanted = std::string (delivery_token (ep)) + "\n";

    for (const fs::directory_entry &entry :
         fs::directory_iterator (delivery_path (ep)))
      if (entry.is_regular_file () && content (entry.path ()) == wanted) {
        static_cast<spool *> (delivery_data (ep))->found = entry.path ();
        return int (DELIVERY_OK);
      }
    return delivery_fail (ep, DELIVERY_NOT_FOUND, "nothing of ours in %s",
                          delivery_path (ep));
  });
}

/* The receiver's file, which holds the token, and no other. */
int
clean (delivery_endpoint *ep, uint32_t)
{
  return guarded (ep, [ep] {
    fs::remove (static_cast<spool *> (delivery_data (ep))->found);
    return int (DELIVERY_OK);
  });
}

delivery_transport
make_transport ()
{
  delivery_transport t = {};

  t.scheme = "spool";
  t.synopsis = "spool:///ABSOLUTE/FOLDER";
  t.description = "Puts a file into a folder, and looks for it there.";
  t.url = DELIVERY_NEEDS_PATH;
  t.open = open;
  t.free = free;
  t.send = send;
  t.recv = recv;
  t.clean = clean;
  return t;
}

const delivery_transport transport = make_transport ();

const delivery_plugin spool_plugin
    = { "spool", "1", "files in spool folders", nullptr, nullptr,
        &transport, 1 };

} // namespace

DELIVERY_PLUGIN (spool_plugin);
