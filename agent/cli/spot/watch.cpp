#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "cli/ecs/commands.h"
#include "cli/ecs/tags.h"
#include "core/text.h"
#include "core/utc.h"
#include "ecs/lifecycle/spot_watch.h"

/// The watch over spot instances.
namespace preemptd::cli {
namespace {

struct Watch {
  std::vector<std::string> ids;
  std::vector<std::string> tags;
  std::string name;
  std::int64_t calls_per_minute = 12;
  bool until_gone = false;
};

void declare_watch(Arguments& arguments, Watch& options) {
  arguments.positionals("ID", options.ids, "Instances; without any, those the filters name", false);
  arguments.texts("--tag", "KEY=VALUE", options.tags, "Only with this tag");
  arguments.text("--name", "NAME", options.name, "Only of this name; * stands for anything");
  arguments.number("--calls-per-minute", "N", options.calls_per_minute, 1, 600,
                   "Most calls to make; the quota is the whole account's");
  arguments.flag("--until-gone", options.until_gone, "End when all of them are gone");
}

void show_happening(CloudSession& session, const ecs::SpotChange& happening) {
  const auto at = core::format_utc_millis(core::system_clock().wall_now());
  const std::string event(ecs::name_of(happening.event));
  if (session.out().style().format == Format::json) {
    session.out().raw(Json{{"at", at}, {"event", event}, {"instance_id", happening.instance_id}}.dump() + "\n");
  } else {
    session.out().raw(at + "\t" + event + "\t" + core::printable(happening.instance_id, 128) + "\n");
  }
}

/// A watch that goes on until it is told to end.
class Watcher {
 public:
  Watcher(CloudSession& session, const Watch& options) : session_(session), options_(options), state_(options.ids) {
    query_.ids = options.ids;
    query_.tags = tags_in(options.tags);
    query_.name = options.name;
  }

  Exit run() {
    for (;;) {
      int calls = 0;
      const auto by = core::Deadline::after(core::system_clock().boot_now(), kLongestLook).sooner_of(session_.by());
      const auto found = ecs::poll_instances(session_.client(), query_, by, calls);
      const auto left = session_.by().left(core::system_clock().boot_now());
      if (!found && left.count() > 0 && !goes_on_after(found.error())) return session_.report_failure(found.error());
      if (found) {
        if (const auto end = after_look(*found)) return *end;
      }
      const auto pause =
          ecs::pause_for_budget(static_cast<std::size_t>(calls), static_cast<int>(options_.calls_per_minute));
      if (left.count() > 0 && session_.client().wait(std::min(pause, left))) continue;
      session_.out().progress("");
      return options_.until_gone ? Exit::timed_out : Exit::ok;
    }
  }

 private:
  static constexpr core::Millis kLongestLook = std::chrono::minutes(5);

  /// What worked once may work again: a key that cannot be had, or a permission that was taken away, ends no watch that
  /// has begun. The same trouble is said once.
  bool goes_on_after(const ecs::Failure& failure) {
    if (looks_ == 0 && !ecs::is_passing(failure)) return false;
    const auto text = core::describe(failure.error);
    if (text != trouble_) session_.out().warning(text + "; looking again");
    trouble_ = text;
    return true;
  }

  std::optional<Exit> after_look(const std::vector<ecs::InstanceSummary>& found) {
    if (!std::exchange(trouble_, {}).empty()) session_.out().note("the cloud answers again");
    say_what_is_missing(found);
    for (const auto& happening : state_.look(found)) show_happening(session_, happening);
    session_.out().flush();
    if (!session_.out().healthy()) return Exit::failed;
    session_.out().progress("watching " + std::to_string(state_.still_there()) + " instances");
    ++looks_;
    seen_ = seen_ || !found.empty();
    if (!options_.until_gone || state_.still_there() > 0) return std::nullopt;
    if (seen_) return Exit::ok;
    if (looks_ < 2) return std::nullopt;
    session_.out().error("no instance was there to begin with");
    return Exit::not_found;
  }

  /// Before the first look only, so that a misspelt id or tag is found out at once.
  void say_what_is_missing(const std::vector<ecs::InstanceSummary>& found) {
    if (looks_ > 0) return;
    if (options_.ids.empty() && found.empty())
      session_.out().warning("no instance matches so far in " + session_.client().region());
    for (const auto& id : options_.ids) {
      const bool there =
          std::any_of(found.begin(), found.end(), [&](const auto& each) { return each.instance_id == id; });
      if (!there)
        session_.out().warning("no instance " + core::printable(id, 128) + " so far in " + session_.client().region());
    }
  }

  CloudSession& session_;
  const Watch& options_;
  ecs::InstanceQuery query_;
  ecs::SpotWatch state_;
  int looks_ = 0;
  bool seen_ = false;
  std::string trouble_;  ///< of the last look; empty: it went well
};

Exit watch(CloudSession& session, const Watch& options) {
  return Watcher(session, options).run();
}

CloudOptions for_ever() {
  CloudOptions options;
  options.timeout.reset();
  return options;
}

}  // namespace

Command spot_watch_command() {
  return cloud_command<Watch>(
      "spot watch", "Print when instances are taken back, stop, vanish or come back",
      "Asks 100 instances to a call and keeps to the given number of calls a minute. An instance counts as vanished\n"
      "when two looks in a row miss it that have seen it before; \"back\" is one that runs again, or is there again. "
      "Once\n"
      "a look went well it goes on, whatever fails later, until it is interrupted; with --until-gone until all are "
      "gone,\n"
      "or exit 4 when none was there to begin with; with --timeout for that long (exit 3 with --until-gone). With\n"
      "--output json it prints one document a line.",
      declare_watch, watch, for_ever());
}

}  // namespace preemptd::cli
