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
  # Another installation may be under way: its lock is waited for.
  if ! as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -y -o DPkg::Lock::Timeout=300 install --no-install-recommends "$@" >/dev/null 2>&1; then
    complain "$purpose could not be installed (apt-get install $* failed)."
    return 1
  fi
}

provide_rust() {
  have cargo && return 0
  complain "cargo is missing. Install Rust 1.95 or later: https://rustup.rs"
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

# Debian's own compiler with its library source, and a linker from the rustc in use.
debian_wasm_there() {
  [ -x /usr/bin/rustc ] && [ -x /usr/bin/cargo ] && [ -d "$(/usr/bin/rustc --print sysroot 2>/dev/null)/lib/rustlib/src/rust/library/std" ]
}

provide_wasm() {
  if wasm_target_there || debian_wasm_there; then
    return 0
  fi
  if have rustup; then
    say "adding the WebAssembly target (rustup target add wasm32-unknown-unknown)"
    if rustup target add wasm32-unknown-unknown >/dev/null 2>&1 && wasm_target_there; then
      return 0
    fi
    say "rustup could not add it; taking Debian's compiler for plugins instead"
  fi
  install_debian "a Rust compiler for WebAssembly" rustc-web cargo-web rust-web-src && debian_wasm_there
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
  postgres_bin >/dev/null || install_debian "PostgreSQL" postgresql && postgres_bin >/dev/null
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
  have promtool || install_debian "promtool" prometheus
}

provide_chromium() {
  have chromium || have google-chrome || install_debian "Chromium" chromium
}

# Dovecot for fetching, Postfix for sending; neither is started as a service of the machine.
provide_mail() {
  if have dovecot && have postfix; then
    return 0
  fi
  install_debian "Dovecot and Postfix" dovecot-imapd dovecot-lmtpd postfix && have dovecot
}
