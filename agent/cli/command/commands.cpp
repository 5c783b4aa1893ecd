#include "cli/command/commands.h"

namespace preemptd::cli {

std::vector<Command> all_commands() {
  std::vector<Command> commands{status_command(),           doctor_command(),       logs_command(),
                                rehearse_command(),         hooks_list_command(),   hooks_plan_command(),
                                hooks_tune_command(),       hooks_lint_command(),   hooks_check_command(),
                                hooks_run_command(),        hooks_new_command(),    hooks_enable_command(),
                                hooks_disable_command(),    records_list_command(), records_show_command(),
                                remaining_command(),        await_command(),        run_command(),
                                checkpoint_command(),       drain_command(),        undo_command(),
                                config_check_command(),     config_show_command(),  policy_command(),
                                report_test_command(),      report_list_command(),  report_show_command(),
                                report_resend_command(),    report_drop_command(),  completion_command(),
                                completion_words_command(), at_shutdown_command()};
  for (auto& command : ecs_commands()) commands.push_back(std::move(command));
  return commands;
}

std::vector<Group> all_groups() {
  std::vector<Group> groups{{"hooks", "The scripts a drain runs: list, plan and write them"},
                            {"records", "What past drains left behind"},
                            {"report", "Try the sinks, and look into the outbox"},
                            {"config", "Check and show the configuration"}};
  for (auto& group : ecs_groups()) groups.push_back(std::move(group));
  return groups;
}

}  // namespace preemptd::cli
