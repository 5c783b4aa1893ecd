#pragma once
#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>

#include "core/result.h"
#include "sys/fd.h"

/// Files that are whole or absent, and reads that cannot grow, block or be led astray.
namespace preemptd::sys {

enum class Durable {
  no,   ///< whole or absent while the machine runs (files in /run)
  yes,  ///< also after power loss: file and folder are synced before it returns
};

/// Replaces `path` by a file with exactly these bytes and this mode (whatever the umask); readers see the old or the
/// new one, never a part. The temporary file (".NAME.PID-N.tmp") lies in the same folder and is gone after a failure. A
/// failed fsync is never repeated on the same file, because the kernel may have dropped the dirty pages: a second file
/// is written from memory instead, once. Blocks as long as the disk does.
core::Result<void> write_file_atomically(const std::string& path, std::string_view bytes, mode_t mode, Durable durable);

/// Who writes files in a folder.
enum class Writers {
  gone,           ///< this process alone
  perhaps_alive,  ///< others, too: of their temporary files only those of processes that ended are removed
};
/// Removes the temporary files that write_file_atomically() left where its process was killed.
void remove_temporaries(int folder, Writers writers);

enum class Links { follow, refuse };  ///< of the last component

/// The whole of a regular file. Nothing: there is no such file. bad_input: larger than `limit` bytes, not a regular
/// file, or a symbolic link that may not be followed. Never blocks on a FIFO or device.
core::Result<std::optional<std::string>> read_file(const std::string& path, std::size_t limit,
                                                   Links links = Links::follow);

/// Makes `path` and its missing parents with this mode (whatever the umask; existing folders are left as they are).
core::Result<void> make_folders(const std::string& path, mode_t mode);

/// fsync, with "this file system cannot sync" (EINVAL, ENOTSUP) taken as done.
core::Result<void> sync_file(int fd, const std::string& where);

/// All of the bytes to a file, over short writes and interruptions.
core::Result<void> write_all(int fd, std::string_view bytes, const std::string& where);

/// "b" -> "/a/b" in the working directory /a. bad_input: a relative path, and the working directory cannot be read, as
/// when it has been removed.
core::Result<std::string> absolute_path(const std::string& path);
/// "/a/b" -> "/a", "b" -> ".", "/b" -> "/".
std::string folder_of(const std::string& path);
/// "/a/b" -> "b".
std::string name_in_folder(const std::string& path);

}  // namespace preemptd::sys
