# SPDX-License-Identifier: BSD-2-Clause
# Completion of check_delivery's options and values for bash.  What there is,
# the program says itself: its options by --help, its transports by --doc.

# Each option, and its value in the words of --help: "--conf FILE".
_check_delivery_options () {
  local line
  while IFS= read -r line; do
    [[ $line =~ ^\ +(-[^ ,=]+)(, (--[^ =]+))?(=([^ ]+))? ]] || continue
    printf '%s %s\n' "${BASH_REMATCH[1]}" "${BASH_REMATCH[5]}"
    if [[ ${BASH_REMATCH[3]} ]]; then
      printf '%s %s\n' "${BASH_REMATCH[3]}" "${BASH_REMATCH[5]}"
    fi
  done < <("$1" --help 2>/dev/null)
}

# Those that send, that receive, or all, in the plugin folders of the line too.
_check_delivery_schemes () {
  "$1" "${folders[@]}" --doc 2>/dev/null |
    sed -n "s|^  \([a-z0-9]\{1,\}\):// .*$2.*|\1|p"
}

# Scenarios are what stands before the last dot of the keys in [scenarios].
_check_delivery_scenarios () {
  awk '/^\[/ { inside = /^\[scenarios\]/; next }
    inside && /^[^ \t\r#;]/ {
      sub(/[ \t]*[=:].*/, "")
      if (sub(/\.[^.]*$/, "") && !seen[$0]++)
        print
    }' "$1" 2>/dev/null
}

# What the line says already: conf=FILE, folders=(--plugin-dir DIR ...).
_check_delivery_line () {
  local i value
  for ((i = 1; i < COMP_CWORD; i++)); do
    value=${COMP_WORDS[i + 1]-}
    # bash gives --conf=FILE as three words.
    [[ $value == = ]] && value=${COMP_WORDS[i + 2]-}
    value=${value/#\~\//$HOME/}
    case ${COMP_WORDS[i]} in
      --conf) conf=$value ;;
      --plugin-dir) folders+=(--plugin-dir "$value") ;;
    esac
  done
}

# offer WORD SUFFIX: the lines of the input that begin with WORD.  Not by
# compgen -W, which would execute what a file has in $( ).
_check_delivery_offer () {
  local line
  while IFS= read -r line; do
    if [[ $line$2 == "$1"* ]]; then
      COMPREPLY+=("$(printf '%q' "$line")$2")
    fi
  done
}

_check_delivery () {
  local program=$1 word=${COMP_WORDS[COMP_CWORD]} conf='' kind='' does=''
  local option=${COMP_WORDS[COMP_CWORD - 1]} folders=()
  COMPREPLY=()
  _check_delivery_line
  if [[ $word == = ]]; then
    word=
  elif [[ $option == = ]]; then
    option=${COMP_WORDS[COMP_CWORD - 2]}
  fi
  kind=$(_check_delivery_options "$program" |
    awk -v option="$option" '$1 == option { print $2 }')
  case $option in
    -s | --send) does=sends ;;
    -r | --recv) does=receives ;;
    -p | --play) kind=SCENARIO ;;
  esac
  # The value of --doc may be missing.
  [[ $kind == SCHEME && $word == -* ]] && kind=
  case $kind in
    '')
      _check_delivery_offer "$word" '' \
        < <(_check_delivery_options "$program" | sed 's/ .*//')
      ;;
    URL)
      compopt -o nospace 2>/dev/null
      _check_delivery_offer "$word" :// \
        < <(_check_delivery_schemes "$program" "$does")
      ;;
    SCHEME)
      _check_delivery_offer "$word" '' \
        < <(_check_delivery_schemes "$program" '')
      ;;
    SCENARIO)
      _check_delivery_offer "$word" '' < <(_check_delivery_scenarios "$conf")
      ;;
    FORMAT)
      _check_delivery_offer "$word" '' < <(printf '%s\n' json nagios)
      ;;
    *FILE*)
      compopt -o filenames 2>/dev/null
      mapfile -t COMPREPLY < <(compgen -f -- "$word")
      ;;
    DIR)
      compopt -o filenames 2>/dev/null
      mapfile -t COMPREPLY < <(compgen -d -- "$word")
      ;;
  esac
}

complete -F _check_delivery check_delivery
