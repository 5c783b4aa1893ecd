#include "world.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "sys/child.h"
#include "sys/files.h"

namespace preemptd::e2e {
namespace {

std::string read_all(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::optional<Json> read_json(const std::string& path) {
  auto json = core::parse_json(read_all(path));
  if (!json) return std::nullopt;
  return std::move(*json);
}

}  // namespace

std::string program(const std::string& name) {
  const char* others = std::getenv("PREEMPTD_BIN");
  return (others != nullptr ? std::string(others) : PREEMPTD_PROGRAMS) + "/" + name;
}

bool eventually(const std::function<bool()>& done, Millis most) {
  const auto by = core::Deadline::after(core::BootClock::now(), most);
  while (!done()) {
    if (by.passed(core::BootClock::now())) return false;
    ::poll(nullptr, 0, 10);
  }
  return true;
}

Finished run(const std::string& path, const std::vector<std::string>& arguments,
             const std::vector<std::string>& environment) {
  const fakes::TempFolder folder;
  const std::string out = folder / "out", err = folder / "err";
  const sys::Fd out_fd(::open(out.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
  const sys::Fd err_fd(::open(err.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
  sys::SpawnRequest request;
  request.path = path;
  request.argv = {path};
  request.argv.insert(request.argv.end(), arguments.begin(), arguments.end());
  request.env = environment;
  request.stdout_fd = out_fd.get();
  request.stderr_fd = err_fd.get();
  request.die_with_parent = true;
  const auto child = sys::spawn(request);
  REQUIRE_MESSAGE(child.has_value(), path);
  Finished finished;
  pollfd over{child->pidfd.get(), POLLIN, 0};
  if (::poll(&over, 1, 60'000) != 1)
    ::kill(child->pid, SIGKILL);
  else if (const auto status = sys::try_wait(*child))
    finished.exit = status->signal == 0 ? status->code : 128 + status->signal;
  finished.out = read_all(out);
  finished.err = read_all(err);
  return finished;
}

World::World() : World(Options{}) {}

World::World(const Options& options) : options_(options) {
  if (const char* settings = std::getenv("TSAN_OPTIONS"))
    options_.environment.push_back(std::string("TSAN_OPTIONS=") + settings);
  for (const char* name : {"run", "state", "hooks.d", "out"})
    REQUIRE(sys::make_folders(folder_ / name, 0755).has_value());
  ::chmod((folder_ / "out").c_str(), 0777);
  if (options_.webhook) webhook_ = *cli::WebhookReceiver::open();
  start_cloud();
  write_configuration("");
}

void World::start_cloud() {
  const std::string ready = folder_ / "simulator.json";
  std::vector<std::string> arguments{"serve",   "--metadata",  "127.0.0.1:0",  "--api", "127.0.0.1:0",
                                     "--admin", "127.0.0.1:0", "--ready-file", ready};
  arguments.insert(arguments.end(), options_.simulator.begin(), options_.simulator.end());
  REQUIRE(children_.start("preempt-sim", program("preempt-sim"), arguments, folder_ / "simulator.log").has_value());
  std::optional<Json> addresses;
  REQUIRE(eventually([&] { return (addresses = read_json(ready)).has_value(); }));
  metadata_ = (*addresses)["metadata"];
  api_ = (*addresses)["api"];
  cloud_ = *cli::SimulatorAdmin::open((*addresses)["admin"]);
}

void World::write_configuration(const std::string& more) {
  std::string text = "paths.run = \"" + (folder_ / "run") + "\"\npaths.state = \"" + state() +
                     "\"\nhooks.folders = [\"" + (folder_ / "hooks.d") + "\"]\nmetadata.url = \"http://" + metadata_ +
                     "\"\nmetadata.interval = \"50ms\"\ncontrol.endpoint = \"http://" + api_ +
                     "\"\ncontrol.interval = \"500ms\"\ndrain.start = \"always\"\ndrain.report_reserve = \"1s\"\n";
  if (webhook_) text += "sink.test.type = \"webhook\"\nsink.test.url = \"" + webhook_->url() + "\"\n";
  folder_.write("preemptd.toml", text + options_.configuration + more);
}

void World::hook(const std::string& name, const std::string& body) {
  const auto path = folder_.write("hooks.d/" + name, "#!/bin/sh\nOUT=" + (folder_ / "out") + "\n" + body + "\n");
  ::chmod(path.c_str(), 0755);
}

void World::start_agent(const std::function<bool(const Json&)>& ready) {
  REQUIRE(children_
              .start("preemptd", program("preemptd"), {"--config", configuration_file()}, folder_ / "preemptd.log",
                     options_.environment)
              .has_value());
  const bool watching = eventually([&] { return !agent_runs() || ready(status()); });
  INFO(log());
  REQUIRE(watching);
  REQUIRE(agent_runs());
}

bool World::watches(const Json& status) {
  return core::string_at(status, "phase").value_or("starting") != "starting";
}

bool World::both_sources_answer(const Json& status) {
  const auto& sources = core::member_at(status, "sources");
  auto answered = [&](const char* name) {
    return core::integer_at(core::member_at(sources, name), "last_good_age_ms").has_value();
  };
  return answered("metadata") && answered("operation-lock");
}

bool World::both_sources_are_well(const Json& status) {
  const auto& sources = core::member_at(status, "sources");
  auto well = [&](const char* name) { return core::member_at(core::member_at(sources, name), "trouble").is_null(); };
  return sources.is_object() && well("metadata") && well("operation-lock");
}

void World::reclaim(Seconds notice) {
  reclaim(notice, Json::object());
}

void World::reclaim(Seconds notice, const Json& more) {
  Json body = more;
  body["notice_seconds"] = notice.count();
  const auto taken = cloud_->post("/reclaim", body);
  REQUIRE_MESSAGE(taken.has_value(), core::describe(taken.error()));
}

void World::fault(const Json& fault) {
  const auto told = cloud_->post("/fault", fault);
  REQUIRE_MESSAGE(told.has_value(), core::describe(told.error()));
}

bool World::drained(Millis most) {
  return eventually(
      [&] {
        const auto now = record();
        return now && now->finished && (!webhook_ || webhook_->has("preemptd.drain.finished"));
      },
      most);
}

std::optional<drain::Record> World::record() const {
  const auto drains = drain::list_drains(state());
  if (!drains || drains->empty()) return std::nullopt;
  auto record = drain::read_record(drain::drain_folder(state(), drains->front()));
  return record ? *record : std::nullopt;
}

drain::HookRecord World::hook_record(const std::string& name) const {
  const auto now = record();
  REQUIRE(now.has_value());
  for (const auto& hook : now->hooks) {
    if (hook.plan.hook.name == name) return hook;
  }
  FAIL("no hook " << name << " in the record");
  return {};
}

bool World::reported(const std::string& type, std::size_t count) const {
  return eventually([&] { return reports(type).size() == count; });
}

std::vector<Json> World::reports(const std::string& type) const {
  std::vector<Json> found;
  for (const auto& report : webhook_->received()) {
    if (report.type == type) found.push_back(*core::parse_json(report.body));
  }
  return found;
}

Json World::status() const {
  return read_json(folder_ / "run/status.json").value_or(Json::object());
}

Finished World::ctl(std::vector<std::string> arguments) const {
  arguments.insert(arguments.end(), {"--config", configuration_file()});
  return run(program("preemptctl"), arguments);
}

std::string World::written(const std::string& name) const {
  return read_all(folder_ / ("out/" + name));
}

std::string World::log() const {
  return read_all(folder_ / "preemptd.log");
}

}  // namespace preemptd::e2e
