# shellcheck shell=bash
# What Kerros needs on a machine, found or installed, each with a word about what is done.
# Sourced by deploy/quickstart.sh, tests/run.sh and .ci/run.
#
# A function `provide_X` returns 0 when X is there afterwards. It installs only where it may (Debian
# packages as root or through sudo without a password); else it says what to install and returns 1.

say() { printf '\033[1mkerros:\033[0m %s\n' "$*"; }
complain() { printf '\033[1mkerros:\033[0m %s\n' "$*" >&2; }

have() { command -v "$1" >/dev/null 2>&1; }

# Runs a command as root, if that is possible without asking.
as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  elif have sudo && sudo -n true 2>/dev/null; then
    sudo -n "$@"
  else
    return 1
  fi
}

apt_lists_fresh=""
policy=/usr/sbin/policy-rc.d

# apt_quietly PACKAGE...: installs; Debian would start what it brings as a service, which a policy forbids meanwhile.
apt_quietly() (
  made=""
  trap '[ -z "$made" ] || as_root rm -f "$policy"' EXIT
  if [ ! -e "$policy" ]; then
    made=yes
    printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null && as_root chmod 755 "$policy"
  fi
  # Another installation may be under way: its lock is waited for.
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -y -o DPkg::Lock::Timeout=300 install --no-install-recommends "$@" >/dev/null 2>&1
)

# leave_off UNIT...: what was installed for tests does not come up with the machine either.
leave_off() {
  if have systemctl; then
    as_root systemctl disable --quiet "$@" >/dev/null 2>&1
  fi
  return 0
}

# install_debian PURPOSE PACKAGE...: installs Debian packages, or says what to install.
install_debian() {
  local purpose=$1
  shift
  if ! have apt-get || ! as_root true; then
    complain "$purpose is missing. Install it: on Debian or Ubuntu 'sudo apt-get install $*'."
    return 1
  fi
  say "installing $purpose (Debian packages: $*)"
  if [ -z "$apt_lists_fresh" ]; then
    as_root apt-get -qq update >/dev/null 2>&1 || complain "apt-get update failed; trying with the lists at hand"
    apt_lists_fresh=yes
  fi
  if ! apt_quietly "$@"; then
    complain "$purpose could not be installed (apt-get install $* failed)."
    return 1
  fi
}

# The oldest compiler that this source is for; Cargo.toml says the same.
rust_wanted=1.95

# new_enough RUSTC: whether that compiler is not older.
new_enough() {
  local version
  version=$("$1" --version 2>/dev/null | awk '{ print $2 }')
  [ -n "$version" ] && [ "$(printf '%s\n%s\n' "$rust_wanted" "$version" | sort -V | head -n 1)" = "$rust_wanted" ]
}

provide_rust() {
  if ! have cargo || ! have rustc; then
    complain "Rust is missing. Install Rust $rust_wanted or later: https://rustup.rs"
    return 1
  fi
  new_enough rustc && return 0
  if have rustup; then
    say "adding Rust $rust_wanted (rustup toolchain install $rust_wanted): $(rustc --version) is too old"
    if rustup toolchain install "$rust_wanted" --profile minimal --component rustfmt,clippy >/dev/null 2>&1; then
      export RUSTUP_TOOLCHAIN=$rust_wanted
      return 0
    fi
  fi
  complain "$(rustc --version) is too old. Install Rust $rust_wanted or later: https://rustup.rs"
  return 1
}

provide_cc() {
  have cc || install_debian "a C compiler" gcc libc6-dev
}

provide_node() {
  if have node && have npm; then
    return 0
  fi
  install_debian "Node.js" nodejs npm
}

# Whether the rustc in use has the WebAssembly target.
wasm_target_there() {
  local libdir
  libdir=$(rustc --print target-libdir --target wasm32-unknown-unknown 2>/dev/null) && ls "$libdir"/libstd-*.rlib >/dev/null 2>&1
}

