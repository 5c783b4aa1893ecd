#pragma once
#include "cli/command/command.h"

/// One function for each command of the node; commands.cpp puts them in order.
namespace preemptd::cli {

Command await_command();
Command checkpoint_command();
Command completion_command();
Command completion_words_command();
Command config_check_command();
Command config_show_command();
Command doctor_command();
Command drain_command();
Command hooks_check_command();
Command hooks_disable_command();
Command hooks_enable_command();
Command hooks_lint_command();
Command hooks_list_command();
Command hooks_new_command();
Command hooks_plan_command();
Command hooks_run_command();
Command hooks_tune_command();
Command logs_command();
Command policy_command();
Command records_list_command();
Command records_show_command();
Command rehearse_command();
Command remaining_command();
Command report_drop_command();
Command report_list_command();
Command report_resend_command();
Command report_show_command();
Command report_test_command();
Command run_command();
Command status_command();
Command at_shutdown_command();
Command undo_command();

}  // namespace preemptd::cli
