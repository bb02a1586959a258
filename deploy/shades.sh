# How the scripts here set off what they say: on a terminal, unless NO_COLOR is set. To be sourced.
# shellcheck shell=bash disable=SC2034
bold='' faint='' plain=''
if [ -t 2 ] && [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then
  bold=$'\033[1m' faint=$'\033[2m' plain=$'\033[0m'
fi
