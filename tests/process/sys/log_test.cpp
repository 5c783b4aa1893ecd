#include "sys/log/log.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>
#include <nlohmann/json.hpp>

#include "core/json.h"
#include "fakes/temp_folder.h"
#include "sys/fd.h"

using namespace preemptd;
using sys::Level;
using sys::Log;

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

Log::Settings settings(const std::string& format) {
  return {.format = format};
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
  log.say(Level::error, "feature.lost", "without the disk");
  log.say(Level::debug, "report.delivered", "HTTP 200");
  CHECK(err.read() == "<3>feature.lost: without the disk\n");
  log.reconfigure("info", "text");
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

namespace {

/// Says that standard error is the journal's stream, as systemd does.
class JournalStream {
 public:
  JournalStream() {
    struct stat file {};
    ::fstat(STDERR_FILENO, &file);
    ::setenv("JOURNAL_STREAM", (std::to_string(file.st_dev) + ":" + std::to_string(file.st_ino)).c_str(), 1);
  }
  ~JournalStream() { ::unsetenv("JOURNAL_STREAM"); }
};

/// The journal's end of its socket.
class Journal {
 public:
  explicit Journal(const std::string& path) : socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    REQUIRE(::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  }
  /// The next entry; "" when there is none.
  std::string entry() const {
    std::string text(64 * 1024, '\0');
    const ssize_t count = ::recv(socket_.get(), text.data(), text.size(), 0);
    text.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
    return text;
  }

 private:
  sys::Fd socket_;
};

}  // namespace

TEST_CASE("log: where standard error is the journal, an entry has its event, its fields and the context as fields") {
  const Stderr err;
  const JournalStream stream;
  const fakes::TempFolder folder;
  const Journal journal(folder.path() + "/socket");
  Log log({.program = "preempt-drain", .journal_socket = folder.path() + "/socket"});
  log.set_context({{"notice", "i-1-20261201T000000Z"}});
  log.error("hook.finished", "20-a: failed\nPRIORITY=7", {{"hook", "20-a", false}, {"source", "metadata"}});
  CHECK(journal.entry() ==
        "MESSAGE=hook.finished: 20-a: failed\\nPRIORITY=7 source=metadata\nPRIORITY=3\n"
        "SYSLOG_IDENTIFIER=preempt-drain\nPREEMPTD_EVENT=hook.finished\nPREEMPTD_HOOK=20-a\n"
        "PREEMPTD_SOURCE=metadata\nPREEMPTD_NOTICE_ID=i-1-20261201T000000Z\n");
  log.say(Level::notice, "hook.output", "20-a err: one line");
  CHECK(journal.entry().find("\nPRIORITY=5\n") != std::string::npos);
  CHECK(err.read().empty());
}

TEST_CASE("log: without the journal's socket an entry is a line with its priority") {
  const Stderr err;
  const JournalStream stream;
  Log log({.journal_socket = "/nonexistent/socket"});
  log.warning("notice.seen", "soon", {{"notice", "i-1"}});
  CHECK(err.read() == "<4>notice.seen: soon notice=i-1\n");
}

TEST_CASE("log: a line never exceeds what a pipe takes at once, whatever is in it") {
  const Stderr err;
  Log log(settings("text"));
  const std::string long_text(64 * 1024, '\x01');
  for (const char* format : {"text", "json", "journald"}) {
    log.reconfigure("info", format);
    log.set_context({{"notice", long_text}});
    log.info("status", long_text, {{"a", long_text}, {"b", long_text}, {"c", long_text}, {"d", long_text}});
    const auto line = err.read();
    CHECK(line.size() <= 4096);
    CHECK(line.ends_with('\n'));
    if (format == std::string("json")) CHECK(core::parse_json(line).has_value());
  }
}
