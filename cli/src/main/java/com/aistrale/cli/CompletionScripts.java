package com.aistrale.cli;

import java.util.List;
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
            text.append("    '%s') words='%s' options='%s' valued='%s' ;;\n"
                    .formatted(
                            place.path(),
                            String.join(" ", place.words().keySet()),
                            names(place),
                            spaced(place.valued())));
        }
        text.append("  esac\n}\n\n_aistrale_values() {\n  case $1 in\n");
        values(places, "    '%s') kind='%s' values='%s' ;;\n", text);
        return text.append("""
                    *) kind=any ;;
                  esac
                }

                _aistrale() {
                  local current=${COMP_WORDS[COMP_CWORD]} at= option= words= options= valued= kind= values= i word
                  COMPREPLY=()
                  _aistrale_words ''
                  for ((i = 1; i < COMP_CWORD; i++)); do
                    word=${COMP_WORDS[i]}
                    if [[ $word == '=' ]]; then continue; fi
                    if [[ -n $option ]]; then option=; continue; fi
                    if [[ $word == -* ]]; then
                      if [[ " $valued " == *" $word "* ]]; then option=$word; fi
                    elif [[ " $words " == *" $word "* ]]; then
                      at="${at:+$at }$word" words= options= valued=
                      _aistrale_words "$at"
                    fi
                  done
                  if [[ $current == '=' ]]; then current=; fi
                  if [[ -n $option ]]; then
                    _aistrale_values "$at $option"
                    case $kind in
                      words) COMPREPLY=($(compgen -W "$values" -- "$current")) ;;
                      file) COMPREPLY=($(compgen -f -- "$current")); compopt -o filenames 2>/dev/null ;;
                    esac
                  elif [[ $current == -* ]]; then
                    COMPREPLY=($(compgen -W "$options" -- "$current"))
                  elif [[ -n $words ]]; then
                    COMPREPLY=($(compgen -W "$words" -- "$current"))
                  else
                    COMPREPLY=($(compgen -f -- "$current")); compopt -o filenames 2>/dev/null
                  fi
                }
                complete -F _aistrale aistrale
                """).toString();
    }

    static String zsh(List<CompletionPlace> places) {
        var text = new StringBuilder("""
                #compdef aistrale
                # Completes aistrale's commands, options and their values. Made by: aistrale completion zsh

                """);
        text.append("_aistrale_words() {\n  words_here=() options_here=() valued_here=()\n  case $1 in\n");
        for (var place : places) {
            text.append("    '").append(place.path()).append("')\n      words_here=(");
            place.words().forEach((word, meaning) -> text.append(described(word, meaning)));
            text.append(" )\n      options_here=(");
            for (var option : place.options()) {
                option.names().forEach(name -> text.append(described(name, option.meaning())));
            }
            text.append(" )\n      valued_here=(")
                    .append(spaced(place.valued()))
                    .append(")\n      ;;\n");
        }
        text.append("  esac\n}\n\n_aistrale_values() {\n  case $1 in\n");
        values(places, "    '%s') kind='%s' values=(%s) ;;\n", text);
        return text.append("""
                    *) kind=any values=() ;;
                  esac
                }

                _aistrale() {
                  local at= option= kind= word i
                  local -a words_here options_here valued_here values
                  _aistrale_words ''
                  for ((i = 2; i < CURRENT; i++)); do
                    word=${words[i]}
                    if [[ -n $option ]]; then option=; continue; fi
                    if [[ $word == -* ]]; then
                      if (( ${valued_here[(Ie)$word]} )); then option=$word; fi
                    elif [[ -n ${(M)words_here:#${word}:*} ]]; then
                      at="${at:+$at }$word"
                      _aistrale_words "$at"
                    fi
                  done
                  if [[ -n $option ]]; then
                    _aistrale_values "$at $option"
                    case $kind in
                      words) compadd -a values ;;
                      file) _files ;;
                      *) _message 'a value' ;;
                    esac
                  elif [[ ${words[CURRENT]} == -* ]]; then
                    _describe -o 'option' options_here
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
                    } else if (option.file()) {
                        text.append("        case '%s %s'\n            __fish_complete_path (commandline -ct)\n"
                                .formatted(place.path(), name));
                    }
                }
            }
        }
        return text.append("""
                    end
                end

                function __aistrale
                    set -l at ''
                    set -l option ''
                    for word in (commandline -opc)[2..-1]
                        if test -n "$option"
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
                        __aistrale_values "$at $option"
                    else if string match -q -- '-*' (commandline -ct)
                        __aistrale_options "$at"
                    else
                        set -l words (__aistrale_words "$at")
                        if test (count $words) -gt 0
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
