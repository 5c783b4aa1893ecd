// What Linux has and the headers of glibc 2.31 do not know yet, the same on x86_64 and aarch64. Included before every
// file of a portable build; the programs themselves cope with kernels that lack it.
#pragma once
#define SYS_close_range 436
#define SYS_openat2 437
#define P_PIDFD ((idtype_t)3)

#ifdef __cplusplus
extern "C"
#endif
    const char*
    sigabbrev_np(int signal);
