/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The toolkit for transports that use the network: connections with TLS
 * inside, lines and replies, SASL, mail messages.  It is a library of its
 * own, libdelivery-net (pkg-config: delivery-net), so that whoever opens no
 * socket does not load it.
 *
 * Everything here is bounded: by delivery_deadline() in time, and by the
 * limits below in size.  A function that can fail returns DELIVERY_OK or the
 * reason; it has called delivery_fail() then, and a transport returns what it
 * got, or says more with a delivery_fail() of its own.
 *
 * A transport reads like the dialogue of its RFC:
 *
 *     result = delivery_net_connect (net, &stream);
 *     if (result == DELIVERY_OK)
 *       result = delivery_reply_read (stream, &reply);
 *     ...
 *     delivery_stream_printf (stream, "HELO %s", name);
 *     result = delivery_reply_read (stream, &reply);
 *
 * What is written is kept until the next read, which sends it first: lines
 * written one after the other leave in one piece.
 *
 * This header needs C90 or C++98, and an <stdint.h>.
 */
#ifndef DELIVERY_NET_H
#define DELIVERY_NET_H

#include <delivery/plugin.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Limits of what is read.  Beyond them lies DELIVERY_PROTOCOL. */
#define DELIVERY_LINE_MAX 8192       /* bytes of a line, without its end */
#define DELIVERY_REPLY_LINES_MAX 128 /* lines of one reply */
#define DELIVERY_LITERAL_MAX 262144  /* bytes read by their number */
#define DELIVERY_INPUT_MAX 4194304   /* bytes between two writes */
#define DELIVERY_SASL_ROUNDS_MAX 16  /* challenges of one login */

/* ---- Parameters --------------------------------------------------------
 *
 * To be put into a transport's table of parameters as they are.  The
 * functions below read those that the table has, and take the others as not
 * given. */

/* clang-format off */

/* For every transport of the network: the first alone where a unix socket
 * makes no sense, else both. */
#define DELIVERY_SOURCE_PARAM \
  { "source", DELIVERY_PARAM_STRING, 0, NULL, NULL, \
    "Address of this machine to connect from." }
#define DELIVERY_NET_PARAMS \
  DELIVERY_SOURCE_PARAM, \
  { "socket", DELIVERY_PARAM_STRING, 0, NULL, NULL, \
    "Absolute path of a unix socket to connect to; host and port of the URL " \
    "are a name only, then." }

/* For every scheme with TLS, from the start or later. */
#define DELIVERY_TLS_PARAMS \
  { "ssl_verify", DELIVERY_PARAM_CHOICE, 0, "REQUIRED", \
    "REQUIRED|OPTIONAL|NONE", \
    "Whether the server's certificate must be valid, and for its name " \
    "(REQUIRED), may fail with a warning (OPTIONAL), or is not looked at " \
    "(NONE)." }, \
  { "ca_file", DELIVERY_PARAM_STRING, 0, NULL, NULL, \
    "File of the certificate authorities to trust, instead of those of the " \
    "system (PEM)." }, \
  { "ca_path", DELIVERY_PARAM_STRING, 0, NULL, NULL, \
    "Folder of the certificate authorities to trust, named by their hashes " \
    "(see openssl-rehash(1))." }, \
  { "cert", DELIVERY_PARAM_STRING, 0, NULL, NULL, \
    "File of a certificate to show to the server, with its chain (PEM)." }, \
  { "key", DELIVERY_PARAM_STRING, 0, NULL, NULL, \
    "File of the key of `cert` (PEM); without it, the key is in `cert`." }, \
  { "tls_min", DELIVERY_PARAM_CHOICE, 0, "1.2", "1.2|1.3", \
    "Oldest version of TLS to accept." }, \
  { "servername", DELIVERY_PARAM_STRING, 0, NULL, NULL, \
    "Name that the server's certificate must have, if it is not the host of " \
    "the URL." }

