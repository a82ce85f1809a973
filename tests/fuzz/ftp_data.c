/* SPDX-License-Identifier: BSD-2-Clause */
/* Where an FTP server listens: 227 and 229.  Input: the text of a reply. */
#include "fuzz.h"

#include "../../plugins/ftp/ftp.h"

FUZZ_TARGET (ftp_data)
{
  struct fuzz_input input = { data, size };
  g_autofree char *text = fuzz_rest (&input);
  unsigned pasv = ftp_pasv_port (text), epsv = ftp_epsv_port (text);
  g_autofree char *six
      = g_strdup_printf ("(127,0,0,1,%u,%u)", pasv / 256, pasv % 256);
  g_autofree char *bars = g_strdup_printf ("(|||%u|)", epsv);

  FUZZ_REQUIRE (pasv <= 65535 && ftp_pasv_port (six) == pasv);
  FUZZ_REQUIRE (epsv <= 65535 && ftp_epsv_port (bars) == epsv);
  return 0;
}
