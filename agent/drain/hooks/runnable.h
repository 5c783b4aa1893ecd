#pragma once
#include <string>

#include "sys/fd.h"

namespace preemptd::drain {

/// Why the kernel would not execute this file, as a sentence that says how to mend it; empty: it looks runnable. Finds:
/// neither program nor script, CR line ends, a missing or non-executable interpreter (also behind env), a noexec mount,
/// a program for another processor, a missing program loader, no permission. `path` has passed judge_path; `file` is
/// what open_hook() made of it.
std::string why_not_runnable(const std::string& path, const sys::Fd& file);

/// Opened for looking at, never waiting for anybody; empty where it may not be read.
sys::Fd open_hook(const std::string& path);

/// Where hooks look for programs: the PATH they get.
inline constexpr const char* kHookPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

}  // namespace preemptd::drain
