/* What g++ 12's static libstdc++ and libgcc, and we, want of glibc 2.32 to 2.36, for older ones. Linked into portable builds only. */
#define _GNU_SOURCE
#include <link.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/random.h>

/* 2.32: "no" is always a right answer. */
char __libc_single_threaded = 0;

/* 2.32: signals have the same numbers on x86_64 and aarch64. */
const char *sigabbrev_np(int signal) {
  static const char *const names[] = {"HUP",  "INT",    "QUIT", "ILL",  "TRAP", "ABRT", "BUS",  "FPE",  "KILL", "USR1", "SEGV",
                                      "USR2", "PIPE",   "ALRM", "TERM", "STKFLT", "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU",
                                      "URG",  "XCPU",   "XFSZ", "VTALRM", "PROF", "WINCH", "POLL", "PWR", "SYS"};
  const int count = sizeof names / sizeof names[0];
  return signal >= 1 && signal <= count ? names[signal - 1] : NULL;
}

/* 2.36 */
uint32_t arc4random(void) {
  uint32_t value;
  if (getrandom(&value, sizeof value, 0) != (ssize_t)sizeof value) abort();
  return value;
}

/* 2.35: where an address's unwind table is. The layout is that of <dlfcn.h> there, the same on x86_64 and aarch64. */
struct dl_find_object {
  unsigned long long flags;
  void *map_start, *map_end;
  struct link_map *link_map;
  void *eh_frame;
  unsigned long long reserved[7];
};
struct search {
  uintptr_t address;
  struct dl_find_object *found;
};

static int look(struct dl_phdr_info *info, size_t size, void *data) {
  (void)size;
  struct search *search = data;
  const ElfW(Phdr) *table = NULL;
  int inside = 0;
  for (int i = 0; i < info->dlpi_phnum; i++) {
    const ElfW(Phdr) *part = &info->dlpi_phdr[i];
    uintptr_t start = info->dlpi_addr + part->p_vaddr;
    if (part->p_type == PT_GNU_EH_FRAME) table = part;
    if (part->p_type != PT_LOAD || search->address < start || search->address - start >= part->p_memsz) continue;
    inside = 1;
    search->found->map_start = (void *)start;
    search->found->map_end = (void *)(start + part->p_memsz);
  }
  if (!inside || table == NULL) return inside ? -1 : 0;
  search->found->eh_frame = (void *)(info->dlpi_addr + table->p_vaddr);
  return 1;
}

int _dl_find_object(void *address, struct dl_find_object *result) {
  struct search search = {(uintptr_t)address, result};
  return dl_iterate_phdr(look, &search) == 1 ? 0 : -1;
}
