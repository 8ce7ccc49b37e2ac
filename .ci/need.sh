# shellcheck shell=bash
# Shared by ./run and ./test: what must be on the machine, installed where that is allowed, named where it is not.

# The same as `rust-version` in Cargo.toml.
readonly RUST_MINOR=95

say() { printf '%s\n' "$*" >&2; }

stop() {
    say "$@"
    exit 1
}

# need_packages PACKAGE...: Debian packages, installed when this is root on a Debian, else the line to type.
need_packages() {
    local install=(apt-get install -y --no-install-recommends "$@")
    if ! command -v apt-get >/dev/null; then
        stop "Please install with your system's package manager (names as in Debian): $*"
    fi
    if [[ $(id -u) -ne 0 ]]; then
        stop "Please run, then try again: sudo ${install[*]}"
    fi
    say "Installing: $*"
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive "${install[@]}"
}

need_rust() {
    if ! command -v cargo >/dev/null && [[ -f ${CARGO_HOME:-$HOME/.cargo}/env ]]; then
        # shellcheck disable=SC1091
        . "${CARGO_HOME:-$HOME/.cargo}/env"
    fi
    if ! command -v cargo >/dev/null; then
        stop "Rust is missing. Secure Chat needs Rust 1.$RUST_MINOR or newer: install it with rustup (https://rustup.rs)," \
            "open a new shell and try again. Debian 12's own rustc is too old."
    fi
    if [[ ! $(rustc --version) =~ ^rustc\ 1\.([0-9]+) ]] || ((BASH_REMATCH[1] < RUST_MINOR)); then
        stop "$(rustc --version) is too old: Secure Chat needs 1.$RUST_MINOR or newer. With rustup: rustup update stable"
    fi
}

# SQLite and the keyring library are compiled from C.
need_c_compiler() {
    command -v cc >/dev/null || need_packages gcc libc6-dev
}

# A toolchain for the browser's crates: rustup's target, or Debian's packages where rustup may not download.
need_wasm() {
    local target=wasm32-unknown-unknown
    if [[ -d $(rustc --print target-libdir --target "$target") ]]; then
        return
    fi
    if command -v rustup >/dev/null && rustup target add "$target"; then
        return
    fi
    [[ -d /usr/share/doc/rust-web-src ]] || need_packages rustc-web cargo-web rust-web-src lld
}

# Where cargo puts what it builds.
target_dir() { printf '%s\n' "${CARGO_TARGET_DIR:-target}"; }
