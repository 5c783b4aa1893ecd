#include "drain/hooks/runnable.h"

#include <elf.h>
#include <fcntl.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <optional>
#include <string_view>
#include <vector>

#include "core/text.h"
#include "sys/fd.h"

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

bool exists(const std::string& path) {
  return ::access(path.c_str(), F_OK) == 0;
}
bool executable(const std::string& path) {
  return ::faccessat(AT_FDCWD, path.c_str(), X_OK, AT_EACCESS) == 0;
}

std::optional<std::string> find_program(std::string_view name) {
  for (const auto folder : core::split(kHookPath, ':')) {
    std::string path = std::string(folder) + "/" + std::string(name);
    if (executable(path)) return path;
  }
  return std::nullopt;
}

/// The program of `env WORD` and `env -S WORD …`. With options, assignments or quotes env's reading of the line is its
/// own: empty.
std::string_view env_program(const std::vector<std::string_view>& words) {
  const std::size_t at = words.size() > 1 && words[1] == "-S" ? 2 : 1;
  const bool plain =
      at < words.size() && !words[at].starts_with('-') && words[at].find_first_of("='\"\\$#") == std::string_view::npos;
  return plain ? words[at] : std::string_view{};
}

std::string judge_interpreter(std::string_view line) {
  if (line.ends_with('\r')) return "has CR line ends: convert it with sed -i 's/\\r$//'";
  std::vector<std::string_view> words;
  for (const auto tab_part : core::split(line, '\t'))
    for (const auto word : core::split(tab_part, ' '))
      if (!word.empty()) words.push_back(word);
  if (words.empty()) return "names no interpreter after #!";
  const std::string interpreter = (words[0].starts_with('/') ? "" : "/") + std::string(words[0]);  // hooks start in /
  const std::string shown = core::printable(interpreter, 200);
  if (!exists(interpreter)) return "needs the interpreter " + shown + ", which does not exist here";
  if (!executable(interpreter)) return "needs the interpreter " + shown + ", which may not be executed";
  if (!interpreter.ends_with("/env")) return {};
  const std::string_view program = env_program(words);
  if (program.empty() || program.find('/') != std::string_view::npos || find_program(program)) return {};
  return "needs " + core::printable(program, 200) + ", which is not on the hooks' PATH";
}

template <typename Header, typename Segment>
std::string judge_loader(int fd, std::string_view head) {
  Header header{};
  if (head.size() < sizeof header) return "is cut short: not a whole program";
  std::memcpy(&header, head.data(), sizeof header);
  if (!for_us(header.e_machine))
    return "is a program for another kind of processor (ELF machine " + std::to_string(header.e_machine) + ")";
  std::array<Segment, 64> segments{};
  const auto bytes = std::min<std::size_t>(header.e_phnum, segments.size()) * sizeof(Segment);
  if (::pread(fd, segments.data(), bytes, static_cast<off_t>(header.e_phoff)) != static_cast<ssize_t>(bytes))
    return "is cut short: not a whole program";
  for (const Segment& segment : segments) {
    if (segment.p_type != PT_INTERP) continue;
    std::array<char, 256> loader{};
    const auto length = std::min<std::size_t>(segment.p_filesz, loader.size() - 1);
    if (::pread(fd, loader.data(), length, static_cast<off_t>(segment.p_offset)) != static_cast<ssize_t>(length))
      return "is cut short: not a whole program";
    if (!exists(loader.data()))
      return "needs the program loader " + core::printable(loader.data(), 200) + ", which does not exist here";
  }
  return {};
}

std::string judge_program(int fd, std::string_view head) {
  if (head.size() > EI_CLASS && head[EI_CLASS] == ELFCLASS64) return judge_loader<Elf64_Ehdr, Elf64_Phdr>(fd, head);
  return judge_loader<Elf32_Ehdr, Elf32_Phdr>(fd, head);
}

}  // namespace

sys::Fd open_hook(const std::string& path) {
  return sys::Fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
}

std::string why_not_runnable(const std::string& path, const sys::Fd& fd) {
  struct statvfs system {};  // asked first: there the kernel says of every file that it may not be executed
  if (::statvfs(path.c_str(), &system) == 0 && (system.f_flag & ST_NOEXEC) != 0)
    return "lies on a file system mounted noexec";
  if (!executable(path)) return std::string("may not be executed by this user: ") + std::strerror(errno);
  if (!fd) return open_hook(path) || errno == EACCES ? "" : std::string("cannot be read: ") + std::strerror(errno);
  std::array<char, 256> buffer{};
  const auto got = ::pread(fd.get(), buffer.data(), buffer.size(), 0);
  if (got < 0) return std::string("cannot be read: ") + std::strerror(errno);
  const std::string_view head(buffer.data(), static_cast<std::size_t>(got));
  if (head.starts_with("\x7f"
                       "ELF"))
    return judge_program(fd.get(), head);
  if (!head.starts_with("#!")) return "is neither a program nor a script: its first line must be like #!/bin/sh";
  return judge_interpreter(head.substr(2, head.find('\n') - 2));
}

}  // namespace preemptd::drain
