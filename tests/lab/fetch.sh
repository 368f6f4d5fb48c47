#!/bin/sh
# Fetch a real Asterisk (22 or newer) and baresip (1.1.0 or newer, the first that answers by itself) for the tests:
# Debian sid's packages, extracted into CACHE/asterisk and CACHE/baresip and run through their own loader.
# Nothing of the machine is touched: no root, no chroot, no package database; a folder can simply be removed.
#
#   fetch.sh CACHE        a program that is there and runs is left alone (SIAGA112_REFETCH=1 fetches it again)
#
# Exit status 0: both are there; 3: something could not be had (named on standard error).
set -eu

say() { printf '%s\n' "fetch: $*" >&2; }
die() { say "$*"; exit 3; }
hide() { sed -E 's#[a-z+]+://[^ ]+#<mirror>#g'; }   # a mirror's address is nobody's business

[ $# -eq 1 ] || { echo "usage: fetch.sh CACHE" >&2; exit 2; }
mkdir -p "$1" || die "cannot make the folder $1"
CACHE=$(cd "$1" && pwd)
for tool in apt-get dpkg-deb dpkg tar; do
  command -v "$tool" >/dev/null 2>&1 || die "needs $tool, so Debian or one of its kind; or put an Asterisk at $CACHE/asterisk/bin/asterisk yourself"
done

# Two runs at once must not write into each other's folders.
LOCK=$CACHE/.lock
if command -v flock >/dev/null 2>&1; then
  exec 9>"$LOCK"
  flock -w 300 9 || die "another fetch holds $LOCK"
fi

version() { # of a fetched program; nothing when it does not run
  case $1 in asterisk) option=-V ;; *) option=-h ;; esac
  { "$CACHE/$1/bin/$1" "$option" </dev/null 2>&1 || :; } | sed -n -E '1s/^(Asterisk [0-9.]+|baresip v[0-9.]+).*/\1/p'
}
WANT=
for program in asterisk baresip; do
  if [ -n "${SIAGA112_REFETCH:-}" ] || ! [ -f "$CACHE/$program/.complete" ] || [ -z "$(version "$program")" ]; then
    WANT="$WANT $program"
  fi
done
[ -n "$WANT" ] || exit 0

