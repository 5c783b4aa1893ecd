#pragma once
#include <string>
#include <string_view>
#include <vector>

/// What each command of the control plane does to people's machines and money. One table: `preemptctl policy --for`
/// and docs/control-plane.md are made of it, and tests hold it against what the commands send.
namespace preemptd::cli {

struct CloudFacts {
  std::string_view command;
  std::string_view changes;          ///< what it changes; "nothing" for one that only looks
  std::string_view checks;           ///< what it checks and asks first
  std::string_view lost_answer;      ///< what a lost answer leads to
  std::string_view dry_run;          ///< what a dry run covers
  std::vector<std::string> actions;  ///< RAM actions, "ecs:DescribeInstances"
};

const std::vector<CloudFacts>& all_cloud_facts();
/// Null for a command that is not in the table.
const CloudFacts* facts_of(std::string_view command);

/// The row of docs/control-plane.md.
std::string table_row(const CloudFacts& facts);

}  // namespace preemptd::cli
