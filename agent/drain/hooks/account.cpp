#include "drain/hooks/account.h"

#include <grp.h>
#include <pwd.h>
#include <unistd.h>

#include <cstdio>
#include <functional>
#include <memory>
#include <optional>

namespace preemptd::drain {
namespace {

using File = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;

File open_file(const char* path) {
  return {std::fopen(path, "re"), std::fclose};
}

std::optional<Account> first_account(const std::function<bool(const passwd&)>& wanted) {
  const File file = open_file("/etc/passwd");
  if (!file) return std::nullopt;
  while (const passwd* entry = ::fgetpwent(file.get()))
    if (wanted(*entry)) return Account{entry->pw_name, entry->pw_dir, {entry->pw_uid, entry->pw_gid, {entry->pw_gid}}};
  return std::nullopt;
}

void add_groups(Account& account) {
  const File file = open_file("/etc/group");
  if (!file) return;
  while (const group* entry = ::fgetgrent(file.get()))
    for (char** member = entry->gr_mem; *member != nullptr; ++member)
      if (account.name == *member && entry->gr_gid != account.credentials.gid)
        account.credentials.groups.push_back(entry->gr_gid);
}

}  // namespace

core::Result<Account> find_account(const std::string& name) {
  auto account = first_account([&](const passwd& entry) { return name == entry.pw_name; });
  if (!account)
    return core::fail(core::ErrorCode::bad_input, "there is no local account '" + name + "'", "/etc/passwd");
  add_groups(*account);
  return *account;
}

Account own_account() {
  const uid_t uid = ::geteuid();
  auto account = first_account([uid](const passwd& entry) { return entry.pw_uid == uid; });
  return account ? *account : Account{std::to_string(uid), "/", {uid, ::getegid(), {}}};
}

}  // namespace preemptd::drain
