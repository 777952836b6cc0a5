// A signal for this process when the one that started it ends.
#pragma once

namespace rasvm {

// PR_SET_PDEATHSIG. The signal also comes when the thread that forked this process ends before its process
// does. One whose parent is gone already gets none: whoever calls looks at getppid() afterwards.
void setParentDeathSignal(int signal);

}  // namespace rasvm
