#pragma once
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

/// A target is one file in targets/ that defines `fuzz`: the real reader of something that comes from outside, and what
/// must hold of whatever it answers. It must not keep anything from one call to the next.
namespace preemptd::fuzz {

void fuzz(std::string_view input);

/// What does not hold ends the program, as a fault of memory does.
inline void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %s\n", what);
  std::abort();
}

/// Takes the first line off.
inline std::string_view take_line(std::string_view& rest) {
  const auto end = rest.find('\n');
  const auto line = rest.substr(0, end);
  rest.remove_prefix(end == rest.npos ? rest.size() : end + 1);
  return line;
}

}  // namespace preemptd::fuzz

// NOLINTNEXTLINE: the name is libFuzzer's
extern "C" __attribute__((used)) inline int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  preemptd::fuzz::fuzz({reinterpret_cast<const char*>(data), size});
  return 0;
}
