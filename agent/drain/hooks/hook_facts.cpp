#include "drain/hooks/hook_facts.h"

#include <grp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "core/crc32c.h"
#include "core/text.h"
#include "drain/hooks/hook_options.h"
#include "sys/files.h"
#include "sys/look.h"

namespace preemptd::drain {
namespace {

constexpr std::size_t kDigested = 64 * 1024;

Obstacle failed_look(const std::string& path, const char* doing, int error) {
  return {path + " " + doing + ": " + std::strerror(error), sys::may_pass(error), false};
}

/// A link to /dev/null, or a file with nothing in it.
bool is_mask(const std::string& path, const struct stat& status) {
  if (S_ISREG(status.st_mode)) return status.st_size == 0;
  std::array<char, 16> target{};
  std::size_t length = 0;
  return S_ISCHR(status.st_mode) && sys::look_readlink(path.c_str(), target.data(), target.size(), length) == 0 &&
         std::string_view(target.data(), length) == "/dev/null";
}

/// Enough of a file for its options and for telling one version from another, in bounded memory.
Obstacle read_beginning(const std::string& path, const sys::Fd& file, HookFacts& facts) {
  static std::string buffer;  // used again for every file
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) return failed_look(path, "cannot be read", errno);
  buffer.resize(kDigested);
  std::size_t got = 0;
  if (const int error = sys::look_read(file, buffer.data(), buffer.size(), 0, got))
    return failed_look(path, "cannot be read", error);
  buffer.resize(got);
  if (buffer.starts_with("#!")) facts.header = buffer.substr(0, kHeaderLimit);
  buffer += std::to_string(status.st_size);
  facts.digest = core::crc32c_digits(buffer);
  return {};
}

/// Takes on another user's ids for as long as it lives. For a process with one thread, run by root.
class AsUser {
 public:
  explicit AsUser(const sys::Credentials& who) : gid_(::getegid()) {
    std::array<gid_t, 256> groups{};
    const int count = ::getgroups(static_cast<int>(groups.size()), groups.data());
    groups_.assign(groups.data(), groups.data() + std::max(count, 0));
    taken_ =
        ::setgroups(who.groups.size(), who.groups.data()) == 0 && ::setegid(who.gid) == 0 && ::seteuid(who.uid) == 0;
  }
  AsUser(const AsUser&) = delete;
  AsUser& operator=(const AsUser&) = delete;
  ~AsUser() {
    [[maybe_unused]] const bool back =
        ::seteuid(0) == 0 && ::setegid(gid_) == 0 && ::setgroups(groups_.size(), groups_.data()) == 0;
  }
  bool taken() const { return taken_; }

 private:
  gid_t gid_;
  std::vector<gid_t> groups_;
  bool taken_ = false;
};

/// The first folder on the way that the current user may not pass; empty: all may be passed.
std::string closed_folder(const std::string& path) {
  for (std::size_t slash = path.find('/', 1); slash != std::string::npos; slash = path.find('/', slash + 1))
    if (const std::string folder = path.substr(0, slash); sys::look_access(folder.c_str(), X_OK) == EACCES)
      return folder;
  return "";
}

Obstacle why_user_cannot(const std::string& path, const Account& account, bool script) {
  const AsUser user(account.credentials);
  if (!user.taken()) return {};
  const int mode = script ? R_OK | X_OK : X_OK;
  if (sys::look_access(path.c_str(), mode) != EACCES) return {};
  const std::string who = "its user=" + account.name;
  if (const std::string folder = closed_folder(path); !folder.empty())
    return {folder + " may not be entered by " + who + ", so " + path + " cannot be run: chmod o+x it", false, false};
  return {path + " may not be read and executed by " + who + ": chmod o+rx it", false, false};
}

Obstacle judge_user(const std::string& name, const std::string& target, const HookFacts& facts, bool as_user) {
  if (name.empty()) return {};
  const auto account = find_account(name);
  if (!account) return {core::describe(account.error()), account.error().code == core::ErrorCode::local, false};
  const bool root_asks = as_user && ::geteuid() == 0 && account->credentials.uid != 0;
  return root_asks ? why_user_cannot(target, *account, !facts.header.empty()) : Obstacle{};
}

/// Length and bytes of each part, one after the other.
class Encoder {
 public:
  Encoder& operator<<(std::string_view part) {
    const auto size = static_cast<std::uint32_t>(part.size());
    text_.append(reinterpret_cast<const char*>(&size), sizeof size);  // both ends are this very program
    text_.append(part);
    return *this;
  }
  Encoder& operator<<(bool flag) { return *this << std::string_view(flag ? "1" : "0"); }
  Encoder& operator<<(const std::vector<std::string>& list) {
    *this << std::string_view(std::to_string(list.size()));
    for (const auto& part : list) *this << std::string_view(part);
    return *this;
  }
  Encoder& operator<<(const Safety& safety) {
    return *this << std::string_view(safety.refused) << safety.gone << safety.failed << safety.real_gate_refuses
                 << std::string_view(safety.target);
  }
  std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

class Decoder {
 public:
  explicit Decoder(std::string_view text) : text_(text) {}

