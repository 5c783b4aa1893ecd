#include <CLI/CLI.hpp>
#include <iostream>
#include <string>

#include "core/version.h"
#include "simulator/admin/admin_commands.h"
#include "simulator/admin/serve_command.h"

int main(int argc, char** argv) {
  CLI::App app{"A metadata service and an ECS control plane to try preemptd against", "preempt-sim"};
  app.set_version_flag("-V,--version", "preempt-sim " + std::string(preemptd::core::version()));
  app.require_subcommand(1);
  int exit_code = 0;
  preemptd::simulator::add_serve_command(app, exit_code);
  preemptd::simulator::add_admin_commands(app, exit_code);
  try {
    app.parse(argc, argv);
  } catch (const CLI::RequiredError& error) {
    std::cerr << "preempt-sim: a command is missing\n\n" << app.help();
    return 2;
  } catch (const CLI::ParseError& error) {
    const int code = app.exit(error);
    return code == 0 ? 0 : 2;
  }
  return exit_code;
}