/* For every transport that logs in by SASL. */
#define DELIVERY_SASL_PARAMS \
  { "auth", DELIVERY_PARAM_CHOICE, 0, "auto", \
    "auto|none|scram-sha-256|scram-sha-1|cram-md5|plain|login|external|" \
    "gssapi|oauthbearer|xoauth2", \
    "How to log in: the strongest way that the server offers (auto), a " \
    "certain one, or not at all. With oauthbearer and xoauth2 the password " \
    "is the access token." }, \
  { "token_command", DELIVERY_PARAM_STRING, 0, NULL, NULL, \
    "Command that prints the access token for oauthbearer or xoauth2; it is " \
    "run without a shell." }

/* For every transport that sends a mail. */
#define DELIVERY_MAIL_PARAMS \
  { "to", DELIVERY_PARAM_STRING, 0, NULL, NULL, \
    "Recipient; otherwise the user of the receiver's URL." }, \
  { "from", DELIVERY_PARAM_STRING, 0, NULL, NULL, \
    "Sender; otherwise the user of this URL. An empty one (from=) is the " \
    "empty reverse path of RFC 5321." }, \
  { "subject", DELIVERY_PARAM_STRING, 0, "check_delivery", NULL, \
    "Subject; the token is added to it." }, \
  { "header", DELIVERY_PARAM_STRING, DELIVERY_PARAM_REPEATABLE, NULL, NULL, \
    "One more header field, such as 'X-Monitoring: yes'." }

/* clang-format on */

/* ---- Connections ------------------------------------------------------- */

/* What all connections of an endpoint have in common: where to, from which
 * address, by which rules of TLS, with which sessions to resume. */
struct delivery_net;

/*
 * For `open`: reads the parameters above that the transport declares, and
 * fails with DELIVERY_CONFIG where they make no sense: files that cannot be
 * read, an address that is none, a login that cannot be.  `*net` is the
 * caller's, and NULL after a failure.
 */
int delivery_net_new (struct delivery_endpoint *ep, struct delivery_net **net);

/* NULL is nothing. */
void delivery_net_free (struct delivery_net *net);

/* One connection.  It must be freed before its net. */
struct delivery_stream;

/*
 * Connects to the host and port of the URL, or to `socket`.  Name look-up and
 * the choice between IPv6 and IPv4 are in the manner of RFC 8305; -4 and -6
 * hold.  Fails with DELIVERY_RESOLVE, DELIVERY_CONNECT, DELIVERY_TIMEOUT.
 * `*stream` is the caller's, and NULL after a failure.
 */
int delivery_net_connect (struct delivery_net *net,
                          struct delivery_stream **stream);

/*
 * Connects to another port of the same peer: to the address that `first` has,
 * whatever a server names (the data connections of FTP).  TLS on it resumes
 * the session of `first`, which must be freed after it.  The limit of `first`
 * holds for connecting.  Fails like delivery_net_connect().
 */
int delivery_stream_connect_beside (struct delivery_stream *first,
                                    unsigned port,
                                    struct delivery_stream **second);

/* Closes the connection, with what TLS wants said at its end but without
 * waiting for anything.  What was written and not sent is lost.  NULL is
 * nothing. */
void delivery_stream_free (struct delivery_stream *stream);

/*
 * The handshake of TLS; from here on everything goes through it.  Fails with
 * DELIVERY_PROTOCOL if the server said something that was not read yet: it
 * would count as said under TLS (RFC 3207, section 6, and its kind); and with
 * DELIVERY_TLS, DELIVERY_CLOSED, DELIVERY_TIMEOUT.  A server that was asked
 * for TLS and goes away instead is a failure of TLS, although the connection
 * is lost: whatever is done with the stream then fails with DELIVERY_CLOSED.
 * The result gets the facts "tls_version" and "tls_cipher", and the metric
 * "cert_days".  With ssl_verify=OPTIONAL a certificate that does not hold is a
 * warning.
 *
 * The caller forgets what the server said before.
 */
int delivery_stream_start_tls (struct delivery_stream *stream);

/* Whether TLS was started. */
int delivery_stream_is_tls (const struct delivery_stream *stream);

/* No operation on the stream lasts beyond this instant, besides the deadline,
 * which always holds.  INT64_MAX takes it back. */
void delivery_stream_set_limit (struct delivery_stream *stream, int64_t until);

/* The name of this machine for EHLO and the like: its host name where that is
 * a domain name, else the address of this end in brackets (RFC 5321, section
 * 4.1.4).  Lives as long as the stream. */
const char *delivery_stream_local_name (struct delivery_stream *stream);

