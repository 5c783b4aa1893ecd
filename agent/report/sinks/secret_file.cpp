#include "report/sinks/secret_file.h"

#include <fcntl.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "core/notice.h"
#include "core/text.h"
#include "sys/fd.h"
#include "sys/files.h"

namespace preemptd::report {
namespace {

using core::ErrorCode;
using core::fail;
using core::Result;

constexpr std::size_t kLimit = 16 * 1024;

/// The user as which preemptd.service runs, for root, who reads its files by hand. Nothing: that user is missing.
const passwd* service_user() {
  return ::geteuid() == 0 ? ::getpwnam("preemptd") : nullptr;
}

Result<void> check_mode(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) {
    if (errno == ENOENT) return fail(ErrorCode::bad_input, "there is no such file", path);
    return core::fail_errno(errno, "cannot look at the secret", path);
  }
  const passwd* service = service_user();
  const bool service_owns = service != nullptr && status.st_uid == service->pw_uid;
  if (status.st_uid != 0 && status.st_uid != ::geteuid() && !service_owns) {
    return fail(ErrorCode::denied,
                "belongs to uid " + std::to_string(status.st_uid) + "; it must be root's or the service's", path);
  }
  const bool others = (status.st_mode & (S_IROTH | S_IWOTH | S_IWGRP)) != 0;
  // Root's group is root. systemd 257 gives credentials to it with an access list for the service, whose mask shows as
  // group bits.
  const bool known_group =
      status.st_gid == ::getegid() || status.st_gid == 0 || (service != nullptr && status.st_gid == service->pw_gid);
  const bool strange_group = (status.st_mode & S_IRGRP) != 0 && !known_group;
  if (others || strange_group)
    return fail(ErrorCode::denied,
                "others can read or write this secret (chmod 0400, or 0640 with the service's group)", path);
  return {};
}

Result<std::string> path_of(const std::string& name, const std::string& credentials_folder) {
  if (name.starts_with('/')) {
    if (auto good = check_mode(name); !good) return tl::unexpected(good.error());
    return name;
  }
  if (!core::is_plain_name(name))
    return fail(ErrorCode::bad_input, "is neither an absolute path nor the name of a credential",
                core::printable(name, 100));
  const std::string path = credentials_folder + "/" + name;
  if (::faccessat(AT_FDCWD, path.c_str(), R_OK, AT_EACCESS) == 0) return path;
  if (errno == EACCES)
    return fail(ErrorCode::denied,
                "is a credential of the service, which only root can read besides: call this as root", path);
  return fail(ErrorCode::bad_input,
              "is no systemd credential of the service: it got none of this name (LoadCredential=), or does not run",
              path);
}

}  // namespace

Result<core::Secret> read_secret_file(const std::string& name, const std::string& credentials_folder) {
  const auto path = path_of(name, credentials_folder);
  if (!path) return tl::unexpected(path.error());
  auto text = sys::read_file(*path, kLimit);
  if (!text) return tl::unexpected(text.error());
  if (!*text) return fail(ErrorCode::bad_input, "there is no such file", *path);
  core::Secret whole(std::move(**text));
  core::Secret secret{std::string(core::trim(whole.reveal()))};
  if (secret.empty()) return fail(ErrorCode::bad_input, "the secret is empty", *path);
  return secret;
}

}  // namespace preemptd::report
