dnl SPDX-License-Identifier: BSD-2-Clause
dnl Macros of this project: compiler flags.  No other origin.

dnl CD_TRY_CFLAGS(VARIABLE, FLAGS...)
dnl Adds to VARIABLE each flag that the compiler takes without a warning.
AC_DEFUN([CD_TRY_CFLAGS], [
  cd_saved_cflags=$CFLAGS
  for cd_flag in m4_normalize([$2]); do
    AC_MSG_CHECKING([whether $CC takes $cd_flag])
    CFLAGS="$cd_saved_cflags -Werror $cd_flag"
    AC_LINK_IFELSE([AC_LANG_PROGRAM([], [])],
      [AC_MSG_RESULT([yes])
       AS_VAR_APPEND([$1], [" $cd_flag"])],
      [AC_MSG_RESULT([no])])
  done
  CFLAGS=$cd_saved_cflags
  AC_SUBST([$1])
])

dnl CD_TRY_LDFLAGS(VARIABLE, FLAGS...)
AC_DEFUN([CD_TRY_LDFLAGS], [
  cd_saved_ldflags=$LDFLAGS
  for cd_flag in m4_normalize([$2]); do
    AC_MSG_CHECKING([whether the linker takes $cd_flag])
    LDFLAGS="$cd_saved_ldflags $cd_flag"
    AC_LINK_IFELSE([AC_LANG_PROGRAM([], [])],
      [AC_MSG_RESULT([yes])
       AS_VAR_APPEND([$1], [" $cd_flag"])],
      [AC_MSG_RESULT([no])])
  done
  LDFLAGS=$cd_saved_ldflags
  AC_SUBST([$1])
])

dnl The core frees by scope; without the attribute it would leak everything.
AC_DEFUN([CD_REQUIRE_CLEANUP_ATTRIBUTE], [
  AC_MSG_CHECKING([whether $CC has __attribute__ ((cleanup))])
  AC_RUN_IFELSE([AC_LANG_PROGRAM([[
      static int called;
      static void end (int *i) { called = *i; }
      static void scope (void) { __attribute__ ((cleanup (end))) int i = 7; (void)i; }
    ]], [[scope (); return called != 7;]])],
    [AC_MSG_RESULT([yes])],
    [AC_MSG_RESULT([no])
     AC_MSG_ERROR([gcc or clang is needed: no __attribute__ ((cleanup))])],
    [AC_MSG_RESULT([cross-compiling; taken for granted])])
])

AC_DEFUN([CD_STRICT], [
  AC_ARG_ENABLE([strict],
    [AS_HELP_STRING([--enable-strict], [treat warnings as errors])],
    [], [enable_strict=no])
  CD_TRY_CFLAGS([WARN_CFLAGS], [-Wall -Wextra -Wformat=2 -Wshadow
    -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wwrite-strings
    -Wundef -Wvla -Wimplicit-fallthrough -Wconversion -Wsign-conversion
    -Wnull-dereference -Wdouble-promotion -Wold-style-definition])
  AS_IF([test "$enable_strict" = yes], [WARN_CFLAGS="$WARN_CFLAGS -Werror"])
])

AC_DEFUN([CD_SANITIZERS], [
  AC_ARG_ENABLE([sanitizers],
    [AS_HELP_STRING([--enable-sanitizers],
      [build with AddressSanitizer and UndefinedBehaviorSanitizer])],
    [], [enable_sanitizers=no])
  AS_IF([test "$enable_sanitizers" = yes], [
    SANITIZE_CFLAGS="-fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer -g"
    cd_saved_cflags=$CFLAGS
    CFLAGS="$CFLAGS $SANITIZE_CFLAGS"
    AC_MSG_CHECKING([whether $CC has the sanitizers])
    AC_LINK_IFELSE([AC_LANG_PROGRAM([], [])], [AC_MSG_RESULT([yes])],
      [AC_MSG_RESULT([no])
       AC_MSG_ERROR([--enable-sanitizers: no libasan and libubsan for $CC])])
    CFLAGS=$cd_saved_cflags
  ])
  AC_SUBST([SANITIZE_CFLAGS])
  AC_SUBST([enable_sanitizers])
  AM_CONDITIONAL([SANITIZERS], [test "$enable_sanitizers" = yes])
])

