#pragma once
#include <sys/stat.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "core/clock.h"
#include "sys/fd.h"

/// Looks at paths that an operator names. Such a path may lie on a mount that does not answer, so nobody who must not
/// wait calls these in his own process: see ForkedCall. Every look first notes its path, so that whoever waits can say
/// which path does not answer. Errors are errno values; 0: success. Safe in a fresh child of a process with threads.
namespace preemptd::sys {

/// Where a process is that looks at paths; shared with the process that waits for it.
struct LookNote {
  std::atomic<std::uint64_t> looks{0};  ///< begun so far: as long as it grows, paths answer
  char path[1024] = {};                 ///< of the look in progress, cut where it is longer
};
static_assert(std::atomic<std::uint64_t>::is_always_lock_free);

/// From now on this process notes its looks there; nullptr: nowhere. For a process with one thread.
void note_looks_in(LookNote* note);
void note_look(const char* path);

/// From now on a look that fails with may_pass() is repeated, with growing pauses, until `until`. Not async-signal-safe
/// beyond clock_gettime and poll.
void repeat_failed_looks(core::BootTime until);

/// The kernel or a file system could not answer, and may the next time (EMFILE, ENFILE, ENOMEM, EAGAIN, EIO, ESTALE,
/// …).
bool may_pass(int error_number);
/// The one answer that means "nothing there": ENOENT and ENOTDIR.
bool is_missing(int error_number);

int look_lstat(const char* path, struct stat& status);
int look_stat(const char* path, struct stat& status);
/// With the effective ids. `mode` as for access().
int look_access(const char* path, int mode);
/// The target in `buffer`; one that fills it is cut and reported as ENAMETOOLONG.
int look_readlink(const char* path, char* buffer, std::size_t size, std::size_t& length);
/// For reading; never waits for anybody behind a FIFO or device.
int look_open(const char* path, Fd& file);
/// At most `size` bytes from `offset`, fewer at the end of the file.
int look_read(const Fd& file, char* buffer, std::size_t size, std::int64_t offset, std::size_t& got);
/// All names in a folder but "." and "..". After an error `names` is empty.
int look_list(const char* folder, std::vector<std::string>& names);
int look_noexec(const char* path, bool& noexec);

}  // namespace preemptd::sys
