/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The contract between check_delivery and its plugins.
 *
 * A plugin is a shared object with one or more transports.  A transport
 * serves one URL scheme as sender, as receiver, or as both.  It fills a
 * table, and one macro at the end of the file exports it:
 *
 *     static const struct delivery_plugin myplugin = { "myplugin", ... };
 *     DELIVERY_PLUGIN (myplugin);
 *
 * Each run of check_delivery calls a plugin in a process of its own, from a
 * single thread, so a plugin may keep globals and use any library.  If it
 * crashes or hangs, that run ends in an orderly report and nothing else.
 *
 * Strings.  Every "const char *" in the tables must stay valid until the
 * process ends; what the plugin hands to a function is copied before the
 * function returns; what a function hands to the plugin belongs to the host
 * and lives as long as the endpoint, unless said otherwise.  All text is
 * UTF-8.
 *
 * Time is counted in microseconds on the monotonic clock (CLOCK_MONOTONIC).
 *
 * This header needs C90 or C++98, and an <stdint.h>.
 */
#ifndef DELIVERY_PLUGIN_H
#define DELIVERY_PLUGIN_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The version of this contract.  A host runs plugins of its own major
 * version and of the same or an older minor version. */
#define DELIVERY_ABI_MAJOR 0
#define DELIVERY_ABI_MINOR 9

#if defined(__GNUC__)
#define DELIVERY_PRINTF(format, first) \
  __attribute__ ((__format__ (__printf__, format, first)))
#define DELIVERY_EXPORT __attribute__ ((__visibility__ ("default")))
#else
#define DELIVERY_PRINTF(format, first)
#define DELIVERY_EXPORT
#endif

/* One end of one run: a sender or a receiver. */
struct delivery_endpoint;

/*
 * Reasons: how a callback ended.  The host alone turns them into the states
 * OK, WARNING, CRITICAL and UNKNOWN.
 */
enum delivery_reason {
  DELIVERY_OK = 0,        /* done; of recv: found, and as it was sent */
  DELIVERY_NOT_FOUND = 1, /* recv: looked, and it is not there (yet) */
  DELIVERY_MISPLACED = 2, /* recv: found, but not where it should be */
  DELIVERY_DUPLICATE = 3, /* recv: found more than once */
  DELIVERY_MANGLED = 4,   /* recv: found, but its content was altered */
  DELIVERY_RESOLVE = 5,   /* a name could not be looked up */
  DELIVERY_CONNECT = 6,   /* no connection */
  DELIVERY_TLS = 7,       /* TLS refused, failed, or not to be trusted */
  DELIVERY_CLOSED = 8,    /* the connection was lost */
  DELIVERY_AUTH = 9,      /* login refused */
  DELIVERY_TEMPFAIL = 10, /* refused for now (SMTP 4xx and the like) */
  DELIVERY_REJECTED = 11, /* refused for good (SMTP 5xx and the like) */
  DELIVERY_PROTOCOL = 12, /* the peer broke the protocol or a limit */
  DELIVERY_IO = 13,       /* a local file or directory failed */
  DELIVERY_TIMEOUT = 14,  /* the deadline is over */
  DELIVERY_CONFIG = 15,   /* the URL or a parameter makes no sense */
  DELIVERY_INTERNAL = 16  /* our own failure: no memory and the like */
};

/* The role of an endpoint. */
enum delivery_role { DELIVERY_SENDER = 0, DELIVERY_RECEIVER = 1 };

/*
 * Parameters of the URL's query ("?name=value"), declared in a table.  The
 * host parses, checks and documents from it: a parameter that is not in the
 * table, or a value that does not fit, never reaches the plugin.
 */
enum delivery_param_type {
  DELIVERY_PARAM_STRING = 0,  /* any text */
  DELIVERY_PARAM_BOOL = 1,    /* yes, no, true, false, on, off, 1, 0 */
  DELIVERY_PARAM_INTEGER = 2, /* a whole number within `values` */
  DELIVERY_PARAM_SECONDS = 3, /* a duration: 1.5, 90s, 5m, 1h */
  DELIVERY_PARAM_CHOICE = 4   /* one of `values`, in any case */
};

/* Flags of a parameter. */
#define DELIVERY_PARAM_SECRET 0x1u     /* never to be printed */
#define DELIVERY_PARAM_REPEATABLE 0x2u /* may stand more than once */
#define DELIVERY_PARAM_REQUIRED 0x4u   /* must be given */

