#include "config/check.h"

#include <algorithm>

#include "config/keys.h"
#include "core/duration.h"
#include "core/text.h"

namespace preemptd::config {
namespace {

using core::ErrorCode;

/// The place that made the sink what it is: its type's, else any of its keys'.
std::string origin_of(const Loaded& loaded, const Sink& sink, std::string_view name) {
  const auto exact = loaded.origins.find(full_name("sink", sink.name, name));
  return exact == loaded.origins.end() ? "[sink." + sink.name + "]" : exact->second;
}

void problem(Loaded& loaded, const Sink& sink, std::string_view key, std::string what) {
  const std::string section = "[sink." + sink.name + "]", where = origin_of(loaded, sink, key);
  loaded.problems.push_back({ErrorCode::bad_input, where == section ? std::move(what) : section + " " + what, where});
}

bool means_something(const Key& key, const std::string& type) {
  if (key.types.empty()) return true;
  const auto types = core::split(key.types, ' ');
  return std::find(types.begin(), types.end(), type) != types.end();
}

bool leaves_unencrypted(std::string_view url) {
  constexpr std::string_view kPlain = "http://";
  if (!url.starts_with(kPlain)) return false;
  const std::string_view host = url.substr(kPlain.size());
  return !host.starts_with("127.") && !host.starts_with("localhost") && !host.starts_with("[::1]");
}

void check_address(Loaded& loaded, const Sink& sink) {
  if (leaves_unencrypted(sink.url)) {
    loaded.warnings.push_back(origin_of(loaded, sink, "url") + ": [sink." + sink.name +
                              "] reports leave this machine unencrypted; use https://");
  }
  if (sink.url.empty() && sink.url_file.empty()) problem(loaded, sink, "type", "needs 'url' or 'url_file'");
  if (!sink.url.empty() && !sink.url_file.empty())
    problem(loaded, sink, "url_file", "has both 'url' and 'url_file'; keep one");
}

void check_meaningless_keys(Loaded& loaded, const Sink& sink) {
  for (const Key& key : keys()) {
    if (key.section != "sink" || means_something(key, sink.type)) continue;
    const auto set = loaded.origins.find(full_name("sink", sink.name, key.name));
    if (set == loaded.origins.end()) continue;
    loaded.problems.push_back({ErrorCode::bad_input,
                               "[sink." + sink.name + "] '" + std::string(key.name) + "' means nothing for type " +
                                   sink.type + " (only for: " + std::string(key.types) + ")",
                               set->second});
  }
}

void check_sink(Loaded& loaded, const Sink& sink) {
  if (sink.type.empty() && loaded.refused.count(full_name("sink", sink.name, "type")) > 0) return;
  if (sink.type.empty()) return problem(loaded, sink, "", "needs a 'type'");
  check_meaningless_keys(loaded, sink);
  if (means_something(*find_key("sink", "url"), sink.type)) check_address(loaded, sink);
  if (sink.type == "exec" && sink.command.empty()) problem(loaded, sink, "type", "needs a 'command'");
  if (sink.type == "exec" && !sink.command.empty() && !sink.command.front().starts_with('/')) {
    problem(loaded, sink, "command", "'command' starts with the absolute path of a program");
  }
}

std::string origin_of(const Loaded& loaded, const std::string& key) {
  const auto found = loaded.origins.find(key);
  return found == loaded.origins.end() ? key : found->second;
}

}  // namespace

void check_together(Loaded& loaded) {
  for (const Sink& sink : loaded.config.sinks) check_sink(loaded, sink);
  const Drain& drain = loaded.config.drain;
  if (drain.report_reserve >= drain.window) {
    loaded.warnings.push_back(origin_of(loaded, "drain.report_reserve") + ": 'report_reserve' (" +
                              core::format_duration(drain.report_reserve) + ") leaves hooks nothing of the 'window' (" +
                              core::format_duration(drain.window) + ")");
  }
  for (const auto& [name, hook] : loaded.config.hooks.by_name) {
    if (!hook.timeout || !hook.reserve || *hook.reserve <= *hook.timeout) continue;
    loaded.problems.push_back({ErrorCode::bad_input,
                               "'reserve' (" + core::format_duration(*hook.reserve) + ") is more than 'timeout' (" +
                                   core::format_duration(*hook.timeout) + "), so it could never be used",
                               origin_of(loaded, full_name("hook", name, "reserve"))});
  }
}

}  // namespace preemptd::config