/* ---- Reading and writing ----------------------------------------------- */

/*
 * Writes one line; CR LF is added.  Fails with DELIVERY_CONFIG, and writes
 * nothing, if CR, LF or NUL is in it: no URL can smuggle in a command.  The
 * result may be left alone: the next read fails with it then.
 */
int delivery_stream_printf (struct delivery_stream *stream, const char *format,
                            ...) DELIVERY_PRINTF (2, 3);

/* The same for a line with a secret at its end, which is shown nowhere, and
 * masked from now on wherever it comes back. */
int delivery_stream_secret (struct delivery_stream *stream, const char *line,
                            const char *secret);

/* Writes bytes as they are. */
int delivery_stream_write (struct delivery_stream *stream, const void *bytes,
                           size_t length);

/* Writes a text as SMTP's DATA (RFC 5321, section 4.5.2): lines that begin
 * with a dot get another, each line ends in CR LF, and ".", CR LF is the
 * end. */
int delivery_stream_write_dotted (struct delivery_stream *stream,
                                  const char *text, size_t length);

/* Sends what was written, without reading. */
int delivery_stream_flush (struct delivery_stream *stream);

/* Sends what was written, says that nothing follows (under TLS too), and waits
 * until the other end has closed the connection.  Then the stream is good for
 * nothing but delivery_stream_free(). */
int delivery_stream_end (struct delivery_stream *stream);

/*
 * Reads a line, and takes off its CR LF (or LF).  It ends in NUL, has none
 * in it, and is valid until the stream is read again; `length` may be NULL.
 * Fails with DELIVERY_PROTOCOL (too long, NUL), DELIVERY_CLOSED,
 * DELIVERY_TIMEOUT.
 */
int delivery_stream_read_line (struct delivery_stream *stream,
                               const char **line, size_t *length);

/*
 * Reads the next line of a text that ends in a line of its own with nothing
 * but a dot (RFC 1939, section 3: POP3, NNTP).  `*line` is NULL there; from
 * any other line the dot is taken off that its sender put before one.  A line
 * like that end without CR LF before and behind it fails with
 * DELIVERY_PROTOCOL: whoever wrote the text could say what follows.  It may be
 * somebody who is not the server: a line that is too long is cut, and a byte 1
 * stands for a NUL.  Else like delivery_stream_read_line().
 */
int delivery_stream_read_dotted (struct delivery_stream *stream,
                                 const char **line, size_t *length);

/* Reads exactly `length` bytes.  `*bytes` is the caller's, to be freed with
 * free(); a NUL that does not count is behind them.  Fails with
 * DELIVERY_PROTOCOL at once if they are more than DELIVERY_LITERAL_MAX. */
int delivery_stream_read_bytes (struct delivery_stream *stream, size_t length,
                                char **bytes);

/* Reads until the other end closes the connection, but no more than `max`
 * bytes: beyond them lies DELIVERY_PROTOCOL.  Under TLS an end that TLS does
 * not know of fails with DELIVERY_CLOSED: something may be missing.  `*bytes`
 * is the caller's, to be freed with free(); a NUL that does not count is
 * behind them. */
int delivery_stream_read_rest (struct delivery_stream *stream, size_t max,
                               char **bytes, size_t *length);

/* Whether something was received that is not read yet. */
int delivery_stream_has_input (struct delivery_stream *stream);

/*
 * Sends what was written and waits until there is something to read, or
 * `until`, or the deadline; `*ready` says whether there is.  All of these are
 * DELIVERY_OK.
 */
int delivery_stream_wait (struct delivery_stream *stream, int64_t until,
                          int *ready);

/* ---- Replies of three digits (SMTP, LMTP, FTP) ------------------------- */

struct delivery_reply {
  int code;                 /* 100 to 599 */
  const char *status;       /* enhanced, such as "5.1.1" (RFC 3463), or "" */
  const char *const *lines; /* what stands behind the code, line by line */
  size_t n_lines;           /* at least 1 */
};

/*
 * Reads a reply of one or more lines (RFC 5321, section 4.2).  `*reply`
 * belongs to the stream and is valid until the next one.  Fails with
 * DELIVERY_PROTOCOL if it is none, or if its lines differ in their code.
 */
