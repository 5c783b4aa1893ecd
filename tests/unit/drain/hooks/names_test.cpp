#include <doctest/doctest.h>

#include "drain/hooks/discovery.h"

using namespace preemptd::drain;

TEST_CASE("discovery: a name's number is its stage, and 50 is that of a name without") {
  for (const auto& [name, stage] : {std::pair{"20-kubernetes", 20},
                                    {"5-a", 5},
                                    {"007-x", 7},
                                    {"kubernetes", 50},
                                    {"20kubernetes", 50},
                                    {"20", 50},
                                    {"99999999999-x", 50}})
    CHECK(stage_of(name) == stage);
}

TEST_CASE("discovery: a number that is not a stage is a mistake, and the advice is a name that works") {
  for (const auto* name : {"30-save", "save", "a30_save", "007-x"}) CHECK(stage_mistake(name).empty());
  for (const auto& [name, advice] : {std::pair{"30_save", "rename it to 30-save"},
                                     {"20kubernetes.sh", "rename it to 20-kubernetes.sh"},
                                     {"20", "rename it to 20-NAME"},
                                     {"99999999999-x", "take one of 0 to 99"}}) {
    CAPTURE(name);
    CHECK(stage_mistake(name).find(advice) != std::string::npos);
  }
}

TEST_CASE("discovery: hooks' names are told from what editors, packages and people leave behind") {
  for (const auto* name : {"20-kubernetes", "50-save.sh", "a", "9_b-C", "x.py", "x.bash"}) {
    INFO(name);
    CHECK(why_ignored(name).empty());
  }
  for (const auto* name :
       {".hidden", "20-a~", "20-a.bak", "20-a.dpkg-old", "20-a.rpmsave", "20-a.rpmnew", "20-a.ucf-dist", "20-a.pacnew",
        "20-a.swp", "20-a.disabled", "README.md", "notes.txt", "20-a.conf", "20 a", "-a", ".sh", "20-ü", ""}) {
    INFO(name);
    CHECK_FALSE(why_ignored(name).empty());
  }
  CHECK(why_ignored(std::string(65, 'a')).empty());  // a mistake to be told, not a leftover
}
