#pragma once
#include <string>

#include "core/result.h"
#include "core/secret.h"

namespace preemptd::report {

/// A secret out of a file, without blanks around it. A path with a slash in front is that file: it must be a regular
/// file of root or of this process's user, of at most 16 KiB, readable by its owner and at most by this process's
/// group. Any other name is a systemd credential in `credentials_folder`, which systemd guards. bad_input: there is
/// none, or it is empty; denied: somebody else can read or write it, or we may not. No error repeats any of the
/// content.
core::Result<core::Secret> read_secret_file(const std::string& name, const std::string& credentials_folder);

}  // namespace preemptd::report
