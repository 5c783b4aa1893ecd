#pragma once
#include <string>

#include "sys/fd.h"

namespace preemptd::drain {

/// What stands in the way of executing a file.
struct Obstacle {
  std::string why;      ///< a sentence that says how to correct it, without its subject; empty: it looks runnable
  bool failed = false;  ///< a look-up failed: it may go well the next time
  bool hangs = false;   ///< failed because a path does not answer
};

/// Why the kernel would not execute this file. Finds: neither program nor script, CR line ends, a byte order mark, a
/// missing or non-executable interpreter (also behind env), a noexec mount, a program for another processor, a missing
/// program loader, no permission. `path` has passed judge_path; `file` is what look_open() made of it, or nothing where
/// it may not be read.
Obstacle why_not_runnable(const std::string& path, const sys::Fd& file);

/// Where hooks look for programs: the PATH they get.
inline constexpr const char* kHookPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

}  // namespace preemptd::drain
