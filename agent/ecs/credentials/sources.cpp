#include "ecs/credentials/sources.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "core/text.h"

namespace preemptd::ecs {
namespace {

constexpr off_t kLongestFile = 1024 * 1024;

core::Result<KeyFile> read_open_file(int fd, const std::string& path) {
  struct stat about {};
  if (fstat(fd, &about) != 0) return core::fail_errno(errno, "cannot look at", path);
  if (!S_ISREG(about.st_mode)) return core::fail(core::ErrorCode::local, "not a regular file", path);
  if (about.st_size > kLongestFile) return core::fail(core::ErrorCode::local, "longer than 1 MiB", path);
  KeyFile file;
  file.exposed = (about.st_mode & (S_IRGRP | S_IROTH)) != 0;
  file.text.resize(static_cast<std::size_t>(about.st_size));
  const ssize_t count = read(fd, file.text.data(), file.text.size());
  if (count < 0) return core::fail_errno(errno, "cannot read", path);
  file.text.resize(static_cast<std::size_t>(count));
  return file;
}

}  // namespace

core::Result<KeyFile> read_key_file(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
    return core::fail(core::ErrorCode::denied, "there is no such file", path);
  if (fd < 0) return core::fail_errno(errno, "cannot open", path);
  auto file = read_open_file(fd, path);
  close(fd);
  return file;
}

metadata::Options metadata_options(const Environment& environment) {
  metadata::Options options;
  options.timeout = core::Seconds(1);
  options.tries = 1;
  options.plain = is_true(environment, "ALIBABA_CLOUD_IMDSV1_DISABLED") ? metadata::PlainMode::never
                                                                        : metadata::PlainMode::whenever_no_token;
  return options;
}

bool is_true(const Environment& environment, const std::string& name) {
  return core::equal_ignoring_case(environment(name).value_or(""), "true");
}

}  // namespace preemptd::ecs