int delivery_reply_read (struct delivery_stream *stream,
                         const struct delivery_reply **reply);

/* The same with what RFC 959, section 4.2, allows besides, and RFC 5321 does
 * not: lines without a code between the first and the last, as they are.  One
 * with another code is refused here too: servers must indent it, and to wait
 * for the end behind a refusal is to miss it. */
int delivery_reply_read_text (struct delivery_stream *stream,
                              const struct delivery_reply **reply);

/* Fails with what a reply says: DELIVERY_TEMPFAIL for 4xx, DELIVERY_REJECTED
 * for 5xx, DELIVERY_PROTOCOL for any other.  The text is `what`, then the
 * code and the server's words. */
int delivery_reply_fail (struct delivery_stream *stream,
                         const struct delivery_reply *reply, const char *what);

/* The same with a reason of the caller's. */
int delivery_reply_fail_as (struct delivery_stream *stream,
                            const struct delivery_reply *reply,
                            const char *what, int reason);

/* ---- Logging in by SASL (RFC 4422) ------------------------------------- */

struct delivery_sasl;

/* Whether the URL asks for a login: it has a password, or a parameter that
 * makes up for one, and not auth=none. */
int delivery_sasl_is_wanted (struct delivery_endpoint *ep);

/*
 * Chooses one of the mechanisms that the server offers, given with blanks
 * between them: the strongest, or what auth= says.  `service` is the name of
 * the protocol in GSSAPI ("smtp", "imap").  Fails with DELIVERY_AUTH if there
 * is none for us, and with what token_command leads to.  `*sasl` is the
 * caller's, and NULL after a failure.
 */
int delivery_sasl_new (struct delivery_endpoint *ep, const char *service,
                       const char *offered, struct delivery_sasl **sasl);

/* NULL is nothing. */
void delivery_sasl_free (struct delivery_sasl *sasl);

/* The name of the mechanism, such as "SCRAM-SHA-256". */
const char *delivery_sasl_mechanism (const struct delivery_sasl *sasl);

/*
 * The first response, in base64, for protocols that send it along with the
 * mechanism: "=" where it is empty, NULL where the server speaks first.  If it
 * cannot be sent along, it is the answer to the server's first challenge,
 * which is empty; and instead of "=" the answer is an empty line then.
 * Belongs to `sasl` and is valid until the next step.  It must be sent by
 * delivery_stream_secret().
 */
int delivery_sasl_begin (struct delivery_sasl *sasl, const char **response);

/* The response to a challenge, both in base64; "" where it is empty.  Fails
 * with DELIVERY_AUTH, DELIVERY_PROTOCOL. */
int delivery_sasl_step (struct delivery_sasl *sasl, const char *challenge,
                        const char **response);

/* To be called when the server says that we are logged in: fails with
 * DELIVERY_AUTH if it did not prove to know the password where the mechanism
 * wants that (SCRAM). */
int delivery_sasl_end (struct delivery_sasl *sasl);

/* ---- Mail messages (RFC 5322) ------------------------------------------ */

struct delivery_mail;

/*
 * For `open`: reads the parameters of DELIVERY_MAIL_PARAMS and the users of
 * both URLs.  Fails with DELIVERY_CONFIG where there is no recipient or no
 * sender, or where one is none.  `*mail` is the caller's, and NULL after a
 * failure.
 */
int delivery_mail_new (struct delivery_endpoint *ep,
                       struct delivery_mail **mail);

/* NULL is nothing. */
void delivery_mail_free (struct delivery_mail *mail);

/* The two ends of the envelope, without angle brackets; the sender may be
 * "". */
const char *delivery_mail_from (const struct delivery_mail *mail);
const char *delivery_mail_to (const struct delivery_mail *mail);

/* Whether the message has bytes that are not ASCII, which it has only where
 * an address has (RFC 6531). */
int delivery_mail_is_utf8 (const struct delivery_mail *mail);

/*
 * The message, with the token in its Subject, in its body and in the field
 * X-Check-Delivery-Token, and with "<TOKEN@domain of the sender>" as its
 * Message-ID.  `name` is that of this machine, where the sender has no
 * domain.  For `send`; belongs to `mail`.
 */
