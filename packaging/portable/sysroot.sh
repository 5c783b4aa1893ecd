#!/bin/bash
# sysroot.sh ARCH FOLDER: what package.sh --portable compiles against. The C library is Debian 11's, because binaries need at least
# the one they were linked with; headers and static libraries are this distribution's, and a few are built from its source
# packages, without the parts that we do not use. Needs apt, and no root. Does nothing when it is all there.
set -euo pipefail
arch=$1 # x86_64 or aarch64
mkdir -p "$2"
folder=$(cd "$2" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
declare -A debian_arch=([x86_64]=amd64 [aarch64]=arm64)
deb_arch=${debian_arch[$arch]}
# The mirrors this machine uses anyway.
# shellcheck disable=SC2016  # apt fills these in
mirror_of() { apt-get indextargets --format '$(LABEL) $(REPO_URI)' | sed -n "s/^$1 //p" | head -1; }
mirror=$(mirror_of Debian)
security=$(mirror_of Debian-Security)
[ -n "$mirror" ] && [ -n "$security" ] ||
  { echo "sysroot.sh: apt on this machine has no lists of Debian and of its security updates. Run: apt-get update" >&2; exit 1; }
sysroot=$folder/sysroot
triplet=$arch-linux-gnu

# apt-get with lists, cache and status of its own, for one suite and this architecture
private_apt() {
  local suite=$1
  shift
  local root=$folder/apt-$suite
  if [ ! -e "$root/etc/sources.list" ]; then
    mkdir -p "$root"/{etc,lists/partial,cache/archives/partial}
    : >"$root/status"
    local signed="signed-by=/usr/share/keyrings/debian-archive-keyring.gpg"
    echo "deb [$signed] $mirror $suite main" >"$root/etc/new"
    if [ "$suite" = bookworm ]; then
      echo "deb [$signed] $security $suite-security main" >>"$root/etc/new"
      sed -n 's/^deb /deb-src /p' "$root/etc/new" >"$root/etc/sources"
      cat "$root/etc/sources" >>"$root/etc/new"
    fi
    mv "$root/etc/new" "$root/etc/sources.list"
    private_apt "$suite" -qq update
  fi
  apt-get -o Dir::Etc::sourcelist="$root/etc/sources.list" -o Dir::Etc::sourceparts=- -o Dir::State::lists="$root/lists" \
    -o Dir::State::status="$root/status" -o Dir::Cache="$root/cache" -o APT::Architecture="$deb_arch" \
    -o APT::Architectures::="$deb_arch" -o Debug::NoLocking=1 -o APT::Sandbox::User=root "$@"
}

unpack() { # SUITE PACKAGE...
  local suite=$1
  shift
  mkdir -p "$folder/debs"
  (cd "$folder/debs" && private_apt "$suite" -qq download "$@")
  for deb in "$folder"/debs/*.deb; do
    dpkg-deb -x "$deb" "$sysroot"
    record "$(dpkg-deb -f "$deb" Package)" "$(dpkg-deb -f "$deb" Version)" "$(dpkg-deb -f "$deb" Source | cut -d' ' -f1)" \
      < <(dpkg-deb --fsys-tarfile "$deb" | tar -t | sed -n 's|^\./\(.*[^/]\)$|\1|p')
  done
  rm -r "$folder/debs"
}

# record NAME VERSION SOURCE < FILES: what sbom.py reads
record() { awk -v OFS='\t' -v n="$1" -v v="$2" -v s="${3:-$1}" '{ print $0, n, v, s }' >>"$folder/contents"; }

base() {
  mkdir -p "$sysroot/usr/local"
  unpack bullseye libc6 libc6-dev linux-libc-dev
  # What the build needs, less what `libraries` makes; libboost-dev only names the real one.
  # shellcheck disable=SC2046  # one package a word
  unpack bookworm $("$here/../dependencies.sh" --list build | grep -- '-dev$' | sed 's/^libboost-dev$/libboost1.81-dev/' |
    grep -vE '^lib(curl4-openssl|spdlog|fmt|simdjson|cpp-httplib)-dev$')
  # The compiler looks for its C++ headers below the sysroot too.
  if [ "$arch" = "$(uname -m)" ]; then
    mkdir -p "$sysroot/usr/include/$triplet"
    cp -a /usr/include/c++ "$sysroot/usr/include/"
    cp -a "/usr/include/$triplet/c++" "$sysroot/usr/include/$triplet/"
  else
    mkdir -p "$sysroot/usr/$triplet/include"
    cp -a "/usr/$triplet/include/c++" "$sysroot/usr/$triplet/include/"
  fi
  mkdir -p "$sysroot/usr/local/lib"
  "$triplet-gcc-12" -nostdinc -isystem "$("$triplet-gcc-12" -print-file-name=include)" -isystem "$sysroot/usr/include/$triplet" \
    -isystem "$sysroot/usr/include" -O2 -fPIC -c "$here/older_glibc.c" -o "$sysroot/usr/local/lib/older_glibc.o"
  # Absolute links point out of the sysroot.
  find "$sysroot" -type l -lname '/*' | while read -r link; do
    target=$(readlink "$link")
    ln -sfn "$(realpath -m --relative-to="$(dirname "$link")" "$sysroot$target")" "$link"
  done
}

version_of() { sed -n 's/^Version: //p' "$folder/src/$1"/*.dsc; }

build() { # SOURCE-PACKAGE CMAKE-ARGUMENT...
  local package=$1
  shift
  mkdir -p "$folder/src/$package"
  (
    cd "$folder/src/$package"
    private_apt bookworm -qq source "$package"
    source=$(find . -mindepth 1 -maxdepth 1 -type d -not -name build)
    CFLAGS="$hardening -ffile-prefix-map=$folder=." CXXFLAGS="$hardening -ffile-prefix-map=$folder=." \
      cmake -S "$source" -B build -G Ninja -Wno-dev -DCMAKE_BUILD_TYPE=Release -DBUILD_SHARED_LIBS=OFF \
      -DCMAKE_TOOLCHAIN_FILE="$here/toolchain.cmake" -DPREEMPTD_ARCH="$arch" -DPREEMPTD_SYSROOT="$sysroot" \
      -DCMAKE_INSTALL_PREFIX=/usr/local -DCMAKE_INSTALL_LIBDIR=lib "$@"
    ninja -C build
    DESTDIR=$sysroot ninja -C build install
    record "$package" "$(version_of "$package")" "$package" < <(sed 's|^/||' build/install_manifest.txt)
  )
}

hardening="-O2 -fPIC -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fstack-clash-protection -ffunction-sections -fdata-sections"

libraries() {
  build fmtlib -DFMT_TEST=OFF -DFMT_DOC=OFF
  build spdlog -DSPDLOG_FMT_EXTERNAL=ON -DSPDLOG_BUILD_EXAMPLE=OFF
  build simdjson -DSIMDJSON_DEVELOPER_MODE=OFF
  build cpp-httplib -DHTTPLIB_COMPILE=ON -DHTTPLIB_USE_OPENSSL_IF_AVAILABLE=OFF -DHTTPLIB_USE_ZLIB_IF_AVAILABLE=OFF \
    -DHTTPLIB_USE_BROTLI_IF_AVAILABLE=OFF
  # Debian's package has this file, upstream's build does not.
  mkdir -p "$sysroot/usr/local/lib/pkgconfig"
  printf '%s\n' 'Name: cpp-httplib' 'Description: HTTP library' "Version: $(version_of cpp-httplib)" \
    'Libs: -L/usr/local/lib -lhttplib' 'Cflags: -I/usr/local/include' >"$sysroot/usr/local/lib/pkgconfig/cpp-httplib.pc"
  build curl -DHTTP_ONLY=ON -DCURL_USE_OPENSSL=ON -DBUILD_CURL_EXE=OFF -DBUILD_TESTING=OFF -DENABLE_MANUAL=OFF \
    -DENABLE_THREADED_RESOLVER=ON -DCURL_ZLIB=OFF -DCURL_BROTLI=OFF -DCURL_ZSTD=OFF -DUSE_NGHTTP2=OFF -DUSE_LIBIDN2=OFF \
    -DCURL_USE_LIBSSH2=OFF -DCURL_USE_LIBPSL=OFF -DCURL_USE_GSSAPI=OFF -DCURL_DISABLE_ALTSVC=ON -DCURL_DISABLE_HSTS=ON \
    -DCURL_DISABLE_COOKIES=ON -DCURL_DISABLE_NETRC=ON -DCURL_CA_BUNDLE=none -DCURL_CA_PATH=none
}

wanted=$(cat "$0" "$here/toolchain.cmake" "$here"/older_glibc.* | sha256sum)
if [ "$(cat "$folder/made-by" 2>/dev/null)" = "$wanted" ]; then exit 0; fi
rm -rf "$sysroot" "$folder/src" "$folder/contents"
base
libraries
echo "$wanted" >"$folder/made-by"