struct delivery_param {
  const char *name;          /* [a-z][a-z0-9_]* */
  uint32_t type;             /* enum delivery_param_type */
  uint32_t flags;            /* DELIVERY_PARAM_... */
  const char *default_value; /* as in a URL but not encoded; or NULL: none */
  const char *values;        /* CHOICE: "one|two|three"; INTEGER and SECONDS:
                                "low:high", either may be missing; or NULL */
  const char *help;          /* one line */
};

/* Which parts of the URL a transport must have (NEEDS) and may have (TAKES);
 * what it needs it takes.  Any other part is refused by the host.  A user
 * without a host is written "scheme://user@/path". */
#define DELIVERY_NEEDS_HOST 0x01u     /* host and port */
#define DELIVERY_TAKES_HOST 0x02u     /* host, and a port if it likes */
#define DELIVERY_NEEDS_USER 0x04u     /* user name */
#define DELIVERY_TAKES_USER 0x08u     /* user name */
#define DELIVERY_NEEDS_PASSWORD 0x10u /* password */
#define DELIVERY_TAKES_PASSWORD 0x20u /* password */
#define DELIVERY_NEEDS_PATH 0x40u     /* a path that is more than "/" */
#define DELIVERY_TAKES_PATH 0x80u     /* path */

/*
 * Every callback has this shape.  It returns DELIVERY_OK, or the value of
 * delivery_fail().  `flags` is 0 today and must be ignored.
 *
 * A callback must be back by delivery_deadline(); delivery_poll() helps to
 * keep that.  No callback loops until something comes, and none sleeps: the
 * host does.
 */
typedef int delivery_callback (struct delivery_endpoint *ep, uint32_t flags);

/*
 * A transport.  A callback that is NULL does nothing, successfully.  A
 * transport with `send` is a sender, with `recv` a receiver; one of the two
 * must be there.
 *
 * The host calls them in this order (R receiver, S sender):
 *
 *   open (R), open (S)
 *   connect_early (R)
 *   connect (S), send (S), clean (S), close (S)
 *   connect (R), recv (R) { wait (R), recv (R) }..., clean (R), close (R)
 *   close_late (S)
 *   free (S), free (R)
 *
 * After a failure it goes on with what clears up: clean (of the receiver only
 * if it found something), close and close_late of each endpoint whose
 * connect_early or connect was called, and free of each whose open was called.
 */
struct delivery_transport {
  const char *scheme;             /* [a-z][a-z0-9+.-]*, such as "smtp" */
  const char *const *other_names; /* more schemes, ended by NULL; or NULL */
  const char *synopsis;           /* "smtp://[USER[:PASSWORD]@]HOST:PORT" */
  const char *description;        /* one paragraph */
  const struct delivery_param *params; /* n_params of them; or NULL */
  size_t n_params;
  uint32_t url; /* DELIVERY_NEEDS_... and DELIVERY_TAKES_... */
  uint32_t reserved;

  /* Looks at the URL and the parameters and makes the endpoint's data
   * (delivery_set_data).  Connects to nothing and writes nothing. */
  delivery_callback *open;
  /* Frees the endpoint's data.  Its return value is ignored. */
  delivery_callback *free;
  /* Receiver, before anything is sent: for transports that must be there
   * when the message comes (IRC), or that note where new ones will start. */
  delivery_callback *connect_early;
  /* Makes the connection, unless connect_early made one that still stands. */
  delivery_callback *connect;
  /* Sends delivery_token().  DELIVERY_OK means that the peer accepted it. */
  delivery_callback *send;
  /* Looks once, and says DELIVERY_OK, DELIVERY_NOT_FOUND ("not yet"),
   * DELIVERY_MISPLACED, DELIVERY_DUPLICATE, DELIVERY_MANGLED, or fails.
   * Where it could not look for now (the connection is lost, the server is
   * busy), it calls delivery_fail() with the reason of that and returns
   * DELIVERY_NOT_FOUND all the same: it is called again, and if patience is
   * over then, that reason is the run's, since nobody knows.  A function of
   * the host that failed has called delivery_fail() already: where that is no
   * failure (the peer closes behind its answer), recv calls it once more, with
   * DELIVERY_NOT_FOUND. */
  delivery_callback *recv;
  /* Blocks until something may have come, or until delivery_deadline() is
   * over; both are DELIVERY_OK.  Without it the host waits by itself, at
   * growing intervals.  What it waits for must not slip through between a
   * look and a wait: begin to listen before the look, or return at once
   * from the first wait.  With nothing to wait on, delivery_poll_many() of no
   * descriptors returns when the next look is due. */
  delivery_callback *wait;
  /* Sender: removes what a failed send left behind.  Receiver: removes what
   * recv found, provided that it carries this run's token, and nothing
   * else, ever. */
  delivery_callback *clean;
  /* Closes the connection politely (QUIT, LOGOUT).  Its failure, like that of
   * every callback that clears up, becomes a detail of the result. */
  delivery_callback *close;
  /* Sender: closes what must stay open until the receiver is done. */
  delivery_callback *close_late;
};

