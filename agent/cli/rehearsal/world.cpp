#include "cli/rehearsal/world.h"

#include <charconv>
#include <csignal>
#include <nlohmann/json.hpp>

#include "core/duration.h"
#include "core/json.h"
#include "core/text.h"
#include "sys/files.h"
#include "sys/programs.h"

namespace preemptd::cli {
namespace {

using core::ErrorCode;
using core::Json;
using core::Millis;
using core::Result;

constexpr Millis kStartLimit = core::Seconds(10);

std::optional<Json> read_json(const std::string& path) {
  const auto text = sys::read_file(path, 4 * 1024 * 1024);
  if (!text || !*text) return std::nullopt;
  auto json = core::parse_json(**text);
  if (!json) return std::nullopt;
  return std::move(*json);
}

std::string quoted(const std::string& text) {
  return core::dump_json(text);
}  // a JSON string is a TOML basic string

std::string duration(Millis value, Millis least) {
  return quoted(core::format_duration(std::max(value, least)));
}

/// Everything the operator said of drains and hooks.
std::string operators_settings(const config::Loaded& settings) {
  std::string text;
  for (const auto& shown : config::show(settings)) {
    const bool wanted =
        shown.key.rfind("drain.", 0) == 0 || shown.key.rfind("hooks.", 0) == 0 || shown.key.rfind("hook.", 0) == 0;
    const bool ours = shown.key == "hooks.folders" || shown.key == "drain.start";
    if (wanted && !ours && !shown.value.empty() && shown.origin != "default")
      text += shown.key + " = " + shown.value + "\n";
  }
  return text;
}

}  // namespace

std::string rehearsal_configuration(const RehearsalWorld::Setup& setup, const RehearsalWorld::Addresses& addresses,
                                    const std::string& folder, const std::string& webhook_url) {
  const auto& operators = setup.settings.config;
  std::string folders;
  for (const auto& one : setup.folders) folders += quoted(one) + ", ";
  folders += quoted(folder + "/hooks.d");
  return operators_settings(setup.settings) + "rehearsal.speed = " + std::to_string(setup.speed) +
         "\npaths.run = " + quoted(folder + "/run") + "\npaths.state = " + quoted(folder + "/state") +
         "\nmetadata.url = " + quoted("http://" + addresses.metadata) +
         "\nmetadata.interval = " + duration(operators.metadata.interval / setup.speed, Millis(50)) +
         "\ncontrol.endpoint = " + quoted("http://" + addresses.api) +
         "\ncontrol.interval = " + duration(operators.control.interval / setup.speed, Millis(500)) +
         "\ndrain.start = \"always\"" + "\nhooks.folders = [" + folders + "]" + "\nsink.rehearsal.type = \"webhook\"" +
         "\nsink.rehearsal.url = " + quoted(webhook_url) + "\nlog.format = \"text\"\n";
}

Result<std::unique_ptr<RehearsalWorld>> RehearsalWorld::open(InterruptibleWait& patience, Setup setup) {
  auto folder = PrivateFolder::make("preempt-rehearsal");
  if (!folder) return tl::unexpected(folder.error());
  std::unique_ptr<RehearsalWorld> world(new RehearsalWorld(patience, std::move(setup), std::move(*folder)));
  auto webhook = WebhookReceiver::open();
  if (!webhook) return tl::unexpected(webhook.error());
  world->webhook_ = std::move(*webhook);
  if (auto started = world->start_cloud(); !started) return tl::unexpected(started.error());
  if (auto written = world->write_configuration(); !written) return tl::unexpected(written.error());
  return world;
}

Result<void> RehearsalWorld::start_cloud() {
  const auto program = sys::find_program("preempt-sim");
  if (!program) return tl::unexpected(program.error());
  const std::string ready = *folder_ / "simulator.json", log = *folder_ / "simulator.log";
  const std::vector<std::string> arguments{"serve",   "--metadata",  "127.0.0.1:0",  "--api", "127.0.0.1:0",
                                           "--admin", "127.0.0.1:0", "--ready-file", ready};
  if (auto started = children_.start("preempt-sim", *program, arguments, log); !started) return started;
  std::optional<Json> listening;
  patience_.until(core::Deadline::in(kStartLimit),
                  [&] { return (listening = read_json(ready)).has_value() || !children_.running("preempt-sim"); });
  if (!listening) {
    const auto said = sys::read_file(log, 64 * 1024);
    return core::fail(ErrorCode::local,
                      "the simulator did not start: " + core::printable(said ? said->value_or("") : "", 400));
  }
  auto address = [&](const char* name) { return core::string_at(*listening, name).value_or(""); };
  addresses_ = {address("metadata"), address("api"), address("admin")};
  auto cloud = SimulatorAdmin::open(addresses_.admin);
  if (!cloud) return tl::unexpected(cloud.error());
  cloud_ = std::move(*cloud);
  return {};
}

Result<void> RehearsalWorld::write_configuration() {
  for (const char* name : {"run", "state", "hooks.d"}) {
    if (auto made = sys::make_folders(*folder_ / name, 0755); !made) return made;
  }
  return sys::write_file_atomically(*folder_ / "preemptd.toml",
                                    rehearsal_configuration(setup_, addresses_, folder_->path(), webhook_->url()), 0644,
                                    sys::Durable::no);
}

Result<void> RehearsalWorld::start_agent() {
  const auto program = sys::find_program("preemptd");
  if (!program) return tl::unexpected(program.error());
  std::error_code ignored;
  const std::vector<std::string> arguments{"--config", *folder_ / "preemptd.toml"};
  if (auto started = children_.start("preemptd", *program, arguments, *folder_ / "preemptd.log"); !started)
    return started;
  const bool watches = patience_.until(core::Deadline::in(kStartLimit), [&] {
    const auto now = status();
    return !agent_runs() || (now && core::string_at(*now, "phase").value_or("starting") != "starting");
  });
  if (watches && agent_runs()) return {};
  return core::fail(ErrorCode::local, "preemptd did not come to watch; it wrote:\n" + agent_log());
}

bool RehearsalWorld::kill_drainer() {
  const auto lock = sys::read_file(run_folder() + "/drain/lock", 64);
  if (!lock || !*lock) return false;
  const auto digits = core::trim(**lock);
  pid_t pid = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), pid);
  return pid > 1 && ::kill(pid, SIGKILL) == 0;
}

std::optional<drain::Record> RehearsalWorld::record() const {
  const auto drains = drain::list_drains(state_folder());
  if (drains && !drains->empty()) {
    auto record = drain::read_record(drain::drain_folder(state_folder(), drains->front()));
    if (record && *record && (*record)->finished) return *record;
  }
  const auto in_memory = drain::read_journal(run_folder() + "/drain");  // where the disk is full it has all of it
  return in_memory && *in_memory ? drain::record_of((*in_memory)->entries) : std::nullopt;
}

std::optional<Json> RehearsalWorld::status() const {
  return read_json(run_folder() + "/status.json");
}

std::string RehearsalWorld::agent_log() const {
  const auto text = sys::read_file(*folder_ / "preemptd.log", 16 * 1024 * 1024);
  if (!text || !*text) return "";
  std::string tail;
  const auto lines = core::split(core::trim(**text), '\n');
  for (std::size_t i = lines.size() > 20 ? lines.size() - 20 : 0; i < lines.size(); ++i)
    tail += core::printable(lines[i], 300) + "\n";
  return tail;
}

}  // namespace preemptd::cli
