# g++ of this machine (or its cross twin) over the C library of Debian 11: what comes out runs wherever glibc is 2.31 or
# newer, with everything else linked in. PREEMPTD_ARCH is x86_64 or aarch64, PREEMPTD_SYSROOT as made by portable.sh.
set(CMAKE_TRY_COMPILE_PLATFORM_VARIABLES PREEMPTD_ARCH PREEMPTD_SYSROOT)
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR ${PREEMPTD_ARCH})
set(CMAKE_C_COMPILER ${PREEMPTD_ARCH}-linux-gnu-gcc-12)
set(CMAKE_CXX_COMPILER ${PREEMPTD_ARCH}-linux-gnu-g++-12)
set(CMAKE_LIBRARY_ARCHITECTURE ${PREEMPTD_ARCH}-linux-gnu)
set(CMAKE_SYSROOT ${PREEMPTD_SYSROOT})
set(CMAKE_FIND_ROOT_PATH ${PREEMPTD_SYSROOT})
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
set(CMAKE_FIND_LIBRARY_SUFFIXES .a)
set(OPENSSL_USE_STATIC_LIBS ON)
set(ENV{PKG_CONFIG_SYSROOT_DIR} ${PREEMPTD_SYSROOT})
set(ENV{PKG_CONFIG_LIBDIR} ${PREEMPTD_SYSROOT}/usr/local/lib/pkgconfig:${PREEMPTD_SYSROOT}/usr/share/pkgconfig)
# Debian 11 keeps threads and dlopen in libraries of their own; --as-needed drops what is not used.
# -B and -L: without them the compiler's own folder, with this machine's C library beside it, comes before the sysroot.
set(libraries ${PREEMPTD_SYSROOT}/usr/lib/${PREEMPTD_ARCH}-linux-gnu)
set(CMAKE_EXE_LINKER_FLAGS_INIT "-B${libraries} -L${libraries} -static-libstdc++ -static-libgcc -Wl,--as-needed")
set(CMAKE_CXX_STANDARD_LIBRARIES "${PREEMPTD_SYSROOT}/usr/local/lib/older_glibc.o -Wl,--push-state,--no-as-needed -lpthread -Wl,--pop-state -ldl")
set(CMAKE_C_STANDARD_LIBRARIES "-lpthread -ldl")
