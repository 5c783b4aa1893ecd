#include "drain/hooks/account.h"

#include <grp.h>
#include <pwd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <functional>
#include <memory>
#include <optional>

#include "core/text.h"

namespace preemptd::drain {
namespace {

using File = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;

File open_file(const char* path) {
  return {std::fopen(path, "re"), std::fclose};
}

core::Result<std::optional<Account>> first_account(const std::function<bool(const passwd&)>& wanted) {
  const File file = open_file("/etc/passwd");
  if (!file && errno == ENOENT) return std::nullopt;
  if (!file) return core::fail_errno(errno, "cannot read the accounts", "/etc/passwd");
  while (const passwd* entry = ::fgetpwent(file.get()))
    if (wanted(*entry)) return Account{entry->pw_name, entry->pw_dir, {entry->pw_uid, entry->pw_gid, {entry->pw_gid}}};
  if (std::ferror(file.get()) != 0) return core::fail_errno(EIO, "cannot read the accounts", "/etc/passwd");
  return std::nullopt;
}

core::Result<Account> with_groups(Account account) {
  const File file = open_file("/etc/group");
  if (!file && errno == ENOENT) return account;
  if (!file) return core::fail_errno(errno, "cannot read the groups", "/etc/group");
  while (const group* entry = ::fgetgrent(file.get()))
    for (char** member = entry->gr_mem; *member != nullptr; ++member)
      if (account.name == *member && entry->gr_gid != account.credentials.gid)
        account.credentials.groups.push_back(entry->gr_gid);
  if (std::ferror(file.get()) != 0) return core::fail_errno(EIO, "cannot read the groups", "/etc/group");
  return account;
}

}  // namespace

core::Result<Account> find_account(const std::string& name) {
  auto account = first_account([&](const passwd& entry) { return name == entry.pw_name; });
  if (!account) return tl::unexpected(account.error());
  if (!*account)
    return core::fail(core::ErrorCode::bad_input,
                      "no local account '" + core::printable(name, 80) +
                          "' (accounts of a directory service are not supported: add a local one)",
                      "/etc/passwd");
  return with_groups(std::move(**account));
}

Account own_account() {
  const uid_t uid = ::geteuid();
  auto account = first_account([uid](const passwd& entry) { return entry.pw_uid == uid; });
  return account && *account ? std::move(**account) : Account{std::to_string(uid), "/", {uid, ::getegid(), {}}};
}

}  // namespace preemptd::drain
