dnl SPDX-License-Identifier: BSD-2-Clause
dnl Macro of this project: libltdl, which has no pkg-config file.
AC_DEFUN([CD_CHECK_LTDL], [
  AC_CHECK_HEADER([ltdl.h], [],
    [AC_MSG_ERROR([ltdl.h is missing: install libltdl-dev or libtool-ltdl-devel])])
  cd_saved_libs=$LIBS
  AC_SEARCH_LIBS([lt_dladvise_local], [ltdl], [],
    [AC_MSG_ERROR([libltdl is missing: install libltdl-dev or libtool-ltdl-devel])])
  LIBS=$cd_saved_libs
  AS_CASE([$ac_cv_search_lt_dladvise_local], ["none required"], [LTDL_LIBS=],
    [LTDL_LIBS=$ac_cv_search_lt_dladvise_local])
  AC_SUBST([LTDL_LIBS])
])
