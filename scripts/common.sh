# Sourced by the scripts beside it. Debian 12's packages, exactly what is needed and why; the lists are the truth.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

# To build the gateway, the tests and their peers.
packages_build=(
    gcc g++ libc6-dev cmake ninja-build pkg-config
    libmicrohttpd-dev libjansson-dev libarchive-dev libsqlite3-dev libcurl4-openssl-dev libdcmtk-dev
    libjpeg62-turbo-dev libpng-dev libssl-dev zlib1g-dev
    python3 python3-yaml                   # api/openapi.yaml becomes part of the binary
    libcmocka-dev                          # tests
)
# To run the demo: the peer, and a client.
packages_demo=(dcmtk curl)
# To run the tests: both peers, and what looks at the results, at the unit of systemd and at the manual page.
packages_test=(dcmtk orthanc orthanc-dicomweb libgdcm-tools curl unzip systemd man-db)
# What .ci/run needs beyond: the other compiler with its sanitizers, the linters.
packages_ci=(clang libclang-rt-14-dev clang-format clang-tidy nodejs npm)
# To test the page for people (scripts/test-page): the browser, what drives it, the peer, and what looks at the results.
packages_page=(chromium nodejs npm dcmtk curl unzip)
# To test viewers (scripts/test-viewers): the browser and what drives it, the web server before the gateway, both peers,
# encoders, and orthanc's own DICOMweb as the reference.
packages_viewers=(chromium nodejs npm nginx dcmtk orthanc orthanc-dicomweb libgdcm-tools)
# To test the images (scripts/test-container): the base, builder, engine, runtime and compose; the network of containers
# with their names; what looks at the results. What the browser needs is in packages_viewers.
packages_container=(debootstrap buildah podman runc conmon podman-compose netavark aardvark-dns iptables iproute2 dcmtk curl)
# To test the Debian package (scripts/test-package): what makes it, what looks at it, and a system to install it in.
packages_package=(dpkg-dev file lintian debootstrap util-linux)
# To test several gateways behind a balancer (scripts/test-scale): the balancers, the peer, and what drives them.
packages_scale=(nodejs npm nginx haproxy dcmtk)
# To test objects in a bucket (scripts/test-bucket): what runs npm's s3rver and makes its certificate, the peer, and what looks at the
# results.
packages_bucket=(nodejs npm openssl dcmtk unzip)

step() { printf '\n== %s\n' "$*"; }

as_root() {
    if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi
}

# Installs what is missing of the packages named. A peer's package must not start a server of its own on this machine.
install_packages() {
    local missing=() package policy=/usr/sbin/policy-rc.d
    for package in "$@"; do
        case $package in # Node.js may be here from another source than Debian's packages, which then must not be mixed in
            nodejs | npm) if command -v npm >/dev/null; then continue; fi ;;
        esac
        dpkg-query -W -f='${db:Status-Abbrev}' "$package" 2>/dev/null | grep -q '^ii' || missing+=("$package")
    done
    [ ${#missing[@]} -eq 0 ] && return
    step "Installing ${missing[*]}"
    as_root apt-get update -qq
    if [ ! -e "$policy" ]; then
        printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
        as_root chmod 755 "$policy"
        # shellcheck disable=SC2064
        trap "as_root rm -f $policy" EXIT
    fi
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
    if [ -n "$(trap -p EXIT)" ]; then
        as_root rm -f "$policy"
        trap - EXIT
    fi
}

# build PRESET [TARGET...]
build() {
    local preset=$1
    shift
    cd "$root"
    mkdir -p build
    if ! { cmake --preset "$preset" && cmake --build --preset "$preset" -j "$(nproc)" ${@:+--target "$@"}; } \
        >"build/$preset.log" 2>&1; then
        cat "build/$preset.log" >&2
        return 1
    fi
    tail -n 1 "build/$preset.log"
}

# make_debian_base DIRECTORY: a minimal Debian 12, made once. Needs root and packages_package's debootstrap.
make_debian_base() {
    local base=$1
    [ ! -e "$base.complete" ] || return 0
    step "Making a minimal Debian in $base"
    mkdir -p "$(dirname "$base")"
    rm -rf --one-file-system "$base"
    # In a mount namespace: what an interrupted debootstrap leaves mounted goes with it.
    if ! unshare --mount debootstrap --variant=minbase bookworm "$base" >"$base.log" 2>&1; then
        tail -n 20 "$base.log" >&2
        return 1
    fi
    touch "$base.complete"
}