dnl Which lines the tests reach.  Workers of the program leave by _exit(), which
dnl is wrapped where all code is in one file.
AC_DEFUN([CD_COVERAGE], [
  AC_ARG_ENABLE([coverage],
    [AS_HELP_STRING([--enable-coverage],
      [count which lines are run, for make coverage; with
       --enable-static-plugins])],
    [], [enable_coverage=no])
  AS_IF([test "$enable_coverage" = yes], [
    AS_IF([test "$enable_static_plugins" != yes],
      [AC_MSG_ERROR([--enable-coverage needs --enable-static-plugins])])
    COVERAGE_CFLAGS=--coverage
    COVERAGE_LDFLAGS=-Wl,--wrap=_exit
  ])
  AC_SUBST([COVERAGE_CFLAGS])
  AC_SUBST([enable_coverage])
  AC_SUBST([COVERAGE_LDFLAGS])
  AM_CONDITIONAL([COVERAGE], [test "$enable_coverage" = yes])
])

dnl What distributions switch on.  _FORTIFY_SOURCE needs optimisation, and
dnl gets in the way of the sanitizers.
AC_DEFUN([CD_HARDENING], [
  AC_ARG_ENABLE([hardening],
    [AS_HELP_STRING([--disable-hardening],
      [leave out stack protector, RELRO and the like])],
    [], [enable_hardening=yes])
  cd_hardening=$enable_hardening
  AS_IF([test "$enable_sanitizers" = yes && test "$cd_hardening" = yes],
    [cd_hardening="no, because of the sanitizers"])
  AS_IF([test "$cd_hardening" = yes], [
    CD_TRY_CFLAGS([HARDEN_CFLAGS], [-fstack-protector-strong
      -fstack-clash-protection -fcf-protection])
    AS_CASE([" $CFLAGS $CPPFLAGS "],
      [*_FORTIFY_SOURCE*], [],
      [*" -O0 "*], [cd_hardening="yes, but for FORTIFY_SOURCE, which -O0 rules out"],
      [*" -O"*], [HARDEN_CPPFLAGS="-D_FORTIFY_SOURCE=2"],
      [cd_hardening="yes, but for FORTIFY_SOURCE, which needs -O"])
    CD_TRY_LDFLAGS([HARDEN_LDFLAGS], [-Wl,-z,relro -Wl,-z,now])
    CD_TRY_CFLAGS([PIE_CFLAGS], [-fPIE])
    CD_TRY_LDFLAGS([PIE_LDFLAGS], [-pie])
  ])
  AC_SUBST([HARDEN_CPPFLAGS])
  AC_SUBST([HARDEN_CFLAGS])
  AC_SUBST([HARDEN_LDFLAGS])
  AC_SUBST([PIE_CFLAGS])
  AC_SUBST([PIE_LDFLAGS])
])

dnl The same sources give the same files wherever they are and are built: debug
dnl information and __FILE__ name them as seen from their top folder.  What
dnl counts lines needs to find them.
AC_DEFUN([CD_REPRODUCIBLE], [
  AS_IF([test "$enable_coverage" != yes],
    [CD_TRY_CFLAGS([MAP_CFLAGS], [-ffile-prefix-map=cd_from=cd_to])])
  AS_IF([test -n "$MAP_CFLAGS"],
    [MAP_CFLAGS='-ffile-prefix-map=$(abs_top_srcdir)=.'
     AS_VAR_APPEND([MAP_CFLAGS], [' -ffile-prefix-map=$(top_srcdir)/='])
     AS_VAR_APPEND([MAP_CFLAGS], [' -ffile-prefix-map=$(abs_top_builddir)=.'])])
  AC_SUBST([MAP_CFLAGS])
])