# Debian's own compiler with its library source.
debian_wasm_there() {
  [ -x /usr/bin/cargo ] && new_enough /usr/bin/rustc &&
    [ -d "$(/usr/bin/rustc --print sysroot 2>/dev/null)/lib/rustlib/src/rust/library/std" ]
}

# A linker for WebAssembly: that of any Rust toolchain, or of the machine. (sdk/build looks in the same places.)
wasm_linker_there() {
  local file
  for file in "$(rustc --print sysroot 2>/dev/null)"/lib/rustlib/*/bin/rust-lld \
    "${RUSTUP_HOME:-$HOME/.rustup}"/toolchains/*/lib/rustlib/*/bin/rust-lld /usr/bin/wasm-ld-*; do
    [ -x "$file" ] && return 0
  done
  have wasm-ld
}

# Debian's way: its compiler, the library's source, and a linker.
provide_debian_wasm() {
  debian_wasm_there || install_debian "a Rust compiler for WebAssembly" rustc-web cargo-web rust-web-src || return 1
  if ! debian_wasm_there; then
    complain "Debian's compiler is $(/usr/bin/rustc --version 2>/dev/null || echo missing); plugins need Rust $rust_wanted or later with its library source."
    complain "With rustup: rustup target add wasm32-unknown-unknown. On Debian: the newer rustc-web of the security or backports archive."
    return 1
  fi
  wasm_linker_there || install_debian "a linker for WebAssembly" lld
}

provide_wasm() {
  if wasm_target_there || { debian_wasm_there && wasm_linker_there; }; then
    return 0
  fi
  if have rustup; then
    say "adding the WebAssembly target (rustup target add wasm32-unknown-unknown)"
    if rustup target add wasm32-unknown-unknown >/dev/null 2>&1 && wasm_target_there; then
      return 0
    fi
    say "rustup could not add it; taking Debian's compiler for plugins instead"
  fi
  provide_debian_wasm
}

# Front-end packages by lockfile, only when they changed.
provide_npm() {
  local folder=$1 stamp
  stamp="$folder/node_modules/.kerros-lock"
  if [ -f "$stamp" ] && cmp -s "$folder/package-lock.json" "$stamp"; then
    return 0
  fi
  say "installing front-end packages by lockfile ($folder)"
  (cd "$folder" && npm ci --no-audit --no-fund --loglevel=error) && cp "$folder/package-lock.json" "$stamp"
}

provide_postgres() {
  postgres_bin >/dev/null && return 0
  install_debian "PostgreSQL" postgresql && leave_off postgresql.service && postgres_bin >/dev/null
}

# The folder of PostgreSQL's programs.
postgres_bin() {
  local folder
  for folder in "$(dirname "$(command -v initdb 2>/dev/null || echo /none/x)")" /usr/lib/postgresql/*/bin; do
    if [ -x "$folder/initdb" ] && [ -x "$folder/postgres" ]; then
      echo "$folder"
      return 0
    fi
  done
  return 1
}

provide_promtool() {
  have promtool && return 0
  install_debian "promtool" prometheus && leave_off prometheus.service && have promtool
}

# A browser for the browser tests, which read from CHROMIUM where it is.
provide_chromium() {
  find_chromium || { install_debian "Chromium" chromium && find_chromium; }
}

find_chromium() {
  local name
  [ -n "${CHROMIUM:-}" ] && [ -x "$CHROMIUM" ] && return 0
  for name in chromium chromium-browser google-chrome google-chrome-stable; do
    if have "$name"; then
      CHROMIUM=$(command -v "$name")
      export CHROMIUM
      return 0
    fi
  done
  return 1
}

# Dovecot for fetching, Postfix for sending, OpenSSL for their certificate; neither runs as a service of the machine.
provide_mail() {
  # Postfix lies where only root's PATH leads.
  PATH=$PATH:/usr/sbin
  have openssl || install_debian "OpenSSL" openssl || return 1
  if have dovecot && have postfix; then
    return 0
  fi
  install_debian "Dovecot and Postfix" dovecot-imapd dovecot-lmtpd postfix && leave_off dovecot.service postfix.service &&
    have dovecot
}
