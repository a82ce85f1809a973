/* SPDX-License-Identifier: BSD-2-Clause */
/* What FTP servers answer to PASV and EPSV, also where it ends in the
 * middle. */
#include "unit.h"

#include "../../plugins/ftp/ftp.h"

#include <string.h>

struct row {
  const char *text;
  unsigned port; /* 0: none */
};

static const struct row pasv[] = {
  { "Entering Passive Mode (127,0,0,1,195,80)", 50000 },
  { "Entering Passive Mode (127,0,0,1,195,80).", 50000 },
  { "Entering Passive Mode 127,0,0,1,195,80", 50000 },
  { "=127,0,0,1,4,5", 1029 },
  { "(0,0,0,0,0,1)", 1 },
  { "(255,255,255,255,255,255)", 65535 },
  { "(10,20,30,40,000,021) and more, 7", 21 },
  { "(127,0,0,1,0,0)", 0 },
  { "(127,0,0,1,256,1)", 0 },
  { "(127,0,0,1,1,256)", 0 },
  { "(256,0,0,1,1,1)", 0 },
  { "(999,256,300,1,4096,65536)", 0 },
  { "(127,0,0,1,99999999999999999999,1)", 0 },
  { "(127,0,0,1,1,99999999999999999999)", 0 },
  { "(127,0,0,1,1)", 0 },
  { "(127,0,0,1,1,)", 0 },
  { "(127,0,0,1,1,1,", 0 },
  { "(127,0,0,1,1,1,1)", 0 },
  { "(127,,0,0,1,1,1)", 0 },
  { "(127,0,0,1,-1,1)", 0 },
  { "(127,0,0,1,1,-1)", 0 },
  { "(127, 0, 0, 1, 1, 1)", 257 },
  { "(  127 ,0 , 0,1,1,  1  )", 257 },
  { "127, 0, 0, 1, 1, 1", 257 },
  { "Passive mode 2 (127,0,0,1,195,80)", 50000 },
  { "Passive (IPv4) mode of 10.0.0.1 (127,0,0,1,195,80)", 50000 },
  { "1,2,3,4,5,6 (127,0,0,1,195,80)", 50000 },
  { "((127,0,0,1,195,80))", 50000 },
  { "2 (127,0,0,1,195,80", 0 },
  { "2 (127,0,0,1,195,80]", 0 },
  { "2 [127,0,0,1,195,80]", 0 },
  { "2 127,0,0,1,195,80", 0 },
  { "2 (127,0,0,1,1,1,1)", 0 },
  { "2 (127,0,0,1,1,1 ,1)", 0 },
  { "2 (127,0,0,1,256,1)", 0 },
  { "2 (127,0,0,1,0,0)", 0 },
  { "2 (127,0,0,1,1)", 0 },
  { "2 (127,0,0,1 1,1)", 0 },
  { "(127,0,0,1,1 1,1)", 0 },
  { "(127,\t0,0,1,1,1)", 0 },
  { "2 (port 127,0,0,1,1,1)", 0 },
  { "(127.0.0.1.1.1)", 0 },
  { "127", 0 },
  { "no numbers", 0 },
  { "", 0 },
};

static const struct row epsv[] = {
  { "Entering Extended Passive Mode (|||50000|)", 50000 },
  { "(|||1|)", 1 },
  { "(|||65535|) and more", 65535 },
  { "(!!!21!)", 21 },
  { "(~~~21~)", 21 },
  { "(|||00021|)", 21 },
  { "(|||0|)", 0 },
  { "(|||65536|)", 0 },
  { "(|||100000|)", 0 },
  { "(|||99999999999999999999|)", 0 },
  { "(|||-1|)", 0 },
  { "(|||+1|)", 0 },
  { "(|||0x10|)", 0 },
  { "(||| 1|)", 0 },
  { "(||||)", 0 },
  { "(|1|127.0.0.3|50000|)", 0 },
  { "(|2||50000|)", 0 },
  { "(||127.0.0.3|50000|)", 0 },
  { "(!||50000|)", 0 },
  { "(|!|50000|)", 0 },
  { "(||!50000|)", 0 },
  { "(|||50000!)", 0 },
  { "(|||50000|]", 0 },
  { "(|||50000)", 0 },
  { "(   50000 )", 0 },
  { "(\t\t\t50000\t)", 0 },
  { "(\177\177\177"
    "50000\177)",
    0 },
  { "(\374\374\374"
    "50000\374)",
    0 },
  { "|||50000|", 0 },
  { "(|||", 0 },
  { "(||", 0 },
  { "(|", 0 },
  { "(", 0 },
  { "", 0 },
};

/* In memory of just its length: who reads beyond it is seen by sanitizers and
 * by valgrind. */
static char *
exact_copy (const char *text, gsize length)
{
  char *exact = g_malloc (length + 1);

  memcpy (exact, text, length);
  exact[length] = '\0';
  return exact;
}

static void
check (unsigned (*port_of) (const char *), const struct row *row)
{
  gsize length = strlen (row->text);

  for (gsize cut = 0; cut <= length; cut++) {
    char *exact = exact_copy (row->text, cut);
    unsigned port = port_of (exact);

    if (cut == length)
      ck_assert_msg (port == row->port, "'%s': %u, wanted %u", exact, port,
                     row->port);
    ck_assert_uint_le (port, 65535);
    g_free (exact);
  }
}

START_TEST (the_port_of_pasv) { check (ftp_pasv_port, &pasv[_i]); }
END_TEST

START_TEST (the_port_of_epsv) { check (ftp_epsv_port, &epsv[_i]); }
END_TEST

/* Only whole answers have a port: half of "50000" is another one. */
START_TEST (a_port_that_is_cut)
{
  const char *whole = "(|||50000|)";

  for (gsize cut = 0; cut < strlen (whole); cut++) {
    char *exact = exact_copy (whole, cut);

    ck_assert_uint_eq (ftp_epsv_port (exact), 0);
    g_free (exact);
  }
}
END_TEST

void
unit_add (TCase *tcase)
{
  unit_add_table (tcase, the_port_of_pasv, pasv);
  unit_add_table (tcase, the_port_of_epsv, epsv);
  tcase_add_test (tcase, a_port_that_is_cut);
}