struct delivery_plugin {
  const char *name;      /* the file's name without ".so" */
  const char *version;   /* the plugin's own */
  const char *summary;   /* one line: what it is for */
  const char *author;    /* or NULL */
  const char *home_page; /* or NULL */
  const struct delivery_transport *transports;
  size_t n_transports;
};

/*
 * What a plugin exports.  This record never changes its shape; the structs
 * above only ever grow at their ends, and the sizes tell by how much.
 */
#define DELIVERY_MAGIC 0x444c5631u /* "DLV1" */

struct delivery_plugin_record {
  uint32_t magic;
  uint16_t abi_major;
  uint16_t abi_minor;
  uint32_t plugin_size;    /* sizeof (struct delivery_plugin) */
  uint32_t transport_size; /* sizeof (struct delivery_transport) */
  uint32_t param_size;     /* sizeof (struct delivery_param) */
  uint32_t reserved;       /* 0 */
  const struct delivery_plugin *plugin;
};

/* The one export, made by the macro below.  Never NULL. */
DELIVERY_EXPORT const struct delivery_plugin_record *
delivery_plugin_entry (void);

#define DELIVERY_PLUGIN(table)                          \
  DELIVERY_EXPORT const struct delivery_plugin_record * \
  delivery_plugin_entry (void)                          \
  {                                                     \
    static const struct delivery_plugin_record record   \
        = { DELIVERY_MAGIC,                             \
            DELIVERY_ABI_MAJOR,                         \
            DELIVERY_ABI_MINOR,                         \
            sizeof (struct delivery_plugin),            \
            sizeof (struct delivery_transport),         \
            sizeof (struct delivery_param),             \
            0,                                          \
            &(table) };                                 \
    return &record;                                     \
  }                                                     \
  struct delivery_plugin

/* ---- How it went ------------------------------------------------------- */

/*
 * Says why a callback fails, in one line without a final newline, and
 * returns `reason`, so that a callback ends in
 *
 *     return delivery_fail (ep, DELIVERY_AUTH, "login refused: %s", text);
 *
 * The text may hold whatever a server said: the host replaces control
 * characters, masks the password and every other secret, and cuts it.  Name
 * the thing and, where there is one, the way out.  If called twice in one
 * callback the last call holds.  `reason` is any but DELIVERY_OK.
 */
int delivery_fail (struct delivery_endpoint *ep, int reason,
                   const char *format, ...) DELIVERY_PRINTF (3, 4);
int delivery_vfail (struct delivery_endpoint *ep, int reason,
                    const char *format, va_list args) DELIVERY_PRINTF (3, 0);

/* Adds a line to the details of the output, whatever the outcome. */
void delivery_detail (struct delivery_endpoint *ep, const char *format, ...)
    DELIVERY_PRINTF (2, 3);

/* The same, and the state becomes WARNING if it would be OK. */
void delivery_warn (struct delivery_endpoint *ep, const char *format, ...)
    DELIVERY_PRINTF (2, 3);

/* A line for a person who runs the check with -v (level 1), -vv (2) or -vvv
 * (3, the dialogue itself).  Secrets are masked here too. */
void delivery_debug (struct delivery_endpoint *ep, int level,
                     const char *format, ...) DELIVERY_PRINTF (3, 4);

/* Attaches a named text to the result, such as "tls_version", "TLSv1.3".
 * `name` is of [a-z0-9_]; the last value of a name holds. */
void delivery_fact (struct delivery_endpoint *ep, const char *name,
                    const char *format, ...) DELIVERY_PRINTF (3, 4);

/* Attaches a number to the result, which becomes performance data.  `name`
 * is of [a-z0-9_], `value` between -1e15 and 1e15, `unit` one of "", "s", "%",
 * "B", "c". */
void delivery_metric (struct delivery_endpoint *ep, const char *name,
                      double value, const char *unit);