const char *delivery_mail_text (struct delivery_mail *mail, const char *name,
                                size_t *length);

/* The fields of a header that delivery_mail_judge() wants to see. */
#define DELIVERY_MAIL_FIELDS "MESSAGE-ID X-CHECK-DELIVERY-TOKEN"

/*
 * Whether a message is the one that was sent, by its header (or as much of it
 * as DELIVERY_MAIL_FIELDS): DELIVERY_OK; DELIVERY_NOT_FOUND if it is not ours;
 * DELIVERY_MANGLED if it is, but its Message-ID or our own field was changed
 * or lost on the way.  A message that only quotes ours is not ours.  None of
 * them is a failure but a judgement; MANGLED comes with its text, for recv to
 * return.
 */
int delivery_mail_judge (struct delivery_endpoint *ep, const char *header,
                         size_t length);

/* ---- Sessions of SMTP and LMTP (RFC 5321, RFC 2033) ---------------------
 *
 * What the two have in common, from the greeting to QUIT, in step with the
 * server: what it says before it is asked would be taken for the next answer,
 * and is a failure.
 *
 *     smtp = delivery_smtp_new (stream);
 *     result = delivery_smtp_greeting (smtp);
 *     ...
 *     result = delivery_smtp_hello (smtp, "LHLO", NULL, &reply);
 *     ...
 *     result = delivery_smtp_send (smtp, mail);
 *     ...
 *     delivery_smtp_quit (smtp);
 */

struct delivery_smtp;

/* For `open`: fails with DELIVERY_CONFIG if the parameter is given and is no
 * name of a machine: it will stand in a command line. */
int delivery_smtp_check_name (struct delivery_endpoint *ep, const char *param);

/* A session on a stream, which must be freed after it.  Never NULL. */
struct delivery_smtp *delivery_smtp_new (struct delivery_stream *stream);

/* NULL is nothing. */
void delivery_smtp_free (struct delivery_smtp *smtp);

/* Reads the greeting. */
int delivery_smtp_greeting (struct delivery_smtp *smtp);

/* To be called behind each line that was written to the stream and will be
 * answered (AUTH, STARTTLS). */
void delivery_smtp_asked (struct delivery_smtp *smtp);

/* Reads the answer to the oldest line that has none, like
 * delivery_reply_read().  If the server had spoken before it was asked, this
 * fails with DELIVERY_PROTOCOL, or with DELIVERY_TEMPFAIL if it says that it
 * leaves (421), and the line is not sent. */
int delivery_smtp_answer (struct delivery_smtp *smtp,
                          const struct delivery_reply **reply);

/* Says EHLO, HELO or LHLO (`verb`), with the name of this machine or, if it is
 * NULL, with delivery_stream_local_name(), forgets what the server offered
 * before, and reads the answer, whose code is the caller's to judge. */
int delivery_smtp_hello (struct delivery_smtp *smtp, const char *verb,
                         const char *name,
                         const struct delivery_reply **reply);

/* What stands behind a keyword in the answer to the last hello, if that was
 * 250: the mechanisms behind "AUTH", "" behind "STARTTLS"; NULL if the server
 * does not offer it.  Lives until the next hello. */
const char *delivery_smtp_offer (const struct delivery_smtp *smtp,
                                 const char *keyword);

/*
 * MAIL, RCPT, DATA and the message, in one go if the server offers PIPELINING.
 * DELIVERY_OK when the server has taken it over: its words become the fact
 * "accepted".  Fails like delivery_reply_fail(), but with DELIVERY_AUTH or
 * DELIVERY_TLS where the server wants a login or STARTTLS first (530), and
 * with DELIVERY_REJECTED where it does not offer what the message needs (SIZE,
 * SMTPUTF8).
 */
int delivery_smtp_send (struct delivery_smtp *smtp,
                        struct delivery_mail *mail);

/* QUIT, unless it was said, and its answer.  Waits for that no longer than a
 * second: it is DELIVERY_OK if none comes.  Fails with DELIVERY_PROTOCOL if
 * something else comes: the server answered more than it was asked.  To be
 * called after a failure too; a second call does nothing. */
int delivery_smtp_quit (struct delivery_smtp *smtp);

#ifdef __cplusplus
}
#endif

#endif /* DELIVERY_NET_H */