WORK=$(mktemp -d "$CACHE/.fetch.XXXXXX")
trap 'rm -rf "$WORK"' EXIT
trap 'exit 3' HUP INT TERM
# The configuration and lists are ours alone; the mirror is the one that this machine's own apt uses.
mirror() {
  apt-get indextargets --format '$(RELEASE) $(REPO_URI)' 'Created-By: Packages' 2>/dev/null |
    awk '$1 !~ /security|updates|backports/ && $2 ~ /debian/ {print $2; exit}'
}
MIRROR=$(mirror)
if [ -z "$MIRROR" ]; then
  MIRROR=$(cat /etc/apt/sources.list.d/*.sources 2>/dev/null | awk '$1 == "URIs:" && $2 ~ /debian/ && $2 !~ /security/ {print $2; exit}')
fi
if [ -z "$MIRROR" ]; then
  MIRROR=$(cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list 2>/dev/null |
    awk '$1 == "deb" {for (i = 2; i <= NF; i++) if ($i ~ /:\/\// && $i ~ /debian/ && $i !~ /security/) {print $i; exit}}')
fi
[ -n "$MIRROR" ] || die "apt on this machine knows no Debian mirror (/etc/apt/sources.list)"
KEYRING=
for k in /usr/share/keyrings/debian-archive-keyring.gpg /usr/share/keyrings/debian-archive-keyring.pgp; do
  if [ -f "$k" ]; then KEYRING=$k; break; fi
done
[ -n "$KEYRING" ] || die "no Debian archive keys here: apt-get install debian-archive-keyring"

mkdir -p "$WORK/parts" "$WORK/prefs" "$WORK/lists/partial"
: > "$WORK/status"
printf 'Types: deb\nURIs: %s\nSuites: %s\nComponents: main\nSigned-By: %s\n' "$MIRROR" "${SIAGA112_SUITE:-sid}" "$KEYRING" > "$WORK/parts/lab.sources"
cat > "$WORK/apt.conf" <<X
Dir::Etc::sourcelist "/dev/null";
Dir::Etc::sourceparts "$WORK/parts";
Dir::Etc::preferences "/dev/null";
Dir::Etc::preferencesparts "$WORK/prefs";
Dir::State::lists "$WORK/lists";
Dir::State::status "$WORK/status";
Dir::State::extended_states "$WORK/extended";
Dir::Cache::pkgcache "";
Dir::Cache::srcpkgcache "";
Dir::Log "$WORK";
APT::Install-Recommends "false";
APT::Sandbox::User "";
Acquire::Languages "none";
Acquire::Retries "3";
// A mirror that lags behind is good enough for tests; what it serves is still signed.
Acquire::Check-Valid-Until "false";
Acquire::IndexTargets::deb::DEP-11::DefaultEnabled "false";
Acquire::IndexTargets::deb::Contents-deb::DefaultEnabled "false";
Binary::apt-get::APT::Keep-Downloaded-Packages "true";
Debug::NoLocking "true";
X
quiet_apt() {
  APT_CONFIG=$WORK/apt.conf DEBIAN_FRONTEND=noninteractive "$@" > "$WORK/log" 2>&1 || { tail -n 20 "$WORK/log" | hide >&2; return 1; }
}
quiet_apt apt-get -qq update || die "the package lists of Debian sid could not be fetched"

# fetch PROGRAM "its own packages" "libraries": the program's packages, and the closure of the libraries it needs.
fetch() {
  program=$1 packages=$2 extra=$3
  debs=$WORK/$program.debs root=$WORK/$program
  mkdir -p "$debs/partial" "$root/bin"
  # shellcheck disable=SC2086
  (cd "$debs" && quiet_apt apt-get -qq download $packages) || die "cannot download $packages"
  # The libraries of the main package only: of asterisk-modules' 350 modules those that we load need just one more.
  libraries=$(dpkg-deb -f "$debs/${packages%% *}"_*.deb Depends | tr ',' '\n' |
    sed -E 's/\(.*//; s/\|.*//; s/ //g' | grep -E '^lib' | grep -vE '^libpaho|^liblua' | sort -u)
  # shellcheck disable=SC2086
  quiet_apt apt-get -qq -y -o "Dir::Cache::archives=$debs" --download-only install $libraries $extra ||
    die "cannot download the libraries of $program"
  for deb in "$debs"/*.deb; do
    dpkg-deb --fsys-tarfile "$deb" | tar -x -C "$root" --no-same-owner \
      --exclude='./usr/share/doc/*' --exclude='./usr/share/man/*' --exclude='./usr/share/locale/*' --exclude='./usr/share/i18n/*' \
      --exclude='*/gconv/*' --exclude='./usr/share/lintian/*' --exclude='./usr/share/zoneinfo/*' --exclude='./usr/share/perl/*'
  done
  # --argv0 is the wrapper itself, so that `core restart` (execvp of argv[0]) comes back through it.
  real=$(cd "$root" && ls usr/sbin/"$program" usr/bin/"$program" 2>/dev/null | head -n 1)
  [ -n "$real" ] || die "the packages hold no $program"
  cat > "$root/bin/$program" <<X
#!/bin/sh
here=\$(cd "\$(dirname "\$0")/.." && pwd)
for lib in "\$here"/usr/lib/*-linux-gnu; do break; done
for loader in "\$lib"/ld-linux-*.so.*; do break; done
exec "\$loader" --library-path "\$lib" --argv0 "\$here/bin/$program" "\$here/$real" "\$@"
X
  chmod 755 "$root/bin/$program"
  chmod -R a+rX "$root"
  touch "$root/.complete"
  rm -rf "${CACHE:?}/$program"
  mv "$root" "$CACHE/$program"
}

for program in $WANT; do
  case $program in
    asterisk)
      fetch asterisk "asterisk asterisk-modules asterisk-core-sounds-en-gsm" libgsm1
      [ -e "$CACHE/asterisk/usr/share/asterisk/sounds/en" ] || ln -s en_US_f_Allison "$CACHE/asterisk/usr/share/asterisk/sounds/en"
      ;;
    baresip) fetch baresip baresip-core "" ;;
  esac
  [ -n "$(version "$program")" ] || die "the fetched $program does not run here: $("$CACHE/$program/bin/$program" -V 2>&1 | head -n 2)"
  say "$(version "$program") is now in $CACHE/$program"
done
