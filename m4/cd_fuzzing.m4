dnl SPDX-License-Identifier: BSD-2-Clause
dnl Macros of this project: fuzzing.  No other origin.

dnl CD_FUZZING
dnl Sets FUZZ_CC to a clang that has libFuzzer; empty where there is none.
AC_DEFUN([CD_FUZZING], [
  AC_ARG_VAR([FUZZ_CC], [a clang with libFuzzer, for "make fuzz"])
  AC_MSG_CHECKING([for a clang with libFuzzer])
  cd_saved_cc=$CC
  cd_saved_cflags=$CFLAGS
  cd_saved_ldflags=$LDFLAGS
  CFLAGS="-fsanitize=fuzzer,address,undefined"
  LDFLAGS=
  cd_fuzz_cc=
  for CC in ${FUZZ_CC:-clang}; do
    AC_LINK_IFELSE([AC_LANG_SOURCE([[
        int LLVMFuzzerTestOneInput (const unsigned char *, unsigned long);
        int LLVMFuzzerTestOneInput (const unsigned char *data,
                                    unsigned long size)
        { return (void)data, (void)size, 0; }
      ]])], [cd_fuzz_cc=$CC])
  done
  CC=$cd_saved_cc
  CFLAGS=$cd_saved_cflags
  LDFLAGS=$cd_saved_ldflags
  FUZZ_CC=$cd_fuzz_cc
  AC_MSG_RESULT([${FUZZ_CC:-no}])
])
