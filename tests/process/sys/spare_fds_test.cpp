#include "sys/spare_fds.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/resource.h>

#include <vector>

using namespace preemptd;

namespace {

/// What can still be opened, as many as there are.
std::vector<sys::Fd> open_all() {
  std::vector<sys::Fd> all;
  for (sys::Fd fd(::open("/dev/null", O_RDONLY)); fd; fd.reset(::open("/dev/null", O_RDONLY)))
    all.push_back(std::move(fd));
  return all;
}

}  // namespace

TEST_CASE("spare descriptors: what is released can be opened where nothing else could be") {
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
  rlimit tight = before;
  tight.rlim_cur = 40;
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &tight) == 0);
  sys::SpareFds spare(4);
  CHECK(spare.held() == 4);
  {
    const auto others = open_all();
    spare.release();
    CHECK(open_all().size() == 4);
    const auto one_more = open_all();
    spare.hold();
    CHECK(spare.held() == 0);
  }
  spare.hold();
  CHECK(spare.held() == 4);
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &before) == 0);
}
