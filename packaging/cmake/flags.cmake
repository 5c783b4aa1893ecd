# Warnings for everybody, errors in CI, hardening in release (the OpenSSF list, as far as gcc 12 knows it).
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG")
set(CMAKE_CXX_FLAGS_TRY "-O1 -w")
add_compile_options(-Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wformat=2 -Wimplicit-fallthrough
                    -Wtrampolines -Wbidi-chars=any -Werror=format-security)
if(PREEMPTD_WERROR)
  # The last five come from gcc 12's optimiser, which sees moved-from short strings and empty optionals as faults.
  add_compile_options(-Werror -Wno-error=array-bounds -Wno-error=maybe-uninitialized -Wno-error=restrict
                      -Wno-error=stringop-overflow -Wno-error=stringop-overread)
endif()

add_compile_options(-ffile-prefix-map=${CMAKE_SOURCE_DIR}=. -fno-delete-null-pointer-checks
                    -fno-strict-overflow -fno-strict-aliasing)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

if(PREEMPTD_SANITIZE)
  add_compile_options(-fsanitize=${PREEMPTD_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${PREEMPTD_SANITIZE})
elseif(CMAKE_BUILD_TYPE MATCHES "Release|RelWithDebInfo|MinSizeRel")
  if(CMAKE_SYSTEM_PROCESSOR STREQUAL "x86_64")
    set(jumps -fcf-protection=full)
  elseif(CMAKE_SYSTEM_PROCESSOR STREQUAL "aarch64")
    set(jumps -mbranch-protection=standard)
  endif()
  add_compile_options(-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3 -D_GLIBCXX_ASSERTIONS -fstack-clash-protection
                      -fstack-protector-strong ${jumps} -ftrivial-auto-var-init=zero
                      -ffunction-sections -fdata-sections)
  add_link_options(-Wl,-z,relro,-z,now,-z,noexecstack,-z,nodlopen,-z,separate-code,--as-needed,--gc-sections)
  include(CheckPIESupported)
  check_pie_supported(LANGUAGES CXX)
endif()
