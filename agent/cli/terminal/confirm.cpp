#include "cli/terminal/confirm.h"

#include <unistd.h>

#include <iostream>

#include "core/text.h"

namespace preemptd::cli {

bool confirmed(Output& out, const std::string& question) {
  if (::isatty(STDIN_FILENO) != 1) {
    out.error(question + " Not without a terminal to ask on; in scripts say --yes");
    return false;
  }
  out.note(question + " Type yes to go on:");
  std::string answer;
  std::getline(std::cin, answer);
  return core::trim(answer) == "yes";
}

}  // namespace preemptd::cli
