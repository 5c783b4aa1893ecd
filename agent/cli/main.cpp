#include <sys/prctl.h>

#include <cstdio>
#include <string>
#include <vector>

#include "cli/command/run.h"

int main(int argc, char** argv) {
  using namespace preemptd::cli;
  ::prctl(PR_SET_DUMPABLE, 0);  // keys and tokens pass through here: no core files
  Output out(stdout, stderr, style_of_terminal());
  const std::vector<std::string> arguments(argv, argv + argc);
  Exit code = run(arguments, all_commands(), out);
  if (std::fflush(stdout) != 0 && code == Exit::ok) code = Exit::failed;
  return static_cast<int>(code);
}
