package com.aistrale.cli;

import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;

/** The same tables and the same walk through the words, in each shell's language. */
final class CompletionScripts {
    private CompletionScripts() {}

    static String bash(List<CompletionPlace> places) {
        var text = new StringBuilder("""
                # Completes aistrale's commands, options and their values. Made by: aistrale completion bash

                """);
        text.append("_aistrale_words() {\n  case $1 in\n");
        for (var place : places) {
            text.append("    '%s') words='%s' asked='%s' options='%s' valued='%s' ;;\n"
                    .formatted(
                            place.path(),
                            String.join(" ", place.words().keySet()),
                            Objects.requireNonNullElse(place.asked(), ""),
                            names(place),
                            spaced(place.valued())));
        }
        text.append("  esac\n}\n\n_aistrale_values() {\n  case $1 in\n");
        values(places, "    '%s') kind='%s' values='%s' ;;\n", text);
        return text.append("""
                    *) kind=any ;;
                  esac
                }

                # What the server or the config file knows, as what it is: nothing of it is ever run. Silence where it cannot be had.
                _aistrale_asked() {
                  local name quoted before=
                  [[ $COMP_WORDBREAKS != *:* || $current != *:* ]] || before=${current%"${current##*:}"}
                  while IFS= read -r name; do
                    if [[ $name == "$current"* ]]; then
                      printf -v quoted %q "${name#"$before"}" # readline puts it into the line as it is
                      COMPREPLY+=("$quoted")
                    fi
                  done < <(AISTRALE_COMPLETION_NAMES=$1 command aistrale "${chosen[@]}" completion bash 2>/dev/null </dev/null)
                }

                # Readline completes files itself, with what their names need; without compopt (bash 3) it does so where nothing else fits.
                _aistrale_files() { compopt -o default 2>/dev/null; }

                _aistrale() {
                  local current at= option= words= asked= options= valued= kind= values= i word glued=
                  local -a typed=() chosen=()
                  COMPREPLY=()
                  compopt +o default 2>/dev/null
                  for ((i = 0; i <= COMP_CWORD; i++)); do # where bash breaks words at colons, names have some
                    word=${COMP_WORDS[i]}
                    if [[ $i -gt 0 && ($word == :* || -n $glued) ]]; then
                      typed[${#typed[@]} - 1]+=$word
                      if [[ $word == :* ]]; then glued=yes; else glued=; fi
                    else
                      typed+=("$word")
                    fi
                  done
                  current=${typed[${#typed[@]} - 1]}
                  _aistrale_words ''
                  for ((i = 1; i < ${#typed[@]} - 1; i++)); do
                    word=${typed[i]}
                    if [[ $word == '=' ]]; then continue; fi
                    if [[ -n $option ]]; then
                      if [[ $option == --profile && $word =~ ^[A-Za-z0-9_-]+$ ]]; then chosen=(--profile "$word"); fi
                      option=
                      continue
                    fi
                    if [[ $word == -* ]]; then
                      if [[ " $valued " == *" $word "* ]]; then option=$word; fi
                    elif [[ " $words " == *" $word "* ]]; then
                      at="${at:+$at }$word" words= asked= options= valued=
                      _aistrale_words "$at"
                    fi
                  done
                  if [[ $current == '=' ]]; then current=; fi
                  if [[ -n $option ]]; then
                    _aistrale_values "$at $option"
                    case $kind in
                      words) COMPREPLY=($(compgen -W "$values" -- "$current")) ;;
                      asked) _aistrale_asked "$values" ;;
                      file) _aistrale_files ;;
                    esac
                  elif [[ $current == -* ]]; then
                    COMPREPLY=($(compgen -W "$options" -- "$current"))
                  elif [[ -n $asked ]]; then
                    _aistrale_asked "$asked"
                  elif [[ -n $words ]]; then
                    COMPREPLY=($(compgen -W "$words" -- "$current"))
                  else
                    _aistrale_files
                  fi
                }
                complete -o default -F _aistrale aistrale
                """).toString();
    }

