#include "daemon/log.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "core/json.h"
#include "sys/fd.h"

using namespace preemptd;
using daemon::Level;
using daemon::Log;

namespace {

/// Standard error as a pipe that is read when the test says so.
class Stderr {
 public:
  Stderr() {
    int ends[2];
    REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
    reader_ = sys::Fd(ends[0]);
    ::fcntl(reader_.get(), F_SETFL, O_NONBLOCK);
    before_ = sys::Fd(::dup(STDERR_FILENO));
    ::dup2(ends[1], STDERR_FILENO);
    ::close(ends[1]);
  }
  ~Stderr() { ::dup2(before_.get(), STDERR_FILENO); }

  std::string read() const {
    std::string text(1024 * 1024, '\0');
    const ssize_t count = ::read(reader_.get(), text.data(), text.size());
    text.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
    return text;
  }

 private:
  sys::Fd reader_, before_;
};

config::Log settings(const std::string& format) {
  config::Log log;
  log.format = format;
  return log;
}

}  // namespace

TEST_CASE("log: as JSON a line is one object, with what comes from outside escaped and secrets gone") {
  const Stderr err;
  Log log(settings("json"));
  log.say(Level::warning, "source.trouble", "said \x1b[31m\"no\"\nAccessKeySecret=hunter2", {{"source", "metadata"}});
  const auto text = err.read();
  CHECK(std::count(text.begin(), text.end(), '\n') == 1);
  const auto line = core::Json::parse(text);
  CHECK(line["level"] == "warning");
  CHECK(line["event"] == "source.trouble");
  CHECK(line["source"] == "metadata");
  CHECK(text.find('\x1b') == std::string::npos);
  CHECK(text.find("hunter2") == std::string::npos);
}

TEST_CASE("log: journald gets priorities, people the time, and nobody what is below the level") {
  const Stderr err;
  Log log(settings("journald"));
  log.say(Level::error, "fault.lost", "without the disk");
  log.say(Level::debug, "report.delivered", "HTTP 200");
  CHECK(err.read() == "<3>fault.lost: without the disk\n");
  log.reconfigure(settings("text"));
  log.say(Level::info, "status", "watching", {{"hooks", "3"}});
  const auto text = err.read();
  CHECK(text.starts_with("20"));
  CHECK(text.ends_with(" info status: watching hooks=3\n"));
}

TEST_CASE("log: a reader that does not read costs lines, never time, and is told how many") {
  const Stderr err;
  Log log(settings("json"));
  const auto before = core::BootClock::now();
  for (int i = 0; i < 100; ++i)
    log.say(Level::info, "status", std::string(900, '"') + std::to_string(i), {{"hooks", std::string(250, '"')}});
  CHECK(core::BootClock::now() - before < core::Seconds(5));
  std::string text = err.read();
  const auto read = std::count(text.begin(), text.end(), '\n');
  CHECK(text.ends_with("}\n"));  // whole lines only
  log.say(Level::info, "status", "after");
  text = err.read();
  const auto end = text.find('\n');
  const auto lost = core::Json::parse(text.substr(0, end));
  CHECK(lost["event"] == "log.lost");
  CHECK(lost["text"].get<std::string>().find(std::to_string(100 - read) + " lines") != std::string::npos);
  CHECK(text.find("after") != std::string::npos);
}
