dnl SPDX-License-Identifier: BSD-2-Clause
dnl Macros of this project: folders that an option may name.

dnl CD_FOLDER(NAME, DEFAULT, WHAT)
dnl The variable NAME is the folder of --with-NAME=DIR.
AC_DEFUN([CD_FOLDER], [
  AC_ARG_WITH([$1],
    [AS_HELP_STRING([--with-$1=DIR], [$3])],
    [AS_CASE([$withval],
      [yes|no], [AC_MSG_ERROR([--with-$1 needs a folder])])
     $1=$withval],
    [$1=$2])
  AC_SUBST([$1])
])

dnl Where bash-completion looks, if it says so, but below our own datadir: a
dnl build for another prefix installs nothing outside of it.
AC_DEFUN([CD_COMPLETIONS_FOLDER], [
  AC_MSG_CHECKING([where completions of bash are])
  cd_completions=`$PKG_CONFIG --define-variable=datadir=DATADIR \
    --variable=completionsdir bash-completion 2>/dev/null`
  AS_CASE([$cd_completions],
    [DATADIR/*], [cd_completions='${datadir}'${cd_completions@%:@DATADIR}],
    [cd_completions='${datadir}/bash-completion/completions'])
  AC_MSG_RESULT([$cd_completions])
  CD_FOLDER([completionsdir], [$cd_completions],
    [where completions of bash are @<:@DATADIR/bash-completion/completions@:>@])
])
