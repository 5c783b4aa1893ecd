#include "drain/hooks/runnable.h"

#include <elf.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "core/text.h"
#include "sys/look.h"

namespace preemptd::drain {
namespace {

/// What kernels for this processor execute, the 32-bit programs that most of them take included.
#if defined(__x86_64__)
constexpr std::array<unsigned, 2> kOurMachines{EM_X86_64, EM_386};
#elif defined(__aarch64__)
constexpr std::array<unsigned, 2> kOurMachines{EM_AARCH64, EM_ARM};
#elif defined(__riscv)
constexpr std::array<unsigned, 1> kOurMachines{EM_RISCV};
#else
constexpr std::array<unsigned, 0> kOurMachines{};  // unknown here: not judged
#endif

bool for_us(unsigned machine) {
  return kOurMachines.empty() || std::find(kOurMachines.begin(), kOurMachines.end(), machine) != kOurMachines.end();
}

Obstacle obstacle(std::string why) {
  return {std::move(why), false, false};
}
Obstacle failed_look(const std::string& what, int error) {
  return {what + ": " + std::strerror(error), sys::may_pass(error), false};
}

enum class Program { executable, not_executable, missing };
/// Nothing: the look-up failed, and `failure` says how.
std::optional<Program> look_at_program(const std::string& path, Obstacle& failure) {
  int error = sys::look_access(path.c_str(), X_OK);
  if (error == 0) return Program::executable;
  if (sys::is_missing(error)) return Program::missing;
  if (error == EACCES) return Program::not_executable;
  failure = failed_look("needs " + core::printable(path, 200) + ", which cannot be looked at", error);
  return std::nullopt;
}

/// Nothing was wrong: `failure` is empty. Not found there: it says so.
Obstacle look_for_program(std::string_view name) {
  for (const auto folder : core::split(kHookPath, ':')) {
    Obstacle failure;
    const auto found = look_at_program(std::string(folder) + "/" + std::string(name), failure);
    if (!found) return failure;
    if (*found == Program::executable) return {};
  }
  return obstacle("needs " + core::printable(name, 200) + ", which is not on the hooks' PATH");
}

/// The program of `env WORD` and `env -S WORD …`. With options, assignments or quotes env's reading of the line is its
/// own: empty.
std::string_view env_program(const std::vector<std::string_view>& words) {
  const std::size_t at = words.size() > 1 && words[1] == "-S" ? 2 : 1;
  const bool plain =
      at < words.size() && !words[at].starts_with('-') && words[at].find_first_of("='\"\\$#") == std::string_view::npos;
  return plain ? words[at] : std::string_view{};
}

Obstacle judge_interpreter(std::string_view line) {
  if (line.ends_with('\r')) return obstacle("has CR line ends: convert it with sed -i 's/\\r$//'");
  std::vector<std::string_view> words;
  for (const auto tab_part : core::split(line, '\t'))
    for (const auto word : core::split(tab_part, ' '))
      if (!word.empty()) words.push_back(word);
  if (words.empty()) return obstacle("names no interpreter after #!");
  const std::string interpreter = (words[0].starts_with('/') ? "" : "/") + std::string(words[0]);  // hooks start in /
  const std::string needed = "needs the interpreter " + core::printable(interpreter, 200);
  Obstacle failure;
  const auto program = look_at_program(interpreter, failure);
  if (!program) return failure;
  if (*program == Program::missing) return obstacle(needed + ", which does not exist here");
  if (*program == Program::not_executable) return obstacle(needed + ", which may not be executed");
  if (!interpreter.ends_with("/env")) return {};
  const std::string_view name = env_program(words);
  return name.empty() || name.find('/') != std::string_view::npos ? Obstacle{} : look_for_program(name);
}

Obstacle read_whole(const sys::Fd& file, void* into, std::size_t bytes, std::uint64_t offset) {
  std::size_t got = 0;
  if (const int error = sys::look_read(file, static_cast<char*>(into), bytes, static_cast<std::int64_t>(offset), got))
    return failed_look("cannot be read", error);
  return got == bytes ? Obstacle{} : obstacle("is cut short: not a whole program");
}

template <typename Header, typename Segment>
Obstacle judge_loader(const sys::Fd& file, std::string_view head) {
  Header header{};
  if (head.size() < sizeof header) return obstacle("is cut short: not a whole program");
  std::memcpy(&header, head.data(), sizeof header);
  if (!for_us(header.e_machine))
    return obstacle("is a program for another kind of processor (ELF machine " + std::to_string(header.e_machine) +
                    ")");
  std::array<Segment, 64> segments{};
  const auto bytes = std::min<std::size_t>(header.e_phnum, segments.size()) * sizeof(Segment);
  if (auto short_of = read_whole(file, segments.data(), bytes, header.e_phoff); !short_of.why.empty()) return short_of;
  for (const Segment& segment : segments) {
    if (segment.p_type != PT_INTERP) continue;
    std::array<char, 256> loader{};
    const auto length = std::min<std::size_t>(segment.p_filesz, loader.size() - 1);
    if (auto short_of = read_whole(file, loader.data(), length, segment.p_offset); !short_of.why.empty())
      return short_of;
    Obstacle failure;
    const auto program = look_at_program(loader.data(), failure);
    if (!program) return failure;
    if (*program == Program::missing)
      return obstacle("needs the program loader " + core::printable(loader.data(), 200) +
                      ", which does not exist here");
  }
  return {};
}

Obstacle judge_program(const sys::Fd& file, std::string_view head) {
  if (head.size() > EI_CLASS && head[EI_CLASS] == ELFCLASS64) return judge_loader<Elf64_Ehdr, Elf64_Phdr>(file, head);
  return judge_loader<Elf32_Ehdr, Elf32_Phdr>(file, head);
}

}  // namespace

Obstacle why_not_runnable(const std::string& path, const sys::Fd& file) {
  bool noexec = false;  // asked first: there the kernel says of every file that it may not be executed
  if (sys::look_noexec(path.c_str(), noexec) == 0 && noexec) return obstacle("lies on a file system mounted noexec");
  if (const int error = sys::look_access(path.c_str(), X_OK))
    return failed_look(error == EACCES ? "may not be executed by this user" : "cannot be looked at", error);
  if (!file) return {};  // it may be executed and not read
  std::array<char, 256> buffer{};
  std::size_t got = 0;
  if (const int error = sys::look_read(file, buffer.data(), buffer.size(), 0, got))
    return failed_look("cannot be read", error);
  const std::string_view head(buffer.data(), got);
  if (head.starts_with("\x7f"
                       "ELF"))
    return judge_program(file, head);
  if (head.starts_with("\xef\xbb\xbf#!"))
    return obstacle("begins with a byte order mark: remove it with sed -i '1s/^\\xEF\\xBB\\xBF//'");
  if (!head.starts_with("#!"))
    return obstacle("is neither a program nor a script: its first line must be like #!/bin/sh");
  return judge_interpreter(head.substr(2, head.find('\n') - 2));
}

}  // namespace preemptd::drain