/* ---- What to do -------------------------------------------------------- */

/* DELIVERY_SENDER or DELIVERY_RECEIVER. */
int delivery_role (const struct delivery_endpoint *ep);

/* The run's token: printable ASCII of [A-Za-z0-9-], at most 64 bytes.  There
 * is none yet in `open`: NULL. */
const char *delivery_token (const struct delivery_endpoint *ep);

/* The parts of the endpoint's URL, percent-decoded, free of control
 * characters.  NULL where the URL has none; an IPv6 address stands without
 * its brackets.  The port is 0 where there is none.  The path begins with
 * the slash that it has in the URL. */
const char *delivery_scheme (const struct delivery_endpoint *ep);
const char *delivery_user (const struct delivery_endpoint *ep);
const char *delivery_password (const struct delivery_endpoint *ep);
const char *delivery_host (const struct delivery_endpoint *ep);
unsigned delivery_port (const struct delivery_endpoint *ep);
const char *delivery_path (const struct delivery_endpoint *ep);

/* The user of the other end's URL, or NULL: to whom, or from whom. */
const char *delivery_peer_user (const struct delivery_endpoint *ep);

/* The value of a parameter of the table: as given, else its default, else
 * NULL.  A CHOICE comes in the spelling of the table. */
const char *delivery_param (struct delivery_endpoint *ep, const char *name);

/* How often a parameter is given, and its values in the order of the URL.
 * Without one in the URL, a default counts as one.  NULL beyond the last. */
size_t delivery_param_count (struct delivery_endpoint *ep, const char *name);
const char *delivery_param_at (struct delivery_endpoint *ep, const char *name,
                               size_t index);

/* Whether the transport's table has a parameter of that name: 0 or 1.  For
 * libraries that serve transports with tables of several ages. */
int delivery_param_is_declared (struct delivery_endpoint *ep,
                                const char *name);

/* The value of a BOOL (0 or 1), INTEGER or SECONDS parameter; 0 where it is
 * not given and has no default. */
int delivery_param_bool (struct delivery_endpoint *ep, const char *name);
int64_t delivery_param_int (struct delivery_endpoint *ep, const char *name);
double delivery_param_seconds (struct delivery_endpoint *ep, const char *name);

/* The address family asked for by -4 or -6: 4, 6, or 0 for any. */
int delivery_family (const struct delivery_endpoint *ep);

/* Text that must never be printed from now on, besides the password and the
 * secret parameters, of which the host knows: a token that was fetched, a
 * response that was computed. */
void delivery_secret (struct delivery_endpoint *ep, const char *text);

/* ---- The plugin's own data --------------------------------------------- */

/* A pointer of the plugin's, one an endpoint; NULL at first. */
void delivery_set_data (struct delivery_endpoint *ep, void *data);
void *delivery_data (const struct delivery_endpoint *ep);

/* ---- Time -------------------------------------------------------------- */

/* The monotonic clock, in microseconds. */
int64_t delivery_now (void);

/* The instant by which the running callback must be back.  In `wait` it is
 * when the next look is due, else when the run's time is over. */
int64_t delivery_deadline (const struct delivery_endpoint *ep);

/* What is left until then, in milliseconds rounded up, for poll(2): 0 when
 * it is over, or when the run was interrupted; never negative. */
int delivery_remaining_ms (const struct delivery_endpoint *ep);

#define DELIVERY_READ 0x1  /* there is something to read, or its end */
#define DELIVERY_WRITE 0x2 /* there is room to write */

/*
 * Waits until the file descriptor is ready for one of `events`, or
 * delivery_deadline() is over, or the run was interrupted.  Returns the
 * events it is ready for (an error or hang-up counts as all of them), 0 when
 * the time is over, -1 with errno on a failure.  Signals do not end it.
 */
int delivery_poll (struct delivery_endpoint *ep, int fd, int events);

struct delivery_pollfd {
  int fd;     /* negative: to be passed over */
  int events; /* DELIVERY_READ, DELIVERY_WRITE or both */
  int ready;  /* set: those of `events` that it is ready for, or 0 */
};

/* The same for several file descriptors, and no longer than until the instant
 * `until`.  Returns how many are ready, 0 when the time is over, -1 with errno
 * on a failure. */
int delivery_poll_many (struct delivery_endpoint *ep,
                        struct delivery_pollfd *fds, size_t n_fds,
                        int64_t until);

#ifdef __cplusplus
}
#endif

#endif /* DELIVERY_PLUGIN_H */