    static String zsh(List<CompletionPlace> places) {
        var text = new StringBuilder("""
                #compdef aistrale
                # Completes aistrale's commands, options and their values. Made by: aistrale completion zsh

                """);
        text.append("_aistrale_words() {\n  words_here=() options_here=() valued_here=() asked=\n  case $1 in\n");
        for (var place : places) {
            text.append("    '").append(place.path()).append("')\n      words_here=(");
            place.words().forEach((word, meaning) -> text.append(described(word, meaning)));
            text.append(" )\n      options_here=(");
            for (var option : place.options()) {
                option.names().forEach(name -> text.append(described(name, option.meaning())));
            }
            text.append(" )\n      valued_here=(")
                    .append(spaced(place.valued()))
                    .append(")\n      asked='")
                    .append(Objects.requireNonNullElse(place.asked(), ""))
                    .append("'\n      ;;\n");
        }
        text.append("  esac\n}\n\n_aistrale_values() {\n  case $1 in\n");
        values(places, "    '%s') kind='%s' values=(%s) ;;\n", text);
        return text.append("""
                    *) kind=any values=() ;;
                  esac
                }

                # What the server or the config file knows, as what it is: nothing of it is ever run. Silence where it cannot be had.
                _aistrale_asked() {
                  local -a names
                  names=("${(@f)$(AISTRALE_COMPLETION_NAMES=$1 command aistrale $chosen completion zsh 2>/dev/null </dev/null)}")
                  compadd -- ${names:#}
                }

                _aistrale() {
                  local at= option= kind= asked= word i
                  local -a words_here options_here valued_here values chosen
                  _aistrale_words ''
                  for ((i = 2; i < CURRENT; i++)); do
                    word=${words[i]}
                    if [[ -n $option ]]; then
                      if [[ $option == --profile && $word == [A-Za-z0-9_-]## ]]; then chosen=(--profile $word); fi
                      option=
                      continue
                    fi
                    if [[ $word == -* ]]; then
                      if (( ${valued_here[(Ie)$word]} )); then option=$word; fi
                    elif [[ -n ${(M)words_here:#${word}:*} ]]; then
                      at="${at:+$at }$word"
                      _aistrale_words "$at"
                    fi
                  done
                  if [[ -z $option && ${words[CURRENT]} == --*=* ]]; then
                    option=${words[CURRENT]%%=*}
                    compset -P 1 '*='
                  fi
                  if [[ -n $option ]]; then
                    _aistrale_values "$at $option"
                    case $kind in
                      words) compadd -a values ;;
                      asked) _aistrale_asked $values ;;
                      file) _files ;;
                      *) _message 'a value' ;;
                    esac
                  elif [[ ${words[CURRENT]} == -* ]]; then
                    _describe -o 'option' options_here
                  elif [[ -n $asked ]]; then
                    _aistrale_asked $asked
                  elif (( ${#words_here} )); then
                    _describe 'command' words_here
                  else
                    _files
                  fi
                }

                if [[ ${funcstack[1]} == _aistrale ]]; then
                  _aistrale "$@"
                else
                  compdef _aistrale aistrale
                fi
                """).toString();
    }

