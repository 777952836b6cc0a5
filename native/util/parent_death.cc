#include "util/parent_death.h"

#include <sys/prctl.h>

#include "util/error.h"

namespace rasvm {

void setParentDeathSignal(int signal) {
  check(prctl(PR_SET_PDEATHSIG, signal, 0, 0, 0), "prctl");
}

}  // namespace rasvm