  Decoder& operator>>(std::string& part) {
    std::uint32_t size = 0;
    if (text_.size() >= sizeof size) std::memcpy(&size, text_.data(), sizeof size);
    whole_ = whole_ && text_.size() >= sizeof size && text_.size() - sizeof size >= size;
    if (!whole_) return *this;
    part = text_.substr(sizeof size, size);
    text_.remove_prefix(sizeof size + size);
    return *this;
  }
  Decoder& operator>>(bool& flag) {
    std::string text;
    *this >> text;
    flag = text == "1";
    return *this;
  }
  Decoder& operator>>(std::vector<std::string>& list) {
    std::string count;
    *this >> count;
    for (auto left = std::strtoul(count.c_str(), nullptr, 10); whole_ && left > 0; --left) *this >> list.emplace_back();
    return *this;
  }
  Decoder& operator>>(Safety& safety) {
    return *this >> safety.refused >> safety.gone >> safety.failed >> safety.real_gate_refuses >> safety.target;
  }
  bool whole() const { return whole_ && text_.empty(); }

 private:
  std::string_view text_;
  bool whole_ = true;
};

}  // namespace

FolderFacts look_at_folder(const std::string& folder, GateMode gate) {
  FolderFacts facts;
  if (const int error = sys::look_list(folder.c_str(), facts.names)) {
    facts.state = sys::is_missing(error) ? FolderFacts::State::missing : FolderFacts::State::failed;
    if (error != ENOENT) facts.why = core::describe(core::fail_errno(error, "cannot be read", folder).value());
    return facts;
  }
  if (facts.names.empty()) return facts;
  facts.gate = SafeFolder(folder, gate).judgement();
  if (!facts.gate.failed) return facts;
  facts.state = FolderFacts::State::failed;
  facts.why = facts.gate.refused;
  return facts;
}

HookFacts look_at_hook(const SafeFolder& folder, const std::string& path, const UserOf& user_of, bool as_user) {
  HookFacts facts;
  struct stat status {};
  const bool there = sys::look_stat(path.c_str(), status) == 0;
  if (there && is_mask(path, status)) return facts.kind = HookFacts::Kind::masked, facts;
  if (there && S_ISDIR(status.st_mode)) return facts.kind = HookFacts::Kind::folder, facts;
  const std::string name = sys::name_in_folder(path);
  facts.safety = folder.judge(name);
  if (!facts.safety.safe()) return facts;
  sys::Fd file;
  const int error = sys::look_open(path.c_str(), file);
  if (error != 0 && error != EACCES) facts.obstacle = failed_look(path, "cannot be read", error);
  if (file) facts.obstacle = read_beginning(path, file, facts);
  if (!facts.obstacle.why.empty()) return facts;
  facts.obstacle = why_not_runnable(path, file);
  if (!facts.obstacle.why.empty())
    facts.obstacle.why = path + " " + facts.obstacle.why;
  else
    facts.obstacle = judge_user(user_of(name, facts), facts.safety.target, facts, as_user);
  return facts;
}

std::string encode(const FolderFacts& facts) {
  return (Encoder() << std::string_view(std::to_string(static_cast<int>(facts.state))) << std::string_view(facts.why)
                    << facts.gate << facts.names)
      .take();
}

std::string encode(const HookFacts& facts) {
  return (Encoder() << std::string_view(std::to_string(static_cast<int>(facts.kind))) << facts.safety
                    << std::string_view(facts.header) << std::string_view(facts.digest)
                    << std::string_view(facts.obstacle.why) << facts.obstacle.failed)
      .take();
}

std::optional<FolderFacts> decode_folder_facts(std::string_view text) {
  FolderFacts facts;
  std::string state;
  Decoder decoder(text);
  decoder >> state >> facts.why >> facts.gate >> facts.names;
  if (!decoder.whole()) return std::nullopt;
  facts.state = static_cast<FolderFacts::State>(std::atoi(state.c_str()));
  return facts;
}

std::optional<HookFacts> decode_hook_facts(std::string_view text) {
  HookFacts facts;
  std::string kind;
  Decoder decoder(text);
  decoder >> kind >> facts.safety >> facts.header >> facts.digest >> facts.obstacle.why >> facts.obstacle.failed;
  if (!decoder.whole()) return std::nullopt;
  facts.kind = static_cast<HookFacts::Kind>(std::atoi(kind.c_str()));
  return facts;
}

}  // namespace preemptd::drain