    static String fish(List<CompletionPlace> places) {
        var text = new StringBuilder("""
                # Completes aistrale's commands, options and their values. Made by: aistrale completion fish

                """);
        text.append("function __aistrale_words\n    switch \"$argv[1]\"\n");
        for (var place : places) {
            if (!place.words().isEmpty()) {
                text.append("        case '").append(place.path()).append("'\n            printf '%s\\t%s\\n'");
                place.words()
                        .forEach((word, meaning) -> text.append(' ')
                                .append(quoted(word))
                                .append(' ')
                                .append(quoted(meaning)));
                text.append('\n');
            }
        }
        text.append("    end\nend\n\nfunction __aistrale_options\n    switch \"$argv[1]\"\n");
        for (var place : places) {
            text.append("        case '").append(place.path()).append("'\n            printf '%s\\t%s\\n'");
            for (var option : place.options()) {
                option.names()
                        .forEach(name -> text.append(' ')
                                .append(quoted(name))
                                .append(' ')
                                .append(quoted(option.meaning())));
            }
            text.append('\n');
        }
        text.append("    end\nend\n\nfunction __aistrale_valued\n    switch \"$argv[1]\"\n");
        for (var place : places) {
            text.append("        case '%s'\n            string split ' ' -- '%s'\n"
                    .formatted(place.path(), spaced(place.valued())));
        }
        text.append("    end\nend\n\nfunction __aistrale_values\n    switch \"$argv[1]\"\n");
        for (var place : places) {
            for (var option : place.options()) {
                for (var name : option.names()) {
                    if (!option.values().isEmpty()) {
                        text.append("        case '%s %s'\n            string split ' ' -- '%s'\n"
                                .formatted(place.path(), name, spaced(option.values())));
                    } else if (option.asked() != null) {
                        text.append("        case '%s %s'\n            __aistrale_asked %s\n"
                                .formatted(place.path(), name, option.asked()));
                    } else if (option.file()) {
                        text.append("        case '%s %s'\n            __fish_complete_path $argv[2]\n"
                                .formatted(place.path(), name));
                    }
                }
            }
        }
        text.append("    end\nend\n\nfunction __aistrale_named\n    switch \"$argv[1]\"\n");
        for (var place : places) {
            if (place.asked() != null) {
                text.append(
                        "        case '%s'\n            __aistrale_asked %s\n".formatted(place.path(), place.asked()));
            }
        }
        return text.append("""
                    end
                end

                # What the server or the config file knows, as what it is: nothing of it is ever run. Silence where it cannot be had.
                function __aistrale_asked
                    AISTRALE_COMPLETION_NAMES=$argv[1] command aistrale $__aistrale_chosen completion fish 2>/dev/null </dev/null
                end

                function __aistrale
                    set -l at ''
                    set -l option ''
                    set -l current (commandline -ct)
                    set -g __aistrale_chosen
                    for word in (commandline -opc)[2..-1]
                        if test -n "$option"
                            if test "$option" = --profile; and string match -qr '^[A-Za-z0-9_-]+$' -- $word
                                set __aistrale_chosen --profile $word
                            end
                            set option ''
                        else if string match -q -- '-*' $word
                            if contains -- $word (__aistrale_valued "$at")
                                set option $word
                            end
                        else if contains -- $word (__aistrale_words "$at" | string replace -r '\\t.*' '')
                            set at (string trim -- "$at $word")
                        end
                    end
                    if test -n "$option"
                        __aistrale_values "$at $option" "$current"
                    else if string match -qr '^--[^=]+=' -- $current
                        set -l assigned (string replace -r '=.*' '' -- $current)
                        set -l values (__aistrale_values "$at $assigned" (string replace -r '^[^=]*=' '' -- $current))
                        test (count $values) -gt 0; and printf '%s\\n' "$assigned="$values
                    else if string match -q -- '-*' $current
                        __aistrale_options "$at"
                    else
                        set -l names (__aistrale_named "$at")
                        set -l words (__aistrale_words "$at")
                        if test (count $names) -gt 0
                            printf '%s\\n' $names
                        else if test (count $words) -gt 0
                            printf '%s\\n' $words
                        else
                            __fish_complete_path (commandline -ct)
                        end
                    end
                end

                complete -c aistrale -f -a '(__aistrale)'
                """).toString();
    }

    /** A line for each option that takes certain words or a file. */
    private static void values(List<CompletionPlace> places, String line, StringBuilder text) {
        for (var place : places) {
            for (var option : place.options()) {
                for (var name : option.names()) {
                    var key = place.path() + " " + name;
                    if (!option.values().isEmpty()) {
                        text.append(line.formatted(key, "words", spaced(option.values())));
                    } else if (option.asked() != null) {
                        text.append(line.formatted(key, "asked", option.asked()));
                    } else if (option.file()) {
                        text.append(line.formatted(key, "file", ""));
                    }
                }
            }
        }
    }

    private static String names(CompletionPlace place) {
        return place.options().stream()
                .flatMap(option -> option.names().stream())
                .collect(Collectors.joining(" "));
    }

    private static String spaced(List<String> words) {
        return String.join(" ", words);
    }

    private static String described(String word, String meaning) {
        return "\n        " + zshQuoted(word.replace(":", "\\:") + ":" + meaning);
    }

    private static String zshQuoted(String text) {
        return "'" + text.replace("'", "'\\''") + "'";
    }

    /** As fish quotes it. */
    private static String quoted(String text) {
        return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'";
    }
}
