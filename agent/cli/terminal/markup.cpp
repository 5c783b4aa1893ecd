#include "cli/terminal/markup.h"

#include "core/text.h"

namespace preemptd::cli {

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : core::valid_utf8(text)) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      default: out += c;
    }
  }
  return out;
}

}  // namespace preemptd::cli
