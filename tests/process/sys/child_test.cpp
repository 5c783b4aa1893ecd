#include "sys/child.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <thread>

#include "fakes/temp_folder.h"
#include "sys/files.h"

using namespace preemptd;
using sys::Child;
using sys::ExitStatus;
using sys::Fd;
using sys::SpawnRequest;

namespace {

struct Pipe {
  Fd read, write;
};

Pipe make_pipe() {
  std::array<int, 2> fds{};
  REQUIRE(::pipe2(fds.data(), O_CLOEXEC) == 0);
  return {Fd(fds[0]), Fd(fds[1])};
}

ExitStatus wait_for(const Child& child) {
  pollfd over{child.pidfd.get(), POLLIN, 0};
  REQUIRE(::poll(&over, 1, 10'000) == 1);
  const auto status = sys::try_wait(child);
  REQUIRE(status);
  return *status;
}

std::string read_to_end(int fd) {
  std::string text;
  std::array<char, 4096> buffer;
  for (ssize_t got; (got = ::read(fd, buffer.data(), buffer.size())) > 0;)
    text.append(buffer.data(), static_cast<std::size_t>(got));
  return text;
}

SpawnRequest shell(const std::string& script) {
  SpawnRequest request;
  request.path = "/bin/sh";
  request.argv = {"sh", "-c", script};
  request.env = {"PATH=/usr/bin:/bin"};
  return request;
}

std::string output_of(SpawnRequest request) {
  Pipe out = make_pipe();
  request.stdout_fd = out.write.get();
  auto child = sys::spawn(request);
  REQUIRE(child);
  out.write.reset();
  std::string text = read_to_end(out.read.get());
  wait_for(*child);
  return text;
}

}  // namespace

TEST_CASE("child: exit code and ending signal are told apart") {
  auto exits = sys::spawn(shell("exit 7"));
  REQUIRE(exits);
  CHECK(wait_for(*exits) == ExitStatus{7, 0});
  auto dies = sys::spawn(shell("kill -USR1 $$"));
  REQUIRE(dies);
  CHECK(wait_for(*dies) == ExitStatus{0, SIGUSR1});
}

TEST_CASE("child: a running child has no status yet") {
  Pipe hold = make_pipe();
  SpawnRequest request = shell("read line");
  request.stdin_fd = hold.read.get();
  auto child = sys::spawn(request);
  REQUIRE(child);
  CHECK_FALSE(sys::try_wait(*child));
  hold.write.reset();
  CHECK(wait_for(*child).signal == 0);
}

TEST_CASE("child: one that somebody else has reaped is over, and its status unknown") {
  auto child = sys::spawn(shell("exit 0"));
  REQUIRE(child);
  REQUIRE(::waitpid(child->pid, nullptr, 0) == child->pid);
  const ExitStatus status = wait_for(*child);
  CHECK_FALSE(status.known());
  CHECK(status != ExitStatus{0, 0});
}

TEST_CASE("child: what cannot be executed is an error with the kernel's number, and leaves no zombie") {
  SpawnRequest request = shell("");
  request.path = "/no/such/program";
  const auto child = sys::spawn(request);
  REQUIRE_FALSE(child);
  CHECK(child.error().error_number == ENOENT);
  CHECK(std::string(child.error().step) == "execve");
  CHECK(::waitpid(-1, nullptr, WNOHANG) == -1);
  CHECK(errno == ECHILD);
}

TEST_CASE("child: environment, folder, session and umask are as given, whatever ours are") {
  const auto before = ::umask(077);
  SpawnRequest request =
      shell("env | grep -v -e ^PWD= -e ^SHLVL= -e ^_= | sort; pwd; umask; ps -o sid= -p $$ | tr -d ' '; echo $$");
  request.env = {"PATH=/usr/bin:/bin", "A=b c"};
  const std::string text = output_of(request);
  ::umask(before);
  const auto last = text.rfind('\n', text.size() - 2);
  const std::string pid = text.substr(last + 1);
  CHECK(text == "A=b c\nPATH=/usr/bin:/bin\n/\n0022\n" + pid + pid);
}

TEST_CASE("child: ignored and blocked signals do not reach it") {
  ::signal(SIGPIPE, SIG_IGN);
  ::signal(SIGUSR2, SIG_IGN);
  sigset_t set, before;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  ::pthread_sigmask(SIG_BLOCK, &set, &before);
  const std::string text = output_of(shell("grep -e SigBlk -e SigIgn /proc/self/status"));
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  ::signal(SIGPIPE, SIG_DFL);
  ::signal(SIGUSR2, SIG_DFL);
  CHECK(text == "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n");
}

TEST_CASE("child: no descriptor but the standard three is open in it, not even a leaky one") {
  REQUIRE(::dup2(STDIN_FILENO, 57) == 57);
  const std::string text = output_of(shell("for fd in 2 57; do [ -e /proc/self/fd/$fd ] && echo $fd; done"));
  ::close(57);
  CHECK(text == "2\n");
}

TEST_CASE("child: a detached one is not ours to wait for and lives on") {
  fakes::TempFolder folder;
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);  // so that this test can see it end
  auto pid = sys::spawn_detached(shell("echo done > " + (folder / "mark")));
  REQUIRE(pid);
  CHECK(::waitpid(*pid, nullptr, 0) == *pid);
  ::prctl(PR_SET_CHILD_SUBREAPER, 0);
  CHECK(sys::read_file(folder / "mark", 100).value() == "done\n");
  SpawnRequest missing = shell("");
  missing.path = "/no/such/program";
  CHECK(sys::spawn_detached(missing).error().error_number == ENOENT);
}

TEST_CASE("child: one that must not outlive its parent is killed when the spawning thread ends") {
  Child child;
  std::thread([&child] {
    auto request = shell("exec sleep 60");
    request.die_with_parent = true;
    auto spawned = sys::spawn(request);
    REQUIRE(spawned);
    child = std::move(*spawned);
  }).join();
  CHECK(wait_for(child) == ExitStatus{0, SIGKILL});
}

TEST_CASE("child: root can start one as somebody else") {
  if (::geteuid() != 0) return;
  SpawnRequest request = shell("id -u; id -g; id -G");
  request.run_as = sys::Credentials{65534, 65534, {65534}};
  CHECK(output_of(request) == "65534\n65534\n65534\n");
}
